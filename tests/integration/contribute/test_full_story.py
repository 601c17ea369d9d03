"""The full story of an invited pitch: saved, read from a file, sent after the page was closed."""

import io
from datetime import UTC, datetime, timedelta
from typing import Any

import html5lib
import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from portal.database import transaction
from portal.domain.permissions import Role
from portal.domain.states import Stage, State
from portal.extensions import current_portal, db, now
from portal.models import ContributorSession, Revision, Staff, Submission
from portal.operations.contribute.unsent import delete_unfinished, list_unfinished
from portal.operations.desk.decisions import decline, invite
from portal.sealing.keys import answers_place
from tests.support.documents import WORD_TEXT, make_word
from tests.support.factories import make_form_key, make_staff, make_submission
from tests.support.form_writer import (
    ADDRESS,
    ANSWERS,
    MY,
    PITCH,
    SCRIPT,
    STORY,
    STORY_ANSWERS,
    close_call,
    code_of,
    count_rows,
    enter,
    find_only_submission,
    go_on,
    list_rows,
    open_form,
    read_json,
    read_values,
    save,
    save_by_script,
)
from tests.support.plain_browser import find_form, send_form

CLOSED = datetime(2021, 1, 5, 12, tzinfo=UTC)


pytestmark = [pytest.mark.either_database, pytest.mark.usefixtures("opened")]


def test_the_full_story_is_saved_beside_the_pitch(app: Flask, invited: FlaskClient) -> None:
    values = {**open_form(invited, f"{MY}/story"), "story": "Світло зникло."}
    page = save(invited, values, f"{MY}/story")
    assert (page.request.path, find_only_submission(app).state) == (f"{MY}/saved", State.INVITED)
    assert [(row.stage, row.lang, row.answers["story"]) for row in list_rows(app)] == [
        (Stage.STORY, "uk", "Світло зникло.")
    ]


def test_a_saved_full_story_is_there_again(app: Flask, invited: FlaskClient) -> None:
    values = {**open_form(invited, f"{MY}/story"), "story": "Світло зникло."}
    save_by_script(invited, values, f"{MY}/story")
    again = open_form(invited, f"{MY}/story")
    assert (again["story"].strip(), again["form_key"]) == ("Світло зникло.", values["form_key"])


def test_sending_the_full_story_deletes_what_was_saved(app: Flask, invited: FlaskClient) -> None:
    values = {**open_form(invited, f"{MY}/story"), **STORY_ANSWERS}
    known = save_by_script(invited, values, f"{MY}/story")
    invited.post(f"{MY}/story", data=go_on(values, known))
    assert (find_only_submission(app).stage, list_rows(app)) == (Stage.STORY, [])


def read_from_file(client: FlaskClient, address: str, values: dict[str, Any], file: bytes) -> TestResponse:
    """Press “Read the file” with a file chosen."""
    sent = {**values, "document": (io.BytesIO(file), "story.docx")}
    return client.post(f"{address}/file", data=sent, content_type="multipart/form-data")


def test_a_file_becomes_the_story_and_all_else_stays(app: Flask, client: FlaskClient) -> None:
    values = {**open_form(client, STORY), "title": "Підвал", "reply_text": ADDRESS}
    page = read_from_file(client, STORY, values, make_word())
    shown = read_values(page.text)
    assert (page.status_code, shown["story"], shown["title"], shown["reply_text"]) == (
        200,
        WORD_TEXT.strip(),
        "Підвал",
        ADDRESS,
    )
    assert (shown["form_key"], count_rows(app, Submission)) == (values["form_key"], 1)


def test_a_file_we_cannot_read_leaves_the_story_as_it_was(client: FlaskClient) -> None:
    values = {**open_form(client, STORY), "story": "Світло зникло."}
    page = read_from_file(client, STORY, values, b"\x00\x01\x02")
    assert (page.status_code, read_values(page.text)["story"]) == (422, "Світло зникло.")


def test_without_a_file_the_form_says_so(client: FlaskClient) -> None:
    page = client.post(f"{STORY}/file", data={**open_form(client, STORY), "story": "Світло зникло."})
    assert (page.status_code, page.text.count('id="document-error"')) == (422, 1)


