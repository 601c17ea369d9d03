"""Who else has a text on the screen: told while they have, kept nowhere."""

from dataclasses import dataclass
from datetime import datetime, timedelta

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import inspect, select
from werkzeug.test import TestResponse

from portal.database import transaction
from portal.domain.permissions import Role
from portal.extensions import db
from portal.models import Presence, Staff, Submission
from tests.support.bad_input import Desk, open_desk
from tests.support.factories import make_staff
from tests.support.plain_browser import find_form
from tests.support.staff import enter

SCRIPT = {"Accept": "application/json"}
HALF_A_MINUTE = timedelta(seconds=30)


@dataclass(frozen=True)
class Colleague:
    client: FlaskClient
    public_id: str


@pytest.fixture
def moderator(app: Flask, client: FlaskClient) -> Desk:
    return open_desk(app, client, Role.MODERATOR)


@pytest.fixture
def colleague(app: Flask, moderator: Desk) -> Colleague:
    with app.app_context(), transaction() as session:
        staff = make_staff(session, Role.EDITOR, name="林雨蓁")
        known, public_id = staff.fs_uniquifier, staff.public_id
    client = app.test_client()
    enter(client, known)
    return Colleague(client, public_id)


def give_sign(client: FlaskClient, page: str, sign: str = "reading", **more: str) -> TestResponse:
    form = find_form(client.get(page).text, action="/presence")
    return client.post(form["action"], data={**form["values"], "sign": sign, **more}, headers=SCRIPT)


def said(answer: TestResponse) -> str:
    return str((answer.get_json() or {}).get("said"))


@pytest.mark.either_database
@pytest.mark.parametrize(
    ("sign", "sentence"),
    [
        ("reading", "Also reading this: 林雨蓁."),
        ("writing", "Writing here, not saved yet: 林雨蓁."),
        ("left", ""),
    ],
)
def test_colleagues_are_told_of_each_other(
    moderator: Desk, colleague: Colleague, sign: str, sentence: str
) -> None:
    page = moderator.page(moderator.pitch)
    give_sign(colleague.client, page)
    give_sign(colleague.client, page, sign)
    assert said(give_sign(moderator.client, page)) == sentence


def test_whoever_gives_no_sign_any_more_has_gone_and_nothing_is_left(
    moderator: Desk, colleague: Colleague
) -> None:
    page, began = moderator.page(moderator.pitch), datetime.now().astimezone()
    told = []
    with time_machine.travel(began, tick=False) as clock:
        give_sign(colleague.client, page)
        for _half_a_minute in range(4):
            told.append(bool(said(give_sign(moderator.client, page))))
            clock.shift(HALF_A_MINUTE)
    with moderator.app.app_context():
        assert (told, len(db.session.scalars(select(Presence.mark)).all())) == ([True, True, True, False], 1)


@pytest.mark.either_database
def test_another_text_is_another_place(moderator: Desk, colleague: Colleague) -> None:
    give_sign(colleague.client, moderator.page(moderator.story))
    assert said(give_sign(moderator.client, moderator.page(moderator.pitch))) == ""


@pytest.mark.either_database
def test_what_is_kept_names_nobody_and_nothing(moderator: Desk) -> None:
    give_sign(moderator.client, moderator.page(moderator.pitch))
    with moderator.app.app_context():
        [sign] = db.session.scalars(select(Presence)).all()
        names = [
            *db.session.scalars(select(Staff.public_id)),
            *db.session.scalars(select(Submission.public_id)),
        ]
        assert [one for one in names if one in sign.mark] == []
        assert ([column.key for column in inspect(Presence).columns], sign.seen_at.second % 15) == (
            ["mark", "is_writing", "seen_at"],
            0,
        )


@pytest.mark.either_database
def test_whoever_has_switched_it_off_is_not_seen(moderator: Desk, colleague: Colleague) -> None:
    page = moderator.page(moderator.pitch)
    form = find_form(colleague.client.get(page).text, action="/presence")
    with moderator.app.app_context(), transaction() as session:
        session.scalars(
            select(Staff).where(Staff.public_id == colleague.public_id)
        ).one().shows_presence = False
    answer = colleague.client.post(form["action"], data={**form["values"], "sign": "reading"}, headers=SCRIPT)
    assert (answer.status_code, said(give_sign(moderator.client, page))) == (204, "")
    assert "/presence" not in colleague.client.get(page).text


@pytest.mark.either_database
def test_a_newer_version_is_told_with_who_saved_it(moderator: Desk, colleague: Colleague) -> None:
    page = moderator.page(moderator.pitch)
    form = find_form(moderator.client.get(page).text, action="/presence")
    gist = find_form(colleague.client.get(page).text, action="/gist")
    colleague.client.post(gist["action"], data={**gist["values"], "body": "A shelf."})
    answer = moderator.client.post(form["action"], data={**form["values"], "sign": "reading"}, headers=SCRIPT)
    assert said(answer) == "林雨蓁 has saved something since. Load the page again to see it."


@pytest.mark.either_database
@pytest.mark.parametrize("sign", ["", "sleeping", "字" * 10_000])
def test_another_sign_is_none(moderator: Desk, sign: str) -> None:
    answer = give_sign(moderator.client, moderator.page(moderator.pitch), sign)
    with moderator.app.app_context():
        assert (answer.status_code, db.session.scalars(select(Presence.mark)).all()) == (422, [])
