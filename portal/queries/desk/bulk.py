"""Texts chosen in the queue to do one thing with all of them, and what one act on many has done."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session, joinedload

from portal.domain.permissions import Permission
from portal.domain.states import HIDDEN, HistoryAct
from portal.models import Call, Event, Staff, Submission
from portal.queries.visibility import readable_by


def select_chosen(by: Staff, public_ids: Collection[str]) -> Select[Submission]:
    """Return the texts of these the person may read, with what decides about them, in the order they came."""
    return _select_readable(by).where(Submission.public_id.in_(public_ids))


def select_numbers(by: Staff, events: Sequence[Event]) -> Select[Submission]:
    """Return the texts of these events the person may read, as `select_chosen` does."""
    return _select_readable(by).where(Submission.id.in_({event.submission_id for event in events}))


def _select_readable(by: Staff) -> Select[Submission]:
    return (
        select(Submission)
        .where(Submission.state.not_in(HIDDEN), readable_by(by))
        .options(
            joinedload(Submission.call, innerjoin=True).joinedload(Call.coverage, innerjoin=True),
            joinedload(Submission.claimed_by),
            joinedload(Submission.assignee),
        )
        .order_by(Submission.id)
    )


def list_batch(session: Session, by: Staff, batch: str, *, since: datetime) -> Sequence[Event]:
    """Return what one act on many did after `since`, for who did it or may decide. One query."""
    query = select(Event).where(Event.batch == batch, Event.at > since, Event.submission_id.in_(_seen(by)))
    if not by.may(Permission.SUBMISSION_DECIDE):
        query = query.where(Event.staff_id == by.id)
    return session.scalars(query.order_by(Event.id)).all()


def list_later(session: Session, events: Sequence[Event]) -> Sequence[Event]:
    """Return what happened to the texts of these events since the first of them. One query."""
    if not events:
        return []
    numbers = {event.submission_id for event in events}
    first = min(event.id for event in events)
    query = select(Event).where(Event.submission_id.in_(numbers), Event.id > first)
    return session.scalars(query.order_by(Event.id)).all()


class BatchSum(NamedTuple):
    """What one act on many has done: which act, on how many texts, when."""

    act: HistoryAct
    texts: int
    at: datetime


def sum_batch(session: Session, by: Staff, batch: str, *, since: datetime) -> BatchSum | None:
    """Return the sum of `list_batch`; None when there is nothing of it to be taken back. One query."""
    query = select(Event.act, func.count(), func.min(Event.at)).where(
        Event.batch == batch, Event.at > since, Event.submission_id.in_(_seen(by))
    )
    if not by.may(Permission.SUBMISSION_DECIDE):
        query = query.where(Event.staff_id == by.id)
    found = session.execute(query.group_by(Event.act)).first()
    return BatchSum(*found) if found else None


def _seen(by: Staff) -> Select[int]:
    return select(Submission.id).where(readable_by(by))
