"""Triage of a submission without deciding it: claim, release, assign, note, read."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import true, update
from sqlalchemy.orm import Session

from portal.domain.acts import HistoryAct
from portal.domain.deadlines import CLAIM_STEP, is_fresh_claim
from portal.domain.errors import AccountClosed, ClaimedMeanwhile, MissingText, NotPermitted, StaleEdit
from portal.domain.permissions import Permission
from portal.models import Event, Note, Staff, Submission
from portal.models.base import new_public_id
from portal.operations.desk import notices
from portal.operations.private import messages
from portal.operations.transitions import record_event
from portal.queries.desk.submission import find_claimant
from portal.queries.visibility import may_read
from portal.sealing.keys import KeyRing, note_place


def claim(session: Session, submission: Submission, *, by: Staff, at: datetime) -> None:
    """Say that `by` is on it. Taking over from a colleague is always possible and is logged."""
    require_moderation(by)
    before = find_claimant(submission, at=at)
    waiting = submission.announce_at is not None and at < submission.announce_at
    # Inside the undo window the decision must stay the newest event, or it could not be undone.
    if before is not None and before.id != by.id and not waiting:
        detail = {"taken_from": before.name}
        record_event(session, submission, HistoryAct.CLAIM, by=by, at=at, detail=detail)
    goes_on = before is not None and before.id == by.id
    _set_reader(session, submission, by, at, since=submission.claimed_since if goes_on else at)


def renew_claim(session: Session, submission: Submission, *, by: Staff, at: datetime) -> None:
    """Keep the claim of somebody who uses the page; one that has faded, or was taken over, stays so."""
    if needs_renewal(submission, by=by, at=at):
        _set_reader(session, submission, by, at, since=submission.claimed_since, held_by=by)


def needs_renewal(submission: Submission, *, by: Staff, at: datetime) -> bool:
    """Say whether `by` is on it, and was last written down as being there a while ago."""
    if submission.claimed_by_id != by.id or submission.claimed_at is None:
        return False
    return is_fresh_claim(submission.claimed_at, at=at) and at - submission.claimed_at >= CLAIM_STEP


def require_unclaimed(submission: Submission, *, by: Staff, at: datetime, known: str) -> None:
    """Raise ClaimedMeanwhile when another colleague is on it than `known`, whom the page named."""
    reader = find_claimant(submission, at=at)
    if reader is not None and reader.id != by.id and reader.public_id != known:
        raise ClaimedMeanwhile


def release(session: Session, submission: Submission, *, by: Staff) -> None:
    """Let go of a submission one has taken; somebody else's claim stays."""
    if submission.claimed_by_id == by.id:
        _set_reader(session, submission, None, None, since=None, held_by=by)


def assign(
    session: Session,
    submission: Submission,
    *,
    by: Staff,
    to: Staff | None,
    seen: int,
    at: datetime,
) -> None:
    """Make a colleague responsible, or nobody; the history says who was before and is now.

    Raises AccountClosed when they work here no more, NotPermitted when they may not read it, StaleEdit.
    """
    require_moderation(by)
    _require_readers([submission], to)
    require_version(submission, seen)
    assign_many(session, [submission], by=by, to=to, at=at)


def assign_many(
    session: Session,
    submissions: Sequence[Submission],
    *,
    by: Staff,
    to: Staff | None,
    at: datetime,
    batch: str = "",
    undone: Sequence[Event] = (),
) -> None:
    """Make a colleague responsible for many in a few statements, as `assign` does.

    With `undone`, the acts that are taken back, nobody is told anew: notices are as they were before them.
    """
    require_moderation(by)
    _require_readers(submissions, to)
    changed = [one for one in submissions if one.assignee is not to]
    events = [_note_assigned(session, one, by=by, to=to, at=at, batch=batch) for one in changed]
    for submission in changed:
        submission.assignee = to
    session.flush()  # notices go by the event's number
    if undone:
        notices.untell_assigned(session, submissions, undone, at=at)
    elif changed:
        notices.tell_assigned(session, list(zip(changed, events, strict=True)), by=by, to=to, at=at)


def _note_assigned(
    session: Session, submission: Submission, *, by: Staff, to: Staff | None, at: datetime, batch: str
) -> Event:
    before = submission.assignee
    detail = {
        "from": before.name if before else "",
        "to": to.name if to else "",
        "before": before.public_id if before else "",
    }
    return record_event(session, submission, HistoryAct.ASSIGN, by=by, at=at, detail=detail, batch=batch)


def add_note(
    session: Session, submission: Submission, *, by: Staff, at: datetime, body: str, keys: KeyRing
) -> Note:
    """Leave a note for colleagues; its words are kept sealed. Raises MissingText."""
    require_moderation(by)
    if not body.strip():
        raise MissingText
    public_id = new_public_id()
    note = Note(
        public_id=public_id,
        submission_id=submission.id,
        staff_id=by.id,
        sealed=keys.seal(body.encode(), note_place(public_id)),
        written_at=at,
    )
    session.add(note)
    return note


def read_note(note: Note, keys: KeyRing) -> str:
    """Return the words of a note. Raises CannotOpen."""
    return keys.open(note.sealed, note_place(note.public_id)).decode()


def mark_read(
    session: Session, submission: Submission, *, by: Staff, at: datetime, seen: int | None = None
) -> None:
    """Note that the desk has read what the author wrote; it makes nobody's decision stale.

    With `seen` StaleEdit is raised when that version is not the newest: something came that was not read.
    """
    require_moderation(by)
    if seen is not None:
        require_version(submission, seen)
    messages.mark_thread_read(session, submission, at=at)


def _set_reader(
    session: Session,
    submission: Submission,
    reader: Staff | None,
    at: datetime | None,
    *,
    since: datetime | None,
    held_by: Staff | None = None,
) -> None:
    """Write the claim past the version counter: it must not make a colleague's decision stale.

    With `held_by` only while that person has it: a colleague may have taken it over since it was read.
    """
    is_held = true() if held_by is None else Submission.claimed_by_id == held_by.id
    session.execute(
        update(Submission)
        .where(Submission.id == submission.id, is_held)
        .values(claimed_by_id=reader.id if reader else None, claimed_since=since, claimed_at=at),
        execution_options={"synchronize_session": "fetch"},  # what the database has changed, and no guess
    )
    session.expire(submission, ["claimed_by"])


def require_moderation(by: Staff) -> None:
    """Let only pass who may moderate. Raises NotPermitted."""
    if not by.may(Permission.SUBMISSION_MODERATE):
        raise NotPermitted


def _require_readers(submissions: Sequence[Submission], to: Staff | None) -> None:
    if to is not None and not to.active:
        raise AccountClosed
    if to is not None and not all(may_read(to, submission) for submission in submissions):
        raise NotPermitted


def require_version(submission: Submission, seen: int) -> None:
    """Let only pass who saw the newest version. Raises StaleEdit."""
    if seen != submission.version:
        raise StaleEdit
