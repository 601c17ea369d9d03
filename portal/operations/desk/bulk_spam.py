"""Bulk spam: what came unverified is put aside as spam in one act, and taken back in one."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.domain.acts import Act, HistoryAct
from portal.domain.errors import NotPermitted
from portal.domain.permissions import Permission
from portal.models import Event, Staff, Submission
from portal.operations.desk.decisions import mark_many_spam
from portal.operations.transitions import revert_decisions
from portal.queries.desk.bulk_spam import select_junk, select_spam_batch
from portal.queries.desk.queue import QueueFilter

MOST_AT_ONCE = 2000
"""So that one act stays one transaction of a few seconds."""


@dataclass(frozen=True)
class SortedOut:
    """The result of an act on many: how many were put aside or taken back, and whether there are more."""

    count: int
    has_more: bool


def mark_all_spam(
    session: Session,
    wanted: QueueFilter,
    *,
    by: Staff,
    at: datetime,
    newest: int,
    only: Collection[str] | None = None,
    most: int = MOST_AT_ONCE,
    batch: str = "",
) -> SortedOut:
    """Put aside as spam what the filter lists of the unverified lane.

    `newest` is the highest id of a submission when the person looked at the list: what came later stays. So
    does what somebody of the desk has touched (queries.desk.bulk_spam). `only` are the public ids ticked,
    None takes all. Nothing is told to the senders; each can be reopened, and all of a `batch` taken back for
    a while. Raises NotPermitted.
    """
    if not by.may(Permission.SUBMISSION_MODERATE):
        raise NotPermitted(Act.MARK_SPAM)
    query = (
        select_junk(by, wanted, at=at, newest=newest, only=only)
        .limit(most + 1)
        .with_for_update(skip_locked=True, of=Submission)
        .execution_options(populate_existing=True)
    )
    found = session.scalars(query).all()
    mark_many_spam(session, found[:most], by=by, at=at, batch=batch)
    return SortedOut(min(len(found), most), len(found) > most)


def take_back_spam(
    session: Session, batch: str, *, by: Staff, at: datetime, window: timedelta, most: int = MOST_AT_ONCE
) -> SortedOut:
    """Take back what one act put aside at most `window` ago, as if it had not been; nobody gets mail.

    What somebody has done something about meanwhile stays as it is. Raises NotPermitted.
    """
    if not by.may(Permission.SUBMISSION_MODERATE):
        raise NotPermitted(Act.MARK_SPAM)
    query = (
        select_spam_batch(by, batch, since=at - window)
        .limit(most + 1)
        .with_for_update(skip_locked=True, of=Submission)
        .execution_options(populate_existing=True)
    )
    found = session.scalars(query).all()
    marked = select(Event).where(Event.batch == batch, Event.act == HistoryAct.MARK_SPAM)
    events = {event.submission_id: event for event in session.scalars(marked)}
    revert_decisions(session, [(one, events[one.id]) for one in found[:most]], by=by, at=at, batch=batch)
    session.flush()
    return SortedOut(min(len(found), most), len(found) > most)
