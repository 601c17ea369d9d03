"""The language of a half-filled form is changed: words, choices, code and file come along, boxes do not."""

import io
from datetime import UTC, datetime
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from portal.database import transaction
from portal.domain.states import State
from portal.models import Call, Submission, UnsentVersion
from tests.support.documents import make_word
from tests.support.form_writer import (
    ANSWERS,
    IDEA,
    MY,
    PITCH,
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
    read_values,
    save_by_script,
)
from tests.support.html_pages import read_tree
from tests.support.page_checks import find_unknown_languages
from tests.support.plain_browser import find_form, read_forms

pytestmark = [pytest.mark.either_database, pytest.mark.usefixtures("opened")]

FORMS = {PITCH: ANSWERS, STORY: {**ANSWERS, **STORY_ANSWERS}}
CONSENTS = ("c_use", "c_age", "c_own", "c_lic")
TICK = "You agree in the language you read: please tick the boxes again."
HERE = "Your text is here, in the form in this language."


def in_english(address: str) -> str:
    return address.replace("/uk/", "/en/")


def without_boxes(answers: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in answers.items() if name not in CONSENTS}


def carry(client: FlaskClient, values: dict[str, Any], form: str = PITCH) -> TestResponse:
    """Press “English” in the Ukrainian form."""
    return client.post(f"{in_english(form)}/language", data=values)


def pick(values: dict[str, Any], wanted: dict[str, Any]) -> dict[str, Any]:
    return {name: values[name] for name in wanted}


@pytest.mark.parametrize("form", FORMS)
def test_everything_typed_and_chosen_comes_along(app: Flask, client: FlaskClient, form: str) -> None:
    values = {**open_form(client, form), **FORMS[form]}
    page = carry(client, values, form)
    asked = find_form(page.text, field="form_key")["names"]
    found = read_values(page.text)
    wanted = {name: one for name, one in without_boxes(FORMS[form]).items() if name in asked}
    assert (page.status_code, pick(found, wanted)) == (200, wanted)
    assert [name for name in CONSENTS if name in found] == []
    assert (found["form_key"], page.text.count(TICK)) == (values["form_key"], 2)
    assert page.text.count(code_of(app, values["form_key"])) == 1


@pytest.mark.parametrize("form", FORMS)
def test_it_is_the_same_row_and_the_same_code(app: Flask, client: FlaskClient, form: str) -> None:
    values = {**open_form(client, form), **FORMS[form]}
    known = save_by_script(client, values, form)
    there = read_values(carry(client, go_on(values, known, link="Зв’язок."), form).text)
    back = client.post(f"{form}/language", data=there)
    sent = client.post(f"{form}/send", data={**read_values(back.text), **dict.fromkeys(CONSENTS, "y")})
    assert (sent.location, find_only_submission(app).state) == (f"{MY}/receipt", State.SUBMITTED)
    assert (count_rows(app, Submission), list_rows(app)) == (1, [])


def test_what_is_carried_is_kept(app: Flask, client: FlaskClient) -> None:
    values = {**open_form(client), "idea": IDEA, "risk": "yes", "risk_text": "Таємно."}
    found = read_values(carry(client, values).text)
    row = list_rows(app)[0]
    assert (row.answers["idea"], found["writing"], found["sequence"]) == (IDEA, row.public_id, "1")
    opened = enter(app.test_client(), code_of(app, values["form_key"]))
    assert opened.request.path == MY
    assert row.public_id in opened.text


def test_choices_alone_come_along_and_nothing_is_kept(app: Flask, client: FlaskClient) -> None:
    values = {**open_form(client), "before": "no", "c_use": "y"}
    page = carry(client, values)
    assert (page.status_code, read_values(page.text)["before"], count_rows(app, Submission)) == (200, "no", 0)
    assert page.text.count(HERE) == 1


def test_an_empty_form_just_changes_its_language(app: Flask, client: FlaskClient) -> None:
    answer = carry(client, open_form(client))
    assert (answer.status_code, answer.location, count_rows(app, Submission)) == (303, in_english(PITCH), 0)


def test_the_choice_is_remembered(client: FlaskClient) -> None:
    carry(client, open_form(client))
    assert client.get("/").location == "/en/"


