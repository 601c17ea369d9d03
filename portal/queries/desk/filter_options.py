"""Options of the filter of the queue: languages, colleagues and tags, as far as there are any."""

from collections.abc import Sequence
from enum import IntEnum
from functools import cache, lru_cache
from typing import Any, NamedTuple

from sqlalchemy import (
    CTE,
    ColumnElement,
    CompoundSelect,
    Integer,
    Row,
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


class Choices(NamedTuple):
    """What the queue can be narrowed to by name: active colleagues one shares a coverage with, and tags."""

    colleagues: Sequence[Choice]
    tags: Sequence[Choice]


class FilterOptions(NamedTuple):
    """What the queue can be narrowed to."""

    languages: Sequence[str]
    """Those of everything one may read, as tags in their order."""
    unread: Sequence[str]
    """Those in which something waits that nobody on its desk can judge."""
    choices: Choices


class _Kind(IntEnum):
    """The kind of a row of the statement; an unread language is one too."""

    COLLEAGUE = 0
    TAG = 1
    LANGUAGE = 2
    UNREAD = 3


def list_choices(session: Session, actor: Staff) -> Choices:
    """Return colleagues and tags of the coverages the actor works on, by name. One query."""
    return _read_choices(session.execute(_choices(sight_of(actor)), {"actor_id": actor.id}).all())


def find_options(session: Session, actor: Staff) -> FilterOptions:
    """Return colleagues, tags and languages of what the actor may read. One query."""
    found = session.execute(_options(sight_of(actor)), {"actor_id": actor.id}).all()
    unread = [row.public_id for row in found if row.kind == _Kind.UNREAD]
    read = [row.public_id for row in found if row.kind == _Kind.LANGUAGE]
    return FilterOptions(sorted(read + unread), sorted(unread), _read_choices(found))


def _read_choices(found: Sequence[Row[Any]]) -> Choices:
    rows = sorted(found, key=lambda row: (row.name.casefold(), row.public_id))
    return Choices(
        [(row.public_id, row.name) for row in rows if row.kind == _Kind.COLLEAGUE],
        [(row.public_id, row.name) for row in rows if row.kind == _Kind.TAG],
    )


@lru_cache(len(Sight))
def _options(sight: Sight) -> CompoundSelect[*tuple[Any, ...]]:
    return union_all(*_select_choices(sight), _select_languages(sight))


def _select_languages(sight: Sight) -> Select[*tuple[Any, ...]]:
    """Return the statement of each language, and whether something in it waits that nobody can judge."""
    found = _walk_languages(sight, LISTED)
    waits = and_(found.c.state.in_(constants(WAITS_FOR_DESK)), found.c.lang != UNDETERMINED)
    is_unread = and_(waits, ~_is_read(found))
    kind = func.max(case((is_unread, constant(_Kind.UNREAD)), else_=constant(_Kind.LANGUAGE)))
    query = select(found.c.lang, found.c.lang, kind).join_from(found, Call, Call.id == found.c.call_id)
    return query.where(found.c.lang > _BEFORE_ALL).group_by(found.c.lang)


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
    return union_all(*_select_choices(sight))


def _select_choices(sight: Sight) -> Sequence[Select[*tuple[Any, ...]]]:
    """Return the statements of colleagues and of tags."""
    actor_id = bindparam("actor_id", type_=Integer)
    shared = select(staff_coverage.c.staff_id)
    if sight is not Sight.ALL:
        own = select(staff_coverage.c.coverage_id).where(staff_coverage.c.staff_id == actor_id)
        shared = shared.where(staff_coverage.c.coverage_id.in_(own))
    is_colleague = or_(works_everywhere(), Staff.id.in_(shared), Staff.id == actor_id)
    people = select(Staff.public_id, Staff.name.label("name"), constant(_Kind.COLLEAGUE).label("kind"))
    tags = select(Tag.public_id, Tag.name, constant(_Kind.TAG)).join(Coverage, Coverage.id == Tag.coverage_id)
    return people.where(Staff.active, is_colleague), tags.where(seen_coverages(sight))