def test_the_full_story_of_a_pitch_comes_from_a_file_too(invited: FlaskClient) -> None:
    address = f"{MY}/story"
    page = read_from_file(invited, address, open_form(invited, address), make_word())
    shown = read_values(page.text)
    heading, _break, story = WORD_TEXT.strip().partition("\n\n")
    assert (f"## {shown['title']}", shown["story"]) == (heading, story)


def close_pages(app: Flask) -> None:
    with app.app_context(), transaction() as session:
        for page in session.scalars(select(ContributorSession)):
            page.expires_at = now() - timedelta(seconds=1)


@pytest.fixture
def with_code(app: Flask, client: FlaskClient) -> str:
    """The code of an invited pitch whose page is open in the browser."""
    with app.app_context(), transaction() as session:
        at, form_key = now() - timedelta(days=1), make_form_key()
        submission = make_submission(session, at, form_key=form_key)
        editor = make_staff(session, Role.EDITOR)
        invite(
            session,
            submission,
            by=editor,
            at=at,
            seen=submission.version,
            body="Пишіть.",
            window=timedelta(0),
        )
    code = code_of(app, form_key)
    enter(client, code)
    return code


def send_on(client: FlaskClient, form: dict[str, Any], code: str) -> TestResponse:
    """Type the code; on 307 a browser sends the same fields again to where it is told."""
    data = {**form["values"], "code": code}
    told = client.post(form["action"], data=data)
    assert told.status_code == 307
    return client.post(told.location, data=data)


def test_a_story_sent_too_late_goes_on_with_the_code(app: Flask, client: FlaskClient, with_code: str) -> None:
    values = {**open_form(client, f"{MY}/story"), **STORY_ANSWERS}
    close_pages(app)
    asked = client.post(f"{MY}/story", data=values)
    form = find_form(asked.text, field="code")
    sent_on = send_on(client, form, with_code)
    assert (asked.status_code, sent_on.location) == (401, f"{MY}/receipt")
    with app.app_context():
        kept = db.session.scalars(select(Revision).order_by(Revision.id.desc())).first()
        assert kept is not None
        assert kept.answers["story"] == STORY_ANSWERS["story"]


def test_a_wrong_code_loses_no_word(app: Flask, client: FlaskClient, with_code: str) -> None:
    values = {**open_form(client, f"{MY}/story"), **STORY_ANSWERS}
    close_pages(app)
    form = find_form(client.post(f"{MY}/story", data=values).text, field="code")
    refused = client.post(form["action"], data={**form["values"], "code": "0" * 20})
    kept = find_form(refused.text, field="code")["values"]
    assert (refused.status_code, kept["story"]) == (422, STORY_ANSWERS["story"])


def test_a_save_that_comes_too_late_goes_on_with_the_code(
    app: Flask, client: FlaskClient, with_code: str
) -> None:
    values = {**open_form(client, f"{MY}/story"), "story": "Світло зникло."}
    close_pages(app)
    form = find_form(save(client, values, f"{MY}/story").text, field="code")
    page = send_on(client, form, with_code)
    assert (page.location, list_rows(app)[0].answers["story"]) == (f"{MY}/saved", "Світло зникло.")


def test_a_script_whose_page_was_closed_is_told_so(app: Flask, client: FlaskClient, with_code: str) -> None:
    values = {**open_form(client, f"{MY}/story"), "story": "Світло зникло."}
    close_pages(app)
    refused = client.post(f"{MY}/story/save", data=values, headers=SCRIPT)
    assert (refused.status_code, refused.get_json()["code"]["to"]) == (401, "contribute_save.save_full_story")


def test_the_code_leads_to_nothing_but_the_forms(client: FlaskClient, with_code: str) -> None:
    token = read_json(client.get(f"{MY}/token"))["token"]
    data = {"csrf_token": token, "code": with_code, "to": "private.leave"}
    assert client.post(f"{MY}/again", data=data).status_code == 404


# Pages that only a mishap shows


def test_the_pages_of_a_mishap_are_sound(app: Flask, client: FlaskClient, with_code: str) -> None:
    story = {**open_form(client, f"{MY}/story"), **STORY_ANSWERS}
    pitch = {**open_form(client), **ANSWERS}
    close_pages(app)
    asked = client.post(f"{MY}/story", data=story)
    close_call(app, CLOSED)
    closed = client.post(PITCH, data=pitch)
    for page in (asked, closed):
        html5lib.HTMLParser(strict=True).parse(page.text)


