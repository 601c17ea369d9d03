"""What belongs to rows is read as their relationships say, and stays as it was where it is loaded already."""

from datetime import datetime

from flask import Flask
from sqlalchemy import inspect, select

from portal.database import transaction
from portal.domain.states import Stage
from portal.extensions import db
from portal.models import Submission
from portal.queries.related_rows import load_related
from tests.support.factories import make_submission
from tests.support.statements import list_verbs, listening

NAMES = ("call", "revisions", "consents", "attachments", "assignee")


def make_two(app: Flask, at: datetime) -> None:
    with app.app_context(), transaction() as session:
        for stage in (Stage.PITCH, Stage.STORY):
            make_submission(session, at, stage)


def read_all() -> list[Submission]:
    return list(db.session.scalars(select(Submission).order_by(Submission.id)))


def describe(submissions: list[Submission]) -> list[list[object]]:
    return [[getattr(one, name) for name in NAMES] for one in submissions]


def test_it_is_what_the_relationships_give(app: Flask, at: datetime) -> None:
    make_two(app, at)
    with app.app_context():
        found = read_all()
        load_related(db.session(), found, *NAMES)
        loaded = describe(found)
        db.session.expire_all()
        assert loaded == describe(read_all())


def test_each_relationship_is_one_statement_for_all_rows(app: Flask, at: datetime) -> None:
    make_two(app, at)
    with listening(app) as sent, app.app_context():
        found = read_all()
        load_related(db.session(), found, "revisions", "consents")
        describe_both = [len(one.revisions) + len(one.consents) for one in found]
    assert list_verbs(sent) == ["SELECT"] * 3
    assert all(describe_both)


def test_what_was_changed_stays(app: Flask, at: datetime) -> None:
    make_two(app, at)
    with app.app_context():
        submission = read_all()[0]
        submission.consents.clear()
        load_related(db.session(), [submission], "consents", "revisions")
        assert submission.consents == []
        assert inspect(submission).attrs.consents.history.deleted != []
        db.session.rollback()
