"""Authors hear two weeks before the clock lets go of their text, once, and never by a clock that is wrong."""

from datetime import datetime, timedelta

from flask import Flask
from sqlalchemy import delete, func, select

from portal.cli import retention
from portal.database import transaction
from portal.domain.acts import Act
from portal.extensions import db
from portal.models import (
    JobRun,
    OutboxMail,
    Submission,
)
from portal.queries.retention import ERASE_JOB
from tests.integration.cli.test_retention import (
    CLOSES,
    KEPT_DAYS,
    THREE_MONTHS_LATER,
    close,
    close_call,
    make_submissions,
)
from tests.support.statements import listening

TWO_WEEKS = timedelta(days=14)


def look_ahead(app: Flask, *moments: datetime) -> list[str]:
    """Let the worker look at these moments; return what it has put into the outbox, by state of the text."""
    with app.app_context():
        with transaction() as session:
            session.execute(delete(OutboxMail))
        for moment in moments:
            with transaction() as session:
                session.merge(JobRun(name=ERASE_JOB, ran_at=moment - timedelta(hours=1)))
            retention.note_coming_ends(at=moment)
        found = select(Submission.state, OutboxMail.kind, OutboxMail.locale).join(
            OutboxMail, OutboxMail.submission_id == Submission.id
        )
        return sorted(" ".join(row) for row in db.session.execute(found))


def test_authors_hear_two_weeks_before_that_their_text_goes(app: Flask, at: datetime) -> None:
    for act in (Act.DECLINE, Act.MARK_SPAM, Act.WITHDRAW):
        close(app, at, act=act)
    sight = at + timedelta(days=KEPT_DAYS) - TWO_WEEKS
    early = look_ahead(app, sight - timedelta(hours=1))
    assert (early, look_ahead(app, sight, sight + timedelta(days=1))) == ([], ["declined update uk"])


def test_authors_hear_two_weeks_before_a_call_lets_go_of_its_texts(app: Flask, at: datetime) -> None:
    made = make_submissions(app, at)
    close_call(app, CLOSES)
    assert look_ahead(app, THREE_MONTHS_LATER - TWO_WEEKS) == sorted(f"{state} update uk" for state in made)


def test_many_hear_of_it_in_several_blocks(app: Flask, at: datetime) -> None:
    close(app, at, count=retention.TEXTS_AT_ONCE + 1)
    with listening(app) as sent:
        told = look_ahead(app, at + timedelta(days=KEPT_DAYS) - TWO_WEEKS)
    marks = [text for text, _given in sent if text.startswith("UPDATE submission SET ending_seen_at")]
    one_block = 2  # those that came and those that went
    assert (len(told), len(marks) > one_block) == (retention.TEXTS_AT_ONCE + 1, True)


def test_who_wants_no_mail_hears_nothing(app: Flask, at: datetime) -> None:
    close(app, at)
    with app.app_context(), transaction() as session:
        session.scalars(select(Submission)).one().wants_mail = False
    assert look_ahead(app, at + timedelta(days=KEPT_DAYS) - TWO_WEEKS) == []


def test_a_clock_that_has_jumped_tells_nobody(app: Flask, at: datetime) -> None:
    close(app, at)
    sight = at + timedelta(days=KEPT_DAYS) - TWO_WEEKS
    with app.app_context():
        with transaction() as session:
            session.execute(delete(OutboxMail))
            session.merge(JobRun(name=ERASE_JOB, ran_at=at))
        retention.note_coming_ends(at=sight)
        assert db.session.scalars(select(OutboxMail)).all() == []


def test_an_end_that_moves_away_and_back_within_a_day_is_told_of_again(app: Flask, at: datetime) -> None:
    made = make_submissions(app, at)
    sight = THREE_MONTHS_LATER - TWO_WEEKS
    told = []
    for hour, closes in enumerate((CLOSES, CLOSES + timedelta(days=30), CLOSES)):
        close_call(app, closes)
        with app.app_context():
            with transaction() as session:
                session.merge(JobRun(name=ERASE_JOB, ran_at=sight + timedelta(hours=hour - 1)))
            retention.note_coming_ends(at=sight + timedelta(hours=hour))
            ends = select(func.count(OutboxMail.id)).where(OutboxMail.dedupe_key.contains(":end:"))
            told.append(db.session.scalar(ends))
    assert told == [len(made), len(made), 2 * len(made)]
