"""A look back at a story on a target: what became of it goes into the ledger, with what follows."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from portal.domain.acts import HistoryAct
from portal.domain.editing import is_published_address
from portal.domain.errors import DomainError
from portal.domain.mail_notices import Notice
from portal.domain.permissions import Permission
from portal.domain.pushes import SETTLED_THERE
from portal.domain.remote_sites import RemoteStatus
from portal.domain.states import State
from portal.domain.take_downs import settle_by_site
from portal.domain.targets import NOT_THERE, OFF_THE_PAGES
from portal.models import Draft, Publication, RemoteCopy, Staff, TakeDown
from portal.operations.coverages.drafts import add_address, publish
from portal.operations.locking import lock_submission
from portal.operations.recalls import call_back_early, call_back_returned
from portal.operations.take_downs import forget_address, record_outcome
from portal.operations.transitions import last_decision, queue_notice, record_seen
from portal.queries.coverages.pushes import find_push_of
from portal.queries.drafts import find_standing
from portal.queries.take_downs import is_unrecorded

_LONGEST = 500
_UNKNOWN = frozenset({RemoteStatus.HIDDEN})
"""What says nothing of whether anybody can read it."""


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
    edited_at: str = "",
    at: datetime,
    window: timedelta,
    by: Staff | None = None,
) -> None:
    """Remember what a site says of a post; `by` None is the portal, which has looked by itself.

    `edited_at` is where a person edits it there, which changes with the address of the site.

    What was published there counts as published, where its author and the state allow that, and is called
    back where it came too early, or has come back to where it was taken down. What has gone from there, or
    off its pages, can end a task, and its address is told to nobody any more.
    """
    copy = session.get(RemoteCopy, copy_id, populate_existing=True)
    if copy is None:
        return
    lock_submission(session, copy.submission)
    session.refresh(copy, with_for_update=True)
    before, stood_at = copy.status, copy.url
    copy.status, copy.looked_at = status, at
    if address and len(address) <= _LONGEST:
        copy.url = address
    copy.edit_url = edited_at or copy.edit_url
    session.flush()
    if before in NOT_THERE and status not in _UNKNOWN | NOT_THERE:
        call_back_returned(session, copy, at=at)
    if status is RemoteStatus.PUBLISHED:
        if before is not status:
            call_back_early(session, copy, at=at)
        _name_address(session, copy)
        if before is status and stood_at != copy.url:  # it has moved: nothing stands where it stood
            forget_address(session, copy.submission_id, stood_at)
        _publish(session, copy, by, is_news=before is not status, at=at, window=window)
    for task in _list_tasks(session, copy):
        outcome = settle_by_site(task.reason, status, was_read=bool(task.url))
        if outcome is not None and task.closed_at is None:
            record_outcome(session, task, outcome=outcome, note="", by=by, at=at)
    if status in OFF_THE_PAGES:
        _drop_address(session, copy, stood_at, by=by, at=at)


def _publish(
    session: Session, copy: RemoteCopy, by: Staff | None, *, is_news: bool, at: datetime, window: timedelta
) -> None:
    """Record where it was published, in the name of whoever sent it there; else the desk does it by hand.

    One more address of what is published already needs nobody's name.
    """
    draft = find_standing(session, copy.submission_id)
    if draft is None or not is_published_address(copy.url):
        return
    session.expire(draft, ["publications"])
    state, sender = draft.submission.state, by or copy.staff
    may = sender is not None and sender.active and sender.may(Permission.SUBMISSION_DECIDE)
    try:
        with session.begin_nested():
            if state is State.PUBLISHED:
                known_by = sender if may else None
                add_address(session, draft, copy.target.lang, copy.url, by=known_by, at=at)
            elif (
                sender is not None
                and may
                and state is State.APPROVED
                and (by is not None or is_news or _is_to_be_recorded(session, copy, draft))
            ):
                publish(
                    session,
                    draft,
                    {copy.target.lang: copy.url},
                    by=sender,
                    at=at,
                    seen=draft.submission.version,
                    window=window,
                )
    except DomainError:  # its author wants it later, or not with these words: the page says what to do
        session.expire(draft)


def _is_to_be_recorded(session: Session, copy: RemoteCopy, draft: Draft) -> bool:
    """Say whether what is public already counts as published now: its day has come, or it was corrected.

    Not while another text stands there than the one agreed to, nor where somebody has undone that it counts
    as published.
    """
    push, last = find_push_of(session, copy), last_decision(session, copy.submission)
    has_arrived = push is not None and push.state in SETTLED_THERE and copy.revision == draft.revision
    return has_arrived and (last is None or last.act is not HistoryAct.UNDO)


def _drop_address(session: Session, copy: RemoteCopy, url: str, *, by: Staff | None, at: datetime) -> None:
    """Tell nobody any more of an address at which the site shows nothing; history and author hear of it."""
    submission = copy.submission
    known = session.scalars(select(Publication).join(Draft).where(Draft.submission_id == submission.id))
    gone = {one.rstrip("/") for one in (url, copy.url)}  # typed by hand it often ends without the stroke
    dropped = [one for one in known if one.url.rstrip("/") in gone]
    if not dropped:
        return
    is_told = any(one.visible_at <= at for one in dropped)
    detail = {"lang": copy.target.lang, "url": dropped[0].url}
    for one in dropped:
        forget_address(session, submission.id, one.url)
    event = record_seen(session, submission, HistoryAct.DROP_ADDRESS, by=by, at=at, detail=detail)
    if is_told and submission.state_shown(at) is State.PUBLISHED:
        queue_notice(session, submission, Notice.UPDATE, at=at, run_at=at, event_id=event.id)
    session.flush()


def _name_address(session: Session, copy: RemoteCopy) -> None:
    """Tell the desk where it stands, if it has to be taken down there."""
    for task in _list_tasks(session, copy):
        task.url = copy.url
    session.flush()


def _list_tasks(session: Session, copy: RemoteCopy) -> Sequence[TakeDown]:
    found = select(TakeDown).where(TakeDown.copy_id == copy.id, is_unrecorded()).order_by(TakeDown.id)
    return session.scalars(found).all()
