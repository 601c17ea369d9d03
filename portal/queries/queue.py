"""The moderation queue: saved views, filters, keyset pages oldest-due first, counts and neighbours.

What came unverified and was never decided about stands below everything else.
"""

import base64
import binascii
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, exists, false, func, or_, select
from sqlalchemy.orm import Session, joinedload, selectinload

from portal.domain.lanes import Lane
from portal.domain.languages import UNDETERMINED
from portal.domain.permissions import Role
from portal.domain.staff import CAN_JUDGE
from portal.domain.states import WAITS_FOR_CONTRIBUTOR, WAITS_FOR_DESK, Stage, State
from portal.models import Call, Message, Staff, StaffLanguage, Submission
from portal.models.staff import staff_coverage
from portal.queries.thread import has_unread
from portal.queries.visibility import readable_by

PAGE_SIZE = 50
SOON = timedelta(days=3)

HIDDEN = frozenset({State.WRITING, State.ERASED})
"""What the desk never lists: a text its author has not sent, and the tombstone of an erased one."""

OPEN = frozenset(
    {State.SUBMITTED, State.NEEDS_REPLY, State.INVITED, State.ACCEPTED, State.AUTHOR_CHECK, State.APPROVED}
)
CLOSED = frozenset(State) - OPEN - HIDDEN


class View(StrEnum):
    """The saved views, in the order the page shows them."""

    TRIAGE = "triage"
    LANGUAGES = "languages"
    DUE = "due"
    MESSAGES = "messages"
    WAITING = "waiting"
    MINE = "mine"
    UNVERIFIED = "unverified"
    OUTBOX = "outbox"
    OPEN = "open"
    CLOSED = "closed"


_STATES: Mapping[View, frozenset[State]] = {
    View.TRIAGE: WAITS_FOR_DESK,
    View.WAITING: WAITS_FOR_CONTRIBUTOR,
    View.OPEN: OPEN,
    View.CLOSED: CLOSED,
}
"""Views that are nothing but states."""


@dataclass(frozen=True, slots=True)
class QueueFilter:
    """What to list. Empty values filter nothing; `assignee` is a public id of staff, or "none"."""

    view: View = View.TRIAGE
    state: State | None = None
    kind: Stage | None = None
    lang: str = ""
    my_languages: bool = False
    assignee: str = ""
    text: str = ""


@dataclass(frozen=True, slots=True)
class QueuePage:
    """Some rows of the queue, and the cursor of the rows after them; None on the last page."""

    rows: Sequence[Submission]
    after: str | None
    unread: frozenset[int] = frozenset()
    """Ids of those whose author has written since the desk last read the messages."""


@dataclass(frozen=True, slots=True)
class Position:
    """Where a submission stands in a filtered queue; `number` is 1-based."""

    number: int
    total: int


NOBODY = "none"


def view_condition(view: View, actor: Staff, at: datetime) -> ColumnElement[bool]:
    """Return what belongs to a saved view at this moment."""
    match view:
        case View.LANGUAGES:
            return and_(Submission.state.in_(WAITS_FOR_DESK), _in_languages_of(actor))
        case View.DUE:
            return and_(Submission.state.in_(WAITS_FOR_DESK), Submission.due_at <= at + SOON)
        case View.MESSAGES:
            return has_unread()
        case View.MINE:
            return and_(Submission.state.in_(OPEN), Submission.assignee_id == actor.id)
        case View.UNVERIFIED:
            return _stands_back()
        case View.OUTBOX:
            return or_(Submission.announce_at > at, _has_waiting_message(at))
        case _:
            return Submission.state.in_(_STATES[view])


def moderation_queue(actor: Staff, wanted: QueueFilter, *, at: datetime) -> Select[Submission]:
    """Return what the actor may read and wants to see: oldest due first, without a due date last."""
    return select(Submission).where(*_conditions(actor, wanted, at)).order_by(*_order())


def start_after(query: Select[Submission], cursor: str) -> Select[Submission]:
    """Return the query from the cursor of a page on; an unreadable one changes nothing."""
    start = _read_cursor(cursor)
    return query if start is None else query.where(_is_after(*start))


