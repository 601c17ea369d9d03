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
    Integer,
    ScalarSelect,
    Select,
    String,
    Subquery,
    bindparam,
    cast,
    column,
    func,
    literal,
    literal_column,
    select,
    table,
    union,
)
from sqlalchemy.dialects.postgresql import TSQUERY
from sqlalchemy.orm import Session

from portal.domain.states import WAITS_FOR_DESK
from portal.models import SearchDue, Staff, StorySearch, Submission
from portal.queries.constants import constant
from portal.queries.desk.queue import LISTED, QueueFilter, Shape, View, is_in, narrow, shape_of, values_of
from portal.queries.story_search import (
    BLOCK,
    BLOCK_MARK,
    FILL,
    VECTOR,
    compare_phrases,
    has_phrases,
    is_outdated,
)
from portal.queries.visibility import readable
from portal.story.search.query import read_query

FOUND_SIZE: Final = 20
"""Hits on a page: each is read again to mark what was found in it."""
MOST_FOUND: Final = 500
"""Nobody looks through more hits than this; they are not counted further."""
_MOST_COMPARED: Final = 100
_ALL: Final = 0
_NEWEST: Final = 4
_NEWER: Final = 32
"""Blocks that are looked through before all are: enough where filters leave one text of fifty."""
_LAST: Final = 2**31 - 1
_IN_TITLE, _ELSEWHERE = 0, 1
_WORDS: Final = table("story_search_words", column("rowid"))


class FoundPage(NamedTuple):
    """Numbers of the submissions on a page, and the cursor of the next page; None on the last one."""

    numbers: Sequence[int]
    after: str | None
    total: int | None
    """How many there are, counted as far as `FoundCount` says. None where the page does not tell."""


class FoundCount(NamedTuple):
    """How many texts were found, no further than `most`, and how many the search knows otherwise or not."""

    total: int
    behind: int
    """No further than some `MOST_FOUND`."""
    most: int


def find_page(
    session: Session, actor: Staff, wanted: QueueFilter, *, at: datetime, after: str, size: int = FOUND_SIZE
) -> FoundPage:
    """Return what is found from a cursor on; an unreadable one gives the first page, which may count them.

    One query where titles have enough, another one for the other hits; on PostgreSQL one or two more where
    too few of the newest texts are hits.
    """
    start = _read_cursor(after)
    form = find_form(session, actor, wanted)
    is_first = start == _Start()
    counted = form.most_counted + 1 if is_first else size + 1
    values = {**values_of(actor, wanted, at), **start.values}
    most = counted if form.counts_on_page else size + 1
    found, is_all = _list_hits(session, form, values, most, counted, in_titles=start.title_below > 0)
    following = _write_cursor(*found[size - 1]) if len(found) > size else None
    is_counted = is_first and (is_all or len(found) >= counted)
    total = min(len(found), form.most_counted) if is_counted else None
    return FoundPage([number for _rank, number in found[:size]], following, total)


def count_found(
    session: Session, actor: Staff, wanted: QueueFilter, *, at: datetime, total: int | None = None
) -> FoundCount:
    """Return how many there are; `total` where a page has told it. One query."""
    form = find_form(session, actor, wanted)
    if total is not None:
        return FoundCount(total, session.scalar(_behind(form.dialect)) or 0, form.most_counted)
    total, behind = session.execute(_count(form), values_to_count(actor, wanted, at)).one()
    return FoundCount(total, behind, form.most_counted)


def values_to_count(actor: Staff, wanted: QueueFilter, at: datetime) -> dict[str, Any]:
    """Return the values of every parameter `count_hits` can have."""
    return {**values_of(actor, wanted, at), **_Start().values}


@dataclass(frozen=True, slots=True)
class SearchForm:
    """The form of a search. Searches of one form share a statement; only values differ."""

    shape: Shape
    dialect: str
    has_phrases: bool

    @property
    def has_blocks(self) -> bool:
        """Say whether the newest texts are looked at first: SQLite gives hits one after the other anyway."""
        return self.dialect == "postgresql"

    @property
    def steps(self) -> Sequence[int]:
        """Return how many of the newest blocks are looked through, step by step, until hits are enough."""
        if not self.has_blocks:
            return (_ALL,)
        return (_NEWEST, _NEWER, _ALL) if self.shape.filters else (_NEWEST, _ALL)

    @property
    def counts_on_page(self) -> bool:
        """Say whether a first page counts its hits: PostgreSQL does that apart where filters leave few."""
        return not self.has_blocks or not self.shape.filters

    @property
    def most_counted(self) -> int:
        """Return how far hits are counted: of a phrase each text is compared, so sooner no further."""
        return _MOST_COMPARED if self.has_phrases else MOST_FOUND


