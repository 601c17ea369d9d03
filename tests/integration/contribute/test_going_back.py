"""Who goes back after sending gets the form filled in again, under a new key: no hidden text comes of it."""

import io
import json
import zipfile
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from portal.database import transaction
from portal.domain.states import State
from portal.extensions import db, now
from portal.models import Submission, UnsentVersion
from portal.operations.erasure import erase_by_clock
from tests.support.form_writer import (
    ANSWERS,
    IDEA,
    MY,
    PITCH,
    STORY,
    STORY_ANSWERS,
    code_of,
    count_rows,
    enter,
    go_on,
    list_rows,
    open_form,
    save,
    save_by_script,
)
from tests.support.plain_browser import find_form, read_forms, send_form

pytestmark = [pytest.mark.either_database, pytest.mark.usefixtures("opened")]

OTHER_PERSON = {
    "lang": "uk",
    "idea": "Зовсім інша людина пише тут про зовсім інше.",
    "link": "Свій зв’язок.",
    "you": "Я сусідка.",
    "reply": "email",
    "reply_text": "susidka@example.net",
}
ALL = {PITCH: ANSWERS, STORY: {**ANSWERS, **STORY_ANSWERS}}
EN_MY = MY.replace("/uk/", "/en/")
KNOWN = "We already have everything in that form, so nothing was saved a second time."
BESIDE = "Started in the same browser, not sent"
GOES_ALONG = "This also erases what you started in the same browser and did not send:"
STAYS = "1 other text from this browser stays with us."
CHANGED = f"{IDEA} І ще одне речення."


def read_states(app: Flask) -> list[State]:
    with app.app_context():
        return list(db.session.scalars(select(Submission.state).order_by(Submission.id)))


def send(client: FlaskClient, form: str = PITCH, **typed: str) -> dict[str, Any]:
    """Send a text; return what the browser fills in again for who goes back."""
    answers = {**ALL[form], **typed}
    assert client.post(f"{form}/send", data={**open_form(client, form), **answers}).status_code == 303
    return answers


def go_back(client: FlaskClient, answers: dict[str, Any], form: str = PITCH) -> dict[str, Any]:
    """Return the form as a browser shows it then: a fresh one, with the old answers in it."""
    return {**open_form(client, form), **answers}


def erase(client: FlaskClient) -> str:
    return send_form(client, f"{EN_MY}/erase", {}, action="/erase").text


@pytest.mark.parametrize("form", ALL)
def test_what_was_sent_is_not_saved_again_by_the_page(app: Flask, client: FlaskClient, form: str) -> None:
    answer = save_by_script(client, go_back(client, send(client, form), form), form)
    assert (answer["state"], answer["code"], read_states(app)) == ("known", "", [State.SUBMITTED])
    assert count_rows(app, UnsentVersion) == 0


@pytest.mark.parametrize("form", ALL)
def test_what_was_sent_is_not_saved_again_by_the_button(app: Flask, client: FlaskClient, form: str) -> None:
    page = save(client, go_back(client, send(client, form), form), form.replace("/uk/", "/en/"))
    assert (page.request.path, page.text.count(KNOWN), read_states(app)) == (EN_MY, 1, [State.SUBMITTED])


def test_words_back_from_the_device_without_choices_are_known_too(app: Flask, client: FlaskClient) -> None:
    answers = {key: one for key, one in send(client).items() if key in {"idea", "link", "you"}}
    answer = save_by_script(client, go_back(client, answers))
    assert (answer["state"], read_states(app)) == ("known", [State.SUBMITTED])


def test_what_was_saved_is_not_saved_again_under_a_second_code(app: Flask, client: FlaskClient) -> None:
    save(client, {**open_form(client), "idea": IDEA})
    page = save(client, go_back(client, {"idea": IDEA}), PITCH.replace("/uk/", "/en/"))
    assert (page.text.count(KNOWN), read_states(app)) == (1, [State.WRITING])


def test_the_page_the_browser_kept_is_the_same_form(app: Flask, client: FlaskClient) -> None:
    values = {**open_form(client), **ANSWERS}
    client.post(PITCH, data=values)
    answer = save_by_script(client, {**values, "idea": CHANGED})
    assert (answer["state"], read_states(app)) == ("saved", [State.SUBMITTED])
    assert [row.answers["idea"] for row in list_rows(app)] == [CHANGED]


@pytest.fixture
def withdrawn(opened: Flask, client: FlaskClient) -> dict[str, Any]:
    """The answers of a text that was sent and then withdrawn: Back fills a fresh form in with them."""
    answers = send(client)
    send_form(client, f"{EN_MY}/withdraw", {}, action="/withdraw")
    return answers


