"""A text that is sent at once leaves what one leaves that was saved before."""

from datetime import datetime
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import Row, inspect, select
from sqlalchemy.orm import Session

from portal.database import transaction
from portal.domain.admission import Lane, Signal
from portal.domain.answers import SubmittedAnswers
from portal.domain.states import Stage
from portal.extensions import current_portal, db
from portal.models import Base, Submission
from portal.operations.contribute.submit import FormSecrets, begin_submission, submit
from portal.queries.answers import open_current_answers
from tests.support.factories import make_call, make_form_key, make_sending

TABLES = ("submission", "revision", "consent", "event", "outbox_mail")
OWN = {"id", "public_id", "receipt_hash", "form_key_hash", "content_hash", "submission_id", "event_id"}
"""Of each row by itself: its number, and what is random or made from the key of the form."""
OTHERWISE = OWN | {"dedupe_key", "sealed", "desk_answers", "sealed_risk", "version"}
"""What is made from those; a row that was changed after it was made counts one more version."""


def send(session: Session, sending: SubmittedAnswers, at: datetime, *, saved_before: bool) -> Submission:
    """Send a text from a form of its own, which may have been begun before."""
    instance, form_key = current_portal().instance, make_form_key()
    secrets, call = FormSecrets(instance.keys, instance.receipt_secret, form_key), make_call(session, at)
    if saved_before:
        begin_submission(
            session,
            call,
            secrets,
            lambda _new: None,
            stage=Stage.PITCH,
            lang="en",
            locale="en",
            at=at.replace(hour=1),
        )
    submission, _outcome = submit(
        session,
        call,
        sending,
        secrets,
        at=at,
        locale="zh-Hant-TW",
        lane=Lane.UNVERIFIED,
        signals=[Signal.TOO_FAST],
    )
    session.flush()
    return submission


def read_rows(session: Session, submission: Submission, name: str) -> list[Row[Any]]:
    table = Base.metadata.tables[name]
    of_submission = table.c.get("submission_id", table.c.id)
    return list(session.execute(select(table).where(of_submission == submission.id).order_by(table.c.id)))


def pick(row: Row[Any]) -> dict[str, Any]:
    """Return what does not differ by nature."""
    return {name: value for name, value in row._mapping.items() if name not in OTHERWISE}  # noqa: SLF001  # how a row is a map


@pytest.mark.either_database
@pytest.mark.parametrize("stage", list(Stage))
@pytest.mark.parametrize("address", ["", "olena@example.org"])
def test_a_text_that_is_sent_at_once_stands_there_like_one_that_was_saved_before(
    app: Flask, at: datetime, stage: Stage, address: str
) -> None:
    with app.app_context(), transaction() as session:
        sending = make_sending(stage, lang="pl", address=address)
        submissions = [send(session, sending, at, saved_before=one) for one in (False, True)]
        for name in TABLES:
            first, later = ([pick(row) for row in read_rows(session, one, name)] for one in submissions)
            assert (name, first) == (name, later)
        keys = current_portal().instance.keys
        inside = [(open_current_answers(one, keys), one.latest.answers, one.at_risk) for one in submissions]
        assert inside == [(sending.sealed, sending.answers, False)] * 2


def test_what_is_at_hand_after_a_first_sending_is_what_was_written(app: Flask, at: datetime) -> None:
    with app.app_context(), transaction() as session:
        submission = send(session, make_sending(), at, saved_before=False)
        names = [one.key for one in inspect(Submission).column_attrs]
        at_hand = {name: getattr(submission, name) for name in names}
        session.expire(submission)
        assert at_hand == {name: getattr(submission, name) for name in names}


def test_the_same_form_again_finds_what_stands_there(app: Flask, at: datetime) -> None:
    with app.app_context(), transaction() as session:
        submission = send(session, make_sending(), at, saved_before=False)
        assert [len(one) for one in (submission.revisions, submission.consents, submission.writings)] == [
            1,
            2,
            0,
        ]
    with app.app_context():
        assert db.session.scalars(select(Submission.id)).all() == [1]
