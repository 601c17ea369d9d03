"""A flood of texts nobody wrote leaves the queue in one act, and what a person touched stays."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.domain.admission import Lane
from portal.domain.deadlines import CLAIM_TIME
from portal.domain.errors import NotPermitted
from portal.domain.permissions import Role
from portal.domain.states import State
from portal.extensions import current_portal
from portal.models import Event, OutboxMail, Staff, Submission
from portal.operations.desk.bulk_spam import SortedOut, mark_all_spam
from portal.operations.desk.decisions import ask, mark_spam, reopen
from portal.operations.desk.triage import add_note, assign, claim
from portal.queries.desk.queue import QueueFilter
from tests.support.factories import make_sending, make_staff, make_submission
from tests.support.search import read_in_session


def make_junk(session: Session, at: datetime, count: int = 1, idea: str = "Buy now.") -> list[Submission]:
    submissions = [make_submission(session, at, sending=make_sending(idea=idea)) for _ in range(count)]
    for submission in submissions:
        submission.lane = Lane.UNVERIFIED
    session.flush()
    return submissions


def sort_out(
    session: Session,
    by: Staff,
    at: datetime,
    *,
    wanted: QueueFilter | None = None,
    newest: int = 10_000,
    most: int = 100,
) -> SortedOut:
    found = mark_all_spam(session, wanted or QueueFilter(), by=by, at=at, newest=newest, most=most)
    session.flush()
    return found


def test_everything_unverified_is_put_aside_at_once(session: Session, at: datetime, moderator: Staff) -> None:
    junk = make_junk(session, at, 5)
    assert sort_out(session, moderator, at) == SortedOut(5, has_more=False)
    assert {submission.state for submission in junk} == {State.SPAM}


def test_verified_texts_stay(session: Session, at: datetime, moderator: Staff) -> None:
    submission = make_submission(session, at)
    sort_out(session, moderator, at)
    assert submission.state is State.SUBMITTED


def test_only_what_the_filter_lists_is_put_aside(session: Session, at: datetime, moderator: Staff) -> None:
    make_junk(session, at, 2)
    kept = make_junk(session, at, idea="Полиця з книжками.")[0]
    read_in_session(session)
    assert sort_out(session, moderator, at, wanted=QueueFilter(text="buy now")).count == 2
    assert kept.state is State.SUBMITTED


def test_what_came_after_the_list_was_read_stays(session: Session, at: datetime, moderator: Staff) -> None:
    seen, later = make_junk(session, at, 2)
    sort_out(session, moderator, at, newest=seen.id)
    assert (seen.state, later.state) == (State.SPAM, State.SUBMITTED)


def let_ask(session: Session, submission: Submission, at: datetime, editor: Staff) -> None:
    ask(session, submission, by=editor, at=at, seen=submission.version, body="Хто це?")
    submission.state = State.SUBMITTED  # the author has answered


def let_reopen(session: Session, submission: Submission, at: datetime, editor: Staff) -> None:
    mark_spam(session, submission, by=editor, at=at, seen=submission.version)
    session.flush()
    reopen(session, submission, by=editor, at=at, seen=submission.version)


def let_note(session: Session, submission: Submission, at: datetime, editor: Staff) -> None:
    add_note(
        session, submission, by=editor, at=at, body="Схоже на правду.", keys=current_portal().instance.keys
    )


def let_assign(session: Session, submission: Submission, at: datetime, editor: Staff) -> None:
    assign(session, submission, by=editor, to=editor, seen=submission.version, at=at)


def let_claim(session: Session, submission: Submission, at: datetime, editor: Staff) -> None:
    claim(session, submission, by=editor, at=at)


@pytest.mark.parametrize("touch", [let_ask, let_reopen, let_note, let_assign, let_claim])
def test_what_a_colleague_has_touched_stays(
    session: Session,
    at: datetime,
    moderator: Staff,
    editor: Staff,
    touch: Callable[[Session, Submission, datetime, Staff], None],
) -> None:
    submission = make_junk(session, at)[0]
    touch(session, submission, at, editor)
    session.flush()
    assert sort_out(session, moderator, at).count == 0


def test_what_a_colleague_looked_at_long_ago_goes(
    session: Session, at: datetime, moderator: Staff, editor: Staff
) -> None:
    claim(session, make_junk(session, at)[0], by=editor, at=at - CLAIM_TIME)
    assert sort_out(session, moderator, at).count == 1


def test_what_one_has_open_oneself_goes_too(session: Session, at: datetime, moderator: Staff) -> None:
    claim(session, make_junk(session, at)[0], by=moderator, at=at)
    assert sort_out(session, moderator, at).count == 1


def test_more_than_one_act_can_take_says_so(session: Session, at: datetime, moderator: Staff) -> None:
    make_junk(session, at, 5)
    found = [sort_out(session, moderator, at, most=3) for _ in range(2)]
    assert found == [SortedOut(3, has_more=True), SortedOut(2, has_more=False)]


def test_each_can_be_reopened(session: Session, at: datetime, moderator: Staff, editor: Staff) -> None:
    first, second = make_junk(session, at, 2)
    sort_out(session, moderator, at)
    reopen(session, first, by=editor, at=at + timedelta(days=1), seen=first.version)
    assert (first.state, second.state) == (State.SUBMITTED, State.SPAM)


def test_the_history_says_who_did_it(session: Session, at: datetime, moderator: Staff) -> None:
    make_junk(session, at, 2)
    sort_out(session, moderator, at)
    by = session.scalars(select(Event.staff_id).where(Event.act == "mark_spam")).all()
    assert by == [moderator.id] * 2


def test_nobody_is_told(session: Session, at: datetime, moderator: Staff) -> None:
    make_junk(session, at, 2)
    before = len(session.scalars(select(OutboxMail)).all())
    sort_out(session, moderator, at)
    assert len(session.scalars(select(OutboxMail)).all()) == before


def test_texts_of_other_coverages_stay(session: Session, at: datetime) -> None:
    stranger = make_staff(session, Role.MODERATOR, member=False)
    submission = make_junk(session, at)[0]
    sort_out(session, stranger, at)
    assert submission.state is State.SUBMITTED


def test_who_has_left_cannot(session: Session, at: datetime, moderator: Staff) -> None:
    make_junk(session, at)
    moderator.active = False
    session.flush()
    with pytest.raises(NotPermitted):
        sort_out(session, moderator, at)
