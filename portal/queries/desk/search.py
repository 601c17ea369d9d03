"""What the desk's search finds: everything one may read, open and closed, title hits first, then the newest.

Each database reads its hits in the order of their numbers and no further than a page needs.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache
from typing import Any, Final, NamedTuple

from sqlalchemy import (
    CTE,
    ColumnElement,
    CompoundSelect,
    Integer,
    ScalarSelect,
    Select,
    String,
    Subquery,
    bindparam,
    cast,
    column,
    func,
    literal_column,
    select,
    table,
    union,
    union_all,
)
from sqlalchemy.dialects.postgresql import TSQUERY
from sqlalchemy.orm import Session

from portal.domain.states import WAITS_FOR_DESK
from portal.models import SearchDue, Staff, StorySearch, Submission
from portal.queries.desk.constants import constant
from portal.queries.desk.queue import LISTED, QueueFilter, Shape, View, is_in, narrow, shape_of, values_of
from portal.queries.story_search import VECTOR, compare_phrases, has_phrases, values_of_query
from portal.queries.visibility import readable
from portal.story.search.query import SearchQuery, read_query
from portal.story.search.terms import TOKENIZER_VERSION

FOUND_SIZE: Final = 20
"""Hits on a page: each is read again to mark what was found in it."""
MOST_FOUND: Final = 1000
"""Nobody looks through more hits than this; they are not counted further."""
_MOST_COMPARED: Final = 100
_NEWEST: Final = 2000
_LAST: Final = 2**31 - 1
_WORDS: Final = table("story_search_words", column("rowid"))
_FILL: Final = table("story_search_fill", column("below"))


class FoundPage(NamedTuple):
    """Numbers of the submissions on a page, and the cursor of the next page; None on the last one."""

    numbers: Sequence[int]
    after: str | None


class FoundCount(NamedTuple):
    """How many texts were found, no further than `most`, and how many the search knows otherwise or not."""

    total: int
    behind: int
    """No further than some `MOST_FOUND`."""
    most: int


def find_page(
    session: Session, actor: Staff, wanted: QueueFilter, *, at: datetime, after: str, size: int = FOUND_SIZE
) -> FoundPage:
    """Return what is found from a cursor on; an unreadable one gives the first page.

    One query; on PostgreSQL two where filters leave too few of the newest hits.
    """
    query = read_query(wanted.text)
    start = _read_cursor(after)
    values = {**values_of(actor, wanted, at), **values_of_query(query), **start.values}
    form = _form_of(session, actor, wanted, query)
    newest = max(_NEWEST, 2 * size) if form.dialect == "postgresql" else 0
    found = session.execute(_page(form, size + 1, newest), values).all()
    if newest and len(found) <= size:
        found = session.execute(_page(form, size + 1, 0), values).all()
    following = _write_cursor(found[size - 1].rank, found[size - 1].number) if len(found) > size else None
    return FoundPage([row.number for row in found[:size]], following)


def count_found(session: Session, actor: Staff, wanted: QueueFilter, *, at: datetime) -> FoundCount:
    """Return how many there are. One query."""
    query = read_query(wanted.text)
    values = {**values_of(actor, wanted, at), **values_of_query(query)}
    form = _form_of(session, actor, wanted, query)
    total, behind = session.execute(_count(form), values).one()
    return FoundCount(total, behind, _most_counted(form))


def _most_counted(form: "_Form") -> int:
    """Return how far hits are counted: of a phrase each text is compared, so sooner no further."""
    return _MOST_COMPARED if form.has_phrases else MOST_FOUND


@dataclass(frozen=True, slots=True)
class _Form:
    """The form of a search. Searches of one form share a statement; only values differ."""

    shape: Shape
    dialect: str
    has_phrases: bool


def _form_of(session: Session, actor: Staff, wanted: QueueFilter, query: SearchQuery) -> _Form:
    shape = look_everywhere(shape_of(actor, wanted), wanted)
    everywhere = replace(shape, filters=shape.filters - {"text", "phrases"})
    return _Form(everywhere, session.get_bind().dialect.name, has_phrases(query))


def look_everywhere(shape: Shape, wanted: QueueFilter) -> Shape:
    """Return the form of a search: whatever the view, words are looked for in every text."""
    states = LISTED if wanted.state is None else frozenset({wanted.state})
    if wanted.came_back:
        states &= WAITS_FOR_DESK
    return replace(shape, view=View.OPEN, states=states)


@lru_cache(64)
def _page(form: _Form, size: int, newest: int) -> CompoundSelect[Any]:
    """Return the statement of a page: rank and number of each hit, those in titles before all others.

    `newest`: of the others only so many hits are looked at; 0 looks at all.
    """
    parts = []
    for rank, (name, most) in enumerate((("title", 0), ("rest", newest))):
        hits = _hits(form.dialect, name, most)
        below = hits.c.number < bindparam(f"{name}_below", type_=Integer)
        found = select(constant(rank).label("rank"), hits.c.number.label("number"))
        seen = found.where(below, _is_seen(form, hits.c.number)).order_by(hits.c.number.desc())
        parts.append(select(seen.limit(constant(size)).subquery()))
    in_order: tuple[ColumnElement[Any], ...] = (literal_column("rank"), literal_column("number").desc())
    return union_all(*parts).order_by(*in_order).limit(constant(size))


@lru_cache(64)
def _count(form: _Form) -> Select[*tuple[Any, ...]]:
    hits = _hits(form.dialect, "in")
    found = select(constant(1).label("one")).select_from(hits).where(_is_seen(form, hits.c.number))
    total = (
        select(func.count())
        .select_from(found.limit(constant(_most_counted(form))).subquery())
        .scalar_subquery()
    )
    return select(total, _count_behind(form.dialect))


def _count_behind(dialect: str) -> ScalarSelect[int]:
    """Return how many texts wait to be read, were read by an older release, or are not in the index yet."""
    key = StorySearch.submission_id
    parts = [
        select(SearchDue.submission_id),
        select(key).where(StorySearch.tokenizer_version < constant(TOKENIZER_VERSION)),
    ]
    if dialect == "sqlite":
        parts.append(select(key).where(key < select(_FILL.c.below).scalar_subquery()))
    behind = union(*(select(part.limit(constant(MOST_FOUND)).subquery()) for part in parts)).subquery()
    return select(func.count()).select_from(behind).scalar_subquery()


def _is_seen(form: _Form, number: ColumnElement[int]) -> ColumnElement[bool]:
    """Return the condition that a hit is the reader's to see, and fits all filters."""
    shape = form.shape
    conditions = [Submission.id == number, readable(shape.sight), is_in(shape.states), *narrow(shape)]
    if form.has_phrases:
        conditions.append(compare_phrases(Submission.id))
    return select(Submission.id).where(*conditions).correlate_except(Submission).exists()


