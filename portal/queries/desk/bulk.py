"""Texts chosen in the queue to do one thing with all of them, and what one act on many has done."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import ColumnElement, Select, case, exists, func, or_, select, true
from sqlalchemy.orm import Session, aliased, joinedload

from portal.domain.acts import DECISIONS, HistoryAct
from portal.domain.bulk_acts import UNDOABLE, UNDONE_UNLESS
from portal.domain.permissions import Permission
from portal.domain.states import HIDDEN
from portal.models import Call, Event, Staff, Submission
from portal.queries.visibility import readable_by


def select_chosen(by: Staff, public_ids: Collection[str]) -> Select[Submission]:
    """Return the texts of these the person may read, with what decides about them, in the order they came."""
    return _select_readable(by).where(Submission.public_id.in_(public_ids))


def select_batch(by: Staff, batch: str, *, since: datetime) -> Select[Submission]:
    """Return the texts of one act on many, as `select_chosen` does."""
    done = select(Event.submission_id).where(Event.batch == batch, *_may_take_back(by, since=since))
    return _select_readable(by).where(Submission.id.in_(done))


def _select_readable(by: Staff) -> Select[Submission]:
    return (
        select(Submission)
        .where(_is_there(by))
        .options(
            joinedload(Submission.call, innerjoin=True).joinedload(Call.coverage, innerjoin=True),
            joinedload(Submission.claimed_by),
            joinedload(Submission.assignee),
        )
        .order_by(Submission.id)
    )


class DoneToOne(NamedTuple):
    """What one act on many did to one text, and whether somebody has gone on with it since."""

    event: Event
    has_moved_on: bool


def list_batch(session: Session, by: Staff, batch: str, *, since: datetime) -> Sequence[DoneToOne]:
    """Return what one act on many did after `since`, for who did it or may decide. One query."""
    query = select(Event, _has_moved_on()).where(Event.batch == batch, *_may_take_back(by, since=since))
    return [DoneToOne(*row) for row in session.execute(query.order_by(Event.id))]


class BatchSum(NamedTuple):
    """What one act on many has done: which act, on how many texts, when."""

    act: HistoryAct
    texts: int
    at: datetime


def sum_batches(
    session: Session, by: Staff, batches: Collection[str], *, since: datetime
) -> Mapping[str, BatchSum]:
    """Return what of acts on many can still be taken back, leaving out those that are over. One query."""
    query = (
        select(Event.batch, Event.act, func.count(), func.min(Event.at))
        .where(
            Event.batch.in_(batches),
            *_may_take_back(by, since=since),
            ~_has_moved_on(),
            Event.submission_id.in_(select(Submission.id).where(_is_there(by))),
        )
        .group_by(Event.batch, Event.act)
    )
    found = session.execute(query)
    return {batch: BatchSum(act, texts, at) for batch, act, texts, at in found if batch is not None}


def _may_take_back(by: Staff, *, since: datetime) -> tuple[ColumnElement[bool], ...]:
    """Return the conditions that somebody may still take an act on many back: who did it, or may decide."""
    is_ours = true() if by.may(Permission.SUBMISSION_DECIDE) else Event.staff_id == by.id
    return Event.at > since, Event.act.in_(UNDOABLE), is_ours


def _has_moved_on() -> ColumnElement[bool]:
    """Return the condition that something done later stands in the way of taking an act back."""
    later = aliased(Event)
    is_later = (later.submission_id == Event.submission_id) & (later.id > Event.id)
    own = or_(Event.act != HistoryAct.RECOMMEND, later.staff_id == Event.staff_id)
    in_the_way = case(
        *((Event.act == act, later.act.in_(acts)) for act, acts in UNDONE_UNLESS.items()),
        else_=later.act.in_(DECISIONS),
    )
    return exists().where(is_later, own, in_the_way)


def _is_there(by: Staff) -> ColumnElement[bool]:
    return Submission.state.not_in(HIDDEN) & readable_by(by)
