"""Pages of the moderation queue, and their counts. Every statement is made once for a form of question.

The first page costs the same in a full archive as in an empty one: each state is read in the order of an
index and no further than a page needs, and nobody counts beyond `MOST_COUNTED`.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache
from typing import Any, NamedTuple

from sqlalchemy import (
    ColumnElement,
    Integer,
    Row,
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
from sqlalchemy.orm import Session, aliased

from portal.domain.admission import Lane
from portal.domain.states import WAITS_FOR_DESK, Stage, State
from portal.models import Call, GistVersion, Staff, Submission
from portal.models.base import Moment
from portal.models.sealing import find_ring
from portal.queries.desk.constants import constant
from portal.queries.desk.queue import (
    PAGE_SIZE,
    STATES,
    QueueFilter,
    QueueKey,
    Shape,
    View,
    before,
    is_after,
    list_conditions,
    narrow,
    place_of,
    read_cursor,
    shape_of,
    sort_queue,
    values_of,
    write_cursor,
)
from portal.queries.desk.queue_choices import QueueOrder, is_later, is_up_to, moment_of, sort_by
from portal.queries.desk.row_marks import (
    AdviceOnRow,
    count_photos,
    find_gist_to_read,
    name_tags,
    read_advice,
    read_tag_names,
    tell_advice,
)
from portal.queries.desk.same_story import has_same_story
from portal.queries.desk.search import FOUND_SIZE, MOST_FOUND, find_page
from portal.queries.private.messages import has_unread
from portal.queries.take_downs import count_open_take_downs
from portal.queries.visibility import Sight, readable, sight_of
from portal.sealing.keys import CannotOpen, KeyRing, risk_place

MOST_COUNTED = 1000
"""Nobody works differently with more waiting than this."""
MOST_OPENED = 2000
"""Envelopes opened for one page: some 20 ms. A desk that knows its queue has fewer texts waiting."""

Columns = tuple[Any, ...]
_SHAPES = 256
"""Forms of questions whose statements are kept; there are some thousand, of which a desk uses a few."""


class QueueRow(NamedTuple):
    """One line of the queue: what it shows of a submission, and nothing else."""

    id: int
    public_id: str
    heading: str
    lang: str
    stage: Stage
    sides: str
    state: State
    state_before: State | None
    words: int
    characters: int
    at_risk: bool
    lane: Lane
    signals: Sequence[str]
    due_at: datetime | None
    received_at: datetime
    answer_days: int
    """What the call promises."""
    assignee: str | None
    """Name of who is responsible."""
    reader: str | None
    """Name of who has taken it, at `claimed_at`."""
    claimed_at: datetime | None
    has_new: bool
    """Its author has written since the desk last read the messages."""
    gist: str | None
    """In the reader's language of the desk, else the newest in another; None where there is none."""
    gist_lang: str | None
    photos: int
    has_same: bool
    """Another text of its coverage seems to tell the same story."""
    version: int
    moderators_decide: bool
    """In its call."""
    tags: Sequence[str]
    advice: Sequence[AdviceOnRow]
    """What colleagues recommend."""


_RISK = QueueRow._fields.index("at_risk")
_TAGS = QueueRow._fields.index("tags")


@dataclass(frozen=True, slots=True)
class QueuePage:
    """Some rows of the queue, and the cursor of the rows after them; None on the last page."""

    rows: Sequence[QueueRow]
    after: str | None
    is_cut: bool = False
    """It ends because no more envelopes are opened for one page, and not because it is full."""


@dataclass(frozen=True, slots=True)
class Position:
    """The position of a submission in a queue; `number` is 1-based, `total` at most `MOST_COUNTED`."""

    number: int
    total: int


def queue_page(
    session: Session,
    actor: Staff,
    wanted: QueueFilter,
    *,
    at: datetime,
    keys: KeyRing,
    after: str = "",
    size: int | None = None,
) -> QueuePage:
    """Return one page from the cursor on; an unreadable cursor gives the first page.

    One query, two of what may put somebody at risk, and of hits of a search.
    """
    if wanted.is_search:
        hits = find_page(session, actor, wanted, at=at, after=after, size=size or FOUND_SIZE)
        return QueuePage(_read_numbered(session, actor, wanted, hits.numbers, at=at, keys=keys), hits.after)
    size = size or PAGE_SIZE
    start = read_cursor(after)
    if wanted.at_risk:
        return _page_at_risk(session, actor, wanted, start, at=at, keys=keys, size=size)
    values = {**values_of(actor, wanted, at), **_values_of_place(start)}
    found = session.execute(_page(shape_of(actor, wanted), _form_of(start), size + 1), values)
    rows = read_queue_rows(found, keys)
    has_more = len(rows) > size
    following = write_cursor(place_of(rows[size - 1], wanted.order)) if has_more else None
    return QueuePage(rows[:size], following)


