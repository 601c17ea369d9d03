"""Take-downs of what has left the portal, for the desk, the author and the command line."""

from collections.abc import Sequence
from datetime import datetime
from functools import cache

from sqlalchemy import ColumnElement, Integer, ScalarSelect, Select, bindparam, func, select
from sqlalchemy.orm import Session, joinedload
from sqlalchemy.sql.base import ExecutableOption

from portal.domain.take_downs import TakeDownOutcome
from portal.domain.targets import NOT_THERE
from portal.models import AuditEntry, Call, Coverage, Draft, RemoteCopy, Staff, Submission, TakeDown
from portal.queries.departures import has_left
from portal.queries.visibility import Sight, readable, readable_by

_DONE_AT_MOST = 50


def is_unrecorded() -> ColumnElement[bool]:
    """Return the condition on TakeDown that nothing has been recorded yet."""
    return TakeDown.closed_at.is_(None)


def is_outside(session: Session, draft: Draft | None, *, told_by: datetime | None = None) -> bool:
    """Say whether copies of a draft are outside the portal, as far as it knows.

    `told_by` leaves out places its author is not told of by then. A handed-over copy that was removed
    everywhere is not outside, until the draft is exported again.
    """
    if draft is None:
        return False
    if any(told_by is None or one.visible_at <= told_by for one in draft.publications):
        return True
    if any(one.status not in NOT_THERE for one in list_copies_of(session, draft.submission_id)):
        return True
    return is_handed_over(session, draft)


def is_handed_over(session: Session, draft: Draft) -> bool:
    """Say whether a file with a draft is outside, besides what stands on targets.

    Sent to targets as well, the time of the draft is that of the last departure of either kind: of files the
    log knows.
    """
    if draft.exported_at is None:
        return False
    handed = draft.exported_at
    if list_copies_of(session, draft.submission_id):
        said = select(func.max(AuditEntry.at)).where(
            AuditEntry.about == draft.submission.public_id, has_left()
        )
        found = session.scalar(said)
        if found is None:
            return False
        handed = found
    removed = select(TakeDown.id).where(
        TakeDown.submission_id == draft.submission_id,
        TakeDown.copy_id.is_(None),
        TakeDown.outcome == TakeDownOutcome.REMOVED,
        TakeDown.exported_at >= handed,
    )
    return session.scalar(removed.limit(1)) is None


def list_copies_of(session: Session, submission_id: int) -> Sequence[RemoteCopy]:
    """Return what the ledger has of one submission, of each target a row."""
    rows = select(RemoteCopy).where(RemoteCopy.submission_id == submission_id).order_by(RemoteCopy.id)
    return session.scalars(rows.options(joinedload(RemoteCopy.target))).all()


def count_open_take_downs(sight: Sight) -> ScalarSelect[int]:
    """Return how many places wait, of what the parameter `actor_id` may read, for statements made once."""
    own = select(Submission.id).where(Submission.id == TakeDown.submission_id, readable(sight)).exists()
    return select(func.count()).select_from(TakeDown).where(is_unrecorded(), own).scalar_subquery()


def _loaded() -> Sequence[ExecutableOption]:
    """Return what the lists show of each place besides its own row."""
    return joinedload(TakeDown.submission), joinedload(TakeDown.copy).joinedload(RemoteCopy.target)


def list_open_take_downs(session: Session, actor: Staff) -> Sequence[TakeDown]:
    """Return the places that wait, the oldest first."""
    query = select(TakeDown).join(Submission).where(readable_by(actor), is_unrecorded())
    return session.scalars(query.options(*_loaded()).order_by(TakeDown.id)).all()


def list_done_take_downs(session: Session, actor: Staff) -> Sequence[TakeDown]:
    """Return what was done about places lately, the newest first."""
    query = select(TakeDown).join(Submission).where(readable_by(actor), ~is_unrecorded())
    loaded = query.options(*_loaded(), joinedload(TakeDown.staff))
    newest = loaded.order_by(TakeDown.closed_at.desc(), TakeDown.id.desc())
    return session.scalars(newest.limit(_DONE_AT_MOST)).all()


def identify_place(task: TakeDown) -> str | int:
    """Return what tells a place from others: the row of the ledger, or the address."""
    return task.url if task.copy_id is None else task.copy_id


def find_take_down(session: Session, actor: Staff, public_id: str) -> TakeDown | None:
    """Return a place of what the actor may read, whatever was recorded of it."""
    query = select(TakeDown).join(Submission).where(TakeDown.public_id == public_id, readable_by(actor))
    return session.scalar(query.options(*_loaded()))


def list_take_downs_of(session: Session, submission_id: int) -> Sequence[TakeDown]:
    """Return the places of one submission as its author is told of them: without what became moot."""
    query = select(TakeDown).where(
        TakeDown.submission_id == submission_id, TakeDown.outcome.is_distinct_from(TakeDownOutcome.MOOT)
    )
    return session.scalars(query.order_by(TakeDown.id)).all()


def list_open_take_downs_of(session: Session, submission_id: int) -> Sequence[TakeDown]:
    """Return the places of one submission that wait."""
    return session.scalars(_open_of(), {"submission_id": submission_id}).all()


@cache
def _open_of() -> Select[TakeDown]:
    its = TakeDown.submission_id == bindparam("submission_id", type_=Integer)
    return select(TakeDown).where(its, is_unrecorded()).order_by(TakeDown.id)


def list_open_take_downs_in(session: Session, coverage: Coverage) -> Sequence[TakeDown]:
    """Return the places of one coverage that wait, the oldest first."""
    query = (
        select(TakeDown).join(Submission).join(Call).where(Call.coverage_id == coverage.id, is_unrecorded())
    )
    return session.scalars(query.options(*_loaded()).order_by(TakeDown.id)).all()
