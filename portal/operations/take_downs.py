"""Take-downs of what has left: what was done about each place is written down, and the author hears of it."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import delete, or_, select, update
from sqlalchemy.orm import Session

from portal.domain.acts import HistoryAct
from portal.domain.errors import MissingText, NotPermitted, StaleEdit
from portal.domain.mail_notices import Notice
from portal.domain.permissions import Permission
from portal.domain.remote_sites import RemoteStatus
from portal.domain.states import State
from portal.domain.take_downs import ENDING, Recall, TakeDownOutcome
from portal.domain.targets import NOT_THERE
from portal.models import Draft, Publication, RemoteCopy, Staff, Submission, TakeDown
from portal.operations.locking import lock_submission
from portal.operations.search_marks import note_words
from portal.operations.sweeps import ask_sweep
from portal.operations.transitions import queue_notice, record_seen
from portal.queries.take_downs import identify_place, is_unrecorded, list_open_take_downs_of


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
    said = {"outcome": outcome, "reason": task.reason, "lang": task.lang, "url": task.url}
    detail = {} if is_erased else said
    record_seen(session, submission, HistoryAct.TAKE_DOWN, by=by, at=at, detail=detail)
    if is_erased:
        _forget_erased(session, task, outcome)
        ask_sweep(session, at=at)
        return
    task.outcome, task.note, task.closed_at = outcome, note.strip(), at
    task.staff_id = by.id if by else None
    session.flush()
    if outcome is TakeDownOutcome.REMOVED:
        _forget_place(session, task, at=at)
    elif outcome is TakeDownOutcome.CORRECTED and task.reason is Recall.EMBARGO:
        forget_address(session, task.submission_id, task.url)
    if not list_open_take_downs_of(session, submission.id):
        queue_notice(session, submission, Notice.UPDATE, cause=f"take_down:{task.id}", at=at, run_at=at)
        session.flush()


def record_corrections(session: Session, copy_id: int, reasons: Collection[Recall], *, at: datetime) -> None:
    """Write down that a target shows no more what had to go; the site itself has said so."""
    asked = TakeDown.copy_id == copy_id, TakeDown.reason.in_(reasons), is_unrecorded()
    for task in session.scalars(select(TakeDown).where(*asked).order_by(TakeDown.id)).all():
        record_outcome(session, task, outcome=TakeDownOutcome.CORRECTED, note="", by=None, at=at)


def _forget_erased(session: Session, task: TakeDown, outcome: TakeDownOutcome) -> None:
    """Let go of a task of an erased text, and of the row of the ledger with the last one about it."""
    place, waiting = identify_place(task), list_open_take_downs_of(session, task.submission_id)
    same = [one for one in waiting if identify_place(one) == place]
    done = same if outcome is TakeDownOutcome.REMOVED else [task]
    for one in done:
        session.delete(one)
    if len(done) == len(same):
        session.execute(delete(RemoteCopy).where(RemoteCopy.id == task.copy_id))


def _forget_place(session: Session, task: TakeDown, *, at: datetime) -> None:
    """Let go of an address at which nothing stands any more, and of what else was asked there.

    Its author can take a withdrawal from there back no more: that would say the text still stands there.
    """
    if task.url:
        task.submission.undo_until = None
    if task.copy is not None and task.copy.status not in NOT_THERE:
        task.copy.status = RemoteStatus.GONE
    forget_address(session, task.submission_id, task.url)
    for other in list_open_take_downs_of(session, task.submission_id):
        if identify_place(other) == identify_place(task):
            other.outcome, other.closed_at = TakeDownOutcome.MOOT, at
    session.flush()


def forget_address(session: Session, submission_id: int, url: str) -> None:
    """Let go of an address at which nobody reads the text now."""
    drafts = select(Draft.id).where(Draft.submission_id == submission_id)
    session.execute(delete(Publication).where(Publication.draft_id.in_(drafts), Publication.url == url))
    note_words(session, submission_id)


def keep_open_alone(session: Session, submission: Submission) -> None:
    """Leave of an erased text only what waits: a name or photo where the whole text need not go."""
    of_this = TakeDown.submission_id == submission.id
    whole = select(TakeDown.submission_id).where(of_this, is_unrecorded(), TakeDown.reason.in_(ENDING))
    goes_whole = TakeDown.submission_id.in_(session.scalars(whole).all())
    done = or_(~is_unrecorded(), goes_whole & TakeDown.reason.not_in(ENDING))
    session.execute(delete(TakeDown).where(of_this, done))
    wanted = select(TakeDown.copy_id).where(of_this, TakeDown.copy_id.is_not(None))
    of_ledger = RemoteCopy.submission_id == submission.id
    session.execute(delete(RemoteCopy).where(of_ledger, RemoteCopy.id.not_in(wanted)))
    unused = {"slug": "", "sent_hash": "", "fingerprint": "", "modified": ""}
    session.execute(update(RemoteCopy).where(of_ledger).values(unused))
