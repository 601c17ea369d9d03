"""Saved views of the queue, and how much each lists: two statements, three where who is at risk is asked."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache, lru_cache
from typing import Any, NamedTuple, cast

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Integer,
    Select,
    and_,
    bindparam,
    case,
    func,
    or_,
    select,
    true,
    union_all,
)
from sqlalchemy.orm import Session, joinedload
from sqlalchemy.sql import visitors

from portal.models import Coverage, SavedView, Staff, Submission
from portal.queries.constants import constant
from portal.queries.desk.queue import (
    QueueFilter,
    Shape,
    is_in,
    list_conditions,
    narrow,
    shape_of,
    view_condition,
)
from portal.queries.desk.queue_rows import opens_as_risk
from portal.queries.desk.queue_statements import MOST_COUNTED, is_few
from portal.queries.desk.search import SearchForm, count_hits, find_form, values_to_count
from portal.queries.visibility import Sight, coverages_of, readable, seen_coverages, sight_of
from portal.sealing.keys import CannotOpen, KeyRing

MOST_LOOKED_AT = MOST_COUNTED
"""Texts of a view that are looked at to count those that fit a filter: as far as anybody counts."""
MOST_OPENED_TO_COUNT = 200
"""Envelopes opened to count a view of those at risk."""
_STATEMENTS = 64
_LOOKED_THROUGH = frozenset(
    {"younger", "older", "side", "nowhere", "photos_some", "photos_none", "came_back", "kind", "my_languages"}
)
"""Filters that no index finds by themselves: what is in a view is looked through."""


class OpenedView(NamedTuple):
    """A saved view, opened. One that no key opens has no name and lists everything."""

    view: SavedView
    name: str
    arguments: Mapping[str, str]
    is_shut: bool


@dataclass(frozen=True)
class SavedCount:
    """How much a view lists, at most `MOST_COUNTED`; not exact, there may be more."""

    number: int
    is_exact: bool


def list_saved_views(session: Session, actor: Staff) -> Sequence[OpenedView]:
    """Return the actor's views and those shared with a desk they work on; their own first. One query."""
    views = session.scalars(_select_views(sight_of(actor)), {"actor_id": actor.id}).all()
    return sorted(
        map(_open, views), key=lambda one: (one.view.owner_id != actor.id, one.name.casefold(), one.view.id)
    )


@cache
def _select_views(sight: Sight) -> Select[SavedView]:
    """Return the statement of `list_saved_views`; the parameter `actor_id` asks."""
    shared = SavedView.coverage_id.in_(select(Coverage.id).where(seen_coverages(sight)))
    is_own = SavedView.owner_id == bindparam("actor_id", type_=Integer)
    found = select(SavedView).where(or_(is_own, shared))
    return found.options(joinedload(SavedView.owner), joinedload(SavedView.coverage))


def list_desks(session: Session, actor: Staff) -> Sequence[Coverage]:
    """Return the coverages with whose desk the actor can share a view. One query."""
    return session.scalars(select(Coverage).where(coverages_of(actor)).order_by(Coverage.id)).all()


def _open(view: SavedView) -> OpenedView:
    try:
        return OpenedView(view, view.name, view.arguments, is_shut=False)
    except CannotOpen:
        return OpenedView(view, "", {}, is_shut=True)


def count_saved(
    session: Session, actor: Staff, wanted: Sequence[QueueFilter], *, at: datetime, keys: KeyRing
) -> Sequence[SavedCount]:
    """Return how much each of these filters lists, in one query, two where some ask who is at risk."""
    open_to_all = [one for one in wanted if not one.at_risk]
    counted = iter(_count_by_index(session, actor, open_to_all, at=at))
    opened = iter(_count_by_opening(session, actor, [one for one in wanted if one.at_risk], at=at, keys=keys))
    return [next(opened) if one.at_risk else next(counted) for one in wanted]


def _count_by_index(
    session: Session, actor: Staff, wanted: Sequence[QueueFilter], *, at: datetime
) -> Iterator[SavedCount]:
    if not wanted:
        return
    shapes = tuple(
        find_form(session, actor, one) if one.is_search else shape_of(actor, one) for one in wanted
    )
    row = session.execute(_counts(shapes), _name_values(actor, wanted, at)).one()
    for number, looked_at in zip(row[::2], row[1::2], strict=True):
        yield SavedCount(min(number, MOST_COUNTED), looked_at < MOST_LOOKED_AT)


