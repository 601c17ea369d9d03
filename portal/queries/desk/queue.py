"""The moderation queue: what stands in it, for whom, in which order; the statements are in queue_pages.

What came unverified and was never decided about stands below everything else.
"""

import base64
import binascii
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any, Protocol

from sqlalchemy import (
    ColumnElement,
    CompoundSelect,
    Integer,
    Select,
    String,
    and_,
    bindparam,
    case,
    or_,
    select,
    union_all,
)
from sqlalchemy.orm import aliased

from portal.domain.admission import Lane
from portal.domain.permissions import CAN_JUDGE
from portal.domain.states import (
    CAME_BACK_FROM,
    CLOSED,
    HIDDEN,
    OPEN,
    WAITS_FOR_CONTRIBUTOR,
    WAITS_FOR_DESK,
    Stage,
    State,
)
from portal.models import Message, Staff, StaffLanguage, Submission
from portal.models.base import Moment, value_enum
from portal.queries.desk.constants import constant, constants
from portal.queries.private.messages import with_unread
from portal.queries.visibility import Sight, readable, sight_of

PAGE_SIZE = 50
SOON = timedelta(days=3)

LISTED = frozenset(State) - HIDDEN


class View(StrEnum):
    """The saved views, in the order the page shows them."""

    TRIAGE = "triage"
    LANGUAGES = "languages"
    CAME_BACK = "back"
    DUE = "due"
    MESSAGES = "messages"
    WAITING = "waiting"
    MINE = "mine"
    UNVERIFIED = "unverified"
    OUTBOX = "outbox"
    OPEN = "open"
    CLOSED = "closed"


STATES: Mapping[View, frozenset[State]] = {
    View.TRIAGE: WAITS_FOR_DESK,
    View.LANGUAGES: WAITS_FOR_DESK,
    View.CAME_BACK: WAITS_FOR_DESK,
    View.DUE: WAITS_FOR_DESK,
    View.MESSAGES: LISTED,
    View.WAITING: WAITS_FOR_CONTRIBUTOR,
    View.MINE: OPEN,
    View.UNVERIFIED: WAITS_FOR_DESK,
    View.OUTBOX: LISTED,
    View.OPEN: OPEN,
    View.CLOSED: CLOSED,
}
"""The states of each view; `view_condition` says what narrows it further."""


@dataclass(frozen=True, slots=True)
class QueueFilter:
    """The filter of the queue. Empty values filter nothing; `assignee` is a public id of staff, or "none".

    `kind` is what lies there now: the full story of an invited pitch is a story.
    """

    view: View = View.TRIAGE
    state: State | None = None
    kind: Stage | None = None
    lang: str = ""
    my_languages: bool = False
    assignee: str = ""
    text: str = ""
    after: str = field(default="", compare=False)
    """The cursor of the page that is open. It is no part of the question: every page answers the same one."""


NOBODY = "none"
_ESCAPE = "/"


@dataclass(frozen=True, slots=True)
class Shape:
    """The form of a question to the queue. Questions of one form share a statement; only values differ."""

    sight: Sight
    view: View
    states: frozenset[State]
    filters: frozenset[str] = frozenset()
    """Names of the further filters that are set."""


def shape_of(actor: Staff, wanted: QueueFilter) -> Shape:
    """Return the form of what the actor wants to see."""
    states = STATES[wanted.view]
    if wanted.state is not None:
        states &= {wanted.state}
    assigned = "nobody" if wanted.assignee == NOBODY else "assignee"
    asked = {
        "kind": wanted.kind is not None,
        "lang": bool(wanted.lang),
        "tags": wanted.my_languages,
        assigned: bool(wanted.assignee),
        "text": bool(wanted.text),
    }
    filters = frozenset(name for name, is_set in asked.items() if is_set)
    return Shape(sight_of(actor), wanted.view, states, filters)


def values_of(actor: Staff, wanted: QueueFilter, at: datetime) -> dict[str, Any]:
    """Return the values of every parameter a statement of the queue can have."""
    return {
        "actor_id": actor.id,
        "desk_lang": actor.locale,
        "at": at,
        "soon": at + SOON,
        "kind": wanted.kind,
        "lang": wanted.lang,
        "assignee": wanted.assignee,
        "pattern": f"%{_escape(wanted.text.casefold())}%",
    }


def _escape(text: str) -> str:
    """Return the text so that LIKE takes every sign of it as itself."""
    for sign in (_ESCAPE, "%", "_"):
        text = text.replace(sign, _ESCAPE + sign)
    return text


def moderation_queue(actor: Staff, wanted: QueueFilter, *, at: datetime) -> Select[Submission]:
    """Return what the actor may read and wants to see: oldest due first, without a due date last."""
    conditions = list_conditions(shape_of(actor, wanted))
    return select(Submission).where(*conditions).order_by(*order()).params(values_of(actor, wanted, at))


def start_after(query: Select[Submission], cursor: str) -> Select[Submission]:
    """Return the query from the cursor of a page on; an unreadable one changes nothing."""
    start = read_cursor(cursor)
    if start is None:
        return query
    return query.where(is_after(start.rank, start.due, start.number, is_dated=start.due is not None))


class Waiting(Protocol):
    """What the place in the queue follows from."""

    @property
    def id(self) -> int: ...
    @property
    def state(self) -> State: ...
    @property
    def state_before(self) -> State | None: ...
    @property
    def lane(self) -> Lane: ...
    @property
    def due_at(self) -> datetime | None: ...