def test_what_was_withdrawn_is_not_saved_again_by_the_page(
    app: Flask, client: FlaskClient, withdrawn: dict[str, Any]
) -> None:
    answer = save_by_script(client, go_back(client, withdrawn))
    assert (answer["state"], answer["code"], read_states(app)) == ("known", "", [State.WITHDRAWN])
    assert client.get(EN_MY).text.count(IDEA) == 1


def test_what_was_withdrawn_is_not_saved_again_by_the_button(
    app: Flask, client: FlaskClient, withdrawn: dict[str, Any]
) -> None:
    page = save(client, go_back(client, withdrawn), PITCH.replace("/uk/", "/en/"))
    assert (page.request.path, page.text.count(KNOWN), read_states(app)) == (EN_MY, 1, [State.WITHDRAWN])


def test_a_withdrawn_text_that_is_written_on_is_a_text_of_its_own(
    app: Flask, client: FlaskClient, withdrawn: dict[str, Any]
) -> None:
    answer = save_by_script(client, {**go_back(client, withdrawn), "idea": CHANGED})
    assert (answer["state"], read_states(app)) == ("saved", [State.WITHDRAWN, State.WRITING])
    assert [row.answers["idea"] for row in list_rows(app)] == [CHANGED]


def test_a_withdrawn_text_can_be_sent_again_as_it_was(
    app: Flask, client: FlaskClient, withdrawn: dict[str, Any]
) -> None:
    send(client, **withdrawn)
    assert read_states(app) == [State.WITHDRAWN, State.SUBMITTED]


@pytest.fixture
def changed(opened: Flask, client: FlaskClient) -> dict[str, Any]:
    """The form gone back to, changed and saved by the page: a text under a second code."""
    values = {**go_back(client, send(client)), "idea": CHANGED}
    save_by_script(client, values)
    return values


def test_what_is_changed_then_stands_on_the_private_page_with_its_code(
    app: Flask, client: FlaskClient, changed: dict[str, Any]
) -> None:
    page = client.get(EN_MY).text
    assert (page.count(BESIDE), page.count(code_of(app, changed["form_key"]))) == (1, 1)
    assert [
        form["action"].rpartition("/")[2] for form in read_forms(page) if "/unsent/" in form["action"]
    ] == ["delete"]


def test_it_goes_on_from_there_under_its_own_code(
    app: Flask, client: FlaskClient, changed: dict[str, Any]
) -> None:
    row = list_rows(app)[0]
    form = find_form(client.get(f"{MY}/write?version={row.public_id}").text, field="form_key")
    assert form["values"]["form_key"] == changed["form_key"]
    sent = client.post(form["action"], data={**form["values"], "c_use": "y", "c_age": "y"})
    assert (sent.location, read_states(app)) == (f"{MY}/receipt", [State.SUBMITTED, State.SUBMITTED])


def test_who_goes_back_twice_and_takes_a_change_back_has_said_so_last(client: FlaskClient) -> None:
    form = {**open_form(client, PITCH), **ANSWERS}
    for idea in (IDEA, CHANGED, IDEA):
        client.post(f"{PITCH}/send", data={**form, "idea": idea})
    page = client.get(EN_MY).text
    assert (IDEA in page, CHANGED in page) == (True, False)


@pytest.mark.usefixtures("changed")
def test_it_is_given_as_a_file_and_deleted_from_there(app: Flask, client: FlaskClient) -> None:
    row = list_rows(app)[0]
    assert CHANGED in client.get(f"{MY}/unsent/{row.public_id}/text").text
    page = send_form(client, EN_MY, {}, action=f"/{row.public_id}/delete")
    assert (page.request.path, read_states(app)) == (EN_MY, [State.SUBMITTED, State.ERASED])
    assert page.text.count(BESIDE) == 0


@pytest.mark.usefixtures("changed")
def test_erasing_names_it_and_erases_it(app: Flask, client: FlaskClient) -> None:
    asked = client.get(f"{EN_MY}/erase").text
    assert (asked.count(GOES_ALONG), asked.count(STAYS)) == (1, 0)
    erase(client)
    assert read_states(app) == [State.ERASED, State.ERASED]
    assert count_rows(app, UnsentVersion) == 0


def test_erasing_from_another_device_reaches_it_too(app: Flask, client: FlaskClient) -> None:
    values = {**open_form(client), **ANSWERS}
    client.post(PITCH, data=values)
    save_by_script(client, {**go_back(client, ANSWERS), "idea": CHANGED})
    phone = app.test_client()
    enter(phone, code_of(app, values["form_key"]))
    erase(phone)
    assert read_states(app) == [State.ERASED, State.ERASED]


@pytest.mark.usefixtures("changed")
def test_own_data_holds_it(client: FlaskClient) -> None:
    packed = send_form(client, f"{EN_MY}/data", {}, action="/data")
    body = packed.data
    packed.close()
    with zipfile.ZipFile(io.BytesIO(body)) as archive:
        data, page = json.loads(archive.read("data.json")), archive.read("data.html").decode()
    assert [one["answers"]["idea"] for one in data["unsent_beside"]] == [CHANGED]
    assert CHANGED in page


