"""Visibility: what a member of staff may read, as SQL; `may_read` is the same rule for one loaded thing."""

from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Integer, bindparam, false, select, true

from portal.domain.permissions import Permission, roles_with
from portal.models import Call, Coverage, Staff, Submission
from portal.models.staff import staff_coverage
from portal.queries.constants import constants


class Sight(StrEnum):
    """The sight of a person: how much of the desk they see."""

    ALL = "all"
    OWN = "own"
    """The coverages they work on."""
    NONE = "none"


def sight_of(actor: Staff) -> Sight:
    """Return how much this person sees: every coverage, those they work on, or nothing."""
    if not actor.may(Permission.QUEUE_READ):
        return Sight.NONE
    return Sight.ALL if actor.may(Permission.COVERAGE_ALL) else Sight.OWN


def coverages_of(actor: Staff) -> ColumnElement[bool]:
    """Return the condition on Coverage for what the actor works on."""
    return _within(sight_of(actor), Coverage.id, actor.id)


def readable_by(actor: Staff) -> ColumnElement[bool]:
    """Return the condition on Submission for what the actor may read."""
    return _readable(sight_of(actor), actor.id)


def readable(sight: Sight) -> ColumnElement[bool]:
    """Return the condition of `readable_by` for statements made once: the parameter `actor_id` asks."""
    return _readable(sight, bindparam("actor_id", type_=Integer))


def readable_calls(sight: Sight) -> ColumnElement[bool]:
    """Return the condition on Call for `readable`."""
    return _within(sight, Call.coverage_id, bindparam("actor_id", type_=Integer))


def seen_coverages(sight: Sight) -> ColumnElement[bool]:
    """Return the condition on Coverage for `readable`."""
    return _within(sight, Coverage.id, bindparam("actor_id", type_=Integer))


def works_everywhere() -> ColumnElement[bool]:
    """Return the condition on Staff that they work on every coverage."""
    return Staff.role.in_(constants(roles_with(Permission.COVERAGE_ALL)))


def may_read(actor: Staff, submission: Submission) -> bool:
    """Say whether the actor may read this submission."""
    if not actor.may(Permission.QUEUE_READ):
        return False
    return actor.may(Permission.COVERAGE_ALL) or submission.call.coverage in actor.coverages


def _readable(sight: Sight, actor_id: Any) -> ColumnElement[bool]:
    if sight is not Sight.OWN:
        return _within(sight, Coverage.id, actor_id)
    return Submission.call_id.in_(select(Call.id).where(_within(sight, Call.coverage_id, actor_id)))


def _within(sight: Sight, coverage_id: Any, actor_id: Any) -> ColumnElement[bool]:
    """Return the condition that a coverage is among those seen."""
    match sight:
        case Sight.ALL:
            return true()
        case Sight.NONE:
            return false()
    own = select(staff_coverage.c.coverage_id).where(staff_coverage.c.staff_id == actor_id)
    found: ColumnElement[bool] = coverage_id.in_(own)
    return found
