"""Every set of states, acts, permissions, roles and lanes, member by member.

A set says what a person is told, kept or allowed: one member more or fewer is a decision, and it is made in
two places. A set that is new is added to the table.
"""

import importlib
import inspect
import pkgutil
from collections.abc import Iterator, Mapping
from enum import Enum
from types import ModuleType
from typing import Any

import pytest

import portal.domain
import portal.operations
import portal.queries
from portal.domain.acts import Act, HistoryAct
from portal.domain.admission import Lane, may_vouch
from portal.domain.desk_codes import CodeState
from portal.domain.permissions import Permission, Role
from portal.domain.photos import takes_pictures
from portal.domain.states import Stage, State
from portal.domain.ways_in import PageRight, WayIn

DECIDING = (State, Act, HistoryAct, Permission, Role, Lane, Stage, CodeState, WayIn, PageRight)
LAYERS = (portal.domain, portal.operations, portal.queries)
TABLE: Mapping[str, str] = {
    "domain.documents.takes_documents": ("accepted approved author_check invited needs_reply spam submitted"),
    "domain.bulk_acts.UNDOABLE": "assign decline mark_spam recommend tag",
    "domain.desk_notices.ASKED_BY": "ask invite send_for_approval",
    "domain.admission._VOUCHES_NOT": "erased spam withdrawn writing",
    "domain.permissions._MODERATOR": "account:own queue:read submission:moderate",
    "domain.permissions._EDITOR": (
        "account:own coverage:export coverage:tags coverage:targets draft:edit queue:read submission:decide "
        "submission:moderate views:share"
    ),
    "domain.permissions._ADMIN": (
        "account:own call:settings coverage:all coverage:export coverage:tags coverage:targets draft:edit "
        "queue:read staff:invite submission:decide submission:erase submission:moderate views:share"
    ),
    "domain.permissions.PERSONAL": "identity:read",
    "domain.transitions.CONTRIBUTOR_ACTS": (
        "approve ask_take_down erase object reply save send_story submit withdraw"
    ),
    "domain.photos.PICTURE_ACTS": "add_picture change_picture remove_picture",
    "domain.photos._TAKING": "accepted approved author_check needs_reply spam submitted",
    "domain.photos.takes_refusals": "published",
    "domain.consent.asks_for_consents": ("accepted approved author_check invited needs_reply spam submitted"),
    "domain.retention.KEPT_AFTER_CLOSING": "declined duplicate spam withdrawn",
    "domain.retention.KEPT_FOR_GOOD": "erased published",
    "domain.retention.TOLD_OF_THEIR_END": (
        "accepted approved author_check declined duplicate invited needs_reply submitted"
    ),
    "domain.answers._CHANGEABLE": "needs_reply submitted",
    "domain.answers._NOT_WITH_US": "erased withdrawn writing",
    "domain.answers.may_change": "needs_reply spam submitted",
    "domain.answers.is_with_desk": (
        "accepted approved author_check declined duplicate invited needs_reply published spam submitted"
    ),
    "domain.answers.may_answer_after": ("accepted approved author_check invited needs_reply spam submitted"),
    "domain.answers.may_name_language": ("accepted approved author_check invited needs_reply spam submitted"),
    "domain.acts.MOVES": " ".join(Act),
    "domain.acts.DECISIONS": " ".join((*Act, "undo")),
    "domain.recommendations.takes_recommendations": "invited needs_reply submitted",
    "domain.states.UNDECIDED": "invited needs_reply submitted",
    "domain.transitions._SENT_UNPUBLISHED": (
        "accepted approved author_check declined duplicate invited needs_reply spam submitted"
    ),
    "domain.transitions._REOPENED": "declined duplicate spam withdrawn",
    "domain.states.WAITS_FOR_DESK": "submitted",
    "domain.states.CAME_BACK_FROM": "invited needs_reply",
    "domain.states.WAITS_FOR_CONTRIBUTOR": "author_check invited needs_reply",
    "domain.states.UNDER_WAY": ("accepted approved author_check invited needs_reply spam submitted"),
    "domain.states.IN_COVERAGE": "accepted approved author_check published",
    "domain.answers._NOBODY_THERE": "erased writing",
    "domain.answers.takes_messages": (
        "accepted approved author_check declined duplicate invited needs_reply published spam "
        "submitted withdrawn"
    ),
    "domain.ways_in._OF_AUTHOR": (
        "page:change page:check page:consents page:documents page:erase page:keep_words page:language "
        "page:mail page:new_code page:own_data page:photos page:receipt page:refuse_code page:send_story "
        "page:unsent page:withdraw page:write_message"
    ),
    "operations.private.author_acts.ENDING": "ask_take_down withdraw",
    "operations.private.messages._NEVER_SENT": "erased writing",
    "operations.private.unsent._GONE": "erased withdrawn writing",
    "operations.contribute.save._GONE": "erased withdrawn",
    "operations.private.access.WITHOUT_CODE": "erased writing",
    "operations.private.access._REPLACEABLE": "asked in_use issued",
    "operations.contribute.submit._GONE": "erased withdrawn",
    "queries.published._GONE": "erased withdrawn",
    "queries.coverages.export._LEFT": "erased withdrawn",
    "queries.coverages.export.SETTLED": "approved published",
    "operations.undo_effects._OF_DRAFTS": "accept correct publish send_for_approval waive_approval",
    "domain.acts.TOLD_BESIDES": "fix_language open_by_desk_code open_identity replace_code",
    "queries.photos._APPROVALS": "approve waive_approval",
    "queries.private.page._CLOSED": "declined duplicate withdrawn",
    "domain.states.MAY_HAVE_LEFT": "accepted approved author_check published withdrawn",
    "domain.states.HIDDEN": "erased writing",
    "queries.desk.queue.LISTED": (
        "accepted approved author_check declined duplicate invited needs_reply published spam "
        "submitted withdrawn"
    ),
    "domain.states.OPEN": "accepted approved author_check invited needs_reply submitted",
    "domain.states.CLOSED": "declined duplicate published spam withdrawn",
}
"""What belongs to each set, and for which states each question has the answer yes."""


