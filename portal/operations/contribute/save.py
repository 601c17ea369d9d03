"""Saving what is not finished: nothing is overwritten, whatever tab or line it comes from."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy.orm import Session

from portal.domain.acts import Act
from portal.domain.answers import EnteredAnswers, SubmittedAnswers
from portal.domain.deadlines import round_to_hour
from portal.domain.errors import IllegalTransition, TooManyVersions
from portal.domain.limits import MOST_UNSENT
from portal.domain.states import State
from portal.models import Call, Submission, UnsentVersion
from portal.models.base import new_public_id
from portal.operations.contribute.same_browser import note_beside, repeats_open_text
from portal.operations.contribute.submit import FormSecrets, begin_submission, find_by_form_key, was_sent
from portal.operations.contribute.unsent import is_needless, read_typed, seal_typed
from portal.operations.locking import lock_submission
from portal.operations.transitions import change_state
from portal.sealing.keys import KeyRing, unsent_form_key_place

_GONE = frozenset({State.WITHDRAWN, State.ERASED})


class SaveState(StrEnum):
    """The outcome of a save."""

    SAVED = "saved"
    EMPTY = "empty"
    """Nothing was written, so nothing is kept."""
    KNOWN = "known"
    """Everything in a new form is with us: the browser that brought it has its text's page open."""
    OTHER_VERSION = "other_version"
    """Kept beside a version that somebody else's tab, or an older one, has saved."""


@dataclass(frozen=True)
class SaveAnswer:
    """The answer to a save: what the page goes on with."""

    state: SaveState
    submission: Submission | None
    writing: str
    sequence: int


def save_new(
    session: Session,
    call: Call,
    typed: EnteredAnswers,
    secrets: FormSecrets,
    *,
    at: datetime,
    locale: str,
    sending: SubmittedAnswers | None = None,
    opened: Submission | None = None,
) -> SaveAnswer:
    """Keep what stands in a pitch or story; the first time makes the submission, in state writing.

    `opened` is the text for the same call whose page this browser has open: a new form that says nothing else
    stores nothing, and one that shares words with it stands beside it.

    A closed call keeps it too. `sending` is the same as it would be sent, when it is complete: a save that
    arrives after it was sent stores nothing. Raises IllegalTransition when the submission is withdrawn,
    TooManyVersions when no version can go without losing a word.
    """
    submission = find_by_form_key(session, secrets)
    if not typed.has_words:
        return SaveAnswer(SaveState.EMPTY, submission, typed.writing, typed.sequence)
    if submission is None and opened is not None and repeats_open_text(opened, typed, sending, secrets.keys):
        return SaveAnswer(SaveState.KNOWN, None, typed.writing, typed.sequence)
    if submission is None:
        submission, _is_new = begin_submission(
            session,
            call,
            secrets,
            lambda new: change_state(session, new, Act.SAVE, by=None, at=at),
            stage=typed.stage,
            lang=typed.lang,
            locale=locale,
            at=at,
        )
    saved = _save(session, submission, typed, sending, secrets, at=at)
    if submission.state is State.WRITING:
        note_beside(session, submission, opened, typed, secrets.keys)
    return saved


def save_further(
    session: Session,
    submission: Submission,
    typed: EnteredAnswers,
    secrets: FormSecrets,
    *,
    at: datetime,
    sending: SubmittedAnswers | None = None,
) -> SaveAnswer:
    """Keep what stands in the full story of an invited pitch, or in a changed text, beside what was sent.

    `sending` and errors as in `save_new`.
    """
    if not typed.has_words:
        return SaveAnswer(SaveState.EMPTY, submission, typed.writing, typed.sequence)
    locked = lock_submission(session, submission)
    return _save(session, locked, typed, sending, secrets, at=at)


def _save(
    session: Session,
    submission: Submission,
    typed: EnteredAnswers,
    sending: SubmittedAnswers | None,
    secrets: FormSecrets,
    *,
    at: datetime,
) -> SaveAnswer:
    if submission.state in _GONE:
        raise IllegalTransition(submission.state, Act.SAVE)
    if sending is not None and was_sent(session, submission, secrets.form_key, sending):
        return SaveAnswer(SaveState.SAVED, submission, "", 0)
    others = [row for row in submission.writings if typed.is_of_form(row.stage, row.when)]
    row = _find_row(others, typed, secrets.keys)
    state = SaveState.SAVED if row or not others else SaveState.OTHER_VERSION
    if row is None:
        _make_room(submission, secrets.keys)
        row = UnsentVersion(public_id=new_public_id())
        submission.writings.append(row)
    row.stage, row.lang = typed.stage, typed.lang
    row.sequence = max((one.sequence or 0 for one in submission.writings), default=0) + 1
    row.sealed = seal_typed(typed, secrets.keys, row.public_id)
    row.sealed_form_key = secrets.keys.seal(secrets.form_key.encode(), unsent_form_key_place(row.public_id))
    row.saved_at = round_to_hour(at)
    if submission.state is State.WRITING:
        submission.lang = typed.lang
    session.flush()
    return SaveAnswer(state, submission, row.public_id, row.sequence)


def _make_room(submission: Submission, keys: KeyRing) -> None:
    """Let go of versions that say nothing of their own when there are too many. Raises TooManyVersions."""
    if len(submission.writings) < MOST_UNSENT:
        return
    typed = {row: read_typed(row, keys) for row in submission.writings}
    for row in list(submission.writings):
        mine = typed.pop(row)
        if any(other.is_of_form(mine.stage, mine.when) and other.holds(mine) for other in typed.values()):
            submission.writings.remove(row)
        else:
            typed[row] = mine
    if len(typed) >= MOST_UNSENT:
        raise TooManyVersions


def _find_row(rows: Sequence[UnsentVersion], typed: EnteredAnswers, keys: KeyRing) -> UnsentVersion | None:
    """Return the version that may be written over, or None when words would be lost by that.

    It is the one this page knows in the very state it knows. On a bad line the answer to a save may be lost,
    and the page knows less than is stored: a version whose every word stands in the new one may go, too, and
    one that stood in this very form.
    """
    named = next((row for row in rows if row.public_id == typed.writing), None)
    if named is not None and named.sequence == typed.sequence:
        return named
    same_form = [row for row in rows if typed.is_of_form(row.stage, row.when)]
    possible = [named] if named is not None else same_form
    return next((row for row in reversed(possible) if is_needless(row, typed, keys=keys)), None)
