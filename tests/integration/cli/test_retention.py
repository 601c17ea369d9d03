"""Erasing by the clock: what was kept for as long as was promised goes, and nothing else does."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from portal.cli.retention import erase_due
from portal.database import snapshot, transaction
from portal.domain.acts import Act, HistoryAct
from portal.domain.deadlines import round_to_hour
from portal.domain.permissions import Role
from portal.domain.retention import TooManyDue
from portal.domain.states import Stage, State
from portal.domain.ways_in import WayIn
from portal.extensions import db
from portal.models import (
    AccessLink,
    Call,
    ContributorSession,
    Draft,
    Event,
    JobRun,
    RateBucket,
    Revision,
    Staff,
    Submission,
    UnsentVersion,
    UsedProof,
)
from portal.operations.contribute.unsent import delete_unfinished, list_unfinished
from portal.operations.coverages import drafts
from portal.operations.desk import decisions
from portal.operations.locking import lock_submission
from portal.operations.private import author_acts
from portal.queries.retention import ERASE_JOB, count_unforeseen, erased_on, list_due, lock_due
from tests.support.canaries import owned_tables
from tests.support.concurrency import await_waiting, before_statements
from tests.support.factories import make_call, make_draft, make_staff, make_submission, make_unsent
from tests.support.statements import listening

KEPT_DAYS = 90
ERASES_TEXT = "DELETE FROM revision "
"""How a statement begins that is sent once for each text."""
ENDS_BLOCK = "UPDATE audit_head "
"""The last of what is written in a transaction that erases."""
CLOSING = (Act.DECLINE, Act.MARK_SPAM, Act.MARK_DUPLICATE, Act.WITHDRAW)
"""The acts that end in erasing after some days."""
CLOSES = datetime(2026, 6, 30, 21, tzinfo=UTC)
THREE_MONTHS_LATER = datetime(2026, 9, 30, 21, tzinfo=UTC)


def close(app: Flask, at: datetime, count: int = 1, *, act: Act = Act.DECLINE) -> list[int]:
    """Return the ids of submissions that the desk closed, or their authors withdrew, at `at`."""
    with app.app_context(), transaction() as session:
        make_call(session, at)
        by = make_staff(session, Role.EDITOR)
        made = []
        for _ in range(count):
            submission = make_submission(session, at)
            close_submission(session, submission, act, by=by, at=at)
            made.append(submission.id)
        session.flush()
        return made


def close_submission(session: Session, submission: Submission, act: Act, *, by: Staff, at: datetime) -> None:
    """Close it by this act. A duplicate gets an original, which stays open."""
    given: dict[str, Any] = {"by": by, "at": at, "seen": submission.version}
    if act is Act.DECLINE:
        decisions.decline(session, submission, reason="off_topic", body="Ні.", **given)
    elif act is Act.MARK_SPAM:
        decisions.mark_spam(session, submission, **given)
    elif act is Act.MARK_DUPLICATE:
        decisions.mark_duplicate(session, submission, original=make_submission(session, at), **given)
    else:
        author_acts.withdraw(session, submission, at=at)
    session.flush()


def add_open(app: Flask, at: datetime, count: int) -> None:
    with app.app_context(), transaction() as session:
        for _ in range(count):
            make_submission(session, at)


def run_retention(app: Flask, at: datetime, *, anyway: bool = False) -> int:
    """Run once more, an hour after the run before."""
    with app.app_context():
        with transaction() as session:
            session.merge(JobRun(name=ERASE_JOB, ran_at=at - timedelta(hours=1)))
        return erase_due(at=at, anyway=anyway)


def count_hanging(app: Flask) -> dict[str, int]:
    """Return how many rows each table holds that hangs on a submission."""
    with app.app_context():
        counted = {
            table.name: db.session.scalar(select(func.count()).select_from(table)) or 0
            for table in owned_tables()
        }
    return {name: number for name, number in counted.items() if number}


def count_erased(app: Flask) -> int:
    with app.app_context():
        erased = select(func.count()).where(Submission.state == State.ERASED)
        return db.session.scalar(erased) or 0


@pytest.mark.parametrize("act", CLOSING)
def test_a_closed_text_is_erased_when_its_time_is_over(app: Flask, at: datetime, act: Act) -> None:
    close(app, at, act=act)
    assert (run_retention(app, at + timedelta(days=KEPT_DAYS)), count_erased(app)) == (1, 1)


def test_a_closed_text_is_kept_until_then(app: Flask, at: datetime) -> None:
    close(app, at)
    assert run_retention(app, at + timedelta(days=KEPT_DAYS) - timedelta(seconds=1)) == 0


def test_each_call_has_its_own_time(app: Flask, at: datetime) -> None:
    close(app, at)
    with app.app_context(), transaction() as session:
        session.scalars(select(Call)).one().declined_kept_days = 10
    assert run_retention(app, at + timedelta(days=10)) == 1


def test_what_is_open_is_never_erased_by_time(app: Flask, at: datetime) -> None:
    with app.app_context(), transaction() as session:
        make_submission(session, at)
    assert run_retention(app, at + timedelta(days=3650)) == 0


def test_closing_again_starts_the_time_anew(app: Flask, at: datetime) -> None:
    (submission_id,) = close(app, at)
    later = at + timedelta(days=30)
    with app.app_context(), transaction() as session:
        submission, by = session.get_one(Submission, submission_id), session.scalars(select(Staff)).one()
        decisions.reopen(session, submission, by=by, at=later, seen=submission.version)
        session.flush()
        author_acts.withdraw(session, submission, at=later)
    before = run_retention(app, at + timedelta(days=KEPT_DAYS))
    assert (before, run_retention(app, later + timedelta(days=KEPT_DAYS))) == (0, 1)


@pytest.mark.parametrize("act", CLOSING)
def test_closed_in_the_same_way_again_it_is_kept_from_the_second_time(
    app: Flask, at: datetime, act: Act
) -> None:
    (submission_id,) = close(app, at, act=act)
    later = round_to_hour(at) + timedelta(days=30)
    with app.app_context(), transaction() as session:
        submission, by = session.get_one(Submission, submission_id), session.scalars(select(Staff)).one()
        decisions.reopen(session, submission, by=by, at=at + timedelta(days=10), seen=submission.version)
        session.flush()
        close_submission(session, submission, act, by=by, at=later)
    days = (later + timedelta(days=KEPT_DAYS) - timedelta(seconds=1), later + timedelta(days=KEPT_DAYS))
    assert [run_retention(app, day) for day in days] == [0, 1]


@pytest.mark.either_database
def test_what_the_clock_erased_is_not_said_to_be_the_authors_act(app: Flask, at: datetime) -> None:
    close(app, at)
    run_retention(app, at + timedelta(days=KEPT_DAYS))
    with app.app_context():
        row = db.session.execute(select(Event.act, Event.by_author, Event.staff_id)).one()
    assert tuple(row) == (HistoryAct.ERASE, False, None)


@pytest.mark.either_database
def test_a_run_that_would_erase_too_much_erases_nothing(app: Flask, at: datetime) -> None:
    close(app, at, 6)
    with pytest.raises(TooManyDue, match="6 of 6 submissions"):
        run_retention(app, at + timedelta(days=3650))
    assert count_erased(app) == 0


@pytest.mark.either_database
def test_a_few_are_erased_whatever_their_share(app: Flask, at: datetime) -> None:
    close(app, at, 5)
    assert run_retention(app, at + timedelta(days=KEPT_DAYS)) == 5


@pytest.mark.either_database
def test_a_tenth_is_erased(app: Flask, at: datetime) -> None:
    close(app, at, 6)
    add_open(app, at, 54)
    assert run_retention(app, at + timedelta(days=KEPT_DAYS)) == 6


@pytest.mark.either_database
def test_after_a_look_at_the_clock_it_is_erased_anyway(app: Flask, at: datetime) -> None:
    close(app, at, 6)
    assert run_retention(app, at + timedelta(days=KEPT_DAYS), anyway=True) == 6


@pytest.mark.either_database
def test_a_draft_of_a_withdrawn_story_goes_with_it(app: Flask, at: datetime) -> None:
    with app.app_context(), transaction() as session:
        make_call(session, at)
        by = make_staff(session, Role.EDITOR)
        submission = make_submission(session, at, Stage.STORY)
        draft = decisions.accept(session, submission, by=by, at=at, seen=submission.version)
        session.flush()
        drafts.save_draft(session, draft, {"body": "Нове."}, by=by, at=at, seen=draft.version)
        author_acts.withdraw(session, submission, at=at)
    run_retention(app, at + timedelta(days=KEPT_DAYS))
    assert count_hanging(app) == {"event": 1}


def close_call(app: Flask, closes: datetime) -> None:
    with app.app_context(), transaction() as session:
        session.scalars(select(Call)).one().closes_at = closes


def make_submissions(app: Flask, at: datetime) -> dict[State, int]:
    """Return a submission in each state in which a text is open, by state."""
    with app.app_context(), transaction() as session:
        make_call(session, at)
        by = make_staff(session, Role.EDITOR)
        made = {State.SUBMITTED: make_submission(session, at)}
        asked = made[State.NEEDS_REPLY] = make_submission(session, at)
        decisions.ask(session, asked, by=by, at=at, seen=asked.version, body="Коли?")
        invited = made[State.INVITED] = make_submission(session, at)
        decisions.invite(session, invited, by=by, at=at, seen=invited.version, body="Пишіть.")
        made[State.ACCEPTED] = make_draft(session, at, by=by).submission
        checked = make_draft(session, at, by=by)
        drafts.send_for_approval(session, checked, by=by, at=at, seen=checked.submission.version)
        made[State.AUTHOR_CHECK] = checked.submission
        made[State.APPROVED] = approve(session, by, at).submission
        session.flush()
        return {state: submission.id for state, submission in made.items()}


def approve(session: Session, by: Staff, at: datetime) -> Draft:
    draft = make_draft(session, at, by=by)
    drafts.waive_approval(session, draft, by=by, at=at, seen=draft.submission.version, reason="Said so.")
    return draft


def list_states(app: Flask) -> dict[int, State]:
    with app.app_context():
        rows = db.session.execute(select(Submission.id, Submission.state)).all()
    return {row.id: row.state for row in rows}


def test_what_was_not_published_is_erased_three_months_after_the_call(app: Flask, at: datetime) -> None:
    made = make_submissions(app, at)
    close_call(app, CLOSES)
    run_retention(app, THREE_MONTHS_LATER, anyway=True)
    assert list_states(app) == dict.fromkeys(made.values(), State.ERASED)


def test_until_then_it_stays_as_it_is(app: Flask, at: datetime) -> None:
    made = make_submissions(app, at)
    close_call(app, CLOSES)
    run_retention(app, THREE_MONTHS_LATER - timedelta(seconds=1), anyway=True)
    assert list_states(app) == {number: state for state, number in made.items()}


def test_while_the_call_is_open_nothing_of_it_is_erased(app: Flask, at: datetime) -> None:
    made = make_submissions(app, at)
    run_retention(app, at + timedelta(days=3650), anyway=True)
    assert list_states(app) == {number: state for state, number in made.items()}


def test_each_call_keeps_for_as_long_as_its_consent_says(app: Flask, at: datetime) -> None:
    made = make_submissions(app, at)
    close_call(app, CLOSES)
    with app.app_context(), transaction() as session:
        session.scalars(select(Call)).one().unpublished_kept_months = 12
    run_retention(app, THREE_MONTHS_LATER, anyway=True)
    assert list_states(app) == {number: state for state, number in made.items()}


@pytest.mark.parametrize("corrected", [False, True], ids=["published", "being corrected"])
def test_what_was_published_stays(app: Flask, at: datetime, *, corrected: bool) -> None:
    with app.app_context(), transaction() as session:
        make_call(session, at)
        by = make_staff(session, Role.EDITOR)
        draft = approve(session, by, at)
        submission = draft.submission
        drafts.publish(session, draft, {"uk": "https://example.org/a"}, by=by, at=at, seen=submission.version)
        if corrected:
            session.flush()
            drafts.correct(session, draft, by=by, at=at, seen=submission.version, reason="A wrong date.")
    close_call(app, CLOSES)
    assert run_retention(app, THREE_MONTHS_LATER) == 0


def begin_submission(app: Flask, saved: Sequence[datetime]) -> int:
    """Return the id of a text that was begun and saved at these moments, in as many versions."""
    with app.app_context(), transaction() as session:
        make_call(session, saved[0])
        submission = make_submission(session, saved[0])
        session.execute(delete(Revision))
        submission.state, submission.received_at = State.WRITING, saved[0]
        for moment in saved:
            make_unsent(session, submission, moment, idea="Світло зникло.")
        session.flush()
        return submission.id


@pytest.mark.parametrize(("after", "erased"), [(timedelta(days=14), 1), (timedelta(days=14, seconds=-1), 0)])
def test_what_was_never_sent_is_kept_for_two_weeks(
    app: Flask, at: datetime, after: timedelta, erased: int
) -> None:
    begin_submission(app, [at])
    assert (run_retention(app, at + after), count_erased(app)) == (erased, erased)


def test_every_save_starts_the_two_weeks_anew(app: Flask, at: datetime) -> None:
    begin_submission(app, [at, at + timedelta(days=10)])
    early = run_retention(app, at + timedelta(days=14))
    assert (early, run_retention(app, at + timedelta(days=24))) == (0, 1)


@pytest.mark.parametrize("app", ["postgresql"], indirect=True)
def test_what_is_saved_while_its_time_is_found_over_stays(app: Flask, at: datetime) -> None:
    number, over = begin_submission(app, [at]), at + timedelta(days=14)
    with app.app_context(), Session(db.engine) as author, ThreadPoolExecutor(1) as clock:
        submission = author.get_one(Submission, number)
        lock_submission(author, submission)
        submission.writings[0].saved_at = over
        author.flush()
        due = clock.submit(find_all_due, app, over)
        await_waiting(app)
        author.commit()
        assert due.result() == []


def find_all_due(app: Flask, at: datetime) -> list[int]:
    with app.app_context():
        with snapshot() as session:
            numbers = list_due(session, at=at)
        with transaction() as session:
            return [submission.id for submission in lock_due(session, numbers, at=at)]


@pytest.mark.parametrize("app", ["postgresql"], indirect=True)
def test_an_unsent_change_that_is_saved_while_old_ones_go_stays(app: Flask, at: datetime) -> None:
    number, over = begin_submission(app, [at]), at + timedelta(days=14)
    with app.app_context(), Session(db.engine) as author:
        author.get_one(Submission, number).state = State.SUBMITTED
        author.commit()
        author.scalars(select(UnsentVersion)).one().saved_at = over
        author.flush()
        with transaction() as session:
            assert delete_unfinished(session, list_unfinished(session, at=over), at=over) == 0


def test_nothing_of_what_was_never_sent_is_left(app: Flask, at: datetime) -> None:
    begin_submission(app, [at])
    run_retention(app, at + timedelta(days=14))
    assert count_hanging(app) == {"event": 1}


def test_what_is_over_goes_with_it(app: Flask, at: datetime) -> None:
    with app.app_context(), transaction() as session:
        make_call(session, at)
        submission = make_submission(session, at)
        over = {"submission_id": submission.id, "expires_at": at}
        session.add_all(
            [
                AccessLink(token_hash="0" * 64, **over),
                ContributorSession(token_hash="0" * 64, way_in=WayIn.FORM, **over),
                UsedProof(proof_hash="0" * 64, expires_at=at),
                RateBucket(name="lane:unverified", level=1.0, updated_at=at),
            ]
        )
    run_retention(app, at + timedelta(days=1))
    with app.app_context():
        left = [
            db.session.scalar(select(func.count()).select_from(table))
            for table in (AccessLink, ContributorSession, UsedProof, RateBucket)
        ]
    assert left == [0, 0, 0, 0]


def test_the_date_people_are_told_is_the_date_it_happens(app: Flask, at: datetime) -> None:
    (declined,) = close(app, at)
    unsent = begin_submission(app, [at])
    made = make_submissions(app, at)
    close_call(app, CLOSES)
    with app.app_context():
        submissions = [
            db.session.get_one(Submission, number) for number in (declined, unsent, *made.values())
        ]
        told = [
            erased_on(submission, shown=submission.state, closed_at=at if submission.id == declined else None)
            for submission in submissions
        ]
        days = [at + timedelta(days=KEPT_DAYS), begun_until(at), *[THREE_MONTHS_LATER] * len(made)]
        assert told == days
        for moment in (told[0], told[1], told[2]):
            assert moment is not None
            due = set(list_due(db.session(), at=moment))
            early = set(list_due(db.session(), at=moment - timedelta(seconds=1)))
            expected = {
                submission.id for submission, day in zip(submissions, told, strict=True) if day == moment
            }
            assert due - early == expected
            db.session.rollback()


def begun_until(at: datetime) -> datetime:
    return at + timedelta(days=14)


def test_a_published_text_has_no_such_date(app: Flask, at: datetime) -> None:
    with app.app_context(), transaction() as session:
        make_call(session, at).closes_at = CLOSES
        submission = make_submission(session, at)
        assert erased_on(submission, shown=State.PUBLISHED) is None


@pytest.mark.parametrize(("step", "surprising"), [(-1, 1), (0, 0), (1, 0)])
def test_an_end_that_was_in_sight_for_thirteen_days_surprises_nobody(
    app: Flask, at: datetime, step: int, surprising: int
) -> None:
    (number,) = close(app, at)
    over = at + timedelta(days=KEPT_DAYS)
    with app.app_context(), transaction() as session:
        submission = session.get_one(Submission, number)
        never = count_unforeseen(session, at=over)
        submission.ending_seen_at = over - timedelta(days=13) - step * timedelta(seconds=1)
        session.flush()
        assert (never, count_unforeseen(session, at=over)) == (1, surprising)


def test_nobody_waits_for_more_than_one_text_that_is_erased(app: Flask, at: datetime) -> None:
    close(app, at, count=8)
    with listening(app) as sent:
        erased = run_retention(app, at + timedelta(days=KEPT_DAYS), anyway=True)
    begun = [statement.startswith(ERASES_TEXT) for statement, _given in sent]
    ended = [statement.startswith(ENDS_BLOCK) for statement, _given in sent]
    between = [sum(ended[: place + 1]) for place, is_begun in enumerate(begun) if is_begun]
    assert (erased, between) == (8, [*range(between[0], between[0] + 8)])


def test_a_run_that_breaks_off_has_erased_whole_texts_and_the_next_goes_on(app: Flask, at: datetime) -> None:
    close(app, at, count=8)
    begun: list[str] = []

    def break_off(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        if statement.startswith(ERASES_TEXT):
            begun.append(statement)
            if len(begun) == 3:
                raise KeyboardInterrupt

    over = at + timedelta(days=KEPT_DAYS)
    with before_statements(break_off, app), pytest.raises(KeyboardInterrupt):
        run_retention(app, over, anyway=True)
    assert (count_erased(app), run_retention(app, over, anyway=True), count_erased(app)) == (2, 6, 8)


@pytest.mark.either_database
def test_a_run_that_is_stopped_ends_after_its_text_and_the_next_goes_on(app: Flask, at: datetime) -> None:
    """As the worker does, which is told to end while it erases."""
    close(app, at, count=8)
    over, asked = at + timedelta(days=KEPT_DAYS), iter([False, False, True])
    with app.app_context():
        first = erase_due(at=over, anyway=True, is_stopping=lambda: next(asked))
    assert (first, run_retention(app, over, anyway=True), count_erased(app)) == (2, 6, 8)