def _count_by_opening(
    session: Session, actor: Staff, wanted: Sequence[QueueFilter], *, at: datetime, keys: KeyRing
) -> Iterator[SavedCount]:
    if not wanted:
        return
    shapes = tuple(shape_of(actor, one) for one in wanted)
    found: dict[int, list[Any]] = {number: [] for number in range(len(wanted))}
    for row in session.execute(_envelopes(shapes), _name_values(actor, wanted, at)):
        found[row.place].append(row)
    known: dict[str, bool] = {}
    for rows in found.values():
        for row in rows[:MOST_OPENED_TO_COUNT]:
            if row.public_id not in known:
                known[row.public_id] = opens_as_risk(row.sealed_risk, row.public_id, keys)
        number = sum(known[row.public_id] for row in rows[:MOST_OPENED_TO_COUNT])
        yield SavedCount(number, len(rows) <= MOST_OPENED_TO_COUNT)


@lru_cache(_STATEMENTS)
def _counts(shapes: tuple[Shape | SearchForm, ...]) -> Select[*tuple[Any, ...]]:
    """Return the statement of two numbers for each view: what fits, and what was looked at to find it."""
    parts = [_rename(_count_one(shape), place).subquery() for place, shape in enumerate(shapes)]
    first, *others = parts
    joined: Any = first
    for part in others:
        joined = joined.join(part, true())
    return select(*(column for part in parts for column in (part.c.number, part.c.looked_at))).select_from(
        joined
    )


def _count_one(shape: Shape | SearchForm) -> Select[*tuple[Any, ...]]:
    if isinstance(shape, SearchForm):
        found = select(count_hits(shape).label("number")).subquery()
        looked_at = case(
            (found.c.number < constant(shape.most_counted), constant(0)), else_=constant(MOST_LOOKED_AT)
        )
        return select(found.c.number, looked_at.label("looked_at"))
    if is_few(shape) or not shape.filters <= _LOOKED_THROUGH:
        fitting = select(constant(1).label("fits")).select_from(Submission).where(*list_conditions(shape))
        part = fitting.limit(constant(MOST_COUNTED)).subquery()
        return select(func.count().label("number"), constant(0).label("looked_at")).select_from(part)
    own = view_condition(shape.view)
    base = [readable(shape.sight), is_in(shape.states), *([] if own is None else [own])]
    fits: ColumnElement[bool] = and_(
        true(), *narrow(Shape(shape.sight, shape.view, shape.states, shape.filters))
    )
    seen = select(case((fits, constant(1)), else_=constant(0)).label("fits")).where(*base)
    looked = seen.limit(constant(MOST_LOOKED_AT)).subquery()
    number = func.coalesce(func.sum(looked.c.fits), constant(0))
    return select(number.label("number"), func.count().label("looked_at")).select_from(looked)


@lru_cache(_STATEMENTS)
def _envelopes(shapes: tuple[Shape, ...]) -> Select[*tuple[Any, ...]]:
    """Return the statement of what has to be opened to count these views, each row with its view's place."""
    parts = []
    for place, shape in enumerate(shapes):
        rows = select(constant(place).label("place"), Submission.public_id, Submission.sealed_risk)
        rows = rows.where(*list_conditions(shape)).limit(constant(MOST_OPENED_TO_COUNT + 1))
        parts.append(select(_rename(rows, place).subquery()))
    found = union_all(*parts).subquery()
    return select(found.c.place, found.c.public_id, found.c.sealed_risk)


def _rename(query: Select[*tuple[Any, ...]], place: int) -> Select[*tuple[Any, ...]]:
    """Return the query with parameters of its own: equal names would be one value for all views."""

    def replace(element: Any, **_more: Any) -> Any:
        if isinstance(element, BindParameter) and not element.unique:
            return bindparam(f"{element.key}_{place}", type_=element.type, expanding=element.expanding)
        return None

    return cast("Select[*tuple[Any, ...]]", visitors.replacement_traverse(query, {}, replace))


def _name_values(actor: Staff, wanted: Sequence[QueueFilter], at: datetime) -> dict[str, Any]:
    return {
        f"{name}_{place}": value
        for place, one in enumerate(wanted)
        for name, value in values_to_count(actor, one, at).items()
    }
