"""Writing the search index: whatever changes words of a text has its row made anew, in the same transaction.

Which words those are: portal.queries.searched_words.
"""

from collections.abc import Collection, Mapping, Sequence
from functools import cache
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, Insert, delete, event, func, inspect, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Mapper, Session, object_session

from portal.domain.states import HIDDEN, State
from portal.models import Draft, GistVersion, Message, Revision, StorySearch, Submission
from portal.queries.searched_words import read_words
from portal.story.search.terms import TOKENIZER_VERSION, make_terms

_CHANGED: Final = "texts to index"
_WORDS: Final[Mapping[type[Any], frozenset[str]]] = {
    Submission: frozenset({"heading"}),
    GistVersion: frozenset({"body", "is_current"}),
    Revision: frozenset({"open_answers"}),
    Message: frozenset({"body"}),
    Draft: frozenset({"title", "dek", "excerpt", "body", "set_aside_at", "sealed_person"}),
}
"""What holds words of a text, and in which of its columns."""


def note_words(session: Session, submission_id: int) -> None:
    """Have a text indexed before the commit: for what changes words past the session."""
    session.info.setdefault(_CHANGED, set()).add(submission_id)


def _note(changed: Any) -> None:
    session = object_session(changed)
    if session is not None:
        note_words(session, changed.id if isinstance(changed, Submission) else changed.submission_id)


def _note_added(_mapper: Mapper[Any], _connection: Connection, added: Any) -> None:
    if not isinstance(added, Submission):  # nothing of it was sent
        _note(added)


def _note_changed(_mapper: Mapper[Any], _connection: Connection, changed: Any) -> None:
    state = inspect(changed)
    has_words = any(state.attrs[name].history.has_changes() for name in _WORDS[type(changed)])
    if has_words or _was_published(changed):
        _note(changed)


def _was_published(changed: Any) -> bool:
    """Say whether a text has been published now, or is so no more: the name that was printed counts then."""
    if not isinstance(changed, Submission):
        return False
    history = inspect(changed).attrs.state.history
    return history.has_changes() and State.PUBLISHED in (*history.added, *history.deleted)


def _note_deleted(_mapper: Mapper[Any], _connection: Connection, deleted: Any) -> None:
    if not isinstance(deleted, Submission):
        _note(deleted)


for _kind in _WORDS:
    event.listen(_kind, "after_insert", _note_added)
    event.listen(_kind, "after_update", _note_changed)
    event.listen(_kind, "after_delete", _note_deleted)


def index_changes(session: Session) -> None:
    """Index what has changed in this transaction; call it before the commit."""
    session.flush()
    changed = session.info.pop(_CHANGED, None)
    if changed:
        index_texts(session, changed)


def discard_changes(session: Session) -> None:
    """Index nothing of a transaction that failed."""
    session.info.pop(_CHANGED, None)


def index_texts(session: Session, numbers: Collection[int]) -> None:
    """Write the rows of these texts anew. Two statements, one more for those in a coverage."""
    rows = []
    for number, words in read_words(session, sorted(numbers)).items():
        made = make_terms(words.title, words.parts, words.ids)
        rows.append(
            {
                "submission_id": number,
                "tokenizer_version": TOKENIZER_VERSION,
                "body_terms": made.body,
                "extra_terms": f"{made.extra} {made.pairs}",
            }
        )
    if rows:
        session.connection().execute(_write(session.get_bind().dialect.name), rows)


@cache
def _write(dialect: str) -> Insert:
    """Both say ON CONFLICT alike, and SQLAlchemy has it in each dialect of its own."""
    adding: Any = sqlite.insert(StorySearch) if dialect == "sqlite" else postgresql.insert(StorySearch)
    named = ("tokenizer_version", "body_terms", "extra_terms")
    written = {name: adding.excluded[name] for name in named}
    made: Insert = adding.on_conflict_do_update(index_elements=["submission_id"], set_=written)
    return made


_AT_ONCE: Final = 20
"""Texts that are read and written in one block: some hundred kilobytes, some ten milliseconds each."""


def index_again(session: Session, numbers: Sequence[int]) -> None:
    """Write the rows of these texts anew while nobody changes them; what is sent no more has none."""
    held = select(Submission.id).where(Submission.id.in_(numbers)).order_by(Submission.id)
    session.execute(held.with_for_update())
    gone = select(Submission.id).where(Submission.id.in_(numbers), Submission.state.in_(HIDDEN))
    session.execute(delete(StorySearch).where(StorySearch.submission_id.in_(gone)))
    index_texts(session, numbers)


def list_outdated(session: Session) -> Sequence[int]:
    """Return some texts whose rows are of an older tokenizer, or empty so far; the newest texts first."""
    old = select(StorySearch.submission_id).where(StorySearch.tokenizer_version < TOKENIZER_VERSION)
    return session.scalars(old.order_by(StorySearch.submission_id.desc()).limit(_AT_ONCE)).all()


def list_missing(session: Session, *, after: int = 0) -> Sequence[int]:
    """Return some texts without a row, from a number on: a program that is none of ours has written them."""
    found = select(Submission.id).where(Submission.id > after, *_has_no_row())
    return session.scalars(found.order_by(Submission.id).limit(_AT_ONCE)).all()


def count_outdated(session: Session) -> int:
    """Return how many texts the search does not know as they are."""
    old = select(func.count()).where(StorySearch.tokenizer_version < TOKENIZER_VERSION)
    return session.scalar(old) or 0


def count_missing(session: Session) -> int:
    """Return how many texts have no row."""
    return session.scalar(select(func.count()).select_from(Submission).where(*_has_no_row())) or 0


def list_indexed(session: Session, *, before: int) -> list[int]:
    """Return some texts of the index below a number, the newest first."""
    rows = select(StorySearch.submission_id).where(StorySearch.submission_id < before)
    return list(session.scalars(rows.order_by(StorySearch.submission_id.desc()).limit(_AT_ONCE)))


def count_indexed(session: Session, *, before: int) -> int:
    """Return how many texts of the index have a lower number."""
    return session.scalar(select(func.count()).where(StorySearch.submission_id < before)) or 0


def _has_no_row() -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    row = select(StorySearch.submission_id).where(StorySearch.submission_id == Submission.id)
    return Submission.state.not_in(HIDDEN), ~row.exists()