def list_modules() -> Iterator[ModuleType]:
    for layer in LAYERS:
        for found in pkgutil.walk_packages(layer.__path__, f"{layer.__name__}."):
            yield importlib.import_module(found.name)


def is_set(value: Any) -> bool:
    """Say whether this is a set of members that decide something."""
    return (
        isinstance(value, frozenset | tuple)
        and bool(value)
        and all(isinstance(one, DECIDING) for one in value)
    )


def is_question(value: Any) -> bool:
    """Say whether this is a function that answers yes or no for a state."""
    if not inspect.isfunction(value):
        return False
    told = inspect.signature(value)
    return [one.annotation for one in told.parameters.values()] == [State] and told.return_annotation is bool


def find_rows() -> dict[str, str]:
    """Return what the code says: its own sets and questions, each where it is made."""
    rows: dict[str, str] = {}
    for module in list_modules():
        source = inspect.getsource(module)
        for name, value in vars(module).items():
            place = f"{module.__name__.removeprefix('portal.')}.{name}"
            if is_question(value) and value.__module__ == module.__name__:
                rows[place] = join(state for state in State if value(state))
            elif is_set(value) and any(
                line.startswith((f"{name} =", f"{name}:")) for line in source.splitlines()
            ):
                rows[place] = join(value)
    return rows


def join(members: Any) -> str:
    found: list[Enum] = list(members)
    return " ".join(sorted(str(one.value) for one in found))


def test_every_set_has_the_members_of_the_table() -> None:
    assert find_rows() == {name: " ".join(sorted(members.split())) for name, members in TABLE.items()}


PHOTOS = "submitted needs_reply accepted author_check approved spam"


@pytest.mark.parametrize("state", State)
@pytest.mark.parametrize("stage", Stage)
def test_photos_come_with_a_story_that_is_under_way(state: State, stage: Stage) -> None:
    assert takes_pictures(state, stage) is (stage is Stage.STORY and state in PHOTOS.split())


@pytest.mark.parametrize("state", State)
@pytest.mark.parametrize("lane", Lane)
def test_who_sent_something_sound_counts_as_known(state: State, lane: Lane) -> None:
    vouches_not = "writing spam withdrawn erased"
    assert may_vouch(lane, state) is (lane is Lane.VERIFIED and state not in vouches_not.split())
