"""Who may do what: who each act is for, and the grants of the roles."""

from typing import Final

import pytest

from portal.domain.acts import Act
from portal.domain.permissions import GRANTS, PERSONAL, Permission, Role, has_permission
from portal.domain.states import Stage, State
from portal.domain.transitions import may_ever, may_now

STAFF_FROM: Final = {
    Role.MODERATOR: {Act.ASK, Act.MARK_SPAM, Act.MARK_DUPLICATE},
    Role.EDITOR: {
        Act.INVITE,
        Act.ACCEPT,
        Act.SEND_FOR_APPROVAL,
        Act.WAIVE_APPROVAL,
        Act.REVISE,
        Act.PUBLISH,
        Act.CORRECT,
        Act.DECLINE,
        Act.WITHDRAW,
        Act.ASK_TAKE_DOWN,
        Act.REOPEN,
    },
    Role.ADMIN: {Act.ERASE},
}
"""The acts each role adds to those of the role before it."""
OF_THE_AUTHOR: Final = {
    Act.SAVE,
    Act.SUBMIT,
    Act.REPLY,
    Act.SEND_STORY,
    Act.APPROVE,
    Act.OBJECT,
    Act.WITHDRAW,
    Act.ASK_TAKE_DOWN,
    Act.ERASE,
}
OF_MODERATORS: Final = STAFF_FROM[Role.MODERATOR]
OF_EDITORS: Final = OF_MODERATORS | STAFF_FROM[Role.EDITOR]
OF_ADMINS: Final = OF_EDITORS | STAFF_FROM[Role.ADMIN]
ALLOWED: Final = {Role.MODERATOR: OF_MODERATORS, Role.EDITOR: OF_EDITORS, Role.ADMIN: OF_ADMINS}


@pytest.mark.parametrize("role", ALLOWED)
def test_staff_do_the_acts_of_their_role(role: Role) -> None:
    assert {act for act in Act if may_ever(act, role=role, is_author=False)} == ALLOWED[role]


def test_an_author_does_their_own_acts() -> None:
    assert {act for act in Act if may_ever(act, role=None, is_author=True)} == OF_THE_AUTHOR


def test_a_stranger_does_nothing() -> None:
    assert [act for act in Act if may_ever(act, role=None, is_author=False)] == []


def test_a_call_can_let_moderators_invite_and_decline() -> None:
    allowed = {
        act for act in Act if may_ever(act, role=Role.MODERATOR, is_author=False, moderators_decide=True)
    }
    assert allowed == OF_MODERATORS | {Act.INVITE, Act.DECLINE}


@pytest.mark.parametrize("role", [Role.EDITOR, Role.ADMIN])
def test_letting_moderators_decide_changes_nothing_for_others(role: Role) -> None:
    allowed = {act for act in Act if may_ever(act, role=role, is_author=False, moderators_decide=True)}
    assert allowed == ALLOWED[role]


def test_letting_moderators_decide_opens_nothing_to_strangers() -> None:
    assert [act for act in Act if may_ever(act, role=None, is_author=False, moderators_decide=True)] == []


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("permission", PERSONAL)
def test_no_role_opens_identities(role: Role, permission: Permission) -> None:
    assert not has_permission(role, permission)


def test_opening_an_identity_is_the_only_personal_permission() -> None:
    assert {Permission.IDENTITY_READ} == PERSONAL


@pytest.mark.parametrize(
    ("role", "permissions"),
    [
        (Role.MODERATOR, "queue:read submission:moderate account:own"),
        (
            Role.EDITOR,
            (
                "queue:read submission:moderate account:own submission:decide draft:edit "
                "coverage:export coverage:targets coverage:tags views:share"
            ),
        ),
    ],
)
def test_a_role_carries_its_permissions(role: Role, permissions: str) -> None:
    assert GRANTS[role] == {Permission(one) for one in permissions.split()}


def test_an_admin_is_an_editor_who_also_invites_staff_erases_sets_calls_and_works_everywhere() -> None:
    assert GRANTS[Role.ADMIN] - GRANTS[Role.EDITOR] == {
        Permission.STAFF_INVITE,
        Permission.SUBMISSION_ERASE,
        Permission.COVERAGE_ALL,
        Permission.CALL_SETTINGS,
    }


def test_an_admin_lacks_nothing_of_an_editor() -> None:
    assert GRANTS[Role.EDITOR] - GRANTS[Role.ADMIN] == frozenset()


def test_an_editor_accepts_a_submitted_story() -> None:
    assert may_now(Act.ACCEPT, State.SUBMITTED, Stage.STORY, role=Role.EDITOR, is_author=False)


def test_an_editor_does_not_accept_a_pitch() -> None:
    assert not may_now(Act.ACCEPT, State.SUBMITTED, Stage.PITCH, role=Role.EDITOR, is_author=False)


def test_a_moderator_does_not_accept_even_where_the_state_fits() -> None:
    assert not may_now(Act.ACCEPT, State.SUBMITTED, Stage.STORY, role=Role.MODERATOR, is_author=False)


def test_a_moderator_trusted_by_the_call_declines_where_the_state_fits() -> None:
    assert may_now(
        Act.DECLINE,
        State.SUBMITTED,
        Stage.PITCH,
        role=Role.MODERATOR,
        is_author=False,
        moderators_decide=True,
    )
