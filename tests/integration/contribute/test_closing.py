"""A call closes while people write: an hour of grace, and after that everything comes back."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from portal.database import transaction
from portal.domain.states import State
from portal.extensions import now
from portal.models import Call, Submission
from tests.support.form_writer import (
    ANSWERS,
    IDEA,
    MY,
    PITCH,
    close_call,
    code_of,
    count_rows,
    enter,
    find_only_submission,
    form_key_of,
    list_rows,
    open_form,
    save_by_script,
)
from tests.support.plain_browser import find_form, read_forms

CLOSED = datetime(2021, 1, 5, 12, tzinfo=UTC)
HALF_AN_HOUR = timedelta(minutes=30)


pytestmark = [pytest.mark.usefixtures("opened"), pytest.mark.either_database]


def test_a_text_begun_in_time_is_taken_within_the_hour(app: Flask, client: FlaskClient) -> None:
    values = {**open_form(client), **ANSWERS, "form_key": form_key_of(app, now() - 2 * HALF_AN_HOUR)}
    close_call(app, now() - HALF_AN_HOUR)
    assert client.post(PITCH, data=values).location == f"{MY}/receipt"


def test_a_text_begun_too_late_is_not_sent(app: Flask, client: FlaskClient) -> None:
    values = {**open_form(client), **ANSWERS}
    close_call(app, now() - HALF_AN_HOUR)
    assert client.post(PITCH, data=values).status_code == 409


def test_a_text_with_a_mistake_still_has_its_grace(app: Flask, client: FlaskClient) -> None:
    values = {**open_form(client), **ANSWERS, "form_key": form_key_of(app, now() - 2 * HALF_AN_HOUR)}
    close_call(app, now() - HALF_AN_HOUR)
    assert client.post(PITCH, data={**values, "link": ""}).status_code == 422


def test_after_the_grace_a_text_is_kept_and_its_code_is_shown(app: Flask, client: FlaskClient) -> None:
    values = {**open_form(client), **ANSWERS}
    close_call(app, CLOSED)
    page = client.post(PITCH, data=values)
    assert (page.status_code, page.text.count(code_of(app, values["form_key"]))) == (409, 1)
    assert (find_only_submission(app).state, list_rows(app)[0].answers["idea"]) == (State.WRITING, IDEA)


@pytest.mark.either_database
def test_after_the_grace_everything_typed_comes_back_as_a_file(app: Flask, client: FlaskClient) -> None:
    values = {**open_form(client), **ANSWERS}
    close_call(app, CLOSED)
    form = find_form(client.post(PITCH, data=values).text, action="/file-back")
    given = client.post(form["action"], data=form["values"])
    assert given.headers["Content-Disposition"] == "attachment; filename=notes.txt"
    written = ("idea", "link", "you", "byline_text", "risk_text", "reply_text")
    assert [given.text.count(f"\r\n{ANSWERS[name]}\r\n") for name in written] == [1] * len(written)
    assert given.text.count("Електронною поштою") == 1


@pytest.mark.either_database
def test_the_file_needs_no_open_call_and_stores_nothing(app: Flask, client: FlaskClient) -> None:
    values = open_form(client)
    client.post(f"{PITCH}/file-back", data={"csrf_token": values["csrf_token"], "idea": IDEA})
    assert count_rows(app, Submission) == 0


def test_a_call_that_is_about_to_close_still_saves(app: Flask, client: FlaskClient) -> None:
    values = {**open_form(client), "idea": IDEA}
    close_call(app, CLOSED)
    assert save_by_script(client, values)["state"] == "saved"


def test_coming_back_after_closing_gives_the_text_back(app: Flask, saved: dict[str, Any]) -> None:
    close_call(app, CLOSED)
    browser = app.test_client()
    enter(browser, code_of(app, saved["form_key"]))
    page = browser.get(f"{MY}/write").text
    assert ([form["action"] for form in read_forms(page)], page.count(IDEA)) == ([f"{PITCH}/file-back"], 1)


def test_a_text_begun_in_one_call_goes_on_in_that_call(app: Flask, client: FlaskClient) -> None:
    values = {**open_form(client), **ANSWERS}
    save_by_script(client, values)
    with app.app_context(), transaction() as session:
        first = session.scalars(select(Call)).one()
        fields = {column.name: getattr(first, column.name) for column in Call.__table__.columns}
        for name in ("id", "public_id"):
            fields.pop(name)
        session.add(Call(**{**fields, "slug": "second"}))
        number = first.id
    client.post(PITCH, data=values)
    submission = find_only_submission(app)
    assert (submission.call_id, submission.state) == (number, State.SUBMITTED)
