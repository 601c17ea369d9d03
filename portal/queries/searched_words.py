"""Words of a text that are searched, as they stand there: what every reader of the submission may read.

Open answers, thread, gists, ids, the headline of the standing draft, which the list of its coverage shows; of
a published story also the name that was printed. Apart from them the draft, for who may open it. Nothing that
is sealed for the desk is among them.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import IntEnum
from functools import cache, partial
from typing import Any, Final

from sqlalchemy import (
    ColumnElement,
    CompoundSelect,
    Integer,
    Select,
    Text,
    bindparam,
    cast,
    func,
    select,
    text,
    type_coerce,
    union_all,
)
from sqlalchemy.orm import InstrumentedAttribute, Session, aliased

from portal.domain.states import HIDDEN, IN_COVERAGE
from portal.models import Draft, GistVersion, Message, Publication, Revision, Submission
from portal.queries.constants import constant, constants
from portal.queries.drafts import is_standing
from portal.sealing.keys import CannotOpen

_NUMBERS: Final = bindparam("numbers", expanding=True, type_=Integer)
_NO_PLACE: Final = constant(0)


@dataclass
class SearchedWords:
    """The words of one text."""

    title: str = ""
    parts: list[str] = field(default_factory=list)
    own_parts: int = 0
    """How many of them its author wrote as the text itself: the first ones."""
    draft: list[str] = field(default_factory=list)
    """Parts of its draft, which who may not open drafts may not read either."""
    ids: list[str] = field(default_factory=list)
    is_whole: bool = True
    """No part of it stands there in a form that no release of ours writes."""


def read_words(session: Session, numbers: Sequence[int]) -> Mapping[int, SearchedWords]:
    """Return the words of those of the texts that are searched: what is unsent or erased is not."""
    found: dict[int, SearchedWords] = {}
    drafts = []
    statement = _all_words(session.get_bind().dialect.name)
    for number, part, _place, said in session.execute(statement, {"numbers": numbers}):
        if part == _Part.TITLE:
            found[number] = SearchedWords(said)
        words = found.get(number)
        if words is None or not said:
            continue
        if part == _Part.ANSWERS:
            own = _list_answers(said)
            words.parts += own or []
            words.own_parts, words.is_whole = len(words.parts), own is not None
        elif part == _Part.SAID:
            words.parts.append(said)
        elif part == _Part.DRAFT:
            words.draft.append(said)
        elif part in (_Part.ID, _Part.DRAFT_ID):
            words.ids.append(said)
        if part == _Part.DRAFT_ID:
            drafts.append(number)
    for number, name in _read_printed_names(session, drafts):
        found[number].parts.append(name)
    return found


def _list_answers(said: str) -> list[str] | None:
    """Return answers in the order of their questions' keys; None where they cannot be read."""
    try:
        answers = json.loads(said)
    except ValueError:
        return None
    if not isinstance(answers, dict):
        return None
    return [str(answers[key]) for key in sorted(answers) if answers[key]]


class _Part(IntEnum):
    """What a row of `_all_words` holds; they come in this order."""

    TITLE = 0
    ID = 1
    DRAFT_ID = 2
    ANSWERS = 3
    SAID = 4
    DRAFT = 5


@cache
def _all_words(dialect: str) -> CompoundSelect[Any]:
    """Return the statement of everything that is searched of some texts, a row for each part."""
    newer = aliased(Revision)
    last = select(func.max(newer.number)).where(newer.submission_id == Revision.submission_id)
    as_text = partial(cast, type_=Text) if dialect == "postgresql" else partial(type_coerce, type_=Text)
    of_draft = (Draft.dek, Draft.excerpt, Draft.body)
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
        _leg(_Part.SAID, Draft.submission_id, Draft.title, is_standing()),
        *(_leg(_Part.DRAFT, Draft.submission_id, one, is_standing()) for one in of_draft),
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
