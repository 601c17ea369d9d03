"""The index of the desk's search, brought to what texts say now: by the worker, some texts at a time.

What is to be read is marked (portal.operations.search_marks), or was read by an older release.
"""

from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import ColumnElement, delete, exists, func, select, union
from sqlalchemy.orm import Session

from portal.domain.states import HIDDEN
from portal.models import SearchDue, StorySearch, Submission
from portal.operations.search_rows import forget_texts, write_rows
from portal.queries.searched_words import SearchedWords, read_words
from portal.queries.story_search import is_outdated
from portal.story.search.terms import SET_ASIDE, TOKENIZER_VERSION, SearchTerms, make_terms

_AT_ONCE: Final = 4
"""Texts that are read and written in one block: SQLite holds its lock for some ten milliseconds each."""


@dataclass(frozen=True)
class ReadTexts:
    """Texts that were marked, with the marks seen then, and the rows made of their words of that moment."""

    marks: Collection[int]
    numbers: Collection[int]
    rows: Sequence[Mapping[str, Any]]


def read_marked(session: Session) -> ReadTexts | None:
    """Read some texts that are marked, the oldest mark first; None where none is. Needs a snapshot."""
    waiting = select(SearchDue.id, SearchDue.submission_id).order_by(SearchDue.id).limit(_AT_ONCE)
    marked = session.execute(waiting).all()
    if not marked:
        return None
    numbers = sorted({one.submission_id for one in marked})
    return ReadTexts([one.id for one in marked], numbers, _make_rows(session, numbers))


def write_marked(session: Session, texts: ReadTexts) -> None:
    """Write what was read of marked texts; one that was erased or read by another meanwhile is let be.

    A mark of what has changed since they were read stays.
    """
    held = (
        select(Submission.id)
        .where(Submission.id.in_(texts.numbers), Submission.state.not_in(HIDDEN))
        .order_by(Submission.id)
        .with_for_update(key_share=True)  # whoever erases it waits, or has done so
    )
    standing = set(session.scalars(held))
    taken = delete(SearchDue).where(SearchDue.id.in_(texts.marks)).returning(SearchDue.submission_id)
    ours = set(session.scalars(taken))
    forget_texts(session, ours - standing)
    write_rows(session, [row for row in texts.rows if row["submission_id"] in ours & standing])


def index_texts(session: Session, numbers: Collection[int]) -> None:
    """Write the rows of these texts in the transaction that made them, which nobody else sees yet."""
    write_rows(session, _make_rows(session, numbers))


def _make_rows(session: Session, numbers: Collection[int]) -> list[dict[str, Any]]:
    found = read_words(session, sorted(numbers))
    return [_make_row(number, words) for number, words in found.items()]


def _make_row(number: int, words: SearchedWords) -> dict[str, Any]:
    """Return the row of a text; one that cannot be read is set aside, and holds no other up."""
    version, made = SET_ASIDE, SearchTerms("", " ".join(words.ids), "")
    if words.is_whole:
        with suppress(ValueError, TypeError, LookupError, RecursionError):
            version, made = TOKENIZER_VERSION, make_terms(words.title, words.parts, words.ids, words.draft)
    return {
        "submission_id": number,
        "tokenizer_version": version,
        "body_terms": made.body,
        "extra_terms": f"{made.extra} {made.pairs}",
    }


def list_outdated(session: Session) -> Sequence[int]:
    """Return some texts whose rows are of an older tokenizer, or empty so far; the newest texts first."""
    old = select(StorySearch.submission_id).where(is_outdated())
    return session.scalars(old.order_by(StorySearch.submission_id.desc()).limit(_AT_ONCE)).all()


def list_missing(session: Session, *, after: int = 0) -> Sequence[int]:
    """Return some texts without a row, from a number on: a program that is none of ours has written them."""
    found = select(Submission.id).where(Submission.id > after, *_has_no_row())
    return session.scalars(found.order_by(Submission.id).limit(_AT_ONCE)).all()


def list_indexed(session: Session, *, before: int) -> list[int]:
    """Return some texts of the index below a number, the newest first."""
    rows = select(StorySearch.submission_id).where(StorySearch.submission_id < before)
    return list(session.scalars(rows.order_by(StorySearch.submission_id.desc()).limit(_AT_ONCE)))


def count_indexed(session: Session, *, before: int) -> int:
    """Return how many texts of the index have a lower number."""
    return session.scalar(select(func.count()).where(StorySearch.submission_id < before)) or 0


def count_left(session: Session) -> int:
    """Return how many texts an older release has read, or nobody, and none is marked."""
    old = select(StorySearch.submission_id).where(is_outdated())
    is_marked = exists().where(SearchDue.submission_id == Submission.id)
    missing = select(Submission.id).where(*_has_no_row(), ~is_marked)
    return session.scalar(select(func.count()).select_from(union(old, missing).subquery())) or 0


def count_marked(session: Session) -> int:
    """Return how many texts are marked."""
    return session.scalar(select(func.count(SearchDue.submission_id.distinct()))) or 0


def list_unreadable_texts(session: Session, *, most: int) -> Sequence[str]:
    """Return the public ids of texts that could not be read for the search, the newest first."""
    aside = select(Submission.public_id).join(StorySearch, StorySearch.submission_id == Submission.id)
    aside = aside.where(StorySearch.tokenizer_version == SET_ASIDE)
    return session.scalars(aside.order_by(StorySearch.submission_id.desc()).limit(most)).all()


def _has_no_row() -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    row = select(StorySearch.submission_id).where(StorySearch.submission_id == Submission.id)
    return Submission.state.not_in(HIDDEN), ~row.exists()