def _page_at_risk(
    session: Session,
    actor: Staff,
    wanted: QueueFilter,
    start: QueueKey | None,
    *,
    at: datetime,
    keys: KeyRing,
    size: int,
) -> QueuePage:
    """Return one page of what may put somebody at risk. Who that is, is sealed: no index can tell it.

    What else fits is opened in the order of the queue until the page is full, and no more than `MOST_OPENED`.
    """
    looked = _look_for_risk(session, actor, wanted, start, at=at, keys=keys, size=size)
    following = write_cursor(looked.stopped) if looked.stopped is not None else None
    if not looked.found:
        return QueuePage((), following, is_cut=following is not None)
    chosen = select(Submission).where(Submission.id.in_([row.id for row in looked.found]))
    query = select_queue_rows(chosen.order_by(*sort_queue(wanted.order)))
    rows = read_queue_rows(session.execute(query, values_of(actor, wanted, at)), keys)
    return QueuePage(rows, following, is_cut=following is not None and len(looked.found) < size)


class _Looked(NamedTuple):
    """What was found to put somebody at risk, and the place to go on from; None at the end of the queue."""

    found: Sequence[Row[Any]]
    stopped: QueueKey | None


def _look_for_risk(
    session: Session,
    actor: Staff,
    wanted: QueueFilter,
    start: QueueKey | None,
    *,
    at: datetime,
    keys: KeyRing,
    size: int,
) -> _Looked:
    values = {**values_of(actor, wanted, at), **_values_of_place(start)}
    rows = session.execute(
        _envelopes(shape_of(actor, wanted), _form_of(start), MOST_OPENED + 1), values
    ).all()
    found: list[Row[Any]] = []
    for row in rows[:MOST_OPENED]:
        if opens_as_risk(row.sealed_risk, row.public_id, keys):
            if len(found) == size:
                return _Looked(found, place_of(found[-1], wanted.order))
            found.append(row)
    is_cut = len(rows) > MOST_OPENED
    return _Looked(found, place_of(rows[MOST_OPENED - 1], wanted.order) if is_cut else None)


def _read_numbered(
    session: Session,
    actor: Staff,
    wanted: QueueFilter,
    numbers: Sequence[int],
    *,
    at: datetime,
    keys: KeyRing,
) -> list[QueueRow]:
    """Return the rows of some submissions, in their order."""
    if not numbers:
        return []
    query = select_queue_rows(select(Submission).where(Submission.id.in_(numbers)))
    found = read_queue_rows(session.execute(query, values_of(actor, wanted, at)), keys)
    rows = {row.id: row for row in found}
    return [rows[number] for number in numbers]


def page_with(
    session: Session,
    actor: Staff,
    wanted: QueueFilter,
    submission: Submission,
    *,
    at: datetime,
    keys: KeyRing,
    size: int = PAGE_SIZE,
) -> tuple[QueuePage, QueueFilter]:
    """Return the page of the queue that is open; where the submission is not on it, one that begins with it.

    The filter that comes with it says from where on that page is.

    One query, two where it stands on a page nobody has opened. What stands in this queue no more has none.
    """
    opened = queue_page(session, actor, wanted, at=at, keys=keys, after=wanted.after, size=size)
    is_whole = not wanted.after and opened.after is None
    if wanted.is_search or is_whole or any(row.id == submission.id for row in opened.rows):
        return opened, wanted
    cursor = write_cursor(before(place_of(submission, wanted.order), wanted.order))
    own = queue_page(session, actor, wanted, at=at, keys=keys, after=cursor, size=size)
    if own.rows and own.rows[0].id == submission.id:
        return own, replace(wanted, after=cursor)
    return opened, wanted