def find_form(session: Session, actor: Staff, wanted: QueueFilter) -> SearchForm:
    """Return the form of a search."""
    shape = _look_everywhere(shape_of(actor, wanted), wanted)
    everywhere = replace(shape, filters=shape.filters - {"text", "phrases"})
    return SearchForm(everywhere, session.get_bind().dialect.name, has_phrases(read_query(wanted.text)))


def _look_everywhere(shape: Shape, wanted: QueueFilter) -> Shape:
    """Return the form of a search: whatever the view, words are looked for in every text."""
    states = LISTED if wanted.state is None else frozenset({wanted.state})
    if wanted.came_back:
        states &= WAITS_FOR_DESK
    return replace(shape, view=View.OPEN, states=states)


def _list_hits(
    session: Session, form: SearchForm, values: dict[str, Any], most: int, counted: int, *, in_titles: bool
) -> tuple[list[tuple[int, int]], bool]:
    """Return rank and number of hits, those in titles first, and whether these are all.

    They are `most`, or `counted` where the newest texts have fewer: what is looked through then is not to be
    looked through once more to be counted.
    """
    found = session.scalars(_titles(form, most), values).all() if in_titles else ()
    others: Sequence[int] = ()
    is_all = len(found) < most
    for blocks in form.steps if is_all else ():
        others = session.scalars(_others(form, most, blocks), values).all()
        is_all = len(found) + len(others) < most
        if not is_all:
            break
        most = counted
    ranked = [*((_IN_TITLE, number) for number in found), *((_ELSEWHERE, number) for number in others)]
    return ranked[:most], is_all


@lru_cache(64)
def _titles(form: SearchForm, most: int) -> Select[int]:
    """Return the statement of the numbers of hits in titles."""
    return _first_seen(form, "title", most, _ALL)


@lru_cache(64)
def _others(form: SearchForm, most: int, blocks: int) -> Select[int]:
    """Return the statement of the numbers of all other hits, or of those in the newest blocks alone."""
    in_titles = select(_hits(form, "title", _ALL).c.number)
    return _first_seen(form, "rest", most, blocks, besides=in_titles)


def _first_seen(
    form: SearchForm,
    name: str,
    size: int,
    blocks: int,
    *,
    besides: Select[*tuple[Any, ...]] | None = None,
) -> Select[int]:
    """Return the newest hits that are the reader's to see: each is looked at until there are so many."""
    hits = _hits(form, name, blocks)
    found = select(hits.c.number).where(hits.c.number < bindparam(f"{name}_below", type_=Integer))
    is_listed = _is_listed(form, blocks)
    if besides is not None and not is_listed:
        found = found.where(hits.c.number.not_in(besides))
    if form.has_blocks and not is_listed:
        # The offset keeps PostgreSQL from looking up all of them before it sorts.
        found = found.order_by(hits.c.number.desc()).offset(constant(0))
    seen = _select_seen(form, found, blocks)
    if besides is not None and is_listed:  # few are left to be compared with these
        seen = seen.where(seen.selected_columns.number.not_in(besides))
    return seen.order_by(seen.selected_columns.number.desc()).limit(constant(size))


def _is_listed(form: SearchForm, blocks: int) -> bool:
    """Say whether an index gives what fits: what one person has, or one language in one state.

    Among the newest texts alone, enough hits are soon looked up where many texts fit.
    """
    shape = form.shape
    is_narrow = "lang" in shape.filters and len(shape.states) == 1
    return blocks != _NEWEST and (is_narrow or not shape.filters.isdisjoint({"assignee", "me", "tag"}))


@lru_cache(64)
def _count(form: SearchForm) -> Select[*tuple[Any, ...]]:
    return select(count_hits(form), _count_behind(form.dialect))


@lru_cache(2)
def _behind(dialect: str) -> Select[int]:
    return select(_count_behind(dialect))


def _count_behind(dialect: str) -> ScalarSelect[int]:
    """Return how many texts wait to be read, were read by an older release, or are not in the index yet."""
    key = StorySearch.submission_id
    parts = [
        select(SearchDue.submission_id),
        select(key).where(is_outdated()),
    ]
    if dialect == "sqlite":
        parts.append(select(key).where(key < select(FILL.c.below).scalar_subquery()))
    behind = union(*(select(part.limit(constant(MOST_FOUND)).subquery()) for part in parts)).subquery()
    return select(func.count()).select_from(behind).scalar_subquery()


