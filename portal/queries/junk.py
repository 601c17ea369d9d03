"""What a flood leaves in the queue: came unverified, and nobody of the desk has touched it."""

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import Select, exists, func, or_, select
from sqlalchemy.orm import Session

from portal.domain.lanes import Lane
from portal.domain.schedule import CLAIM_TIME
from portal.domain.states import TRANSITIONS, Act
from portal.models import Event, Note, Staff, Submission
from portal.queries.queue import PAGE_SIZE, QueueFilter, moderation_queue, start_after


def select_junk(
    by: Staff,
    wanted: QueueFilter,
    *,
    at: datetime,
    newest: int | None = None,
    only: Collection[str] | None = None,
) -> Select[Submission]:
    """Return what the filter lists of it, in the order of the queue.

    `newest` is the highest id to take, `only` the public ids to take; None takes all. Left out is what
    somebody of the desk has acted on (asked, reopened, noted), or what a colleague has taken, is responsible
    for or is changing right now.
    """
    query = moderation_queue(by, wanted, at=at).where(
        Submission.lane == Lane.UNVERIFIED,
        Submission.state.in_(TRANSITIONS[Act.MARK_SPAM].sources),
        ~exists().where(Event.submission_id == Submission.id, Event.staff_id.is_not(None)),
        ~exists().where(Note.submission_id == Submission.id),
        or_(Submission.assignee_id.is_(None), Submission.assignee_id == by.id),
        or_(
            Submission.claimed_at.is_(None),
            Submission.claimed_at <= at - CLAIM_TIME,
            Submission.claimed_by_id == by.id,
        ),
    )
    if newest is not None:
        query = query.where(Submission.id <= newest)
    return query if only is None else query.where(Submission.public_id.in_(only))


def count_junk(session: Session, by: Staff, wanted: QueueFilter, *, at: datetime) -> tuple[int, int]:
    """Return how much the filter lists, and the highest id among it (0 for none). One query."""
    junk = select_junk(by, wanted, at=at).with_only_columns(Submission.id).order_by(None).subquery()
    count, newest = session.execute(select(func.count(), func.max(junk.c.id)).select_from(junk)).one()
    return count, newest or 0


def list_junk(
    session: Session, by: Staff, wanted: QueueFilter, *, at: datetime, after: str = ""
) -> Sequence[Submission]:
    """Return a page of it from the cursor of the queue on. One query."""
    return session.scalars(start_after(select_junk(by, wanted, at=at), after).limit(PAGE_SIZE)).all()
