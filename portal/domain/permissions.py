"""Roles of staff, the permissions they carry, and how well a person reads a language.

What an act asks for stands in its row (domain.transitions).
"""

from collections.abc import Mapping
from enum import StrEnum


class Role(StrEnum):
    """A member of staff has exactly one role. Contributors have none: they hold a receipt code."""

    MODERATOR = "moderator"
    EDITOR = "editor"
    ADMIN = "admin"


class Permission(StrEnum):
    """A permission a page or a button asks for, named subject:verb."""

    QUEUE_READ = "queue:read"
    SUBMISSION_MODERATE = "submission:moderate"
    SUBMISSION_DECIDE = "submission:decide"
    SUBMISSION_ERASE = "submission:erase"
    DRAFT_EDIT = "draft:edit"
    COVERAGE_EXPORT = "coverage:export"
    COVERAGE_TARGETS = "coverage:targets"
    """To say which sites stories are sent to, and by which accounts there."""
    COVERAGE_TAGS = "coverage:tags"
    """To make, rename, merge and remove the tags of a coverage; putting one on a text is moderating."""
    COVERAGE_ALL = "coverage:all"
    """To work on every coverage, not only on those one was given."""
    VIEWS_SHARE = "views:share"
    """To show a saved view of the queue to a whole desk, and to change those that are shown."""
    CALL_SETTINGS = "call:settings"
    """To say who decides in a call."""
    STAFF_INVITE = "staff:invite"
    ACCOUNT_OWN = "account:own"
    IDENTITY_READ = "identity:read"


_MODERATOR = frozenset({Permission.QUEUE_READ, Permission.SUBMISSION_MODERATE, Permission.ACCOUNT_OWN})
_EDITOR = _MODERATOR | {
    Permission.SUBMISSION_DECIDE,
    Permission.DRAFT_EDIT,
    Permission.COVERAGE_EXPORT,
    Permission.COVERAGE_TARGETS,
    Permission.COVERAGE_TAGS,
    Permission.VIEWS_SHARE,
}
_ADMIN = _EDITOR | {
    Permission.STAFF_INVITE,
    Permission.SUBMISSION_ERASE,
    Permission.COVERAGE_ALL,
    Permission.CALL_SETTINGS,
}

GRANTS: Mapping[Role, frozenset[Permission]] = {
    Role.MODERATOR: _MODERATOR,
    Role.EDITOR: _EDITOR,
    Role.ADMIN: _ADMIN,
}

FOUNDER = Role.ADMIN
"""What the first account is invited as: it invites the others."""

PERSONAL = frozenset({Permission.IDENTITY_READ})
"""Granted to named people one by one; no role carries them."""


def has_permission(role: Role, permission: Permission) -> bool:
    """Say whether the role carries the permission."""
    return permission in GRANTS[role]


def roles_with(permission: Permission) -> frozenset[Role]:
    """Return the roles that carry the permission."""
    return frozenset(role for role in Role if has_permission(role, permission))


class ReadingLevel(StrEnum):
    """A level of reading; only the first two let a person decline a text in that language."""

    NATIVE = "native"
    READS = "reads"
    GIST = "gist"


CAN_JUDGE = frozenset({ReadingLevel.NATIVE, ReadingLevel.READS})

REASON_LENGTH = 300
"""Of the reason that whoever opens sealed answers gives."""