@pytest.mark.parametrize("form", FORMS)
def test_who_loads_the_address_again_gets_the_form(client: FlaskClient, form: str) -> None:
    answer = client.get(f"{form}/language")
    assert (answer.status_code, answer.location) == (303, form)


def test_the_languages_are_buttons_of_the_form_and_not_its_first(client: FlaskClient) -> None:
    page = client.get(PITCH).text
    header = page[: page.index("<main")]
    assert header.count('type="submit" form="writing"') == 3
    assert header.index('aria-hidden="true"') < header.index("formaction=")
    assert [f'formaction="{place}{PITCH[3:]}/language"' in header for place in ("/en", "/zh-tw", "/uk")] == [
        True,
        True,
        False,
    ]


def test_a_refused_form_comes_along(client: FlaskClient) -> None:
    refused = client.post(f"{PITCH}/send", data={**open_form(client), "idea": IDEA, "reply_text": "не@@те"})
    page = carry(client, read_values(refused.text))
    found = read_values(page.text)
    assert (page.status_code, found["idea"], found["reply_text"]) == (200, IDEA, "не@@те")
    assert "error-summary" not in page.text


@pytest.mark.parametrize("token", ["", "stale"])
def test_an_expired_token_costs_nothing_and_writes_nothing(
    app: Flask, client: FlaskClient, token: str
) -> None:
    values = {**open_form(client), **ANSWERS, "csrf_token": token}
    page = carry(client, values)
    found = read_values(page.text)
    assert (page.status_code, found["idea"], count_rows(app, Submission)) == (400, IDEA, 0)
    assert "c_use" not in found
    again = client.post(f"{PITCH}/language", data=found)
    assert (again.status_code, read_values(again.text)["idea"], len(list_rows(app))) == (200, IDEA, 1)


def test_a_key_that_is_not_ours_is_renewed(app: Flask, client: FlaskClient) -> None:
    values = {**open_form(client), "idea": IDEA, "form_key": "made.up.key"}
    found = read_values(carry(client, values).text)
    assert (found["idea"], found["form_key"] == "made.up.key", count_rows(app, Submission)) == (
        IDEA,
        False,
        0,
    )


def test_a_closed_call_gives_the_words_back_and_keeps_them(app: Flask, client: FlaskClient) -> None:
    values = {**open_form(client), "idea": IDEA}
    close_call(app, datetime(2021, 1, 5, tzinfo=UTC))
    page = carry(client, values)
    said = [page.text.count(words) for words in (IDEA, "It is stored nowhere else.")]
    assert (page.status_code, said, len(list_rows(app))) == (409, [1, 0], 1)


@pytest.fixture
def mute(app: Flask, opened: Flask) -> Flask:
    """A call whose consents do not exist in English."""
    with opened.app_context(), transaction() as session:
        call = session.scalars(select(Call)).one()
        call.consents = [
            {**one, "text": {tag: words for tag, words in one["text"].items() if tag != "en"}}
            for one in call.consents
        ]
    return app


@pytest.mark.usefixtures("mute")
def test_a_language_the_form_does_not_speak_loses_nothing_and_leads_back(
    app: Flask, client: FlaskClient
) -> None:
    values = {**open_form(client), **ANSWERS}
    page = carry(client, values)
    assert page.text.count("This form is not available in your language") == 2
    assert list(find_unknown_languages(read_tree(page.text))) == []
    assert (page.text.count(code_of(app, values["form_key"])), len(list_rows(app))) == (1, 1)
    way_back = find_form(page.text, field="form_key")
    assert way_back["action"] == f"{PITCH}/language"
    back = client.post(way_back["action"], data=read_values(page.text))
    found, wanted = read_values(back.text), without_boxes(ANSWERS)
    assert (back.status_code, pick(found, wanted)) == (200, wanted)
    assert (found["form_key"], len(list_rows(app))) == (values["form_key"], 1)


def send_file(client: FlaskClient, values: dict[str, Any], body: bytes, name: str) -> TestResponse:
    chosen = {**values, "document": (io.BytesIO(body), name)}
    return client.post(f"{in_english(STORY)}/language", data=chosen, content_type="multipart/form-data")


def test_a_file_chosen_and_not_read_yet_is_read(app: Flask, client: FlaskClient) -> None:
    page = send_file(client, open_form(client, STORY), make_word(), "a.docx")
    story = read_values(page.text)["story"]
    assert (page.status_code, story != "", list_rows(app)[0].answers["story"] == story) == (200, True, True)


