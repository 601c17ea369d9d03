"""The call behind a form: read in one question, its coverage with it."""

from datetime import datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from portal.database import transaction
from portal.extensions import db
from portal.models import Call
from portal.queries.calls import call_in_language, find_current_call
from tests.support.factories import make_call
from tests.support.statements import list_verbs, listening


@pytest.fixture(autouse=True)
def _open_call(app: Flask, at: datetime) -> None:
    with app.app_context(), transaction() as session:
        make_call(session, at).opens_at = at


def find(session: Session, at: datetime) -> Call:
    found = find_current_call(session, "ukraine-taiwan", at=at)
    assert found is not None
    return found


def test_one_question_finds_the_call_and_its_coverage(app: Flask, at: datetime) -> None:
    with app.app_context():
        db.session.connection()
        with listening(app) as sent:
            assert find(db.session(), at).coverage.slug == "ukraine-taiwan"
        assert list_verbs(sent) == ["SELECT"]


def test_what_the_form_asks_is_parsed_once_for_each_language(app: Flask, at: datetime) -> None:
    with app.app_context():
        call = find(db.session(), at)
        first, again, other = (call_in_language(db.session(), call, tag) for tag in ("uk", "uk", "en"))
        assert (first is again, first is other) == (True, False)


def test_a_call_that_is_known_already_stays_the_same_object(app: Flask, at: datetime) -> None:
    with app.app_context():
        known = db.session.get_one(Call, 1)
        assert find(db.session(), at) is known


def test_a_change_is_seen_at_once(app: Flask, at: datetime) -> None:
    with app.app_context():
        before = call_in_language(db.session(), find(db.session(), at), "uk")
    with app.app_context(), transaction() as session:
        session.get_one(Call, 1).answer_days = 3
    with app.app_context():
        after = call_in_language(db.session(), find(db.session(), at), "uk")
    assert (before.values["days"], after.values["days"]) == ("14", "3")


def test_a_call_that_is_over_gives_way_to_one_that_is_open(app: Flask, at: datetime) -> None:
    with app.app_context(), transaction() as session:
        first = session.get_one(Call, 1)
        columns = first.__table__.columns.keys()
        kept = {name: getattr(first, name) for name in columns if name not in ("id", "public_id")}
        newer = Call(**{**kept, "slug": "second", "closes_at": at + timedelta(days=1)})
        session.add(newer)
    with app.app_context():
        assert [find(db.session(), at + timedelta(days=days)).slug for days in (0, 2)] == [
            "second",
            kept["slug"],
        ]


def test_a_coverage_without_calls_has_none(app: Flask, at: datetime) -> None:
    with app.app_context(), transaction() as session:
        session.delete(session.get_one(Call, 1))
    with app.app_context():
        assert find_current_call(db.session(), "ukraine-taiwan", at=at) is None
        assert find_current_call(db.session(), "another", at=at) is None