@pytest.mark.usefixtures("changed")
def test_withdrawing_says_where_it_stays(app: Flask, client: FlaskClient) -> None:
    asked = client.get(f"{EN_MY}/withdraw").text
    assert asked.count("Anything else you started and did not send stays unsent.") == 1
    send_form(client, f"{EN_MY}/withdraw", {}, action="/withdraw")
    assert (client.get(EN_MY).text.count(BESIDE), read_states(app)) == (1, [State.WITHDRAWN, State.WRITING])


def test_a_second_text_that_is_sent_is_its_own_and_is_named(app: Flask, client: FlaskClient) -> None:
    values = {**open_form(client), **ANSWERS}
    client.post(PITCH, data=values)
    send(client, idea="Друга історія тієї самої людини.")
    token = open_form(client)["csrf_token"]
    client.post(MY, data={"code": code_of(app, values["form_key"]), "csrf_token": token})
    assert client.get(f"{EN_MY}/erase").text.count(STAYS) == 1
    assert erase(client).count(STAYS) == 1
    assert read_states(app) == [State.ERASED, State.SUBMITTED]


def test_a_text_that_was_saved_first_and_sent_stays_too(
    app: Flask, client: FlaskClient, changed: dict[str, Any]
) -> None:
    first = client.get_cookie("portal")
    client.post(PITCH, data=changed)
    assert read_states(app) == [State.SUBMITTED, State.SUBMITTED]
    assert first is not None
    client.set_cookie("portal", first.value)
    assert client.get(f"{EN_MY}/erase").text.count(STAYS) == 1
    erase(client)
    assert read_states(app) == [State.ERASED, State.SUBMITTED]


def test_somebody_else_at_the_same_computer_loses_nothing_and_is_not_shown(
    app: Flask, client: FlaskClient
) -> None:
    send(client)
    values = {**open_form(client), **OTHER_PERSON}
    assert save_by_script(client, values)["state"] == "saved"
    page = client.get(EN_MY).text
    assert (page.count(BESIDE), OTHER_PERSON["idea"] in page) == (0, False)
    asked = client.get(f"{EN_MY}/erase").text
    assert (asked.count(GOES_ALONG), asked.count(STAYS), OTHER_PERSON["idea"] in asked) == (0, 1, False)
    erase(client)
    assert read_states(app) == [State.ERASED, State.WRITING]
    assert OTHER_PERSON["idea"] in enter(client, code_of(app, values["form_key"])).text


def test_who_writes_over_the_form_of_somebody_else_is_on_no_page_but_the_own(
    app: Flask, client: FlaskClient
) -> None:
    values = {**go_back(client, send(client)), "idea": CHANGED}
    known = save_by_script(client, values)
    emptied = {**go_on(values, known), **OTHER_PERSON, "byline_text": "", "risk_text": ""}
    save_by_script(client, emptied)
    assert client.get(EN_MY).text.count(BESIDE) == 0
    erase(client)
    assert read_states(app) == [State.ERASED, State.WRITING]


def test_erasing_what_was_begun_beside_it_leaves_the_sent_text(
    app: Flask, client: FlaskClient, changed: dict[str, Any]
) -> None:
    with app.app_context():
        links = list(db.session.scalars(select(Submission.begun_beside_id).order_by(Submission.id)))
    assert (len(links), links[0], links[1] is not None) == (2, None, True)
    send_form(client, EN_MY, {}, action="/leave")
    enter(client, code_of(app, changed["form_key"]))
    erase(client)
    assert read_states(app) == [State.SUBMITTED, State.ERASED]


def test_a_text_stands_beside_none_that_the_clock_has_erased(app: Flask, changed: dict[str, Any]) -> None:
    with app.app_context(), transaction() as session:
        sent = session.scalars(select(Submission).where(Submission.begun_beside_id.is_(None))).one()
        erase_by_clock(session, sent, at=now())
    with app.app_context():
        assert set(db.session.scalars(select(Submission.begun_beside_id))) == {None}


def test_a_change_of_a_text_whose_page_is_left_for_another_changes_no_other_text(
    app: Flask, client: FlaskClient
) -> None:
    send(client, STORY)
    form = find_form(client.get(f"{EN_MY}/change").text, field="form_key")
    send(client, STORY, story="Зовсім інша історія.")
    boxes = dict.fromkeys(("c_use", "c_age", "c_own", "c_lic"), "y")
    answer = client.post(form["action"], data={**form["values"], **boxes, "story": CHANGED})
    with app.app_context():
        counts = [len(one.revisions) for one in db.session.scalars(select(Submission))]
    assert (answer.status_code, CHANGED in answer.text, counts) == (401, True, [1, 1])