def count_hits(form: SearchForm) -> ColumnElement[int]:
    """Return the number of hits, at most those of the form."""
    *first, _all = form.steps
    total: ColumnElement[int] = _count_hits(form, _ALL).scalar_subquery()
    # All of them are counted only where the newest texts have fewer than anybody counts.
    newest = [_count_hits(form, blocks).subquery() for blocks in first]
    enough = [select(one.c.total).where(one.c.total >= constant(form.most_counted)) for one in newest]
    return func.coalesce(*(one.scalar_subquery() for one in enough), total) if enough else total


def _count_hits(form: SearchForm, blocks: int) -> Select[*tuple[Any, ...]]:
    found = select(_hits(form, "in", blocks).c.number)
    counted = _select_seen(form, found, blocks).limit(constant(form.most_counted)).subquery()
    return select(func.count().label("total")).select_from(counted)


def _select_seen(form: SearchForm, found: Select[int], blocks: int) -> Select[int]:
    """Return those of these hits, as `number`, that are the reader's to see and fit all filters.

    Where an index gives the texts that fit, they are listed once, instead of looking up each of many hits.
    """
    shape = form.shape
    fits = [readable(shape.sight), is_in(shape.states), *narrow(shape)]
    numbers = found.subquery()
    if not _is_listed(form, blocks):
        if form.has_phrases:
            fits.append(compare_phrases(Submission.id))
        one = select(Submission.id).where(Submission.id == numbers.c.number, *fits)
        return select(numbers.c.number).where(one.correlate_except(Submission).exists())
    listed = select(Submission.id).where(*fits)
    if form.dialect == "sqlite":
        # The sum keeps SQLite from looking into its index of words for each of them.
        seen = select(numbers.c.number).where((numbers.c.number + constant(0)).in_(listed))
    else:
        # PostgreSQL expects few hits and would look up each; the offset has phrases compared in what is left.
        numbers = found.intersect(listed).offset(constant(0)).subquery()
        seen = select(numbers.c.number)
    return seen.where(compare_phrases(numbers.c.number)) if form.has_phrases else seen


def _hits(form: SearchForm, name: str, blocks: int) -> Subquery | CTE:
    """Return the numbers of texts that have the terms; `name` says of which of the queries.

    SQLite gives them one after the other, newest first. PostgreSQL has all of them at once, and would look at
    each before it sorts them: so it looks among the newest blocks alone, or among `_ALL`.
    """
    if form.dialect == "sqlite":
        asked = literal_column("story_search_words").op("MATCH")(bindparam(f"{name}_sqlite", type_=String))
        return select(_WORDS.c.rowid.label("number")).where(asked).subquery(f"{name}_hits")
    # The hits first, whatever the planner thinks of reading texts in their order instead.
    terms: ColumnElement[Any] = cast(bindparam(f"{name}_postgresql", type_=String), TSQUERY)
    if blocks != _ALL:
        terms = terms.op("&&")(_name_newest(bindparam(f"{name}_below", type_=Integer), blocks))
    found = select(StorySearch.submission_id.label("number")).where(literal_column(VECTOR).op("@@")(terms))
    return found.cte().prefix_with("MATERIALIZED")


def _name_newest(below: ColumnElement[int], blocks: int) -> ScalarSelect[Any]:
    """Return the terms of the newest blocks below a number, of which a text has one.

    Nothing is found in a second step that would look through half of all.
    """
    newest = select(func.max(StorySearch.submission_id)).scalar_subquery()
    top = func.least(below - constant(1), newest).op("/")(constant(BLOCK))
    block = func.generate_series(top - constant(blocks - 1), top).column_valued("block")
    term = func.concat(literal(f"'{BLOCK_MARK}"), block, literal("'"))
    named = select(cast(func.string_agg(term, literal("|")), TSQUERY))
    return (named.where(top > constant(2 * blocks)) if blocks > _NEWEST else named).scalar_subquery()


@dataclass(frozen=True, slots=True)
class _Start:
    """Where a page begins: below a title hit, or below another one."""

    title_below: int = _LAST
    rest_below: int = _LAST

    @property
    def values(self) -> dict[str, int]:
        return {"title_below": self.title_below, "rest_below": self.rest_below, "in_below": _LAST}


def _write_cursor(rank: int, number: int) -> str:
    return f"{'tr'[rank]}{number}"


def _read_cursor(cursor: str) -> _Start:
    rank, number = cursor[:1], cursor[1:]
    if rank not in ("t", "r") or not (number.isascii() and number.isdigit()) or len(number) > 9:
        return _Start()
    return _Start(title_below=int(number)) if rank == "t" else _Start(title_below=0, rest_below=int(number))
