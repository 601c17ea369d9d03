"""Retention by the clock: what was kept as long as promised is erased, unless the clock looks wrong."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from portal.domain.mail_notices import Notice
from portal.domain.retention import ClockJumped, TooManyDue, has_jumped, is_suspicious
from portal.models import JobRun, Submission
from portal.operations.desk.notices import delete_old_notices
from portal.operations.erasure import erase_by_clock
from portal.operations.file_removal import MOST
from portal.operations.locking import add_unless_known
from portal.operations.outbox import delete_old_mail
from portal.operations.private.access import delete_expired_pages
from portal.operations.private.originals import delete_old_originals
from portal.operations.rate_limits import delete_leaked_buckets
from portal.operations.staff.sign_in import delete_old_sessions
from portal.operations.transitions import queue_notice
from portal.queries.retention import (
    ERASE_JOB,
    STOPPED_JOB,
    count_kept,
    count_unforeseen,
    list_moved_ends,
    lock_due,
    mark_ends_seen,
    read_last_run,
)


def check_erasing(session: Session, *, at: datetime) -> None:
    """Raise ClockJumped or TooManyDue when the clock may be wrong: a person has to look first.

    What note_ends has had in sight for long raises nothing, however much it is.
    """
    _check_clock(session, at)
    unforeseen = count_unforeseen(session, at=at)
    if is_suspicious(unforeseen, kept := count_kept(session)):
        raise TooManyDue(unforeseen, kept)


def erase_if_due(session: Session, number: int, *, at: datetime) -> Submission | None:
    """Erase a submission if its time is over; return it then."""
    for submission in lock_due(session, [number], at=at):
        erase_by_clock(session, submission, at=at)
        return submission
    return None


def end_erasing(session: Session, *, at: datetime) -> None:
    """Remember that the run is done, which ends a stop."""
    session.execute(delete(JobRun).where(JobRun.name == STOPPED_JOB))
    if not add_run(session, ERASE_JOB, at=at):
        session.execute(update(JobRun).where(JobRun.name == ERASE_JOB).values(ran_at=at))


def add_run(session: Session, name: str, *, at: datetime) -> bool:
    """Remember a run of a job for the first time; say whether it was. Two nodes can come to it at once."""
    values = {"name": name, "ran_at": at}
    added = add_unless_known(session.connection(), JobRun.__table__, values, known_by="name")  # type: ignore[arg-type]  # a mapped class names its table as FromClause
    return added is not None


def list_ends(session: Session, *, at: datetime) -> Sequence[int]:
    """Return the ids of texts for note_ends. By a clock that has jumped there are none."""
    return () if has_jumped(read_last_run(session), at) else list_moved_ends(session, at=at)


def note_ends(session: Session, numbers: Sequence[int], *, at: datetime) -> None:
    """Remember of these texts that the clock ends them within two weeks; tell their authors so.

    The private page names the day. In transactions of their own before anything is erased: what comes into
    sight counts although that run may stop.
    """
    for submission in mark_ends_seen(session, numbers, at=at):
        queue_notice(session, submission, Notice.UPDATE, cause=f"end:{at.isoformat()}", at=at, run_at=at)


def delete_expired(session: Session, *, at: datetime, anyway: bool = False, most: int = MOST) -> bool:
    """Delete sessions, pages, originals and proofs that are over, empty buckets, and mail that left long ago.

    At most so many; return whether more may be left. Raises ClockJumped, with nothing deleted.
    """
    if not anyway:
        _check_clock(session, at)
    for forget in _OVER:
        most -= forget(session, at=at, most=most)
        if not most:
            return True
    return False


def _forget_withdrawal_times(session: Session, *, at: datetime, most: int) -> int:
    """Empty the one time of a contributor that is kept to the second, when it allows nothing any more."""
    rows = Submission.__table__
    over = session.scalars(select(Submission.id).where(Submission.undo_until <= at).limit(most)).all()
    session.connection().execute(
        update(rows)  # type: ignore[arg-type]  # a mapped class names its table as FromClause
        .where(rows.c.id.in_(over), rows.c.undo_until <= at)
        .values(undo_until=None)
    )
    return len(over)


_OVER = (
    delete_expired_pages,
    delete_old_originals,
    _forget_withdrawal_times,
    delete_old_sessions,
    delete_old_notices,
    delete_old_mail,
    delete_leaked_buckets,
)
"""Each deletes some of what is over of its kind, and says how many."""


def note_stop(session: Session, *, at: datetime) -> bool:
    """Remember that erasing waits for a person; say whether that is news."""
    return add_run(session, STOPPED_JOB, at=at)


def _check_clock(session: Session, at: datetime) -> None:
    last = read_last_run(session)
    if last is not None and has_jumped(last, at):
        raise ClockJumped(last, at)
