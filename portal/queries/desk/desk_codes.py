"""Codes of the desk: which one is under way, which one a hash belongs to, and when one opened the page."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.domain.acts import HistoryAct
from portal.domain.desk_codes import LAPSES_AFTER, CodeState
from portal.models import DeskCode, Event


def find_under_way(session: Session, submission_id: int, *, at: datetime) -> DeskCode | None:
    """Return the code that waits for a second person or for its first use, or None."""
    newest = find_newest(session, submission_id)
    return newest if newest is not None and is_under_way(newest, at=at) else None


def is_under_way(code: DeskCode, *, at: datetime) -> bool:
    """Say whether a code waits for a second person or for its first use."""
    if code.state is CodeState.ASKED:
        return at < code.asked_at + LAPSES_AFTER
    return code.state is CodeState.ISSUED


def find_newest(session: Session, submission_id: int) -> DeskCode | None:
    """Return the code somebody asked for last, whatever became of it."""
    newest = select(func.max(DeskCode.id)).where(DeskCode.submission_id == submission_id)
    return session.scalar(select(DeskCode).where(DeskCode.id == newest.scalar_subquery()))


def find_desk_code(session: Session, submission_id: int, public_id: str) -> DeskCode | None:
    """Return a code of a submission by its public id, or None."""
    return session.scalar(
        select(DeskCode).where(DeskCode.submission_id == submission_id, DeskCode.public_id == public_id)
    )


def find_by_hash(session: Session, code_hash: str) -> DeskCode | None:
    """Return the code of the desk with this hash, whatever became of it."""
    return session.scalar(select(DeskCode).where(DeskCode.code_hash == code_hash))


def list_entries(session: Session, submission_id: int) -> Sequence[datetime]:
    """Return the hours at which a code of the desk opened the private page, oldest first."""
    entered = select(Event.at).where(
        Event.submission_id == submission_id, Event.act == HistoryAct.OPEN_BY_DESK_CODE
    )
    return session.scalars(entered.order_by(Event.id)).all()
