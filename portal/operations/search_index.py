"""Writing the search index: whatever changes words of a text has its row made anew, in the same transaction.

What enters are words that every reader of the submission may read: open answers, thread, gist, the standing
draft, ids; of a published story also the name that was printed. Nothing that is sealed for the desk does.
"""

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import IntEnum
from functools import cache, partial
from typing import Any, Final

from sqlalchemy import (
    ColumnElement,
    CompoundSelect,
    Connection,
    Insert,
    Integer,
    Select,
    Text,
    bindparam,
    cast,
    event,
    func,
    inspect,
    select,
    text,
    type_coerce,
    union_all,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import InstrumentedAttribute, Mapper, Session, aliased, object_session

from portal.domain.states import HIDDEN, IN_COVERAGE, State
from portal.models import Draft, GistVersion, Message, Publication, Revision, StorySearch, Submission
from portal.queries.desk.constants import constant, constants
from portal.queries.drafts import is_standing
from portal.sealing.keys import CannotOpen
from portal.story.search.terms import TOKENIZER_VERSION, make_terms

_CHANGED: Final = "texts to index"
_NUMBERS: Final = bindparam("numbers", expanding=True, type_=Integer)
_NO_PLACE: Final = constant(0)
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


@dataclass
class _Words:
    """The words of one text as they are indexed."""

    title: str = ""
    parts: list[str] = field(default_factory=list)
    ids: list[str] = field(default_factory=list)


def index_texts(session: Session, numbers: Collection[int]) -> None:
    """Write the rows of these texts anew. Two statements, one more for those in a coverage."""
    rows = []
    for number, words in _read_words(session, sorted(numbers)).items():
        made = make_terms(words.title, words.parts, words.ids)
        rows.append(
            {
                "submission_id": number,
                "tokenizer_version": TOKENIZER_VERSION,
                "body_terms": made.body,
                "extra_terms": made.extra,
            }
        )
    if rows:
        session.connection().execute(_write(_dialect(session)), rows)


@cache
def _write(dialect: str) -> Insert:
    """Both say ON CONFLICT alike, and SQLAlchemy has it in each dialect of its own."""
    adding: Any = sqlite.insert(StorySearch) if dialect == "sqlite" else postgresql.insert(StorySearch)
    named = ("tokenizer_version", "body_terms", "extra_terms")
    written = {name: adding.excluded[name] for name in named}
    made: Insert = adding.on_conflict_do_update(index_elements=["submission_id"], set_=written)
    return made


def _read_words(session: Session, numbers: Sequence[int]) -> Mapping[int, _Words]:
    """Return the words of those of the texts that are searched: what is unsent or erased is not."""
    found: dict[int, _Words] = {}
    drafts = []
    for number, part, _place, said in session.execute(_all_words(_dialect(session)), {"numbers": numbers}):
        if part == _Part.TITLE:
            found[number] = _Words(said)
        words = found.get(number)
        if words is None or not said:
            continue
        if part == _Part.ANSWERS:
            answers = json.loads(said)
            words.parts += [str(answers[key]) for key in sorted(answers) if answers[key]]
        elif part == _Part.SAID:
            words.parts.append(said)
        elif part in (_Part.ID, _Part.DRAFT_ID):
            words.ids.append(said)
        if part == _Part.DRAFT_ID:
            drafts.append(number)
    for number, name in _read_printed_names(session, drafts):
        found[number].parts.append(name)
    return found


def _dialect(session: Session) -> str:
    return session.get_bind().dialect.name


class _Part(IntEnum):
    """What a row of `_all_words` holds; they come in this order."""

    TITLE = 0
    ID = 1
    DRAFT_ID = 2
    ANSWERS = 3
    SAID = 4


@cache
def _all_words(dialect: str) -> CompoundSelect[Any]:
    """Return the statement of everything that is searched of some texts, a row for each part."""
    newer = aliased(Revision)
    last = select(func.max(newer.number)).where(newer.submission_id == Revision.submission_id)
    as_text = partial(cast, type_=Text) if dialect == "postgresql" else partial(type_coerce, type_=Text)
    of_draft = (Draft.title, Draft.dek, Draft.excerpt, Draft.body)
    legs = (
        _leg(_Part.TITLE, Submission.id, Submission.heading, ~Submission.state.in_(constants(HIDDEN))),
        _leg(_Part.ID, Submission.id, Submission.public_id),
        _leg(_Part.DRAFT_ID, Draft.submission_id, Draft.public_id, is_standing()),
        _leg(
            _Part.ANSWERS,
            Revision.submission_id,
            as_text(Revision.open_answers),
            Revision.number == last.scalar_subquery(),
        ),
        _leg(
            _Part.SAID,
            GistVersion.submission_id,
            GistVersion.body,
            GistVersion.is_current,
            place=GistVersion.id,
        ),
        _leg(_Part.SAID, Message.submission_id, Message.body, place=Message.id),
        *(_leg(_Part.SAID, Draft.submission_id, one, is_standing()) for one in of_draft),
    )
    return union_all(*legs).order_by(text("number, part, place"))


def _leg(
    part: _Part,
    number: ColumnElement[int] | InstrumentedAttribute[int],
    said: ColumnElement[Any] | InstrumentedAttribute[Any],
    *conditions: ColumnElement[bool] | InstrumentedAttribute[bool],
    place: ColumnElement[int] | InstrumentedAttribute[int] = _NO_PLACE,
) -> Select[*tuple[Any, ...]]:
    columns = (
        number.label("number"),
        constant(part.value).label("part"),
        place.label("place"),
        said.label("said"),
    )
    return select(*columns).where(number.in_(_NUMBERS), *conditions)


def _read_printed_names(session: Session, numbers: Sequence[int]) -> Iterable[tuple[int, str]]:
    """Give the names under which these texts were published."""
    if not numbers:
        return
    printed = (
        select(Draft)
        .join(Submission)
        .where(
            Draft.submission_id.in_(numbers),
            is_standing(),
            Submission.state.in_(IN_COVERAGE),
            select(Publication.id).where(Publication.draft_id == Draft.id).exists(),
        )
    )
    for draft in session.scalars(printed):
        try:
            yield draft.submission_id, draft.byline
        except CannotOpen:
            continue


_AT_ONCE: Final = 20
"""Texts that are read and written in one block: some hundred kilobytes, some ten milliseconds each."""


def list_outdated(session: Session, *, most: int = _AT_ONCE) -> Sequence[int]:
    """Return texts whose rows are of an older tokenizer, or were never made; the newest texts first."""
    old = select(StorySearch.submission_id).where(StorySearch.tokenizer_version < TOKENIZER_VERSION)
    return session.scalars(old.order_by(StorySearch.submission_id.desc()).limit(most)).all()


def list_missing(session: Session, *, after: int, most: int) -> Sequence[int]:
    """Return texts without a row, from a number on: such as a program has written that is none of ours."""
    has_row = select(StorySearch.submission_id).where(StorySearch.submission_id == Submission.id).exists()
    found = select(Submission.id).where(Submission.id > after, Submission.state.not_in(HIDDEN), ~has_row)
    return session.scalars(found.order_by(Submission.id).limit(most)).all()


def count_outdated(session: Session) -> int:
    """Return how many texts the search does not know as they are."""
    old = select(func.count()).where(StorySearch.tokenizer_version < TOKENIZER_VERSION)
    return session.scalar(old) or 0


def mark_outdated(session: Session) -> None:
    """Have every text count as not indexed; what stands there is found until it is written anew."""
    session.execute(update(StorySearch).values(tokenizer_version=0))