def load_rows(session: Session, rows: Sequence[QueueRow]) -> list[Submission]:
    """Return the submissions of some rows, in their order, to do something with them. One query."""
    ids = [row.id for row in rows]
    found = {
        submission.id: submission
        for submission in session.scalars(select(Submission).where(Submission.id.in_(ids)))
    }
    return [found[number] for number in ids]


ASSIGNED = "assigned"
"""Name of the count of what a colleague has made one responsible for, and one has not acted on since."""
TAKE_DOWNS = "take_downs"
"""Name of the count that stands before the views: places outside where something must come back."""


def count_views(session: Session, actor: Staff, *, at: datetime) -> Mapping[str, int]:
    """Return how many submissions stand in each view, at most `MOST_COUNTED`, and how much must come back.

    One query.
    """
    counts = session.execute(_counts(sight_of(actor)), values_of(actor, QueueFilter(), at)).one()
    return dict(zip((*View, TAKE_DOWNS, ASSIGNED), counts, strict=True))


def find_position(
    session: Session, actor: Staff, wanted: QueueFilter, submission: Submission, *, at: datetime
) -> Position | None:
    """Return where the submission stands in this queue; None when it is not in it, or too far behind.

    One query.
    """
    if wanted.at_risk:
        return None
    if wanted.is_search:
        found = find_page(session, actor, wanted, at=at, after="", size=MOST_FOUND).numbers
        return Position(found.index(submission.id) + 1, len(found)) if submission.id in found else None
    place = place_of(submission, wanted.order)
    values = {**values_of(actor, wanted, at), **_values_of_place(place)}
    statement = _position(shape_of(actor, wanted), _PlaceForm(place.rank, place.moment is not None))
    total, inside, ahead = session.execute(statement, values).one()
    return Position(ahead + 1, total) if inside and ahead < MOST_COUNTED else None


def find_next(
    session: Session, actor: Staff, wanted: QueueFilter, submission: Submission, *, at: datetime
) -> str | None:
    """Return the public id of the next one of this queue; after the last comes the first, None when alone.

    One query, two at the end of the queue.
    """
    if wanted.is_search:
        return _find_next_found(session, actor, wanted, submission, at=at)
    shape, given = shape_of(actor, wanted), values_of(actor, wanted, at)
    for start in (place_of(submission, wanted.order), None):
        if wanted.at_risk:
            found = _look_for_risk(
                session, actor, wanted, start, at=at, keys=find_ring(session), size=2
            ).found
        else:
            values = {**given, **_values_of_place(start)}
            found = session.execute(_first(shape, _form_of(start), 2), values).all()
        for row in found:
            if row.id != submission.id:
                return str(row.public_id)
    return None


def _find_next_found(
    session: Session, actor: Staff, wanted: QueueFilter, submission: Submission, *, at: datetime
) -> str | None:
    found = find_page(session, actor, wanted, at=at, after="", size=MOST_FOUND).numbers
    following = found.index(submission.id) + 1 if submission.id in found else 0
    others = [*found[following:], *found[:following]]
    if not others or others[0] == submission.id:
        return None
    return session.scalar(select(Submission.public_id).where(Submission.id == others[0]))


@dataclass(frozen=True, slots=True)
class _PlaceForm:
    """What of a place shapes a statement; the rest of it are the parameters `moment` and `number`."""

    rank: int
    is_dated: bool


def _form_of(place: QueueKey | None) -> _PlaceForm | None:
    return None if place is None else _PlaceForm(place.rank, place.moment is not None)


def _values_of_place(place: QueueKey | None) -> dict[str, Any]:
    return {} if place is None else {"moment": place.moment, "number": place.number}


_MOMENT = bindparam("moment", type_=Moment)
_NUMBER = bindparam("number", type_=Integer)


@lru_cache(_SHAPES)
def _page(shape: Shape, start: _PlaceForm | None, size: int) -> Select[*Columns]:
    """Return the statement of `size` rows, from a place on if there is one."""
    found = select(Submission).where(_is_first(shape, start, size))
    return select_queue_rows(found.order_by(*sort_queue(shape.order)).limit(constant(size)))


