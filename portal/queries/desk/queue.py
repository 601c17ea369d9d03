"""The moderation queue: what stands in it, for whom, in which order; the statements are in queue_statements.

What came unverified and was never decided about stands below everything else.
"""

import base64
import binascii
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
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
    false,
    or_,
    select,
    union_all,
)
from sqlalchemy.orm import aliased

from portal.domain.admission import Lane
from portal.domain.permissions import CAN_JUDGE, Permission
from portal.domain.sides import Side, list_stored_with
from portal.domain.states import (
    CAME_BACK_FROM,
    CLOSED,
    HIDDEN,
    OPEN,
    UNDECIDED,
    WAITS_FOR_CONTRIBUTOR,
    WAITS_FOR_DESK,
    Stage,
    State,
)
from portal.models import Message, Staff, StaffLanguage, Submission
from portal.models.base import Moment, value_enum
from portal.queries.constants import constant, constants
from portal.queries.desk.queue_filter import (
    SOON,
    Age,
    DueWhen,
    QueueOrder,
    ReaderWait,
    WithPhotos,
    choice_conditions,
    choice_values,
    is_later,
    moment_of,
    name_age,
    name_due,
    name_photos,
    name_wait,
    sort_by,
)
from portal.queries.desk.tags import has_tag
from portal.queries.private.messages import with_unread
from portal.queries.story_search import compare_phrases, has_phrases, is_found, values_of_query
from portal.queries.visibility import Sight, readable, sight_of
from portal.story.search.query import read_query

PAGE_SIZE = 50

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
    """The filter of the queue, and its order. Empty values filter nothing.

    `kind` is what lies there now: the full story of an invited pitch is a story.
    """

    view: View = View.TRIAGE
    state: State | None = None
    kind: Stage | None = None
    lang: str = ""
    my_languages: bool = False
    assignee: str = ""
    """Public id of a colleague, `NOBODY`, or `ME` for whoever asks."""
    text: str = ""
    age: Age | None = None
    due: DueWhen | None = None
    side: str = ""
    """A value of domain.sides.Side, or `NOWHERE`."""
    photos: WithPhotos | None = None
    reader: ReaderWait | None = None
    came_back: bool = False
    """Its author has sent what the desk asked for."""
    at_risk: bool = False
    """Sealed, so that no statement asks for it: whoever lists opens what else fits (queue_risk)."""
    tag: str = ""
    """Public id of a tag."""
    order: QueueOrder = QueueOrder.DUE
    after: str = field(default="", compare=False)
    """The cursor of the page that is open. It is no part of the question: every page answers the same one."""

    @property
    def is_search(self) -> bool:
        """Say whether words are looked for, which is done everywhere and has an order of its own."""
        return bool(self.text) and not self.at_risk


NOBODY = "none"
ME = "me"
NOWHERE = "none"
_SIDES = frozenset(Side)


@dataclass(frozen=True, slots=True)
class Shape:
    """The form of a question to the queue. Questions of one form share a statement; only values differ."""

    sight: Sight
    view: View
    states: frozenset[State]
    filters: frozenset[str] = frozenset()
    """Names of the further filters that are set."""
    order: QueueOrder = QueueOrder.DUE


def shape_of(actor: Staff, wanted: QueueFilter) -> Shape:
    """Return the form of what the actor wants to see."""
    states = STATES[wanted.view]
    if wanted.state is not None:
        states &= {wanted.state}
    if wanted.came_back:
        states &= WAITS_FOR_DESK
    if wanted.reader is not None:
        states &= UNDECIDED
    asked = {
        "kind": wanted.kind is not None,
        "lang": bool(wanted.lang),
        "my_languages": wanted.my_languages,
        {NOBODY: "nobody", ME: "me"}.get(wanted.assignee, "assignee"): bool(wanted.assignee),
        "text": bool(wanted.text),
        name_age(wanted.age): wanted.age is not None,
        name_due(wanted.due): wanted.due is not None,
        "nowhere" if wanted.side == NOWHERE else "side": bool(wanted.side),
        name_photos(wanted.photos): wanted.photos is not None,
        name_wait(wanted.reader): wanted.reader is not None,
        "came_back": wanted.came_back,
        "tag": bool(wanted.tag),
        "phrases": bool(wanted.text) and has_phrases(read_query(wanted.text)),
    }
    filters = frozenset(name for name, is_set in asked.items() if is_set)
    return Shape(sight_of(actor), wanted.view, states, filters, wanted.order)


