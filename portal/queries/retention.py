"""Which submissions have been closed for so long that they are to be erased."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session, joinedload

from portal.domain.retention import KEPT_AFTER_CLOSING
from portal.domain.states import State
from portal.models import Call, Event, Submission


def find_due(session: Session, *, at: datetime) -> Sequence[Submission]:
    """Return what is to be erased at `at`, oldest first, its rows held until the transaction ends.

    The time runs from the last event that brought a submission into its closed state: reopening and closing
    again starts it anew.
    """
    return [piece for call in session.scalars(select(Call)) for piece in _find_due_in(session, call, at)]


def count_kept(session: Session) -> int:
    """Return how many submissions are not erased."""
    kept = select(func.count()).select_from(Submission).where(Submission.state != State.ERASED)
    return session.scalar(kept) or 0


def _find_due_in(session: Session, call: Call, at: datetime) -> Sequence[Submission]:
    closed_at = (
        select(func.max(Event.at))
        .where(
            Event.submission_id == Submission.id,
            Event.to_state == Submission.state,
            Event.from_state != Event.to_state,
        )
        .scalar_subquery()
    )
    return session.scalars(
        select(Submission)
        .where(
            Submission.call_id == call.id,
            Submission.state.in_(KEPT_AFTER_CLOSING),
            closed_at <= at - timedelta(days=call.declined_kept_days),
        )
        .order_by(Submission.id)
        .options(joinedload(Submission.call))
        .with_for_update(of=Submission)
        .execution_options(populate_existing=True)
    ).all()
