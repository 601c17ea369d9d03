"""A code was replaced: the form it came with keeps what it brings, and opens no page without the new code."""

from datetime import datetime
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from portal.database import transaction
from portal.extensions import current_portal
from portal.models import ContributorSession, Revision, Submission
from portal.operations.private.access import replace_code
from tests.support.form_writer import (
    ANSWERS,
    IDEA,
    MY,
    PITCH,
    SCRIPT,
    count_rows,
    enter,
    find_only_submission,
    list_rows,
    open_form,
)

pytestmark = [pytest.mark.either_database, pytest.mark.usefixtures("opened")]

OTHER = "Інша думка про ту саму полицю."
WAYS = ("send", "save")
EN_PITCH = PITCH.replace("/uk/", "/en/")
KEPT = "We have what you sent and keep it with the text it belongs to."
ENTER = "Enter the new code below."
LEAVE_FIRST = "The page below belongs to another text: leave it first, then enter the new code."


@pytest.fixture
def old_form(opened: Flask, client: FlaskClient) -> dict[str, Any]:
    """The form of a pitch that was sent, as its tab still has it."""
    values = {**open_form(client), **ANSWERS}
    assert client.post(PITCH, data=values).status_code == 303
    return values


@pytest.fixture
def new_code(app: Flask, old_form: dict[str, Any], moment: datetime) -> str:
    """The code that took the place of the one that form has."""
    with app.app_context(), transaction() as session:
        submission = session.scalars(select(Submission)).one()
        secret = current_portal().instance.receipt_secret
        return replace_code(session, submission, at=moment, receipt_secret=secret)


def bring(client: FlaskClient, values: dict[str, Any], way: str, **typed: str) -> TestResponse:
    """Send the old form, or save it, with the token this browser has."""
    token = open_form(client, EN_PITCH)["csrf_token"]
    sent = {**values, "csrf_token": token, **typed}
    address = EN_PITCH if way == "send" else f"{EN_PITCH}/save"
    return client.post(address, data=sent, follow_redirects=True)


def asks_code(page: str) -> bool:
    return 'name="code"' in page


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("words", [IDEA, OTHER])
@pytest.mark.parametrize("is_fresh", [False, True])
@pytest.mark.usefixtures("new_code")
def test_the_old_form_opens_no_page(
    app: Flask,
    client: FlaskClient,
    old_form: dict[str, Any],
    way: str,
    words: str,
    *,
    is_fresh: bool,
) -> None:
    browser = app.test_client() if is_fresh else client
    page = bring(browser, old_form, way, idea=words)
    assert (asks_code(page.text), page.text.count(KEPT), page.text.count(ENTER)) == (True, 1, 1)
    assert [asks_code(browser.get(path, follow_redirects=True).text) for path in (MY, f"{MY}/receipt")] == [
        True,
        True,
    ]
    assert (count_rows(app, ContributorSession), page.text.count(words)) == (0, 0)


@pytest.mark.usefixtures("new_code")
def test_what_the_old_form_sends_is_kept(app: Flask, client: FlaskClient, old_form: dict[str, Any]) -> None:
    bring(client, old_form, "send", idea=OTHER)
    assert (count_rows(app, Submission), count_rows(app, Revision)) == (1, 2)


@pytest.mark.usefixtures("new_code")
def test_what_the_old_form_saves_is_kept(app: Flask, client: FlaskClient, old_form: dict[str, Any]) -> None:
    bring(client, old_form, "save", idea=OTHER)
    assert [(row.submission_id, row.answers["idea"]) for row in list_rows(app)] == [
        (find_only_submission(app).id, OTHER)
    ]


@pytest.mark.parametrize("way", WAYS)
def test_the_new_code_then_opens_it(
    client: FlaskClient, old_form: dict[str, Any], new_code: str, way: str
) -> None:
    bring(client, old_form, way, idea=OTHER)
    assert OTHER in enter(client, new_code).text


@pytest.mark.parametrize("way", WAYS)
def test_who_entered_the_new_code_stays_on_the_page(
    client: FlaskClient, old_form: dict[str, Any], new_code: str, way: str
) -> None:
    enter(client, new_code)
    page = bring(client, old_form, way, idea=OTHER)
    assert (page.request.path, KEPT in page.text) == (
        f"/en/my/{'receipt' if way == 'send' else 'saved'}",
        False,
    )
    assert asks_code(client.get(MY).text) is False


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.usefixtures("new_code")
def test_the_page_of_another_text_stays_open_and_is_named(
    app: Flask, old_form: dict[str, Any], way: str
) -> None:
    browser = app.test_client()
    browser.post(PITCH, data={**open_form(browser), **ANSWERS, "idea": "Чужа думка."})
    page = bring(browser, old_form, way, idea=OTHER)
    assert (page.text.count(KEPT), page.text.count(LEAVE_FIRST)) == (1, 1)
    assert ("Чужа думка." in page.text, OTHER in page.text) == (True, False)


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.usefixtures("new_code")
def test_a_script_that_saves_opens_nothing(
    app: Flask, client: FlaskClient, old_form: dict[str, Any], way: str
) -> None:
    address = PITCH if way == "send" else f"{PITCH}/save"
    client.post(address, data={**old_form, "idea": OTHER}, headers=SCRIPT)
    assert (count_rows(app, ContributorSession), asks_code(client.get(MY).text)) == (0, True)
