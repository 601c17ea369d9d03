"""Texts of one browser: what is written while the private page of another text is open there."""

from collections.abc import Iterator, Mapping
from typing import Any

from sqlalchemy import update
from sqlalchemy.orm import Session

from portal.domain.answers import EnteredAnswers, SubmittedAnswers
from portal.domain.shared_words import repeats_words, share_words
from portal.models import Submission
from portal.operations.contribute.unsent import read_typed
from portal.queries.answers import open_current_answers
from portal.sealing.keys import KeyRing


def repeats_open_text(
    opened: Submission, typed: EnteredAnswers, sending: SubmittedAnswers | None, keys: KeyRing
) -> bool:
    """Say whether all of a new form stands in the text whose page is open: the browser filled it in again.

    `sending` is the same as it would be sent, when it is complete. A text that was withdrawn holds its words,
    too, until it is erased: its page shows them, and the own data.
    """
    brought = [_answers_of(one) for one in (typed, sending) if one is not None]
    return any(repeats_words(one, known) for one in brought for known in _list_answers(opened, keys))


def note_beside(
    session: Session,
    submission: Submission,
    opened: Submission | None,
    brought: EnteredAnswers | SubmittedAnswers,
    keys: KeyRing,
) -> None:
    """Note that a text stands beside the one whose page is open, as long as it shares words with that.

    What shares none is somebody else's, on a computer that is shared: nothing leads from one to the other.
    """
    other_id = submission.begun_beside_id or (opened.id if opened is not None else None)
    other = session.get(Submission, other_id) if other_id not in (None, submission.id) else None
    words = _answers_of(brought)
    is_one_hand = (
        other is not None
        and other.call_id == submission.call_id
        and any(share_words(words, known) for known in _list_answers(other, keys))
    )
    found = other.id if other is not None and is_one_hand else None
    if found != submission.begun_beside_id:
        # Past the unit of work: a link is no new version of the text.
        session.execute(
            update(Submission).where(Submission.id == submission.id).values(begun_beside_id=found)
        )


def _answers_of(brought: EnteredAnswers | SubmittedAnswers) -> Mapping[str, Any]:
    return {**brought.answers, **brought.sealed}


def _list_answers(submission: Submission, keys: KeyRing) -> Iterator[Mapping[str, Any]]:
    """Give what was sent last, and every unsent version."""
    if submission.revisions:
        yield {**submission.latest.answers, **open_current_answers(submission, keys)}
    for row in submission.writings:
        yield _answers_of(read_typed(row, keys))