def test_a_file_that_cannot_be_read_says_so_and_costs_no_word(app: Flask, client: FlaskClient) -> None:
    page = send_file(client, {**open_form(client, STORY), "story": "Світло зникло."}, b"", "empty.docx")
    assert (page.status_code, read_values(page.text)["story"]) == (422, "Світло зникло.")
    assert [row.answers["story"] for row in list_rows(app)] == ["Світло зникло."]


def test_a_full_story_comes_along(app: Flask, invited: FlaskClient) -> None:
    values = {**open_form(invited, f"{MY}/story"), **STORY_ANSWERS}
    page = invited.post(in_english(f"{MY}/story/language"), data=values)
    found, wanted = read_values(page.text), without_boxes(STORY_ANSWERS)
    assert (page.status_code, pick(found, wanted), "c_own" in found) == (200, wanted, False)
    assert [row.answers["story"] for row in list_rows(app)] == [STORY_ANSWERS["story"]]


@pytest.fixture
def sent(opened: Flask, client: FlaskClient) -> FlaskClient:
    """A browser that has just sent a pitch."""
    client.post(f"{PITCH}/send", data={**open_form(client), **ANSWERS})
    return client


def test_a_change_comes_along(app: Flask, sent: FlaskClient) -> None:
    values = {**open_form(sent, f"{MY}/change"), "idea": "Інша думка."}
    page = sent.post(in_english(f"{MY}/change/language"), data=values)
    found = read_values(page.text)
    assert (page.status_code, found["idea"], found["you"]) == (200, "Інша думка.", ANSWERS["you"])
    assert [row.answers["idea"] for row in list_rows(app)] == ["Інша думка."]
    assert (page.text.count(TICK), "risk_text" in page.text and "Брат служить." in page.text) == (0, False)


def test_a_change_nobody_has_begun_is_not_kept(app: Flask, sent: FlaskClient) -> None:
    page = sent.post(in_english(f"{MY}/change/language"), data=open_form(sent, f"{MY}/change"))
    assert (page.status_code, count_rows(app, UnsentVersion)) == (200, 0)


@pytest.mark.parametrize("page", ["change", "story"])
def test_a_closed_page_asks_for_the_code_and_goes_on(app: Flask, client: FlaskClient, page: str) -> None:
    values = {**open_form(client), **ANSWERS}
    asked = client.post(in_english(f"{MY}/{page}/language"), data=values)
    form = find_form(asked.text, field="code")
    assert (asked.status_code, form["values"]["idea"].strip()) == (401, IDEA)


@pytest.mark.parametrize("page", ["change", "story"])
def test_behind_the_code_the_address_leads_to_its_form(sent: FlaskClient, page: str) -> None:
    answer = sent.get(f"{MY}/{page}/language")
    assert (answer.status_code, answer.location) == (303, f"{MY}/{page}")


def test_every_form_page_has_the_buttons(sent: FlaskClient) -> None:
    refused = sent.post(f"{PITCH}/send", data=open_form(sent))
    pages = [sent.get(PITCH), sent.get(STORY), sent.get(f"{MY}/change"), refused]
    assert [page.text.count('/language" lang="en"') for page in pages] == [1, 1, 1, 1]
    assert {len(read_forms(page.text)) for page in pages} == {1}


def test_the_copy_on_the_device_has_one_name_in_all_languages(client: FlaskClient) -> None:
    names = {
        client.get(f"/{place}{PITCH[3:]}").text.partition('data-copy="')[2].partition('"')[0]
        for place in ("uk", "en", "zh-tw")
    }
    assert len(names) == 1


def read_copy_name(client: FlaskClient, address: str) -> str:
    return str(client.get(address).text.partition('data-copy="')[2].partition('"')[0])


def test_the_copy_of_a_change_has_the_name_of_its_text(app: Flask, client: FlaskClient) -> None:
    """Two people with a text in the same call may use one device: nobody gets the other's words."""
    other = app.test_client()
    for each in (client, other):
        each.post(PITCH, data={**open_form(each), **ANSWERS})
    names = {read_copy_name(each, f"{MY}/change") for each in (client, other)}
    assert len(names) == 2
