"""Too much text, and text that comes too late: it is given back whole."""

from datetime import datetime, timedelta

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from portal.domain.states import Stage, State
from portal.extensions import db
from portal.models import Draft
from portal.web.site.typed_back import typed_texts
from tests.support.bad_input import (
    AFTER_TEXTS,
    DESK_TEXTS,
    HEADINGS,
    LANGUAGES,
    LONG,
    ONE_DATABASE,
    STORY_TEXTS,
    TYPED,
    Desk,
    heading_of,
    say,
    shown_texts,
    typed_in,
)
from tests.support.contributor import MY, Contributor
from tests.support.plain_browser import find_form, send_form

pytestmark = pytest.mark.either_database


@ONE_DATABASE
@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("address", ["ukraine-taiwan/story", "my"])
def test_ten_megabytes_are_told_in_the_readers_language(
    opened: Flask, client: FlaskClient, lang: str, address: str
) -> None:
    answer = client.post(f"/{lang}/{address}", data={"story": "x" * 10_000_000})
    assert (answer.status_code, heading_of(answer.text)) == (413, say(opened, lang, HEADINGS[413]))


@ONE_DATABASE
def test_ten_megabytes_are_too_much_for_the_desk(editor: Desk) -> None:
    answer = editor.client.post(f"{editor.page(editor.pitch)}/note", data={"body": "x" * 10_000_000})
    assert (answer.status_code, heading_of(answer.text)) == (413, HEADINGS[413])


@ONE_DATABASE
@pytest.mark.parametrize("field", STORY_TEXTS)
def test_a_text_far_too_long_comes_back_whole(opened: Flask, client: FlaskClient, field: str) -> None:
    address = "/zh-tw/ukraine-taiwan/story"
    answer = send_form(client, address, {"byline": "pen", "reply": "email", field: LONG}, field="form_key")
    kept = find_form(answer.text, field="form_key")["values"][field]
    assert (answer.status_code, kept == LONG) == (422, True)


@ONE_DATABASE
@pytest.mark.parametrize("field", AFTER_TEXTS)
def test_a_text_far_too_long_comes_back_whole_after_the_receipt(
    app: Flask, client: FlaskClient, at: datetime, field: str
) -> None:
    with time_machine.travel(at, tick=False):
        author = Contributor(app, client, at)
        author.send(Stage.STORY)
        author.enter()
        answers = {"community": "elsewhere", field: LONG}
        answer = send_form(client, f"{MY}/questions", answers, field="form_key")
    kept = find_form(answer.text, field="form_key")["values"][field]
    assert (answer.status_code, kept == LONG) == (422, True)


@ONE_DATABASE
@pytest.mark.parametrize(("action", "field"), DESK_TEXTS.items())
def test_a_text_far_too_long_comes_back_to_the_desk_whole(editor: Desk, action: str, field: str) -> None:
    answer = editor.send(editor.page(editor.pitch), f"/{action}", **{"reason": "other", field: LONG})
    assert (answer.status_code, typed_in(answer.text, f"/{action}", field) == LONG) == (422, True)


def test_a_draft_as_long_as_a_book_is_kept_whole(editor: Desk) -> None:
    form = find_form(editor.client.get(editor.draft_page).text, field="body")
    answer = editor.client.post(editor.draft_page, data={**form["values"], "body": LONG})
    with editor.app.app_context():
        kept = db.session.scalars(select(Draft.body)).one()
    assert (answer.status_code, kept == LONG, editor.client.get(editor.draft_page).status_code) == (
        303,
        True,
        200,
    )


def test_an_answer_far_too_long_comes_back_whole(person: Contributor) -> None:
    answer = send_form(person.client, MY, {"body": LONG})
    kept = typed_in(answer.text, "/reply", "body") == LONG
    assert (answer.status_code, kept, person.state()) == (422, True, State.NEEDS_REPLY)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_an_answer_on_a_page_that_closed_itself_is_given_back(person: Contributor, lang: str) -> None:
    with time_machine.travel(person.at + timedelta(hours=3), tick=False):
        answer = person.client.post(f"/{lang}/my/reply", data={"body": TYPED})
    given_back = find_form(answer.text, field="code")["values"]["body"]
    assert (answer.status_code, heading_of(answer.text), given_back, person.state()) == (
        401,
        say(person.app, lang, "Enter your code again"),
        TYPED,
        State.NEEDS_REPLY,
    )