def select_queue_rows(query: Select[Submission]) -> Select[*Columns]:
    """Return the query with the columns of QueueRow, the risk still sealed, for `read_queue_rows`."""
    reader = aliased(Staff)
    return (
        query.with_only_columns(
            Submission.id,
            Submission.public_id,
            Submission.heading,
            Submission.lang,
            Submission.stage,
            Submission.sides,
            Submission.state,
            Submission.state_before,
            Submission.words,
            Submission.characters,
            Submission.sealed_risk,
            Submission.lane,
            Submission.signals,
            Submission.due_at,
            Submission.received_at,
            Call.answer_days,
            Staff.name,
            reader.name,
            Submission.claimed_at,
            has_unread(),
            GistVersion.body,
            GistVersion.lang,
            count_photos(),
            has_same_story(),
            Submission.version,
            Call.moderators_decide,
            name_tags(),
            tell_advice(),
        )
        .join(Call, Call.id == Submission.call_id)
        .outerjoin(Staff, Staff.id == Submission.assignee_id)
        .outerjoin(reader, reader.id == Submission.claimed_by_id)
        .outerjoin(GistVersion, GistVersion.id == find_gist_to_read())
    )


def read_queue_rows(found: Iterable[Row[Any]], keys: KeyRing) -> list[QueueRow]:
    """Return the rows of a query of `select_queue_rows`, their risk opened."""
    return [
        QueueRow._make(
            (
                *row[:_RISK],
                opens_as_risk(row[_RISK], row.public_id, keys),
                *row[_RISK + 1 : _TAGS],
                read_tag_names(row[_TAGS]),
                read_advice(row[_TAGS + 1]),
            )
        )
        for row in found
    ]


def opens_as_risk(envelope: bytes | None, public_id: str, keys: KeyRing) -> bool:
    """Say whether a text puts somebody at risk; one whose envelope no key opens may."""
    try:
        return bool(keys.open_map(envelope, risk_place(public_id)).get("at_risk", False))
    except CannotOpen:
        return True


@lru_cache(_SHAPES)
def _first(shape: Shape, start: _PlaceForm | None, size: int) -> Select[*Columns]:
    """Return the statement of the ids of `size` rows, from a place on if there is one."""
    query = select(Submission.id, Submission.public_id).where(_is_first(shape, start, size))
    return query.order_by(*sort_queue(shape.order)).limit(constant(size))


@lru_cache(_SHAPES)
def _envelopes(shape: Shape, start: _PlaceForm | None, size: int) -> Select[*Columns]:
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
def _position(shape: Shape, place: _PlaceForm) -> Select[*Columns]:
    """Return the statement of how many there are, whether the place is among them, how many are before it."""
    is_it = Submission.id == _NUMBER
    inside = select(Submission.id).where(*list_conditions(shape), is_it).exists()
    if is_few(shape):
        after = is_after(shape.order, place.rank, _MOMENT, _NUMBER, is_dated=place.is_dated)
        before = [and_(*list_conditions(shape), ~after, ~is_it)]
    else:
        legs = [leg for leg in _legs(shape) if leg.rank <= place.rank]
        before = [and_(leg.condition(shape), leg.is_before(place), ~is_it) for leg in legs]
    return select(_count([and_(*list_conditions(shape))]), inside, _count(before))


@lru_cache(len(Sight))
def _counts(sight: Sight) -> Select[*Columns]:
    """Return the statement that counts every view."""
    shapes = [Shape(sight, view, STATES[view]) for view in View]
    mine = list_conditions(Shape(sight, View.MINE, STATES[View.MINE]))
    return select(
        *(_count([and_(*list_conditions(shape))]) for shape in shapes),
        count_open_take_downs(sight),
        _count([and_(*mine, Submission.assignment_is_new)]),
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
    """Say whether an index finds all of it at once: what one person has, what is on its way."""
    few = {View.MESSAGES, View.MINE, View.OUTBOX}
    return shape.view in few or not shape.filters.isdisjoint({"assignee", "me"})


def _is_first(shape: Shape, start: _PlaceForm | None, size: int) -> ColumnElement[bool]:
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

    def is_after(self, place: _PlaceForm) -> ColumnElement[bool]:
        """Return the condition for what comes later than a place of this rank or a lower one."""
        if self.rank > place.rank:
            return true()
        return is_later(self.order, _MOMENT, _NUMBER, is_dated=place.is_dated)

    def is_before(self, place: _PlaceForm) -> ColumnElement[bool]:
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
