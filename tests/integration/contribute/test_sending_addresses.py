"""A form is sent to another address than it stands at; both addresses take it, and both lead to it."""

from datetime import datetime

import pytest
from flask import Flask
from flask.testing import FlaskClient

from portal.domain.states import Stage, State
from portal.models import Revision
from tests.support.contributor import Contributor, answer_changes
from tests.support.form_writer import (
    ANSWERS,
    MY,
    PITCH,
    STORY,
    STORY_ANSWERS,
    count_rows,
    find_only_submission,
    open_form,
)
from tests.support.plain_browser import find_form

pytestmark = [pytest.mark.either_database, pytest.mark.usefixtures("opened")]

WHOLE = {PITCH: ANSWERS, STORY: {**ANSWERS, **STORY_ANSWERS}}


@pytest.fixture
def sent(client: FlaskClient) -> FlaskClient:
    """A browser that has just sent a pitch."""
    assert client.post(f"{PITCH}/send", data={**open_form(client), **ANSWERS}).status_code == 303
    return client


@pytest.mark.parametrize("form", WHOLE)
def test_no_form_is_sent_to_the_address_it_stands_at(client: FlaskClient, form: str) -> None:
    first = find_form(client.get(form).text, field="form_key")
    refused = client.post(first["action"], data=first["values"])
    second = find_form(refused.text, field="form_key")
    again = find_form(client.post(second["action"], data=second["values"]).text, field="form_key")
    assert (refused.status_code, [one["action"] for one in (first, second, again)]) == (
        422,
        [f"{form}/send", form, f"{form}/send"],
    )


@pytest.mark.parametrize("form", WHOLE)
@pytest.mark.parametrize("end", ["", "/send"])
def test_both_addresses_take_it(app: Flask, client: FlaskClient, form: str, end: str) -> None:
    answer = client.post(form + end, data={**open_form(client, form), **WHOLE[form]})
    assert (answer.location, find_only_submission(app).state) == (f"{MY}/receipt", State.SUBMITTED)


@pytest.mark.parametrize("form", WHOLE)
def test_who_loads_the_address_again_gets_the_form(client: FlaskClient, form: str) -> None:
    answer = client.get(f"{form}/send")
    assert (answer.status_code, answer.location) == (303, form)


def test_of_a_call_that_is_not_there_nothing_is_taken(client: FlaskClient) -> None:
    assert client.post("/uk/nowhere/pitch/send", data=ANSWERS).status_code == 404


@pytest.mark.parametrize("end", ["", "/send"])
def test_both_addresses_take_a_change(app: Flask, sent: FlaskClient, end: str) -> None:
    form = find_form(sent.get(f"{MY}/change").text, field="form_key")
    answer = sent.post(f"{MY}/change{end}", data={**form["values"], "idea": "Інша думка."})
    assert (form["action"], answer.location) == (f"{MY}/change/send", f"{MY}/receipt")
    assert count_rows(app, Revision) == 2


@pytest.mark.parametrize("end", ["", "/send"])
def test_both_addresses_take_a_full_story(app: Flask, invited: FlaskClient, end: str) -> None:
    form = find_form(invited.get(f"{MY}/story").text, field="form_key")
    answer = invited.post(f"{MY}/story{end}", data={**form["values"], **STORY_ANSWERS})
    assert (form["action"], answer.location) == (f"{MY}/story/send", f"{MY}/receipt")
    assert find_only_submission(app).stage is Stage.STORY


@pytest.mark.parametrize("end", ["", "/send"])
@pytest.mark.parametrize(("objection", "state"), [("", State.APPROVED), ("Не так.", State.ACCEPTED)])
def test_both_addresses_take_the_answer_to_an_edited_text(
    app: Flask, client: FlaskClient, moment: datetime, end: str, objection: str, state: State
) -> None:
    author = Contributor(app, client, moment)
    author.await_approval("Світло зникло.")
    form = answer_changes(client.get(f"{MY}/check").text)
    answer = client.post(f"{MY}/check{end}", data={**form["values"], "objections": objection})
    assert (form["action"], answer.location, author.state()) == (f"{MY}/check/send", MY, state)


@pytest.mark.parametrize("page", ["change", "story", "check"])
def test_behind_the_code_too_the_address_leads_to_its_form(sent: FlaskClient, page: str) -> None:
    answer = sent.get(f"{MY}/{page}/send")
    assert (answer.status_code, answer.location) == (303, f"{MY}/{page}")


@pytest.mark.parametrize("page", ["change", "story"])
def test_a_closed_page_asks_for_the_code_with_the_words(client: FlaskClient, page: str) -> None:
    values = {**open_form(client), **ANSWERS}
    asked = client.post(f"{MY}/{page}/send", data=values)
    form = find_form(asked.text, field="code")
    assert (asked.status_code, form["values"]["idea"].strip()) == (401, ANSWERS["idea"])
