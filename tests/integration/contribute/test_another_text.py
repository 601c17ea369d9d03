"""Who goes back after sending finds the form again: it says that what it sends becomes another text."""

from datetime import UTC, datetime

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from portal.database import transaction
from portal.domain.states import State
from portal.models import Call, Submission
from tests.support.form_writer import ANSWERS, IDEA, MY, PITCH, STORY, open_form, read_values, save
from tests.support.plain_browser import read_forms

pytestmark = [pytest.mark.either_database, pytest.mark.usefixtures("opened")]

NOTICE, OWN_PAGE = "You have sent a text from this browser.", 'href="/en/my">Open my private page'
EN_PITCH, EN_STORY = (path.replace("/uk/", "/en/") for path in (PITCH, STORY))


@pytest.fixture
def sent(client: FlaskClient) -> FlaskClient:
    """A browser that has just sent a pitch."""
    assert client.post(PITCH, data={**open_form(client), **ANSWERS}).status_code == 303
    return client


def count_notices(page: str) -> int:
    assert page.count(NOTICE) == page.count(OWN_PAGE)
    return page.count(NOTICE)


def move(app: Flask, state: State) -> None:
    with app.app_context(), transaction() as session:
        session.scalars(select(Submission)).one().state = state


@pytest.mark.parametrize("path", [EN_PITCH, EN_STORY])
def test_after_sending_the_form_says_what_comes_of_it(sent: FlaskClient, path: str) -> None:
    assert [count_notices(sent.get(path).text) for _visit in range(2)] == [1, 1]


@pytest.mark.parametrize("path", [EN_PITCH, EN_STORY])
def test_nobody_else_is_told(app: Flask, sent: FlaskClient, path: str) -> None:
    """Whoever of them comes first: the page is kept."""
    before = app.test_client().get(path).text
    told = sent.get(path).text
    after = app.test_client().get(path).text
    assert [count_notices(page) for page in (before, told, after)] == [0, 1, 0]


def test_the_notice_stands_above_the_form(sent: FlaskClient) -> None:
    page = sent.get(EN_PITCH).text
    assert page.index("<h1>") < page.index(NOTICE) < page.index('id="writing"')


def test_the_notice_stays_when_the_form_comes_back(sent: FlaskClient) -> None:
    refused = sent.post(EN_PITCH, data={**open_form(sent, EN_PITCH), "idea": IDEA})
    assert (refused.status_code, count_notices(refused.text)) == (422, 1)


def test_a_form_refused_before_anything_was_sent_does_not_speak_of_it(client: FlaskClient) -> None:
    refused = client.post(EN_PITCH, data={**open_form(client, EN_PITCH), "idea": IDEA})
    assert (refused.status_code, count_notices(refused.text)) == (422, 0)


def test_the_form_that_was_sent_itself_becomes_no_other_text(client: FlaskClient) -> None:
    """Without a network the page may send it again: it is a version of the same text."""
    values = {**open_form(client, EN_PITCH), **ANSWERS}
    client.post(EN_PITCH, data=values)
    refused = client.post(EN_PITCH, data={**values, "idea": ""})
    assert (refused.status_code, count_notices(refused.text)) == (422, 0)


def test_a_text_that_is_only_saved_is_not_called_sent(client: FlaskClient) -> None:
    save(client, {**open_form(client), "idea": IDEA})
    pages = [client.get(path).text for path in (EN_PITCH, "/en/my/write")]
    assert [count_notices(page) for page in pages] == [0, 0]


@pytest.mark.parametrize("state", [State.WITHDRAWN, State.ERASED])
def test_a_text_that_is_taken_back_is_not_spoken_of(app: Flask, sent: FlaskClient, state: State) -> None:
    move(app, state)
    assert count_notices(sent.get(EN_PITCH).text) == 0


def test_changing_what_was_sent_is_no_other_text(sent: FlaskClient) -> None:
    assert sent.get("/en/my/change").text.count(NOTICE) == 0


def test_who_closed_the_private_page_is_told_nothing(sent: FlaskClient) -> None:
    leave = next(form for form in read_forms(sent.get(MY).text) if form["action"].endswith("/leave"))
    sent.post(leave["action"], data=leave["values"])
    assert count_notices(sent.get(EN_PITCH).text) == 0


def test_a_text_for_another_call_is_not_spoken_of(app: Flask, sent: FlaskClient) -> None:
    with app.app_context(), transaction() as session:
        first = session.scalars(select(Call)).one()
        first.closes_at = datetime(2021, 1, 5, tzinfo=UTC)
        unlike = {"id", "public_id", "slug", "closes_at"}
        names = [column.name for column in Call.__table__.columns if column.name not in unlike]
        session.add(Call(**{name: getattr(first, name) for name in names}, slug="second"))
    page = sent.get(EN_PITCH)
    assert (page.status_code, count_notices(page.text)) == (200, 0)


def test_the_browser_is_told_and_can_still_send(sent: FlaskClient) -> None:
    values = read_values(sent.get(PITCH).text)
    assert sent.post(PITCH, data={**values, **ANSWERS}).status_code == 303
