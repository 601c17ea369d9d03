"""Who may do what: grants by role, and two questions about an act, may ever and may now."""

from collections.abc import Mapping
from enum import StrEnum

from portal.domain.states import Act, Stage, State, fits


class Role(StrEnum):
    """A member of staff has exactly one role. Contributors have none: they hold a receipt code."""

    MODERATOR = "moderator"
    EDITOR = "editor"
    ADMIN = "admin"


class Permission(StrEnum):
    """What a page or a button asks for, named subject:verb."""

    QUEUE_READ = "queue:read"
    SUBMISSION_MODERATE = "submission:moderate"
    SUBMISSION_DECIDE = "submission:decide"
    SUBMISSION_ERASE = "submission:erase"
    DRAFT_EDIT = "draft:edit"
    COVERAGE_EXPORT = "coverage:export"
    COVERAGE_ALL = "coverage:all"
    """To work on every coverage, not only on those one was given."""
    STAFF_INVITE = "staff:invite"
    ACCOUNT_OWN = "account:own"
    IDENTITY_READ = "identity:read"


_MODERATOR = frozenset({Permission.QUEUE_READ, Permission.SUBMISSION_MODERATE, Permission.ACCOUNT_OWN})
_EDITOR = _MODERATOR | {Permission.SUBMISSION_DECIDE, Permission.DRAFT_EDIT, Permission.COVERAGE_EXPORT}
_ADMIN = _EDITOR | {Permission.STAFF_INVITE, Permission.SUBMISSION_ERASE, Permission.COVERAGE_ALL}

GRANTS: Mapping[Role, frozenset[Permission]] = {
    Role.MODERATOR: _MODERATOR,
    Role.EDITOR: _EDITOR,
    Role.ADMIN: _ADMIN,
}

FOUNDER = Role.ADMIN
"""What the first account is invited as: it invites the others."""

PERSONAL = frozenset({Permission.IDENTITY_READ})
"""Granted to named people one by one; no role carries them."""

CONTRIBUTOR_ACTS = frozenset(
    {
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
)
ACT_NEEDS: Mapping[Act, Permission] = {
    Act.ASK: Permission.SUBMISSION_MODERATE,
    Act.MARK_SPAM: Permission.SUBMISSION_MODERATE,
    Act.MARK_DUPLICATE: Permission.SUBMISSION_MODERATE,
    Act.INVITE: Permission.SUBMISSION_DECIDE,
    Act.DECLINE: Permission.SUBMISSION_DECIDE,
    Act.ACCEPT: Permission.SUBMISSION_DECIDE,
    Act.SEND_FOR_APPROVAL: Permission.SUBMISSION_DECIDE,
    Act.WAIVE_APPROVAL: Permission.SUBMISSION_DECIDE,
    Act.REVISE: Permission.SUBMISSION_DECIDE,
    Act.PUBLISH: Permission.SUBMISSION_DECIDE,
    Act.CORRECT: Permission.SUBMISSION_DECIDE,
    Act.WITHDRAW: Permission.SUBMISSION_DECIDE,
    Act.ASK_TAKE_DOWN: Permission.SUBMISSION_DECIDE,
    Act.REOPEN: Permission.SUBMISSION_DECIDE,
    Act.ERASE: Permission.SUBMISSION_ERASE,
}
# A call can let moderators take these two decisions.
DELEGABLE = frozenset({Act.INVITE, Act.DECLINE})


def holds(role: Role, permission: Permission) -> bool:
    """Say whether the role carries the permission."""
    return permission in GRANTS[role]


def roles_with(permission: Permission) -> frozenset[Role]:
    """Return the roles that carry the permission."""
    return frozenset(role for role in Role if holds(role, permission))


def may_ever(act: Act, *, role: Role | None, is_author: bool, moderators_decide: bool = False) -> bool:
    """Say whether this person may do the act in some state; `role` None is a person without an account."""
    if is_author and act in CONTRIBUTOR_ACTS:
        return True
    needed = ACT_NEEDS.get(act)
    if role is None or needed is None:
        return False
    if moderators_decide and act in DELEGABLE and holds(role, Permission.SUBMISSION_MODERATE):
        return True
    return holds(role, needed)


def may_now(
    act: Act,
    state: State,
    stage: Stage,
    *,
    role: Role | None,
    is_author: bool,
    moderators_decide: bool = False,
) -> bool:
    """Say whether this person may do the act in this state and stage."""
    return fits(state, stage, act) and may_ever(
        act, role=role, is_author=is_author, moderators_decide=moderators_decide
    )
