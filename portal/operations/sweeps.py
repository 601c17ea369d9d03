"""Sweeping: who erases asks for it, and it is over when no file of the database holds a remnant any more.

A deletion alone leaves words behind: on SQLite in the log it writes ahead, on PostgreSQL in its pages.
"""

from collections.abc import Callable, Collection, Sequence
from datetime import datetime

from sqlalchemy import delete, select, text
from sqlalchemy.orm import Session

from portal.domain.deadlines import round_to_hour
from portal.models import PageWords, SweepRequest, UnsentVersion
from portal.operations.file_removal import chunk_values
from portal.operations.search_fts5 import read_fill

_SETTLED = text(
    """
    SELECT id FROM sweep_request WHERE age(sweep_request.xmin) > (
        SELECT coalesce(max(held), -1) FROM (
            SELECT greatest(age(backend_xid), age(backend_xmin)) AS held FROM pg_stat_activity
            WHERE (datname = current_database() OR backend_type = 'walsender') AND pid <> pg_backend_pid()
            UNION ALL SELECT age(xmin) FROM pg_replication_slots
        ) AS holders
    )
    """
)
"""A request has the number of the transaction that erased: who began before its end may still read that."""


def ask_sweep(session: Session, *, at: datetime) -> None:
    """Remember, in the transaction that erases, that remnants have to go."""
    session.add(SweepRequest(asked_at=round_to_hour(at)))
    session.flush()


def delete_old(
    session: Session,
    kind: type[UnsentVersion | PageWords],
    numbers: Sequence[int],
    *,
    at: datetime,
    find_old: Callable[..., Sequence[int]],
) -> int:
    """Delete those of these rows that `find_old` still finds too old; return how many.

    What is being saved just now stays, and what was saved since they were looked up.
    """
    free = select(kind.id).where(kind.id.in_(numbers)).with_for_update(skip_locked=True)
    old = find_old(session, at, kind.id.in_(session.scalars(free).all()))
    session.execute(delete(kind).where(kind.id.in_(old)))
    if old:
        ask_sweep(session, at=at)
    return len(old)


def list_settled(session: Session) -> Sequence[int]:
    """Return the requests whose remnants nobody can read any more, so that they may be overwritten.

    SQLite notices readers by itself, when it is to overwrite them; its index of the search must not be one
    that is damaged and could not be made anew.
    """
    if session.get_bind().dialect.name == "sqlite":
        is_damaged = read_fill(session).is_damaged
        return [] if is_damaged else session.scalars(select(SweepRequest.id)).all()
    return session.scalars(_SETTLED).all()


def is_swept(session: Session) -> bool:
    """Say whether nothing waits."""
    return session.scalar(select(SweepRequest.id).limit(1)) is None


def end_sweep(session: Session, requests: Collection[int]) -> None:
    """Delete the requests that are done."""
    for part in chunk_values(sorted(requests)):
        session.execute(delete(SweepRequest).where(SweepRequest.id.in_(part)))