def test_words_sent_to_the_desk_after_signing_out_are_given_back(editor: Desk) -> None:
    editor.client.delete_cookie("portal")
    answer = editor.client.post(f"{editor.page(editor.pitch)}/note", data={"body": TYPED})
    assert (answer.status_code, shown_texts(answer.text)) == (401, [TYPED])


@pytest.mark.parametrize(("action", "field"), DESK_TEXTS.items())
def test_an_expired_page_of_the_desk_keeps_the_words(editor: Desk, action: str, field: str) -> None:
    before = editor.kept()
    answer = editor.send(
        editor.page(editor.pitch), f"/{action}", **{"reason": "other", "csrf_token": "old", field: TYPED}
    )
    assert (answer.status_code, typed_in(answer.text, f"/{action}", field)) == (400, TYPED)
    assert editor.kept() == before


@pytest.mark.parametrize("field", ["title", "dek", "excerpt", "body", "byline", "bio", "content_warning"])
def test_an_expired_page_of_a_draft_keeps_the_words(editor: Desk, field: str) -> None:
    before = editor.kept()
    form = find_form(editor.client.get(editor.draft_page).text, field="body")
    answer = editor.client.post(editor.draft_page, data={**form["values"], "csrf_token": "old", field: TYPED})
    kept = find_form(answer.text, field="content_warning")["values"][field].strip()
    assert (answer.status_code, kept, editor.kept()) == (400, TYPED, before)


@pytest.mark.parametrize(
    ("action", "field"), [(key, DESK_TEXTS[key]) for key in DESK_TEXTS if key not in ("note", "identity")]
)
def test_an_act_on_what_has_changed_gives_the_words_back(editor: Desk, action: str, field: str) -> None:
    page = editor.client.get(editor.page(editor.pitch)).text
    form = find_form(page, action=f"/{action}")
    editor.send(editor.page(editor.pitch), "/gist", body="Gist")
    before = editor.kept()
    answer = editor.client.post(form["action"], data={**form["values"], "reason": "other", field: TYPED})
    assert (answer.status_code, typed_in(answer.text, f"/{action}", field)) == (409, TYPED)
    assert editor.kept() == before


def test_a_draft_that_a_colleague_saved_gives_the_words_back(editor: Desk) -> None:
    form = find_form(editor.client.get(editor.draft_page).text, field="body")
    editor.client.post(editor.draft_page, data={**form["values"], "title": "Інша назва"})
    before = editor.kept()
    answer = editor.client.post(editor.draft_page, data={**form["values"], "body": TYPED})
    found = find_form(answer.text, field="body")["values"]
    assert (answer.status_code, found["title"].strip(), found["body"].strip(), editor.kept()) == (
        409,
        "Інша назва",
        TYPED,
        before,
    )


def test_what_a_colleague_saved_and_what_was_typed_are_saved_together(editor: Desk) -> None:
    form = find_form(editor.client.get(editor.draft_page).text, field="body")
    editor.client.post(editor.draft_page, data={**form["values"], "title": "Інша назва"})
    page = editor.client.post(editor.draft_page, data={**form["values"], "body": TYPED}).text
    editor.client.post(editor.draft_page, data=find_form(page, field="body")["values"])
    with editor.app.app_context():
        draft = db.session.scalars(select(Draft)).one()
        assert (draft.title, draft.body, draft.revision) == ("Інша назва", TYPED, 3)


@pytest.mark.parametrize("seen", ["", "x", "-1", "9" * 30, "1.5", "\x00"])
def test_a_version_nobody_issued_changes_nothing(editor: Desk, seen: str) -> None:
    before = editor.kept()
    answer = editor.send(editor.page(editor.pitch), "/ask", body=TYPED, seen=seen)
    assert (answer.status_code in (409, 422), TYPED in answer.text, editor.kept()) == (True, True, before)


@pytest.mark.parametrize(("typed", "shown"), [("好", ["好"]), ("Є", ["Є"]), ("1", []), (" ", [])])
def test_one_letter_can_be_an_answer_and_one_digit_is_a_mark(
    app: Flask, typed: str, shown: list[str]
) -> None:
    with app.test_request_context("/en/my/reply", method="POST", data={"body": typed}):
        assert [one.text for one in typed_texts()] == shown
