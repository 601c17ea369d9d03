"""Pages of the moderation queue, places in it, and its counts."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.models import Staff, Submission
from portal.models.sealing import find_ring
from portal.queries.desk.queue import (
    PAGE_SIZE,
    QueueFilter,
    QueueKey,
    View,
    before,
    form_of,
    place_of,
    read_cursor,
    shape_of,
    sort_queue,
    values_of,
    values_of_place,
    write_cursor,
)
from portal.queries.desk.queue_risk import look_for_risk
from portal.queries.desk.queue_rows import QueueRow, read_queue_rows, select_queue_rows
from portal.queries.desk.queue_statements import (
    MOST_COUNTED,
    select_counts,
    select_next,
    select_page,
    select_place,
)
from portal.queries.desk.search import FOUND_SIZE, MOST_FOUND, find_page
from portal.queries.visibility import sight_of
from portal.sealing.keys import KeyRing


@dataclass(frozen=True, slots=True)
class QueuePage:
    """Some rows of the queue, and the cursor of the rows after them; None on the last page."""

    rows: Sequence[QueueRow]
    after: str | None
    total: int | None = None
    """How many hits a search has, where this page has told it."""
    is_cut: bool = False
    """It ends because no more envelopes are opened for one page, and not because it is full."""


@dataclass(frozen=True, slots=True)
class Position:
    """The position of a submission in a queue; `number` is 1-based, `total` at most `MOST_COUNTED`."""

    number: int
    total: int


@dataclass(frozen=True, slots=True)
class PlaceInQueue:
    """The place of a submission in a queue: None where it is not in it, or too far behind to be counted."""

    position: Position | None
    following: str | None
    """The public id of what comes next; after the last comes the first, None when alone."""


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

    One query, two of what may put somebody at risk, and up to four of hits of a search.
    """
    if wanted.is_search:
        hits = find_page(session, actor, wanted, at=at, after=after, size=size or FOUND_SIZE)
        rows = _read_numbered(session, actor, wanted, hits.numbers, at=at, keys=keys)
        return QueuePage(rows, hits.after, hits.total)
    size = size or PAGE_SIZE
    start = read_cursor(after)
    if wanted.at_risk:
        return _page_at_risk(session, actor, wanted, start, at=at, keys=keys, size=size)
    values = {**values_of(actor, wanted, at), **values_of_place(start)}
    found = session.execute(
        select_page(shape_of(actor, wanted), form_of(start) if start else None, size + 1), values
    )
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
    looked = look_for_risk(session, actor, wanted, start, at=at, keys=keys, size=size)
    following = write_cursor(looked.stopped) if looked.stopped is not None else None
    if not looked.found:
        return QueuePage((), following, is_cut=following is not None)
    chosen = select(Submission).where(Submission.id.in_([row.id for row in looked.found]))
    query = select_queue_rows(chosen.order_by(*sort_queue(wanted.order)))
    rows = read_queue_rows(session.execute(query, values_of(actor, wanted, at)), keys)
    return QueuePage(rows, following, is_cut=following is not None and len(looked.found) < size)


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
    position: Position | None = None,
    size: int = PAGE_SIZE,
) -> tuple[QueuePage, QueueFilter]:
    """Return the page of the queue that is open; where the submission is not on it, one that begins with it.

    The filter that comes with it says from where on that page is. `position` is where the submission stands,
    where that is known: what is not on the first page is not looked for there.

    One query, or two. What stands in this queue no more has no page that begins with it.
    """
    read = partial(queue_page, session, actor, wanted, at=at, keys=keys, size=size)
    is_behind = position is not None and position.number > size and not (wanted.is_search or wanted.after)
    opened = None if is_behind else read(after=wanted.after)
    if opened is not None:
        is_whole = not wanted.after and opened.after is None
        if wanted.is_search or is_whole or any(row.id == submission.id for row in opened.rows):
            return opened, wanted
    cursor = write_cursor(before(place_of(submission, wanted.order), wanted.order))
    own = read(after=cursor)
    if own.rows and own.rows[0].id == submission.id:
        return own, replace(wanted, after=cursor)
    return opened or read(after=wanted.after), wanted


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
    counts = session.execute(select_counts(sight_of(actor)), values_of(actor, QueueFilter(), at)).one()
    return dict(zip((*View, TAKE_DOWNS, ASSIGNED), counts, strict=True))


def find_in_queue(
    session: Session, actor: Staff, wanted: QueueFilter, submission: Submission, *, at: datetime
) -> PlaceInQueue:
    """Return where the submission stands in this queue, and what comes after it.

    One query, two of a search, and of what may put somebody at risk: nobody knows how many those are.
    """
    if wanted.at_risk:
        return PlaceInQueue(None, find_next(session, actor, wanted, submission, at=at))
    if wanted.is_search:
        return _find_place_found(session, actor, wanted, submission, at=at)
    place = place_of(submission, wanted.order)
    values = {**values_of(actor, wanted, at), **values_of_place(place)}
    statement = select_place(shape_of(actor, wanted), form_of(place))
    total, inside, ahead, following = session.execute(statement, values).one()
    return PlaceInQueue(Position(ahead + 1, total) if inside and ahead < MOST_COUNTED else None, following)


def find_next(
    session: Session, actor: Staff, wanted: QueueFilter, submission: Submission, *, at: datetime
) -> str | None:
    """Return the public id of the next one of this queue; after the last comes the first, None when alone.

    One query, two of a search, and of what may put somebody at risk.
    """
    if wanted.is_search:
        return _find_place_found(session, actor, wanted, submission, at=at).following
    place = place_of(submission, wanted.order)
    if wanted.at_risk:
        return _find_next_at_risk(session, actor, wanted, place, at=at)
    values = {**values_of(actor, wanted, at), **values_of_place(place)}
    return session.scalar(select_next(shape_of(actor, wanted), form_of(place)), values)


def _find_next_at_risk(
    session: Session, actor: Staff, wanted: QueueFilter, place: QueueKey, *, at: datetime
) -> str | None:
    for start in (place, None):
        looked = look_for_risk(session, actor, wanted, start, at=at, keys=find_ring(session), size=2)
        for row in looked.found:
            if row.id != place.number:
                return str(row.public_id)
    return None


def _find_place_found(
    session: Session, actor: Staff, wanted: QueueFilter, submission: Submission, *, at: datetime
) -> PlaceInQueue:
    found = find_page(session, actor, wanted, at=at, after="", size=MOST_FOUND).numbers
    ahead = found.index(submission.id) if submission.id in found else None
    position = None if ahead is None else Position(ahead + 1, len(found))
    following = 0 if ahead is None else ahead + 1
    others = [*found[following:], *found[:following]]
    if not others or others[0] == submission.id:
        return PlaceInQueue(position, None)
    public_id = session.scalar(select(Submission.public_id).where(Submission.id == others[0]))
    return PlaceInQueue(position, public_id)
