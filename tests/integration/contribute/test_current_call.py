"""The call behind a form: read in one question, and as the database holds it."""

from datetime import datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from portal.database import transaction
from portal.extensions import db
from portal.models import Call, Coverage
from portal.queries.calls import Asked, call_in_language, find_current_call, put_in_language
from tests.support.factories import make_call
from tests.support.statements import list_verbs, listening


@pytest.fixture(autouse=True)
def _open_call(app: Flask, at: datetime) -> None:
    with app.app_context(), transaction() as session:
        make_call(session, at).opens_at = at


def find(session: Session, at: datetime) -> tuple[Call, Asked]:
    found = find_current_call(session, "ukraine-taiwan", at=at)
    assert found is not None
    return found


def read_columns(thing: Call | Coverage) -> dict[str, object]:
    return {name: getattr(thing, name) for name in thing.__table__.columns.keys()}  # noqa: SIM118  # no map


def test_it_is_the_row_of_the_database_and_its_coverage_too(app: Flask, at: datetime) -> None:
    with app.app_context():
        call, _asked = find(db.session(), at)
        at_hand = [read_columns(one) for one in (call, call.coverage)]
        db.session.expire_all()
        assert at_hand == [read_columns(one) for one in (call, call.coverage)]


def test_nothing_more_is_asked_and_nothing_is_written(app: Flask, at: datetime) -> None:
    with app.app_context():
        db.session.connection()
        with listening(app) as sent:
            call, _asked = find(db.session(), at)
            read_columns(call), read_columns(call.coverage)
            db.session.flush()
        assert (list_verbs(sent), call in db.session) == (["SELECT"], True)


def test_what_the_form_asks_is_what_is_asked_by_the_number_of_the_call(app: Flask, at: datetime) -> None:
    with app.app_context():
        call, asked = find(db.session(), at)
        assert put_in_language(asked, "uk") is call_in_language(db.session(), call, "uk")


def test_a_call_that_is_known_already_stays_the_same_object(app: Flask, at: datetime) -> None:
    with app.app_context():
        known = db.session.get_one(Call, 1)
        assert find(db.session(), at)[0] is known


def test_a_change_is_seen_at_once(app: Flask, at: datetime) -> None:
    with app.app_context():
        before, _asked = find(db.session(), at)
        assert before.answer_days != 3
    with app.app_context(), transaction() as session:
        session.get_one(Call, 1).answer_days = 3
    with app.app_context():
        assert find(db.session(), at)[0].answer_days == 3


def test_a_call_that_is_over_gives_way_to_one_that_is_open(app: Flask, at: datetime) -> None:
    with app.app_context(), transaction() as session:
        first = session.get_one(Call, 1)
        kept = {name: value for name, value in read_columns(first).items() if name not in ("id", "public_id")}
        newer = Call(**{**kept, "slug": "second", "closes_at": at + timedelta(days=1)})
        session.add(newer)
    with app.app_context():
        assert [find(db.session(), at + timedelta(days=days))[0].slug for days in (0, 2)] == [
            "second",
            kept["slug"],
        ]


def test_a_coverage_without_calls_has_none(app: Flask, at: datetime) -> None:
    with app.app_context(), transaction() as session:
        session.delete(session.get_one(Call, 1))
    with app.app_context():
        assert find_current_call(db.session(), "ukraine-taiwan", at=at) is None
        assert find_current_call(db.session(), "another", at=at) is None
