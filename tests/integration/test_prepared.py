"""Prepared statements ask what the same statements ask through SQLAlchemy."""

from datetime import datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import String, bindparam, literal, or_, select

from portal.domain.states import Stage
from portal.extensions import db
from portal.models import Submission
from portal.models.base import Moment, value_enum
from portal.queries.prepared import ask
from tests.factories import make_submission

ASKED = (
    select(Submission.id, literal("100 %: yes"))
    .where(or_(Submission.due_at <= bindparam("at", type_=Moment), Submission.heading.like("%")))
    .where(Submission.stage == bindparam("kind", type_=value_enum(Stage)))
    .where(
        Submission.lang == bindparam("lang", type_=String), Submission.due_at > bindparam("at", type_=Moment)
    )
)


@pytest.mark.parametrize("lang", ["uk", "en"])
@pytest.mark.parametrize("kind", Stage)
def test_a_prepared_statement_finds_the_same(app: Flask, at: datetime, kind: Stage, lang: str) -> None:
    with app.app_context():
        session = db.session()
        make_submission(session, at).due_at = at + timedelta(days=1)
        session.flush()
        values = {"at": at, "kind": kind, "lang": lang}
        assert ask(session, ASKED, {**values, "more": 1}) == session.execute(ASKED, values).all()


def test_a_question_without_one_of_its_values_is_refused(app: Flask, at: datetime) -> None:
    with app.app_context(), pytest.raises(KeyError, match="lang"):
        ask(db.session(), ASKED, {"at": at, "kind": Stage.STORY})
