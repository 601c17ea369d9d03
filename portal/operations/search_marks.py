"""Marking texts whose words changed, in the same transaction: the worker reads them for the search then.

Which words those are: portal.queries.searched_words.
"""

from collections.abc import Collection, Mapping
from functools import cache
from typing import Any, Final

from sqlalchemy import Connection, Insert, bindparam, event, exists, insert, inspect, select
from sqlalchemy.orm import Mapper, Session, object_session

from portal.domain.states import HIDDEN, State
from portal.models import Draft, GistVersion, Message, Revision, SearchDue, StorySearch, Submission

_CHANGED: Final = "texts to mark"
_WORDS: Final[Mapping[type[Any], frozenset[str]]] = {
    Submission: frozenset({"heading"}),
    GistVersion: frozenset({"body", "is_current"}),
    Revision: frozenset({"open_answers"}),
    Message: frozenset({"body"}),
    Draft: frozenset({"title", "dek", "excerpt", "body", "set_aside_at", "sealed_person"}),
}
"""What holds words of a text, and in which of its columns."""


def note_words(session: Session, submission_id: int) -> None:
    """Have a text marked before the commit: for what changes words past the session."""
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


def mark_changes(session: Session) -> None:
    """Mark what has changed in this transaction; call it before the commit."""
    session.flush()
    changed = session.info.pop(_CHANGED, None)
    if changed:
        mark_texts(session, changed)


def discard_changes(session: Session) -> None:
    """Mark nothing of a transaction that failed."""
    session.info.pop(_CHANGED, None)


def mark_texts(session: Session, numbers: Collection[int]) -> None:
    """Have these texts read for the search; what is unsent or erased is not, unless it has a row."""
    session.connection().execute(_marking(), {"numbers": sorted(numbers)})


@cache
def _marking() -> Insert:
    is_known = exists().where(StorySearch.submission_id == Submission.id)
    its = Submission.id.in_(bindparam("numbers", expanding=True))
    wanted = select(Submission.id).where(its, Submission.state.not_in(HIDDEN) | is_known)
    return insert(SearchDue).from_select(["submission_id"], wanted.order_by(Submission.id))