def _hits(dialect: str, name: str, newest: int = 0) -> Subquery | CTE:
    """Return the numbers of texts that have the terms; `name` says of which of the queries.

    SQLite gives them one after the other, newest first. PostgreSQL has all of them at once, and would look at
    each before it sorts them: `newest` leaves the newest ones.
    """
    if dialect == "sqlite":
        asked = literal_column("story_search_words").op("MATCH")(bindparam(f"{name}_sqlite", type_=String))
        return select(_WORDS.c.rowid.label("number")).where(asked).subquery(f"{name}_hits")
    # The hits first, whatever the planner thinks of reading texts in their order instead.
    asked = literal_column(VECTOR).op("@@")(cast(bindparam(f"{name}_postgresql", type_=String), TSQUERY))
    found = select(StorySearch.submission_id.label("number")).where(asked)
    if newest:
        below = StorySearch.submission_id < bindparam(f"{name}_below", type_=Integer)
        found = found.where(below).order_by(StorySearch.submission_id.desc()).limit(constant(newest))
    return found.cte(f"{name}_hits").prefix_with("MATERIALIZED")


@dataclass(frozen=True, slots=True)
class _Start:
    """Where a page begins: below a title hit, or below another one."""

    title_below: int = _LAST
    rest_below: int = _LAST

    @property
    def values(self) -> dict[str, int]:
        return {"title_below": self.title_below, "rest_below": self.rest_below}


def _write_cursor(rank: int, number: int) -> str:
    return f"{'tr'[rank]}{number}"


def _read_cursor(cursor: str) -> _Start:
    rank, number = cursor[:1], cursor[1:]
    if rank not in ("t", "r") or not (number.isascii() and number.isdigit()) or len(number) > 9:
        return _Start()
    return _Start(title_below=int(number)) if rank == "t" else _Start(title_below=0, rest_below=int(number))