def ranks_last(submission: Waiting) -> bool:
    """Say whether it stands below the others: it came unverified, and nobody has decided anything yet."""
    return (
        submission.lane is Lane.UNVERIFIED
        and submission.state in WAITS_FOR_DESK
        and submission.state_before is State.WRITING
    )


def list_conditions(shape: Shape) -> list[ColumnElement[bool]]:
    """Return everything that must hold for a submission of this form of question."""
    return [readable(shape.sight), is_in(shape.states), *narrow(shape)]


def is_in(states: frozenset[State]) -> ColumnElement[bool]:
    """Return the condition that the state is one of these."""
    if states == LISTED:
        return Submission.state.not_in(constants(HIDDEN))
    return Submission.state.in_(constants(states))


def narrow(shape: Shape) -> list[ColumnElement[bool]]:
    """Return what must hold besides the state and the right to read."""
    conditions: Mapping[str, ColumnElement[bool]] = {
        "kind": Submission.stage == bindparam("kind", type_=value_enum(Stage)),
        "lang": Submission.lang == bindparam("lang", type_=String),
        "tags": Submission.lang.in_(_own_languages()),
        "nobody": Submission.assignee_id.is_(None),
        "assignee": Submission.assignee_id.in_(
            select(Staff.id).where(Staff.public_id == bindparam("assignee", type_=String))
        ),
        "text": Submission.haystack.like(bindparam("pattern", type_=String), escape=_ESCAPE),
    }
    asked = [conditions[name] for name in sorted(shape.filters)]
    own = view_condition(shape.view)
    return asked if own is None else [own, *asked]


def view_condition(view: View) -> ColumnElement[bool] | None:
    """Return what belongs to a saved view besides its states; None where they say it all."""
    match view:
        case View.LANGUAGES:
            return Submission.lang.in_(_own_languages())
        case View.CAME_BACK:
            return Submission.state_before.in_(constants(CAME_BACK_FROM))
        case View.DUE:
            return Submission.due_at <= bindparam("soon", type_=Moment)
        case View.MESSAGES:
            return Submission.id.in_(with_unread())
        case View.MINE:
            return Submission.assignee_id == bindparam("actor_id", type_=Integer)
        case View.UNVERIFIED:
            return _stands_back()
        case View.OUTBOX:
            return Submission.id.in_(_leaving())
    return None


def _own_languages() -> Select[*tuple[Any, ...]]:
    """Return the tags of the languages the person can judge a text in."""
    own = StaffLanguage.staff_id == bindparam("actor_id", type_=Integer)
    return select(StaffLanguage.tag).where(own, StaffLanguage.reading.in_(constants(CAN_JUDGE)))


def _stands_back() -> ColumnElement[bool]:
    """Return the condition of `ranks_last`."""
    return and_(
        Submission.lane == constant(Lane.UNVERIFIED),
        Submission.state.in_(constants(WAITS_FOR_DESK)),
        Submission.state_before == constant(State.WRITING),
    )


def _leaving() -> CompoundSelect[Any]:
    """Return the ids of submissions with a decision or words of the desk that have not reached the author."""
    decided, at = aliased(Submission), bindparam("at", type_=Moment)
    return union_all(
        select(decided.id).where(decided.announce_at > at),
        select(Message.submission_id).where(Message.from_desk, Message.visible_at > at),
    )


@dataclass(frozen=True, slots=True)
class QueueKey:
    """The key by which the queue is ordered and paged."""

    rank: int
    due: datetime | None
    number: int


def place_of(submission: Waiting) -> QueueKey:
    """Return where a submission stands."""
    return QueueKey(int(ranks_last(submission)), submission.due_at, submission.id)


def order() -> tuple[ColumnElement[Any], ...]:
    """Return the order of the queue."""
    return _rank(), *order_within_rank()


def order_within_rank() -> tuple[ColumnElement[Any], ...]:
    """Return the order among those that all stand back, or all do not."""
    return Submission.due_at.asc().nulls_last(), Submission.id.asc()


def is_after(rank: int, due: Any, number: Any, *, is_dated: bool) -> ColumnElement[bool]:
    """Return the condition for what comes later than a place in the order of the queue."""
    later = is_later(due, number, is_dated=is_dated)
    return or_(_rank() > rank, and_(_rank() == rank, later))


def is_later(due: Any, number: Any, *, is_dated: bool) -> ColumnElement[bool]:
    """Return the condition of `is_after` within one rank; `is_dated`: the place has a due date."""
    if not is_dated:
        return and_(Submission.due_at.is_(None), Submission.id > number)
    same = and_(Submission.due_at == due, Submission.id > number)
    return or_(Submission.due_at > due, same, Submission.due_at.is_(None))


def _rank() -> ColumnElement[int]:
    return case((_stands_back(), constant(1)), else_=constant(0))


def before(place: QueueKey) -> QueueKey:
    """Return the place right before one: a page from there on begins with it."""
    return replace(place, number=place.number - 1)


def write_cursor(place: QueueKey) -> str:
    """Return the address of a place, for the page that goes on from there."""
    moment = place.due.astimezone(UTC).isoformat() if place.due else None
    return (
        base64.urlsafe_b64encode(json.dumps([place.rank, moment, place.number]).encode()).decode().rstrip("=")
    )


def read_cursor(text: str) -> QueueKey | None:
    """Read a cursor back; anything else than what we wrote is None."""
    try:
        rank, due, number = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
        moment = None if due is None else datetime.fromisoformat(due)
    except (binascii.Error, ValueError, TypeError):
        return None
    is_place = type(rank) is int and rank in (0, 1) and type(number) is int and 0 <= number < 2**31
    if not is_place or (moment is not None and moment.tzinfo is None):
        return None
    return QueueKey(rank, moment, number)