def forget(app: Flask, *, days: int) -> int:
    """Let so many days pass for what was never sent; return how much went."""
    with app.app_context(), transaction() as session:
        over = now() + timedelta(days=days)
        return delete_unfinished(session, list_unfinished(session, at=over), at=over)


def test_what_an_invited_author_writes_lives_as_long_as_the_invitation(
    app: Flask, invited: FlaskClient
) -> None:
    save_by_script(invited, {**open_form(invited, f"{MY}/story"), "story": "Світло зникло."}, f"{MY}/story")
    assert (forget(app, days=300), len(list_rows(app))) == (0, 1)


def test_after_the_invitation_it_stays_two_weeks_more(app: Flask, invited: FlaskClient) -> None:
    save_by_script(invited, {**open_form(invited, f"{MY}/story"), "story": "Світло зникло."}, f"{MY}/story")
    with app.app_context(), transaction() as session:
        submission, by = session.scalars(select(Submission)).one(), session.scalars(select(Staff)).one()
        later = now() + timedelta(days=60)
        decline(
            session, submission, by=by, at=later, seen=submission.version, reason="other", body="Дякуємо."
        )
    assert [forget(app, days=days) for days in (73, 75)] == [0, 1]


def test_an_invited_author_is_told_that_it_stays(app: Flask, invited: FlaskClient) -> None:
    page = save(invited, {**open_form(invited, f"{MY}/story"), "story": "Світло зникло."}, f"{MY}/story")
    told = "kept as long as you are invited to send it"
    shown = [invited.get(address).text.count(told) for address in ("/en/my/saved", "/en/my")]
    assert (page.status_code, shown) == (200, [1, 1])


def test_an_invited_author_is_not_asked_again(invited: FlaskClient) -> None:
    names = find_form(invited.get("/uk/my/story").text, field="form_key")["names"]
    asked_with_pitch = {
        "lang",
        "before",
        "byline",
        "byline_text",
        "risk",
        "reply",
        "reply_text",
        "c_use",
        "c_age",
    }
    assert names & asked_with_pitch == set()


def test_the_full_story_joins_the_pitch(app: Flask, invited: FlaskClient) -> None:
    answered = send_form(invited, "/uk/my/story", STORY_ANSWERS, field="form_key", follow=False)
    assert answered.location == "/uk/my/receipt"
    with app.app_context():
        submission = db.session.scalars(select(Submission)).one()
        sealed = current_portal().instance.keys.open_map(
            submission.latest.sealed, answers_place(submission.public_id, 2)
        )
        assert (submission.state, submission.stage, submission.kind, submission.lang) == (
            State.SUBMITTED,
            Stage.STORY,
            Stage.PITCH,
            "uk",
        )
        assert (submission.latest.answers["byline"], submission.latest.answers["story"]) == (
            "pen",
            STORY_ANSWERS["story"],
        )
        assert (sealed["reply_text"], submission.wants_mail) == ("olena@example.org", True)
        assert [one.key for one in submission.consents] == ["c_use", "c_age", "c_own", "c_lic"]


def test_a_full_story_sent_twice_is_one_story(app: Flask, invited: FlaskClient) -> None:
    values = {**find_form(invited.get("/uk/my/story").text, field="form_key")["values"], **STORY_ANSWERS}
    answers = [invited.post("/uk/my/story", data=values).location for _ in range(2)]
    assert answers == ["/uk/my/receipt"] * 2
    assert count_rows(app, Revision) == 2


def test_a_full_story_nobody_waits_for_is_given_back(app: Flask, invited: FlaskClient) -> None:
    values = {**find_form(invited.get("/uk/my/story").text, field="form_key")["values"], **STORY_ANSWERS}
    invited.post("/uk/my/story", data=values)
    again = invited.post("/uk/my/story", data={**values, "story": "Зовсім інша."})
    assert (again.status_code, again.text.count("Зовсім інша.")) == (409, 1)


def test_the_story_form_of_a_pitch_not_invited_leads_to_the_private_page(client: FlaskClient) -> None:
    send_form(client, PITCH, ANSWERS, field="form_key", follow=False)
    assert client.get("/uk/my/story").location == "/uk/my"