def stands_back(piece: Submission) -> bool:
    """Say whether it stands below the others: it came unverified, and nobody has decided anything yet."""
    return (
        piece.lane is Lane.UNVERIFIED
        and piece.state in WAITS_FOR_DESK
        and piece.state_before is State.WRITING
    )


def queue_page(
    session: Session,
    actor: Staff,
    wanted: QueueFilter,
    *,
    at: datetime,
    after: str = "",
    size: int = PAGE_SIZE,
) -> QueuePage:
    """Return one page from the cursor on; an unreadable cursor gives the first page. One query."""
    query = start_after(moderation_queue(actor, wanted, at=at), after).options(
        # Its questions and texts are large, and would be read anew for every row.
        joinedload(Submission.call).load_only(Call.answer_days),
        joinedload(Submission.assignee),
        joinedload(Submission.claimed_by),
    )
    found = session.execute(query.add_columns(has_unread()).limit(size + 1)).all()
    rows = [piece for piece, _has_unread in found]
    unread = frozenset(piece.id for piece, has_new in found if has_new)
    return QueuePage(rows[:size], _write_cursor(rows[size - 1]) if len(rows) > size else None, unread)


def count_views(session: Session, actor: Staff, *, at: datetime) -> Mapping[View, int]:
    """Return how many submissions stand in each view. One query."""
    columns = [func.count(case((view_condition(view, actor, at), 1))) for view in View]
    row = session.execute(select(*columns).where(*_visible(actor))).one()
    return dict(zip(View, row, strict=True))


def find_position(
    session: Session, actor: Staff, wanted: QueueFilter, piece: Submission, *, at: datetime
) -> Position | None:
    """Return where the submission stands in this queue, or None when it is not in it. One query."""
    before = and_(~_is_after(*_place_of(piece)), Submission.id != piece.id)
    total, inside, ahead = session.execute(
        select(
            func.count(), func.count(case((Submission.id == piece.id, 1))), func.count(case((before, 1)))
        ).where(*_conditions(actor, wanted, at))
    ).one()
    return Position(ahead + 1, total) if inside else None


def find_next(
    session: Session, actor: Staff, wanted: QueueFilter, piece: Submission, *, at: datetime
) -> str | None:
    """Return the public id of the next one of this queue; after the last comes the first, None when alone."""
    later = case((_is_after(*_place_of(piece)), 0), else_=1)
    return session.scalar(
        moderation_queue(actor, wanted, at=at)
        .with_only_columns(Submission.public_id)
        .where(Submission.id != piece.id)
        .order_by(None)
        .order_by(later, *_order())
        .limit(1)
    )


def languages_in_queue(session: Session, actor: Staff) -> Sequence[str]:
    """Return the languages of everything the actor may read, as tags. One query."""
    return session.scalars(
        select(Submission.lang).where(*_visible(actor)).distinct().order_by(Submission.lang)
    ).all()


def languages_nobody_reads(session: Session, actor: Staff) -> Sequence[str]:
    """Return the languages of waiting submissions that nobody on their desk can judge. One query."""
    readers = (
        select(StaffLanguage.id)
        .join(Staff, Staff.id == StaffLanguage.staff_id)
        .where(
            Staff.active,
            StaffLanguage.tag == Submission.lang,
            StaffLanguage.reading.in_(CAN_JUDGE),
            or_(
                Staff.role == Role.ADMIN,
                exists().where(
                    staff_coverage.c.staff_id == Staff.id, staff_coverage.c.coverage_id == Call.coverage_id
                ),
            ),
        )
        .correlate(Submission, Call)
    )
    return session.scalars(
        select(Submission.lang)
        .join(Call, Call.id == Submission.call_id)
        .where(
            *_visible(actor),
            Submission.state.in_(WAITS_FOR_DESK),
            Submission.lang != UNDETERMINED,
            ~readers.exists(),
        )
        .distinct()
        .order_by(Submission.lang)
    ).all()


