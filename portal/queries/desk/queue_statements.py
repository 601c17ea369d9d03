"""Statements of the queue's pages, places and counts, each made once for a form of question.

The first page costs the same in a full archive as in an empty one: each state is read in the order of an
index and no further than a page needs, and nobody counts beyond `MOST_COUNTED`.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Integer,
    ScalarSelect,
    Select,
    and_,
    bindparam,
    false,
    func,
    select,
    true,
    union_all,
)

from portal.domain.admission import Lane
from portal.domain.states import WAITS_FOR_DESK, State
from portal.models import Submission
from portal.models.base import Moment
from portal.queries.constants import constant
from portal.queries.desk.notices import is_told_of_assignment
from portal.queries.desk.queue import (
    STATES,
    PlaceForm,
    Shape,
    View,
    is_after,
    list_conditions,
    narrow,
    sort_queue,
)
from portal.queries.desk.queue_filter import WAITS, QueueOrder, is_later, is_up_to, moment_of, sort_by
from portal.queries.desk.queue_rows import select_queue_rows
from portal.queries.take_downs import count_open_take_downs
from portal.queries.visibility import Sight, readable

MOST_COUNTED = 1000
"""Nobody works differently with more waiting than this."""

Columns = tuple[Any, ...]
_SHAPES = 256
"""Forms of questions whose statements are kept; there are some thousand, of which a desk uses a few."""


_MOMENT = bindparam("moment", type_=Moment)
_NUMBER = bindparam("number", type_=Integer)


@lru_cache(_SHAPES)
def select_page(shape: Shape, start: PlaceForm | None, size: int) -> Select[*Columns]:
    """Return the statement of `size` rows, from a place on if there is one."""
    found = select(Submission).where(_is_first(shape, start, size))
    return select_queue_rows(found.order_by(*sort_queue(shape.order)).limit(constant(size)))


@lru_cache(_SHAPES)
def select_next(shape: Shape, place: PlaceForm) -> Select[str | None]:
    """Return the statement of the public id of what comes after a place; after the last comes the first."""
    return select(_next(shape, place))


def _next(shape: Shape, place: PlaceForm) -> ColumnElement[str | None]:
    def first(start: PlaceForm | None) -> ScalarSelect[str]:
        others = select(Submission.public_id).where(_is_first(shape, start, 2), Submission.id != _NUMBER)
        return others.order_by(*sort_queue(shape.order)).limit(constant(1)).scalar_subquery()

    return func.coalesce(first(place), first(None))


@lru_cache(_SHAPES)
def select_sealed_risk(shape: Shape, start: PlaceForm | None, size: int) -> Select[*Columns]:
    """Return the statement of the places of `size` rows with their sealed risk, from a place on."""
    query = select(
        Submission.id,
        Submission.public_id,
        Submission.sealed_risk,
        Submission.lane,
        Submission.state,
        Submission.state_before,
        Submission.due_at,
        Submission.received_at,
    )
    query = query.where(_is_first(shape, start, size))
    return query.order_by(*sort_queue(shape.order)).limit(constant(size))


@lru_cache(_SHAPES)
def select_place(shape: Shape, place: PlaceForm) -> Select[*Columns]:
    """Return the statement of how many there are, whether the place is among them, how many are before it.

    The last column is what comes after it.
    """
    is_it = Submission.id == _NUMBER
    inside = select(Submission.id).where(*list_conditions(shape), is_it).exists()
    if is_few(shape):
        after = is_after(shape.order, place.rank, _MOMENT, _NUMBER, is_dated=place.is_dated)
        before = [and_(*list_conditions(shape), ~after, ~is_it)]
    else:
        legs = [leg for leg in _legs(shape) if leg.rank <= place.rank]
        before = [and_(leg.condition(shape), leg.is_before(place), ~is_it) for leg in legs]
    return select(_count([and_(*list_conditions(shape))]), inside, _count(before), _next(shape, place))


@lru_cache(len(Sight))
def select_counts(sight: Sight) -> Select[*Columns]:
    """Return the statement that counts every view."""
    shapes = [Shape(sight, view, STATES[view]) for view in View]
    mine = list_conditions(Shape(sight, View.MINE, STATES[View.MINE]))
    return select(
        *(_count([and_(*list_conditions(shape))]) for shape in shapes),
        count_open_take_downs(sight),
        _count([and_(*mine, is_told_of_assignment())]),
    )


def _count(alternatives: Sequence[ColumnElement[bool]]) -> ScalarSelect[int]:
    """Return how many fulfil one of several conditions, of which no two hold at once; none past the most."""
    if not alternatives:
        return select(constant(0)).scalar_subquery()
    parts = [
        select(constant(1).label("one"))
        .select_from(Submission)
        .where(one)
        .limit(constant(MOST_COUNTED))
        .subquery()
        for one in alternatives
    ]
    if len(parts) == 1:
        return select(func.count()).select_from(parts[0]).scalar_subquery()
    found = union_all(*(select(part.c.one) for part in parts)).limit(constant(MOST_COUNTED)).subquery()
    return select(func.count()).select_from(found).scalar_subquery()


def is_few(shape: Shape) -> bool:
    """Say whether all of it is found at once: what one person has, is on its way, or waits for a reader."""
    few = {View.MESSAGES, View.MINE, View.OUTBOX}
    return shape.view in few or not shape.filters.isdisjoint({"assignee", "me", *WAITS})


def _is_first(shape: Shape, start: PlaceForm | None, size: int) -> ColumnElement[bool]:
    """Return the condition of the `size` first ones, from a place on if there is one; more may fulfil it."""
    if is_few(shape):
        if start is None:
            return and_(*list_conditions(shape))
        later = is_after(shape.order, start.rank, _MOMENT, _NUMBER, is_dated=start.is_dated)
        return and_(*list_conditions(shape), later)
    parts = []
    for leg in _legs(shape):
        if start is not None and leg.rank < start.rank:
            continue
        later = true() if start is None else leg.is_after(start)
        moment = moment_of(shape.order)
        places = select(Submission.id, moment.label("moment"), constant(leg.rank).label("rank"))
        in_order = sort_by(shape.order, moment, Submission.id)
        parts.append(places.where(leg.condition(shape), later).order_by(*in_order).limit(constant(size)))
    return Submission.id.in_(_merge(parts, size, shape.order)) if parts else false()


def _merge(parts: Sequence[Select[*Columns]], size: int, order: QueueOrder) -> Select[*Columns]:
    """Return the ids of the `size` first places of several parts: of no more are other columns read."""
    found = union_all(*(select(part.subquery()) for part in parts)).subquery()
    in_order = (found.c.rank, *sort_by(order, found.c.moment, found.c.id))
    return select(found.c.id).order_by(*in_order).limit(constant(size))


@dataclass(frozen=True, slots=True)
class _Leg:
    """A part of the queue that one index holds in its order: all of it has one rank."""

    rank: int
    own: ColumnElement[bool]
    order: QueueOrder

    def condition(self, shape: Shape) -> ColumnElement[bool]:
        """Return what holds for the part of a queue that lies here."""
        return and_(self.own, readable(shape.sight), *narrow(shape))

    def is_after(self, place: PlaceForm) -> ColumnElement[bool]:
        """Return the condition for what comes later than a place of this rank or a lower one."""
        if self.rank > place.rank:
            return true()
        return is_later(self.order, _MOMENT, _NUMBER, is_dated=place.is_dated)

    def is_before(self, place: PlaceForm) -> ColumnElement[bool]:
        """Return the condition for what comes no later than a place of this rank or a higher one."""
        if self.rank < place.rank:
            return true()
        not_later = ~is_later(self.order, _MOMENT, _NUMBER, is_dated=place.is_dated)
        # Said once more, for the index to stop there.
        return and_(is_up_to(self.order, _MOMENT), not_later) if place.is_dated else not_later


def _legs(shape: Shape) -> Iterator[_Leg]:
    """Yield the parts a queue is read in; together they are `list_conditions`."""
    for state in sorted(shape.states):
        here = Submission.state == constant(state)
        if state not in WAITS_FOR_DESK:
            yield from (_Leg(0, part, shape.order) for part in _part_lanes(here, shape.order))
            continue
        unverified = and_(here, Submission.lane == constant(Lane.UNVERIFIED))
        if shape.view is not View.UNVERIFIED:
            yield _Leg(0, and_(here, Submission.lane == constant(Lane.VERIFIED)), shape.order)
            decided = Submission.state_before.is_distinct_from(constant(State.WRITING))
            yield _Leg(0, and_(unverified, decided), shape.order)
        yield _Leg(1, and_(unverified, Submission.state_before == constant(State.WRITING)), shape.order)


def _part_lanes(here: ColumnElement[bool], order: QueueOrder) -> Sequence[ColumnElement[bool]]:
    """Return the parts of a state whose lanes nobody tells apart, as the index of this order holds them."""
    if order is QueueOrder.DUE:
        return [here]
    return [and_(here, Submission.lane == constant(lane)) for lane in Lane]
