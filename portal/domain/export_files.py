"""Files of an export that the worker makes: their states, and how long each is kept."""

from datetime import timedelta
from enum import StrEnum


class ExportState(StrEnum):
    """Where the making of a file stands. Stored by value."""

    WAITING = "waiting"
    RUNNING = "running"
    READY = "ready"
    FAILED = "failed"
    DROPPED = "dropped"
    """An author has called something back meanwhile: the file is made again, or not at all."""
    OVER = "over"
    """Its day is over."""


class ExportProblem(StrEnum):
    """Why no file was made. Stored by value."""

    NOTHING = "nothing"
    """No story could leave."""
    PHOTOS_LOST = "photos_lost"
    """Photos that belong to the stories cannot be read; whoever wants it can have it without them."""
    NO_ROOM = "no_room"
    FORMAT = "format"
    """The format of another package failed."""
    ABANDONED = "abandoned"
    """Every attempt ended with its worker."""


class LeftOut(StrEnum):
    """Why a chosen story is not in the file, besides what keeps it from leaving (ExportRefusal)."""

    CHANGED = "changed"
    """Somebody has changed it while the file was made."""
    NOT_FOUND = "not_found"
    """It was no longer among the chosen ones when the file was begun."""


UNDER_WAY = frozenset({ExportState.WAITING, ExportState.RUNNING})
MOST_AT_ONCE = 20
"""Stories of a file that is made while somebody waits for it; more are the worker's."""
FETCHED_FOR = timedelta(days=1)
"""How long a file can be fetched."""
LISTED_FOR = timedelta(days=7)
"""How long the page remembers that it was made."""
LEASE = timedelta(minutes=5)
"""Longer than a block of stories takes: a worker that died holds a file no longer."""
FARTHEST_LEASE = timedelta(hours=1)
"""How far ahead a lease can end: one that ends later was given by a wrong clock, and holds nothing."""
POSTPONED_FOR = timedelta(seconds=10)
"""How long a file waits whose stories the search cannot name yet, before it is tried once more."""
MOST_ATTEMPTS = 3
