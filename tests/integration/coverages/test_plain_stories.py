"""What a contributor types is plain text all the way; what a file brings keeps its structure."""

import io
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from portal.database import transaction
from portal.domain.answers import STORY_FROM_FILE
from portal.domain.permissions import Role
from portal.domain.states import Stage
from portal.extensions import now
from portal.models import Submission
from portal.operations.coverages.drafts import send_for_approval
from portal.operations.desk.decisions import accept
from portal.story.blocks import Heading, Paragraph
from portal.story.html import to_plain
from portal.story.markdown import to_blocks
from tests.support.documents import WORD_TEXT, make_word
from tests.support.factories import STORY_ANSWERS, make_sending, make_staff, make_submission
from tests.support.form_writer import MY, SCRIPT, STORY, list_rows, open_form, read_values
from tests.support.plain_browser import find_form

pytestmark = [pytest.mark.either_database, pytest.mark.usefixtures("opened")]

TYPED = "*зірочки* коштують 5*3*2 грн.\n\n*\n\n- Ти де?\n- В укритті.\n\n# ні\n\nA\\*B <b>і</b> [a](b)"


def accept_only(app: Flask) -> tuple[str, str]:
    """Accept what was sent; return the body of the draft and its address."""
    with app.app_context(), transaction() as session:
        submission = session.scalars(select(Submission)).one()
        draft = accept(
            session, submission, by=make_staff(session, Role.EDITOR), at=now(), seen=submission.version
        )
        session.flush()
        return draft.body, draft.public_id


def test_a_typed_story_is_a_plain_draft(app: Flask, client: FlaskClient) -> None:
    values = {**open_form(client, STORY), **STORY_ANSWERS, "story": TYPED}
    assert client.post(STORY, data=values).status_code == 303
    blocks = to_blocks(accept_only(app)[0])
    assert ({type(one) for one in blocks}, to_plain(blocks)) == ({Paragraph}, TYPED)


def test_the_author_check_shows_no_change_where_nothing_was_edited(app: Flask, client: FlaskClient) -> None:
    values = {**open_form(client, STORY), **STORY_ANSWERS, "story": TYPED, "title": "Одна * зірка"}
    client.post(STORY, data=values)
    with app.app_context(), transaction() as session:
        submission, editor = session.scalars(select(Submission)).one(), make_staff(session, Role.EDITOR)
        at = now() - timedelta(hours=1)
        draft = accept(session, submission, by=editor, at=at, seen=submission.version)
        session.flush()
        send_for_approval(session, draft, by=editor, at=at, seen=submission.version)
    page = client.get(f"{MY}/check").text
    assert (page.count("<ins"), page.count("<del")) == (0, 0)
    assert page.count("<p>*зірочки* коштують 5*3*2 грн.</p>") == 1


def read_file(client: FlaskClient, values: dict[str, Any], name: str, content: bytes) -> dict[str, Any]:
    """Read a file into the form; return what a browser would send of it then."""
    sent = {**values, "document": (io.BytesIO(content), name)}
    page = client.post(f"{STORY}/file", data=sent, content_type="multipart/form-data")
    assert page.status_code == 200
    return dict(find_form(page.text, field="form_key")["values"])


def test_a_document_keeps_its_structure_and_what_is_typed_into_it_is_plain(
    app: Flask, client: FlaskClient
) -> None:
    values = read_file(
        client, {**open_form(client, STORY), **STORY_ANSWERS, "title": "Назва"}, "story.docx", make_word()
    )
    values["story"] = "* * *\n\n" + values["story"].strip().replace("\n", "\r\n")
    assert client.post(STORY, data=values).status_code == 303
    body = accept_only(app)[0]
    blocks = to_blocks(body)
    assert (blocks[0], blocks[1:]) == (to_blocks("\\* \\* \\*")[0], to_blocks(WORD_TEXT))
    assert isinstance(blocks[1], Heading)


def test_a_plain_file_is_plain_and_a_markdown_file_is_not(app: Flask, client: FlaskClient) -> None:
    fresh = {**open_form(client, STORY), **STORY_ANSWERS, "title": "Назва"}
    plain = read_file(client, fresh, "story.txt", TYPED.encode())
    marked = read_file(client, plain, "Story.MD", b"## One\n\n*two*")
    again = read_file(client, marked, "story.txt", TYPED.encode())
    assert ([one["story_from_file"] for one in (plain, again)], bool(marked["story_from_file"])) == (
        [""] * 2,
        True,
    )
    client.post(STORY, data=marked)
    assert accept_only(app)[0] == "## One\n\n*two*"


def test_what_the_file_gave_is_saved_and_comes_back(app: Flask, client: FlaskClient) -> None:
    values = read_file(
        client, {**open_form(client, STORY), "lang": "uk", "title": "Назва"}, "story.docx", make_word()
    )
    client.post(f"{STORY}/save", data=values, headers=SCRIPT)
    assert list_rows(app)[0].answers[STORY_FROM_FILE] == WORD_TEXT.strip()
    client.post(f"{STORY}/save", data={**values, "save": "1"}, follow_redirects=True)
    resumed = open_form(client, f"{MY}/write")
    assert resumed["story_from_file"] == values["story_from_file"]


def test_a_changed_story_keeps_the_structure_and_a_typed_one_drops_it(
    app: Flask, client: FlaskClient
) -> None:
    values = read_file(
        client, {**open_form(client, STORY), **STORY_ANSWERS, "title": "Назва"}, "story.docx", make_word()
    )
    client.post(STORY, data=values)
    changed = open_form(client, f"{MY}/change")
    assert changed["story_from_file"] == values["story_from_file"]
    client.post(f"{MY}/change", data={**changed, "story": "Зовсім *інше*."})
    assert accept_only(app)[0] == "Зовсім \\*інше\\*."


def test_bytes_that_are_none_of_ours_count_as_nothing(app: Flask, client: FlaskClient) -> None:
    for packed in ("x", "eJw=", "////", "0" * 5_000):
        values = {**open_form(client, STORY), "story": "Слово.", "story_from_file": packed}
        assert read_values(client.post(STORY, data=values).text)["story_from_file"] == ""


def test_stories_of_before_are_plain(app: Flask) -> None:
    with app.app_context(), transaction() as session:
        make_submission(session, now(), Stage.STORY, sending=make_sending(Stage.STORY, story="- Ти де?"))
    assert accept_only(app)[0] == "\\- Ти де?"
