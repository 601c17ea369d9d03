"""A look back at a story on a target: what became of it goes into the ledger, with what follows."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from portal.domain.editing import is_published_address
from portal.domain.errors import DomainError
from portal.domain.permissions import Permission
from portal.domain.remote_sites import RemoteStatus
from portal.domain.states import State
from portal.domain.take_downs import settle_by_site
from portal.models import RemoteCopy, Staff, TakeDown
from portal.operations.coverages.drafts import add_address, publish
from portal.operations.locking import lock_submission
from portal.operations.recalls import call_back_early
from portal.operations.take_downs import record_outcome
from portal.queries.drafts import find_standing
from portal.queries.take_downs import is_unrecorded

_LONGEST = 500


def note_vain_look(session: Session, copy_id: int, *, at: datetime) -> None:
    """Remember that a site said nothing of a post: it is asked again when its time has come."""
    session.execute(update(RemoteCopy).where(RemoteCopy.id == copy_id).values(looked_at=at))


def note_pictures(session: Session, copy_id: int, left: Collection[str]) -> None:
    """Remember which photos are still in the library of a site, by their keys."""
    copy = session.get(RemoteCopy, copy_id, populate_existing=True, with_for_update=True)
    if copy is not None:
        copy.media = {key: one for key, one in copy.media.items() if key in left}
        session.flush()


def record_look(
    session: Session,
    copy_id: int,
    status: RemoteStatus,
    address: str,
    *,
    at: datetime,
    window: timedelta,
    by: Staff | None = None,
) -> None:
    """Remember what a site says of a post; `by` None is the portal, which has looked by itself.

    What was published there counts as published, where its author and the state allow that, and is called
    back where it came too early. What has gone from there, or off its pages, can end a task.
    """
    copy = session.get(RemoteCopy, copy_id, populate_existing=True)
    if copy is None:
        return
    lock_submission(session, copy.submission)
    session.refresh(copy, with_for_update=True)
    before = copy.status
    copy.status, copy.looked_at = status, at
    if address and len(address) <= _LONGEST:
        copy.url = address
    session.flush()
    if status is RemoteStatus.PUBLISHED:
        if before is not status:
            call_back_early(session, copy, at=at)
        _name_address(session, copy)
        if before is not status or by is not None:
            _publish(session, copy, by or copy.staff, at=at, window=window)
    for task in _list_tasks(session, copy):
        outcome = settle_by_site(task.reason, status, was_read=bool(task.url))
        if outcome is not None and task.closed_at is None:
            record_outcome(session, task, outcome=outcome, note="", by=by, at=at)


def _publish(
    session: Session, copy: RemoteCopy, by: Staff | None, *, at: datetime, window: timedelta
) -> None:
    """Record where it was published, in the name of whoever sent it there; else the desk does it by hand.

    A second site is one more address of what is published already.
    """
    draft = find_standing(session, copy.submission_id)
    may = by is not None and by.active and by.may(Permission.SUBMISSION_DECIDE)
    if by is None or not may or draft is None or not is_published_address(copy.url):
        return
    try:
        with session.begin_nested():
            if draft.submission.state is State.PUBLISHED:
                add_address(session, draft, copy.target.lang, copy.url, by=by, at=at)
            elif draft.submission.state is State.APPROVED:
                publish(
                    session,
                    draft,
                    {copy.target.lang: copy.url},
                    by=by,
                    at=at,
                    seen=draft.submission.version,
                    window=window,
                )
    except DomainError:  # its author wants it later, or not with these words: the page says what to do
        session.expire(draft)


def _name_address(session: Session, copy: RemoteCopy) -> None:
    """Tell the desk where it stands, if it has to be taken down there."""
    for task in _list_tasks(session, copy):
        task.url = copy.url
    session.flush()


def _list_tasks(session: Session, copy: RemoteCopy) -> Sequence[TakeDown]:
    found = select(TakeDown).where(TakeDown.copy_id == copy.id, is_unrecorded()).order_by(TakeDown.id)
    return session.scalars(found).all()
