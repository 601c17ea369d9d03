"""Unsent versions of a text: reading them, and deleting those that are not needed any more."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from portal.domain.answers import EnteredAnswers
from portal.domain.retention import unsent_until
from portal.domain.states import State
from portal.models import Call, Event, Submission, UnsentVersion
from portal.operations.erasure import erase
from portal.operations.locking import lock_submission
from portal.operations.private.originals import delete_originals_of_version
from portal.operations.sweeps import ask_sweep, delete_old
from portal.sealing.keys import KeyRing, unsent_form_key_place, unsent_version_place


def read_typed(row: UnsentVersion, keys: KeyRing) -> EnteredAnswers:
    """Return what stands in an unsent version. Raises CannotOpen."""
    held = keys.open_map(row.sealed, unsent_version_place(row.public_id))
    return EnteredAnswers(
        stage=row.stage,
        lang=row.lang,
        answers=held["answers"],
        sealed=held["sealed"],
        has_words=True,
        writing=row.public_id,
        sequence=row.sequence,
        when=row.when,
    )


def seal_typed(typed: EnteredAnswers, keys: KeyRing, public_id: str) -> bytes:
    """Return the envelope of an unsent version: nobody searches in it, so all of it is sealed."""
    held = {"answers": dict(typed.answers), "sealed": dict(typed.sealed), "when": typed.when}
    return keys.seal_map(held, unsent_version_place(public_id))


def read_form_key(row: UnsentVersion, keys: KeyRing) -> str | None:
    """Return the key of the form an unsent version was typed into."""
    if row.sealed_form_key is None:
        return None
    return keys.open(row.sealed_form_key, unsent_form_key_place(row.public_id)).decode()


def delete_sent_versions(submission: Submission, sent: EnteredAnswers | None, *, keys: KeyRing) -> None:
    """Delete the unsent versions that `sent` makes needless: its own, and those with nothing else in them.

    Its own is also what the page saved while it was left and came back: that page knows its words, but not
    the save. What another tab has typed beside it stays, so that no word is lost.
    """
    if sent is None:
        return
    for row in list(submission.writings):
        is_own = (row.public_id, row.sequence) == (sent.writing, sent.sequence)
        if is_own or (sent.is_of_form(row.stage, row.when) and is_needless(row, sent, keys=keys)):
            submission.writings.remove(row)


def is_needless(row: UnsentVersion, typed: EnteredAnswers, *, keys: KeyRing) -> bool:
    """Say whether an unsent version may go for `typed`, which holds its words or was written over them."""
    kept = read_typed(row, keys)
    return typed.holds(kept) or typed.goes_on_from(kept)


def delete_unsent_version(session: Session, row: UnsentVersion, *, at: datetime) -> None:
    """Delete an unsent version, and the files that were read into it.

    With the last one of a text never sent, everything about that text goes.
    """
    submission = lock_submission(session, row.submission)  # another tab may be saving
    if row in submission.writings:
        submission.writings.remove(row)
        delete_originals_of_version(session, submission, row.public_id)
    ask_sweep(session, at=at)
    if not submission.writings and submission.state is State.WRITING:
        erase(session, submission, by=None, at=at)


def list_unfinished(session: Session, *, at: datetime) -> Sequence[int]:
    """Return the numbers of unsent changes of sent texts that are older than their call keeps them.

    What is written for an invitation stays as long as the invitation does.
    """
    return _find_over(session, at)


def delete_unfinished(session: Session, numbers: Sequence[int], *, at: datetime) -> int:
    """Delete those of these unsent changes whose time is over; return how many."""
    return delete_old(session, UnsentVersion, numbers, at=at, find_old=_find_over)


def _find_over(session: Session, at: datetime, *among: ColumnElement[bool]) -> Sequence[int]:
    left = (
        select(func.max(Event.at))
        .where(
            Event.submission_id == Submission.id,
            Event.from_state == State.INVITED,
            Event.to_state != State.INVITED,
        )
        .scalar_subquery()
    )
    rows = session.execute(
        select(UnsentVersion.id, UnsentVersion.saved_at, Call.unfinished_kept_days, Submission.state, left)
        .join(Submission, Submission.id == UnsentVersion.submission_id)
        .join(Call, Call.id == Submission.call_id)
        .where(Submission.state != State.WRITING, *among)
        .order_by(UnsentVersion.id)
    )
    return [
        number
        for number, saved_at, days, state, ended in rows
        if (end := unsent_until(saved_at, days, is_invited=state is State.INVITED, invitation_ended=ended))
        and end <= at
    ]
