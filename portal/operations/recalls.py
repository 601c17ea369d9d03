"""Recalls: what has left the portal and must come back is asked for, and asked for no more."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from portal.domain.acts import HistoryAct
from portal.domain.consent import BylineMode, PublishWish, printed_byline
from portal.domain.deadlines import round_to_hour
from portal.domain.embargo import find_embargo, is_embargoed
from portal.domain.photos import AttachmentKind, may_leave
from portal.domain.questions import QuestionRole
from portal.domain.remote_sites import RemoteStatus
from portal.domain.states import State
from portal.domain.take_downs import ENDING, WHOLE, Recall, TakeDownOutcome
from portal.domain.targets import NOT_THERE
from portal.models import Attachment, Draft, Event, RemoteCopy, Submission, TakeDown
from portal.operations.coverages.export_files import drop_exports
from portal.operations.locking import lock_submission
from portal.queries.answers import answers_by_role
from portal.queries.drafts import find_draft_of
from portal.queries.take_downs import (
    identify_place,
    is_handed_over,
    is_outside,
    is_unrecorded,
    list_copies_of,
    list_open_take_downs_of,
)
from portal.sealing.keys import CannotOpen

_MOOT = TakeDownOutcome.MOOT
_LEFT = (TakeDownOutcome.CORRECTED, TakeDownOutcome.NOT_REMOVED)
"""What was written down of a text that stands there still."""


def open_take_downs(session: Session, submission: Submission, reason: Recall, *, at: datetime) -> None:
    """Ask the desk to call back every copy of this text that has left; nothing when none has.

    One task for each target it was sent to, and each address it was ever published under besides; for an
    exported copy where no address is on file. What is asked for already is not asked for twice.
    """
    draft = find_draft_of(session, submission.id)
    if draft is None or not is_outside(session, draft):
        return
    drop_exports(session, [submission.id])
    asked = {
        identify_place(one)
        for one in list_open_take_downs_of(session, submission.id)
        if one.reason == reason or one.reason in ENDING
    }
    session.add_all(
        one for one in _list_places(session, draft, reason, at) if identify_place(one) not in asked
    )
    session.flush()


def call_photo_back(session: Session, submission: Submission, photo: Attachment, *, at: datetime) -> None:
    """Ask the desk to take out a photo its contributor refuses or removes, where it may have left before."""
    draft = find_draft_of(session, submission.id)
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
    draft = find_draft_of(session, submission.id)
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


def lift_recall(session: Session, submission: Submission, reason: Recall, *, at: datetime) -> None:
    """Ask for a text no more that may be published again; where it was left to stand, it may stand."""
    close_as_moot(session, submission, reason, at=at)
    its = TakeDown.submission_id == submission.id, TakeDown.reason == reason, TakeDown.outcome.in_(_LEFT)
    for one in session.scalars(select(TakeDown).where(*its)):
        one.outcome = TakeDownOutcome.MOOT
    session.flush()


def call_back_early(session: Session, copy: RemoteCopy, *, at: datetime) -> None:
    """Ask for what a site has published before its author's day, whatever was said of it as a draft."""
    draft = find_draft_of(session, copy.submission_id)
    if draft is None or not _is_known_to_wait(copy.submission, at=at):
        return
    places = _list_places(session, draft, Recall.EMBARGO, at)
    its = TakeDown.copy_id == copy.id, TakeDown.reason == Recall.EMBARGO
    known = session.scalars(select(TakeDown).where(*its, TakeDown.outcome.is_distinct_from(_MOOT))).all()
    if any(one.closed_at is None for one in known):
        return
    for one in known:
        one.outcome = _MOOT
    session.add_all(one for one in places if one.copy_id == copy.id)
    session.flush()


def call_back_returned(session: Session, copy: RemoteCopy, *, at: datetime) -> None:
    """Ask once more for what is on a site again after it was gone from there, where it must not be."""
    draft = find_draft_of(session, copy.submission_id)
    if draft is None:
        return
    its = TakeDown.copy_id == copy.id, TakeDown.outcome == TakeDownOutcome.REMOVED
    done = set(session.scalars(select(TakeDown.reason).where(*its)))
    reasons = [one for one in Recall if one in done and _still_holds(session, draft, one)]
    whole = [one for one in reasons if one in WHOLE]
    for reason in whole[:1] or reasons:
        places = _list_places(session, draft, reason, at)
        session.add_all(one for one in places if one.copy_id == copy.id)
    session.flush()


def _still_holds(session: Session, draft: Draft, reason: Recall) -> bool:
    """Say whether what was once called back for a reason must not stand outside even now.

    What no key opens must not: it was forbidden when it was last read.
    """
    try:
        return _is_forbidden(session, draft, reason)
    except CannotOpen:
        return True


def _is_forbidden(session: Session, draft: Draft, reason: Recall) -> bool:
    submission = draft.submission
    match reason:
        case Recall.WITHDRAWN:
            return submission.state is State.WITHDRAWN
        case Recall.UNDONE:
            return draft.set_aside_at is not None
        case Recall.CONSENT:
            return answers_by_role(submission).text(QuestionRole.PUBLISHING) == PublishWish.NO
        case Recall.PHOTO:
            photos = [one for one in submission.attachments if one.kind is AttachmentKind.PHOTO]
            return any(
                _may_have_left(draft, one) and not may_leave(one.people, one.licence) for one in photos
            )
        case Recall.NAME:
            return bool(
                _list_names_outside(session, draft) - {printed_byline(draft.byline_mode, draft.byline)}
            )
        case _:  # a day is asked about by call_back_early, and of what is erased no ledger is left
            return False


def end_embargoes(session: Session, *, at: datetime) -> None:
    """Ask no more for what was to wait for a day that has come; of an erased text nobody knows the day."""
    waits = or_(is_unrecorded(), TakeDown.outcome.in_(_LEFT))
    its = select(TakeDown.submission_id).where(TakeDown.reason == Recall.EMBARGO, waits)
    waiting = select(Submission).where(Submission.id.in_(its), Submission.state != State.ERASED)
    for submission in session.scalars(waiting.order_by(Submission.id)).all():
        locked = lock_submission(session, submission)
        is_erased = locked.state is State.ERASED  # a moment ago
        if not is_erased and not locked.latest.is_shut and not _is_known_to_wait(locked, at=at):
            lift_recall(session, locked, Recall.EMBARGO, at=at)


def _is_known_to_wait(submission: Submission, *, at: datetime) -> bool:
    """Say whether the author's day has not come; no where no key opens what was said."""
    if submission.latest.is_shut:
        return False
    return is_embargoed(find_embargo(answers_by_role(submission)), at=at)


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