def find_colleagues(session: Session, actor: Staff) -> Sequence[Staff]:
    """Return the active staff the actor shares a coverage with, and admins, by name. Two queries."""
    shared = select(staff_coverage.c.staff_id)
    if actor.role is not Role.ADMIN:
        own = select(staff_coverage.c.coverage_id).where(staff_coverage.c.staff_id == actor.id)
        shared = shared.where(staff_coverage.c.coverage_id.in_(own))
    query = select(Staff).where(
        Staff.active, or_(Staff.role == Role.ADMIN, Staff.id.in_(shared), Staff.id == actor.id)
    )
    return session.scalars(query.options(selectinload(Staff.coverages)).order_by(Staff.name, Staff.id)).all()


def _visible(actor: Staff) -> tuple[ColumnElement[bool], ...]:
    return readable_by(actor), Submission.state.not_in(HIDDEN)


def _in_languages_of(actor: Staff) -> ColumnElement[bool]:
    tags = [known.tag for known in actor.languages if known.reading in CAN_JUDGE]
    return Submission.lang.in_(tags) if tags else false()


def _conditions(actor: Staff, wanted: QueueFilter, at: datetime) -> list[ColumnElement[bool]]:
    found = [*_visible(actor), view_condition(wanted.view, actor, at)]
    if wanted.state is not None:
        found.append(Submission.state == wanted.state)
    if wanted.kind is not None:
        found.append(Submission.kind == wanted.kind)
    if wanted.lang:
        found.append(Submission.lang == wanted.lang)
    if wanted.my_languages:
        found.append(_in_languages_of(actor))
    if wanted.assignee == NOBODY:
        found.append(Submission.assignee_id.is_(None))
    elif wanted.assignee:
        found.append(Submission.assignee_id.in_(select(Staff.id).where(Staff.public_id == wanted.assignee)))
    if wanted.text:
        found.append(Submission.haystack.contains(wanted.text.casefold(), autoescape=True))
    return found


def _stands_back() -> ColumnElement[bool]:
    """Return the condition of `stands_back`."""
    return and_(
        Submission.lane == Lane.UNVERIFIED,
        Submission.state.in_(WAITS_FOR_DESK),
        Submission.state_before == State.WRITING,
    )


def _has_waiting_message(at: datetime) -> ColumnElement[bool]:
    """Return the condition that words of the desk have not reached the author yet."""
    return exists().where(Message.submission_id == Submission.id, Message.from_desk, Message.visible_at > at)


def _rank() -> ColumnElement[int]:
    return case((_stands_back(), 1), else_=0)


def _order() -> tuple[ColumnElement[Any], ...]:
    return _rank(), Submission.due_at.asc().nulls_last(), Submission.id.asc()


def _place_of(piece: Submission) -> tuple[int, datetime | None, int]:
    return int(stands_back(piece)), piece.due_at, piece.id


def _is_after(rank: int, due: datetime | None, number: int) -> ColumnElement[bool]:
    """Return the condition for what comes later than this place in the order of the queue."""
    if due is None:
        later = and_(Submission.due_at.is_(None), Submission.id > number)
    else:
        same = and_(Submission.due_at == due, Submission.id > number)
        later = or_(Submission.due_at > due, same, Submission.due_at.is_(None))
    return or_(_rank() > rank, and_(_rank() == rank, later))


def _write_cursor(piece: Submission) -> str:
    rank, due, number = _place_of(piece)
    moment = due.astimezone(UTC).isoformat() if due else None
    return base64.urlsafe_b64encode(json.dumps([rank, moment, number]).encode()).decode().rstrip("=")


def _read_cursor(text: str) -> tuple[int, datetime | None, int] | None:
    """Read a cursor back; anything else than what we wrote is None."""
    try:
        rank, due, number = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
        moment = None if due is None else datetime.fromisoformat(due)
    except (binascii.Error, ValueError, TypeError):
        return None
    is_place = type(rank) is int and rank in (0, 1) and type(number) is int and 0 <= number < 2**31
    if not is_place or (moment is not None and moment.tzinfo is None):
        return None
    return rank, moment, number