def values_of(actor: Staff, wanted: QueueFilter, at: datetime) -> dict[str, Any]:
    """Return the values of every parameter a statement of the queue can have."""
    return {
        "actor_id": actor.id,
        "desk_lang": actor.locale,
        "soon": at + SOON,
        **choice_values(wanted.age, wanted.due, at=at),
        "sides": list_stored_with(Side(wanted.side)) if wanted.side in _SIDES else [],
        "tag": wanted.tag,
        "kind": wanted.kind,
        "lang": wanted.lang,
        "assignee": wanted.assignee,
        **(_values_of_text(actor, wanted.text) if wanted.text else {}),
    }


def _values_of_text(actor: Staff, words: str) -> Mapping[str, str]:
    return values_of_query(read_query(words), in_drafts=actor.may(Permission.DRAFT_EDIT))


def moderation_queue(actor: Staff, wanted: QueueFilter, *, at: datetime) -> Select[Submission]:
    """Return what the actor may read and wants to see, in order; nothing where only opening would tell."""
    conditions = list_conditions(shape_of(actor, wanted))
    if wanted.at_risk:
        conditions.append(false())
    query = select(Submission).where(*conditions).order_by(*sort_queue(wanted.order))
    return query.params(values_of(actor, wanted, at))


def start_after(query: Select[Submission], cursor: str, order: QueueOrder) -> Select[Submission]:
    """Return the query from the cursor of a page on; an unreadable one changes nothing."""
    start = read_cursor(cursor)
    if start is None:
        return query
    is_dated = start.moment is not None
    return query.where(is_after(order, start.rank, start.moment, start.number, is_dated=is_dated))


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
    @property
    def received_at(self) -> datetime: ...


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
        "my_languages": Submission.lang.in_(_own_languages()),
        "me": Submission.assignee_id == bindparam("actor_id", type_=Integer),
        "nobody": Submission.assignee_id.is_(None),
        "assignee": Submission.assignee_id.in_(
            select(Staff.id).where(Staff.public_id == bindparam("assignee", type_=String))
        ),
        "side": Submission.sides.in_(bindparam("sides", expanding=True)),
        "nowhere": Submission.sides == "",
        "came_back": Submission.state_before.in_(constants(CAME_BACK_FROM)),
        "tag": has_tag(),
        **choice_conditions(),
        "text": is_found(has_phrases=False),
        "phrases": compare_phrases(Submission.id),
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
            return stands_back()
        case View.OUTBOX:
            return Submission.id.in_(_leaving())
    return None


def _own_languages() -> Select[*tuple[Any, ...]]:
    """Return the tags of the languages the person can judge a text in."""
    own = StaffLanguage.staff_id == bindparam("actor_id", type_=Integer)
    return select(StaffLanguage.tag).where(own, StaffLanguage.reading.in_(constants(CAN_JUDGE)))


def stands_back() -> ColumnElement[bool]:
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
    """The key by which a list is ordered and paged; `moment` is what its order goes by."""

    rank: int
    moment: datetime | None
    number: int


@dataclass(frozen=True, slots=True)
class PlaceForm:
    """What of a place shapes a statement; the rest of it are the parameters `moment` and `number`."""

    rank: int
    is_dated: bool


def form_of(place: QueueKey) -> PlaceForm:
    """Return the form of statement that a place needs; its values are apart."""
    return PlaceForm(place.rank, place.moment is not None)


def values_of_place(place: QueueKey | None) -> dict[str, Any]:
    """Return the values of such a statement; none where it begins at the top."""
    return {} if place is None else {"moment": place.moment, "number": place.number}


def place_of(submission: Waiting, order: QueueOrder) -> QueueKey:
    """Return where a submission stands."""
    moment = submission.due_at if order is QueueOrder.DUE else submission.received_at
    return QueueKey(int(ranks_last(submission)), moment, submission.id)


def sort_queue(order: QueueOrder) -> tuple[ColumnElement[Any], ...]:
    """Return the order of the queue."""
    return _rank(), *sort_by(order, moment_of(order), Submission.id)


def is_after(
    order: QueueOrder, rank: int, moment: Any, number: Any, *, is_dated: bool
) -> ColumnElement[bool]:
    """Return the condition for what comes later than a place in the order of the queue."""
    later = is_later(order, moment, number, is_dated=is_dated)
    return or_(_rank() > rank, and_(_rank() == rank, later))


def _rank() -> ColumnElement[int]:
    return case((stands_back(), constant(1)), else_=constant(0))


def before(place: QueueKey, order: QueueOrder) -> QueueKey:
    """Return the place right before one: a page from there on begins with it."""
    return replace(place, number=place.number + (1 if order is QueueOrder.NEWEST else -1))


def write_cursor(place: QueueKey) -> str:
    """Return the address of a place, for the page that goes on from there."""
    moment = place.moment.astimezone(UTC).isoformat() if place.moment else None
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
