"""Bulk spam in the queue, as a flood leaves it: came unverified, and nobody of the desk has touched it.

And what of it was put aside in one act.
"""

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, Select, and_, exists, func, or_, select
from sqlalchemy.orm import Session, aliased, joinedload

from portal.domain.acts import Act, HistoryAct
from portal.domain.admission import Lane
from portal.domain.deadlines import CLAIM_TIME
from portal.domain.permissions import Permission
from portal.domain.states import State
from portal.domain.transitions import TRANSITIONS
from portal.models import Event, Note, Staff, Submission
from portal.queries.desk.queue import PAGE_SIZE, QueueFilter, moderation_queue, start_after
from portal.queries.desk.queue_rows import QueueRow, read_queue_rows, select_queue_rows
from portal.queries.visibility import readable_by
from portal.sealing.keys import KeyRing

MOST_HELD = 50
"""Texts that colleagues are on at once: as many as a page names."""


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
    somebody of the desk has acted on by itself (asked, reopened, noted), or what a colleague has taken, is
    responsible for or is changing right now.
    """
    query = _select_untouched(by, wanted, at=at).where(~_is_claimed(by, at=at))
    if newest is not None:
        query = query.where(Submission.id <= newest)
    return query if only is None else query.where(Submission.public_id.in_(only))


def list_claimed(
    session: Session, by: Staff, wanted: QueueFilter, *, at: datetime, newest: int | None = None
) -> Sequence[Submission]:
    """Return what the filter lists of it and colleagues have taken: it stays. One query."""
    query = _select_untouched(by, wanted, at=at).where(_is_claimed(by, at=at)).limit(MOST_HELD)
    if newest is not None:
        query = query.where(Submission.id <= newest)
    return session.scalars(query.options(joinedload(Submission.claimed_by))).all()


def _select_untouched(by: Staff, wanted: QueueFilter, *, at: datetime) -> Select[Submission]:
    return moderation_queue(by, wanted, at=at).where(
        Submission.lane == Lane.UNVERIFIED,
        Submission.state.in_(TRANSITIONS[Act.MARK_SPAM].sources),
        ~exists().where(
            Event.submission_id == Submission.id, Event.staff_id.is_not(None), Event.batch.is_(None)
        ),
        ~exists().where(Note.submission_id == Submission.id),
        or_(Submission.assignee_id.is_(None), Submission.assignee_id == by.id),
    )


def _is_claimed(by: Staff, *, at: datetime) -> ColumnElement[bool]:
    """Return the condition that a colleague is on it now."""
    return and_(
        Submission.claimed_at.is_not(None),
        Submission.claimed_at > at - CLAIM_TIME,
        Submission.claimed_by_id.is_not(None),
        Submission.claimed_by_id != by.id,
    )


def select_spam_batch(by: Staff, batch: str, *, since: datetime) -> Select[Submission]:
    """Return what one act put aside after `since`, and nobody has done anything about meanwhile.

    For who did it, and for who may decide.
    """
    later = aliased(Event)
    marked = exists().where(
        Event.submission_id == Submission.id,
        Event.act == HistoryAct.MARK_SPAM,
        Event.at > since,
        Event.batch == batch,
        ~exists().where(later.submission_id == Event.submission_id, later.id > Event.id),
    )
    if not by.may(Permission.SUBMISSION_DECIDE):
        marked = marked.where(Event.staff_id == by.id)
    spam = select(Submission).where(Submission.state == State.SPAM, readable_by(by), marked)
    return spam.order_by(Submission.id)


def count_batch(session: Session, by: Staff, batch: str, *, since: datetime) -> int:
    """Return how many submissions select_spam_batch finds. One query."""
    found = (
        select_spam_batch(by, batch, since=since).with_only_columns(Submission.id).order_by(None).subquery()
    )
    return session.scalar(select(func.count()).select_from(found)) or 0


def count_junk(session: Session, by: Staff, wanted: QueueFilter, *, at: datetime) -> tuple[int, int | None]:
    """Return how much the filter lists, and the highest id among it. One query."""
    junk = select_junk(by, wanted, at=at).with_only_columns(Submission.id).order_by(None).subquery()
    count, newest = session.execute(select(func.count(), func.max(junk.c.id)).select_from(junk)).one()
    return count, newest


def list_junk(
    session: Session, by: Staff, wanted: QueueFilter, *, at: datetime, keys: KeyRing, after: str = ""
) -> Sequence[QueueRow]:
    """Return a page of it from the cursor of the queue on. One query."""
    query = start_after(select_junk(by, wanted, at=at), after, wanted.order).limit(PAGE_SIZE)
    found = session.execute(select_queue_rows(query), {"desk_lang": by.locale})
    return read_queue_rows(found, keys)
