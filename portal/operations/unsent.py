"""What a contributor has typed and not sent: reading it, and letting go of what is not needed any more."""

from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.domain.retention import unsent_until
from portal.domain.sending import Typed
from portal.domain.states import State
from portal.keys import KeyRing, writing_key_place, writing_place
from portal.models import Event, Submission, SubmissionDraft
from portal.operations.erasing import erase
from portal.operations.holding import hold_submission
from portal.operations.sweeping import ask_sweep


def read_typed(row: SubmissionDraft, keys: KeyRing) -> Typed:
    """Return what stands in an unsent version. Raises CannotOpen."""
    held = keys.open_map(row.sealed, writing_place(row.public_id))
    return Typed(
        stage=row.stage,
        lang=row.lang,
        answers=held["answers"],
        sealed=held["sealed"],
        has_words=True,
        writing=row.public_id,
        sequence=row.sequence,
    )


def seal_typed(typed: Typed, keys: KeyRing, public_id: str) -> bytes:
    """Return the envelope of an unsent version: nobody searches in it, so all of it is sealed."""
    held = {"answers": dict(typed.answers), "sealed": dict(typed.sealed)}
    return keys.seal_map(held, writing_place(public_id))


def read_form_key(row: SubmissionDraft, keys: KeyRing) -> str | None:
    """Return the key of the form an unsent version was typed into."""
    if row.sealed_form_key is None:
        return None
    return keys.open(row.sealed_form_key, writing_key_place(row.public_id)).decode()


def forget_sent(piece: Submission, sent: Typed | None, *, keys: KeyRing) -> None:
    """Delete the unsent versions that `sent` makes needless: its own, and those with nothing else in them.

    Its own is also what the page saved while it was left and came back: that page knows its words, but not
    the save. What another tab has typed beside it stays, so that no word is lost.
    """
    if sent is None:
        return
    for row in list(piece.writings):
        is_own = (row.public_id, row.sequence) == (sent.writing, sent.sequence)
        if is_own or (row.stage is sent.stage and is_needless(row, sent, keys=keys)):
            piece.writings.remove(row)


def is_needless(row: SubmissionDraft, typed: Typed, *, keys: KeyRing) -> bool:
    """Say whether an unsent version may go for `typed`, which holds its words or was written over them."""
    kept = read_typed(row, keys)
    return typed.holds(kept) or typed.goes_on_from(kept)


def delete_writing(session: Session, row: SubmissionDraft, *, at: datetime) -> None:
    """Delete an unsent version; with the last one of a text never sent, everything about that text goes."""
    piece = hold_submission(session, row.submission)  # another tab may be saving
    if row in piece.writings:
        piece.writings.remove(row)
    ask_sweep(session, at=at)
    if not piece.writings and piece.state is State.WRITING:
        erase(session, piece, by=None, at=at)


def forget_unfinished(session: Session, *, at: datetime) -> int:
    """Delete unsent changes of sent texts that are older than their call keeps them; return how many.

    What is written for an invitation stays as long as the invitation does, and what is being saved just now.
    """
    rows = session.scalars(
        select(SubmissionDraft)
        .join(Submission)
        .where(Submission.state != State.WRITING)
        .with_for_update(of=SubmissionDraft, skip_locked=True)
        .execution_options(populate_existing=True)
    ).all()
    due = [row for row in rows if (end := _find_end(session, row)) is not None and end <= at]
    for row in due:
        session.delete(row)
    if due:
        ask_sweep(session, at=at)
    return len(due)


def _find_end(session: Session, row: SubmissionDraft) -> datetime | None:
    piece = row.submission
    left = select(func.max(Event.at)).where(
        Event.submission_id == piece.id, Event.from_state == State.INVITED, Event.to_state != State.INVITED
    )
    return unsent_until(
        row.saved_at,
        piece.call.unfinished_kept_days,
        is_invited=piece.state is State.INVITED,
        invitation_ended=session.scalar(left),
    )
