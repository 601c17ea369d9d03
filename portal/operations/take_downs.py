"""Take-downs of what has left: opened by what authors do, and closed by what was done about them."""

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import delete, or_, select, update
from sqlalchemy.orm import Session

from portal.domain.consent import BylineMode, printed_byline
from portal.domain.deadlines import round_to_hour
from portal.domain.errors import MissingText, NotPermitted, StaleEdit
from portal.domain.permissions import Permission
from portal.domain.photos import AttachmentKind, may_leave
from portal.domain.remote_sites import RemoteStatus
from portal.domain.states import HistoryAct, Notice, State
from portal.domain.take_downs import WHOLE, Recall, TakeDownOutcome
from portal.domain.targets import NOT_THERE
from portal.models import Attachment, Draft, Event, Publication, RemoteCopy, Staff, Submission, TakeDown
from portal.operations.coverages.export_files import drop_exports
from portal.operations.locking import lock_submission
from portal.operations.search_index import note_words
from portal.operations.sweeps import ask_sweep
from portal.operations.transitions import queue_notice
from portal.queries.drafts import find_standing
from portal.queries.take_downs import (
    is_handed_over,
    is_outside,
    is_unrecorded,
    list_copies_of,
    list_open_take_downs_of,
)


def open_take_downs(session: Session, submission: Submission, reason: Recall, *, at: datetime) -> None:
    """Ask the desk to call back every copy of this text that has left; nothing when none has.

    One task for each target it was sent to, and each address it was ever published under besides; for an
    exported copy where no address is on file. What is asked for already is not asked for twice.
    """
    draft = find_standing(session, submission.id)
    if draft is None or not is_outside(session, draft):
        return
    drop_exports(session, [submission.id])
    asked = {
        _place_of(one)
        for one in list_open_take_downs_of(session, submission.id)
        if one.reason == reason or one.reason in WHOLE
    }
    session.add_all(one for one in _list_places(session, draft, reason, at) if _place_of(one) not in asked)
    session.flush()


def _place_of(task: TakeDown) -> str | int:
    """Return what tells a place from others: the row of the ledger, or the address."""
    return task.url if task.copy_id is None else task.copy_id


def call_photo_back(session: Session, submission: Submission, photo: Attachment, *, at: datetime) -> None:
    """Ask the desk to take out a photo its contributor refuses or removes, where it may have left before."""
    draft = find_standing(session, submission.id)
    if draft is not None and _may_have_left(draft, photo):
        open_take_downs(session, submission, Recall.PHOTO, at=at)


def end_name_recall(
    session: Session, submission: Submission, draft: Draft, name: str, *, at: datetime
) -> None:
    """Ask for the author's name no more where it may stand again, and no other name can stand outside."""
    if name and _list_names_outside(session, draft) == {name}:
        close_as_moot(session, submission, Recall.NAME, at=at)


def end_photo_recall(session: Session, submission: Submission, *, at: datetime) -> None:
    """Ask for photos no more when every one that may have left may be printed again, and none was removed."""
    draft = find_standing(session, submission.id)
    if draft is None:
        return
    asked = [one for one in list_open_take_downs_of(session, submission.id) if one.reason is Recall.PHOTO]
    since = min((one.opened_at for one in asked), default=at)
    removed = select(Event.id).where(
        Event.submission_id == submission.id, Event.act == HistoryAct.REMOVE_PICTURE, Event.at >= since
    )
    photos = [one for one in submission.attachments if one.kind is AttachmentKind.PHOTO]
    if session.scalar(removed.limit(1)) is None and all(
        may_leave(one.people, one.licence) for one in photos if _may_have_left(draft, one)
    ):
        close_as_moot(session, submission, Recall.PHOTO, at=at)


def _may_have_left(draft: Draft, photo: Attachment) -> bool:
    """Say whether a photo was here when copies left, so far as the coarse times tell."""
    left = [one for one in (draft.exported_at, *(place.recorded_at for place in draft.publications)) if one]
    return not left or photo.received_at <= max(left)


def _list_names_outside(session: Session, draft: Draft) -> set[str]:
    """Return the names that may stand on copies: of what was exported last, and of all that was agreed to."""
    agreed = select(Event.detail).where(
        Event.submission_id == draft.submission_id,
        Event.act.in_((HistoryAct.APPROVE, HistoryAct.WAIVE_APPROVAL)),
    )
    numbers = {detail["revision"] for detail in session.scalars(agreed)} | {draft.exported_revision}
    left = [one.fields for one in draft.revisions if one.number in numbers]
    # Saves of long ago do not say the mode: a name in them may stand.
    return {printed_byline(one.get("byline_mode", BylineMode.PEN), one["byline"]) for one in left} - {""}


