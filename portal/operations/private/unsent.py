"""Unsent words of the private page: kept before they are sent, deleted when they were."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, delete, select
from sqlalchemy.orm import Session

from portal.domain.acts import Act
from portal.domain.answers import takes_messages
from portal.domain.deadlines import kept_until, round_to_hour
from portal.domain.errors import IllegalTransition, TooManyVersions
from portal.domain.limits import MOST_UNSENT
from portal.domain.states import State
from portal.domain.unsent_words import UnsentPlace, UnsentWords
from portal.models import Call, PageWords, Submission
from portal.models.base import new_public_id
from portal.operations.contribute.save import SaveState
from portal.operations.locking import lock_submission
from portal.operations.sweeps import ask_sweep, delete_old
from portal.sealing.keys import KeyRing, page_words_place

_PARAGRAPHS, _REVISION = "paragraphs", "revision"
"""Sealed beside words of a check. Paragraphs were ticked in releases before; alone they say nothing."""
_GONE = frozenset({State.WRITING, State.WITHDRAWN, State.ERASED})


@dataclass(frozen=True)
class KeptWords:
    """The outcome of a save on the private page: what it goes on with."""

    state: SaveState
    public_id: str
    sequence: int


def keep_words(
    session: Session, submission: Submission, typed: UnsentWords, *, keys: KeyRing, at: datetime
) -> KeptWords:
    """Keep what stands in a form of the private page; an emptied form lets its own version go.

    Nothing is overwritten that this page does not know. Raises IllegalTransition when there is nobody to send
    it to, TooManyVersions when no version can go without losing a word.
    """
    lock_submission(session, submission)
    if not _takes_words(submission.state, typed.place):
        raise IllegalTransition(submission.state, Act.SAVE)
    rows = {row: open_words(row, keys) for row in _list_rows(session, submission, typed.place)}
    mine = next((row for row, one in rows.items() if _is_same(one, typed)), None)
    if typed.is_empty:
        if mine is not None:
            session.delete(mine)
        return KeptWords(SaveState.EMPTY, "", 0)
    if mine is None:  # the answer to a save may have been lost, and the page knows less than is stored
        mine = next((row for row, one in rows.items() if typed.holds(one)), None)
    state = SaveState.SAVED if mine is not None or not rows else SaveState.OTHER_VERSION
    if mine is None:
        if len(rows) >= MOST_UNSENT:
            raise TooManyVersions
        mine = PageWords(public_id=new_public_id(), submission_id=submission.id, place=typed.place)
        session.add(mine)
    mine.sequence = max((one.sequence for one in rows.values()), default=0) + 1
    mine.sealed = keys.seal_map(_pack(typed), page_words_place(mine.public_id))
    mine.saved_at = round_to_hour(at)
    session.flush()
    return KeptWords(state, mine.public_id, mine.sequence)


def list_words(
    session: Session, submission: Submission, place: UnsentPlace, *, keys: KeyRing
) -> list[UnsentWords]:
    """Return what was typed at a place and not sent, the version saved last first. Raises CannotOpen."""
    found = (open_words(row, keys) for row in _list_rows(session, submission, place))
    return [one for one in found if not one.is_empty]


def open_words(row: PageWords, keys: KeyRing) -> UnsentWords:
    """Return the words of a row. Raises CannotOpen."""
    words = keys.open_map(row.sealed, page_words_place(row.public_id))
    words.pop(_PARAGRAPHS, None)
    revision = words.pop(_REVISION, 0)
    return UnsentWords(row.place, words, row.public_id, row.sequence, revision)


def _pack(typed: UnsentWords) -> dict[str, Any]:
    """Return the words by field with the text they are about, as they are sealed."""
    return {**typed.words, **({_REVISION: typed.revision} if typed.revision else {})}


def delete_sent_words(session: Session, submission: Submission, sent: UnsentWords, *, keys: KeyRing) -> None:
    """Delete the versions that a sending makes needless: its own, and those with nothing else in them."""
    for row in _list_rows(session, submission, sent.place):
        kept = open_words(row, keys)
        if _is_same(kept, sent) or sent.holds(kept):
            session.delete(row)
    session.flush()


def delete_version(session: Session, submission: Submission, public_id: str, *, at: datetime) -> None:
    """Delete one version, if it is there."""
    session.execute(
        delete(PageWords).where(PageWords.submission_id == submission.id, PageWords.public_id == public_id)
    )
    ask_sweep(session, at=at)


def list_old_words(session: Session, *, at: datetime) -> Sequence[int]:
    """Return the numbers of rows that are older than their call keeps what is not sent."""
    return _find_over(session, at)


def delete_old_words(session: Session, numbers: Sequence[int], *, at: datetime) -> None:
    """Delete those of these rows whose time is over."""
    delete_old(session, PageWords, numbers, at=at, find_old=_find_over)


def _find_over(session: Session, at: datetime, *among: ColumnElement[bool]) -> Sequence[int]:
    rows = session.execute(
        select(PageWords.id, PageWords.saved_at, Call.unfinished_kept_days)
        .join(Submission, Submission.id == PageWords.submission_id)
        .join(Call, Call.id == Submission.call_id)
        .where(*among)
        .order_by(PageWords.id)
    )
    return [number for number, saved_at, days in rows if kept_until(saved_at, days) <= at]


def _list_rows(session: Session, submission: Submission, place: UnsentPlace) -> Sequence[PageWords]:
    return session.scalars(
        select(PageWords)
        .where(PageWords.submission_id == submission.id, PageWords.place == place)
        .order_by(PageWords.sequence.desc(), PageWords.id.desc())
    ).all()


def _takes_words(state: State, place: UnsentPlace) -> bool:
    return takes_messages(state) if place is UnsentPlace.THREAD else state not in _GONE


def _is_same(kept: UnsentWords, typed: UnsentWords) -> bool:
    return (kept.public_id, kept.sequence) == (typed.public_id, typed.sequence)
