"""Pushes: a story on its way to a target, and when it is tried again."""

from datetime import datetime, timedelta
from enum import StrEnum

from portal.domain.remote_sites import RETRYABLE, RemoteStatus


class PushState(StrEnum):
    """The state of a push. Stored by value."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    ASKING = "asking"
    """Somebody has changed the post there: an editor says which text stays."""
    KEPT = "kept"
    """An editor has said that theirs stays."""


class PushProblem(StrEnum):
    """Reasons why a story has not left, besides what happens on the site (SiteProblem). Stored by value."""

    MAY_NOT_LEAVE = "may_not_leave"
    """Its author, or a rule, keeps it here."""
    CHANGED_MEANWHILE = "changed_meanwhile"
    """Somebody has changed it here between reading and leaving."""
    PHOTO_LOST = "photo_lost"
    """The file of one of its photos cannot be read."""
    CLOSED = "closed"
    """Its target was closed."""
    NO_PASSWORD = "no_password"  # noqa: S105  # a name of a problem
    """The target has no account, or no key opens it."""
    ABANDONED = "abandoned"
    """Every attempt ended with its worker, before anything could be said."""


UNDER_WAY = frozenset({PushState.WAITING, PushState.RUNNING})
SETTLED_THERE = frozenset({PushState.DONE, PushState.KEPT})
"""After these nothing is left to send, until the text is another one."""

DELAYS = tuple(timedelta(minutes=minutes) for minutes in (1, 2, 5, 15, 30, 60))
"""Waiting time after each attempt that failed for a reason that passes; then comes one more attempt."""
MOST_ATTEMPTS = len(DELAYS) + 1
LEASE = timedelta(minutes=10)
"""Longer than a story can take: a worker that died holds it no longer than this."""


def next_attempt(attempts: int, *, at: datetime) -> datetime | None:
    """Return when it is tried again after so many attempts; None when it is given up."""
    return at + DELAYS[attempts - 1] if 0 < attempts < MOST_ATTEMPTS else None


def is_retried(problem: str) -> bool:
    """Say whether a problem passes by itself, so that the story is sent again without anybody's press."""
    return problem in RETRYABLE or problem == PushProblem.CHANGED_MEANWHILE


_OFTEN, _SELDOM = timedelta(hours=1), timedelta(days=1)
_MOVING = frozenset({None, RemoteStatus.DRAFT, RemoteStatus.PENDING, RemoteStatus.SCHEDULED})
"""What somebody there may publish any time."""
LOOKED_AT_FOR = timedelta(days=180)
"""How long after it was sent last the portal looks by itself what has become of a story."""


def is_looked_at(sent_at: datetime, *, at: datetime) -> bool:
    """Say whether the portal still looks by itself what has become of what was sent last at `sent_at`."""
    return sent_at > at - LOOKED_AT_FOR


def looks_again_after(status: RemoteStatus | None) -> timedelta:
    """Return how long after a look the portal looks once more: what is gone can be brought back there."""
    return _OFTEN if status in _MOVING else _SELDOM