def _list_places(session: Session, draft: Draft, reason: Recall, at: datetime) -> Sequence[TakeDown]:
    copies = [one for one in list_copies_of(session, draft.submission_id) if one.status not in NOT_THERE]
    known = {one.url for one in copies}
    places = {one.url: one.lang for one in draft.publications if one.url not in known}
    if not places and is_handed_over(session, draft):
        places = {"": draft.lang}
    asked = {"submission_id": draft.submission_id, "reason": reason, "opened_at": round_to_hour(at)}
    return [
        *(
            TakeDown(
                lang=one.target.lang,
                url=one.url if one.status is RemoteStatus.PUBLISHED else "",
                copy_id=one.id,
                revision=one.revision,
                exported_at=one.sent_at,
                **asked,
            )
            for one in copies
        ),
        *(
            TakeDown(
                lang=lang, url=url, revision=draft.exported_revision, exported_at=draft.exported_at, **asked
            )
            for url, lang in places.items()
        ),
    ]


def close_as_moot(session: Session, submission: Submission, *reasons: Recall, at: datetime) -> None:
    """End what waits for these reasons: it is not asked for any more."""
    for one in list_open_take_downs_of(session, submission.id):
        if one.reason in reasons:
            one.outcome, one.closed_at = TakeDownOutcome.MOOT, round_to_hour(at)
    session.flush()


def record_outcome(
    session: Session, task: TakeDown, *, outcome: TakeDownOutcome, note: str, by: Staff | None, at: datetime
) -> None:
    """Write down what was done about a place; the author hears when it was the last one.

    `by` None is the portal, which has seen it on the target. Of an erased text nothing but this act is kept.
    Raises NotPermitted, StaleEdit when a colleague was faster, MissingText when it could not be removed and
    nobody says why.
    """
    if by is not None and not by.may(Permission.SUBMISSION_DECIDE):
        raise NotPermitted(HistoryAct.TAKE_DOWN)
    submission = lock_submission(session, task.submission)
    waits = select(TakeDown).where(TakeDown.id == task.id, is_unrecorded())
    if session.scalar(waits.execution_options(populate_existing=True)) is None:
        raise StaleEdit(HistoryAct.TAKE_DOWN)
    if outcome is TakeDownOutcome.NOT_REMOVED and not note.strip():
        raise MissingText(HistoryAct.TAKE_DOWN)
    is_erased = submission.state is State.ERASED
    detail = {} if is_erased else {"outcome": outcome, "lang": task.lang, "url": task.url}
    session.add(
        Event(
            submission_id=submission.id,
            act=HistoryAct.TAKE_DOWN,
            from_state=submission.state,
            to_state=submission.state,
            staff_id=by.id if by else None,
            detail=detail,
            at=at,
        )
    )
    if is_erased:
        session.execute(delete(RemoteCopy).where(RemoteCopy.id == task.copy_id))
        session.delete(task)
        ask_sweep(session, at=at)
        return
    task.outcome, task.note, task.closed_at = outcome, note.strip(), at
    task.staff_id = by.id if by else None
    session.flush()
    if outcome is TakeDownOutcome.REMOVED:
        _forget_place(session, task, at=at)
    if not list_open_take_downs_of(session, submission.id):
        queue_notice(session, submission, Notice.UPDATE, cause=f"take_down:{task.id}", at=at, run_at=at)
        session.flush()


def record_corrections(session: Session, copy_id: int, reasons: Collection[Recall], *, at: datetime) -> None:
    """Write down that a target shows no more what had to go; the site itself has said so."""
    asked = TakeDown.copy_id == copy_id, TakeDown.reason.in_(reasons), is_unrecorded()
    for task in session.scalars(select(TakeDown).where(*asked).order_by(TakeDown.id)).all():
        record_outcome(session, task, outcome=TakeDownOutcome.CORRECTED, note="", by=None, at=at)


def _forget_place(session: Session, task: TakeDown, *, at: datetime) -> None:
    """Let go of an address at which nothing stands any more, and of what else was asked there.

    Its author can take a withdrawal from there back no more: that would say the text still stands there.
    """
    if task.url:
        task.submission.undo_until = None
    if task.copy is not None and task.copy.status not in NOT_THERE:
        task.copy.status = RemoteStatus.GONE
    drafts = select(Draft.id).where(Draft.submission_id == task.submission_id)
    session.execute(delete(Publication).where(Publication.draft_id.in_(drafts), Publication.url == task.url))
    note_words(session, task.submission_id)
    for other in list_open_take_downs_of(session, task.submission_id):
        if _place_of(other) == _place_of(task):
            other.outcome, other.closed_at = TakeDownOutcome.MOOT, at
    session.flush()


def keep_open_alone(session: Session, submissions: Sequence[int]) -> None:
    """Leave of erased texts only what waits: a name or photo where the whole text need not go."""
    of_these = TakeDown.submission_id.in_(submissions)
    whole = select(TakeDown.submission_id).where(of_these, is_unrecorded(), TakeDown.reason.in_(WHOLE))
    goes_whole = TakeDown.submission_id.in_(session.scalars(whole).all())
    done = or_(~is_unrecorded(), goes_whole & TakeDown.reason.not_in(WHOLE))
    session.execute(delete(TakeDown).where(of_these, done))
    wanted = select(TakeDown.copy_id).where(of_these, TakeDown.copy_id.is_not(None))
    of_ledger = RemoteCopy.submission_id.in_(submissions)
    session.execute(delete(RemoteCopy).where(of_ledger, RemoteCopy.id.not_in(wanted)))
    session.execute(update(RemoteCopy).where(of_ledger).values(slug="", sent_hash="", fingerprint=""))
