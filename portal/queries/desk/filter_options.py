"""Options of the filter of the queue: languages, colleagues and tags, as far as there are any."""

from collections.abc import Sequence
from functools import cache, lru_cache
from typing import Any, NamedTuple

from sqlalchemy import (
    CTE,
    ColumnElement,
    CompoundSelect,
    Integer,
    Select,
    String,
    and_,
    bindparam,
    case,
    cast,
    exists,
    func,
    literal,
    or_,
    select,
    true,
    union_all,
)
from sqlalchemy.orm import Session

from portal.domain.languages import UNDETERMINED
from portal.domain.permissions import CAN_JUDGE
from portal.domain.states import WAITS_FOR_DESK, State
from portal.models import Call, Coverage, Staff, StaffLanguage, Submission, Tag
from portal.models.staff import staff_coverage
from portal.queries.constants import constant, constants
from portal.queries.desk.queue import LISTED
from portal.queries.visibility import Sight, readable_calls, seen_coverages, sight_of, works_everywhere

_BEFORE_ALL = ""
"""No tag comes before it."""

Choice = tuple[str, str]
"""Public id and name."""


class Languages(NamedTuple):
    """The languages of the queue, as tags in their order."""

    present: tuple[str, ...]
    unread: tuple[str, ...]
    """Those in which something waits that nobody on its desk can judge."""


def find_languages(session: Session, actor: Staff) -> Languages:
    """Return the languages of everything the actor may read. One query."""
    found = session.execute(_languages(sight_of(actor)), {"actor_id": actor.id}).all()
    return Languages(tuple(tag for tag, _ in found), tuple(tag for tag, is_unread in found if is_unread))


class Choices(NamedTuple):
    """What the queue can be narrowed to by name: active colleagues one shares a coverage with, and tags."""

    colleagues: Sequence[Choice]
    tags: Sequence[Choice]


def list_choices(session: Session, actor: Staff) -> Choices:
    """Return colleagues and tags of the coverages the actor works on, by name. One query."""
    found = session.execute(_choices(sight_of(actor)), {"actor_id": actor.id}).all()
    rows = sorted(found, key=lambda row: (row.name.casefold(), row.public_id))
    return Choices(
        [(row.public_id, row.name) for row in rows if row.is_tag == 0],
        [(row.public_id, row.name) for row in rows if row.is_tag == 1],
    )


@lru_cache(len(Sight))
def _languages(sight: Sight) -> Select[*tuple[Any, ...]]:
    """Return the statement of each language, and whether something in it waits that nobody can judge."""
    found = _walk_languages(sight, LISTED)
    waits = and_(found.c.state.in_(constants(WAITS_FOR_DESK)), found.c.lang != UNDETERMINED)
    is_unread = func.max(case((and_(waits, ~_is_read(found)), constant(1)), else_=constant(0)))
    query = select(found.c.lang, is_unread).join_from(found, Call, Call.id == found.c.call_id)
    return query.where(found.c.lang > _BEFORE_ALL).group_by(found.c.lang).order_by(found.c.lang)


def _is_read(found: CTE) -> ColumnElement[bool]:
    """Return the condition on Call that somebody who works on its coverage reads the language well."""
    works_there = select(staff_coverage.c.staff_id).where(staff_coverage.c.coverage_id == Call.coverage_id)
    return (
        exists()
        .where(StaffLanguage.tag == found.c.lang, StaffLanguage.reading.in_(constants(CAN_JUDGE)))
        .where(Staff.id == StaffLanguage.staff_id, Staff.active)
        .where(or_(works_everywhere(), Staff.id.in_(works_there.correlate(Call))))
        .correlate(Call, found)
    )


@cache
def walk_unread_languages() -> Select[*tuple[Any, ...]]:
    """Return the statement of each call, its coverage, and a language that waits there and nobody reads."""
    found = _walk_languages(Sight.ALL, WAITS_FOR_DESK)
    query = select(Call.id, Call.coverage_id, found.c.lang).join_from(found, Call, Call.id == found.c.call_id)
    is_known = and_(found.c.lang > _BEFORE_ALL, found.c.lang != UNDETERMINED)
    return query.where(is_known, ~_is_read(found)).distinct().order_by(Call.id, found.c.lang)


def _walk_languages(sight: Sight, states: frozenset[State]) -> CTE:
    """Return (call_id, state, lang) of what is there, each once, and where each walk begins and ends.

    From each language the next one is looked up in an index: some steps, where DISTINCT reads all rows.
    """
    each = union_all(*(select(cast(constant(state), String).label("state")) for state in sorted(states)))
    each_state = each.subquery()
    begin = cast(literal(_BEFORE_ALL), String).label("lang")
    starts = select(Call.id.label("call_id"), each_state.c.state, begin).join_from(Call, each_state, true())
    walk = starts.where(readable_calls(sight)).cte(recursive=True)
    following = (
        select(func.min(Submission.lang))
        .where(Submission.call_id == walk.c.call_id, Submission.state == walk.c.state)
        .where(Submission.lang > walk.c.lang)
        .scalar_subquery()
    )
    return walk.union_all(select(walk.c.call_id, walk.c.state, following).where(walk.c.lang.is_not(None)))


@lru_cache(len(Sight))
def _choices(sight: Sight) -> CompoundSelect[*tuple[Any, ...]]:
    actor_id = bindparam("actor_id", type_=Integer)
    shared = select(staff_coverage.c.staff_id)
    if sight is not Sight.ALL:
        own = select(staff_coverage.c.coverage_id).where(staff_coverage.c.staff_id == actor_id)
        shared = shared.where(staff_coverage.c.coverage_id.in_(own))
    is_colleague = or_(works_everywhere(), Staff.id.in_(shared), Staff.id == actor_id)
    people = select(Staff.public_id, Staff.name.label("name"), constant(0).label("is_tag"))
    tags = select(Tag.public_id, Tag.name, constant(1)).join(Coverage, Coverage.id == Tag.coverage_id)
    return union_all(people.where(Staff.active, is_colleague), tags.where(seen_coverages(sight)))
