"""Runs over all that is there: which kinds there are, and what one cost."""

from dataclasses import dataclass
from enum import StrEnum


class RunKind(StrEnum):
    """A kind of run; the name under which the portal remembers the last one."""

    EXPORT = "export"
    CLEARING = "clear_away"
    ERASING = "erase_due"
    KEY_ROTATION = "key_rotation"
    BACKUP = "backup"
    MOVE = "move"
    ONLINE_REWRITE = "online_rewrite"
    LOCKED_REWRITE = "locked_rewrite"
    INDEXING = "indexing"
    TELLING = "telling"


@dataclass(frozen=True)
class RunCost:
    """The cost of a bulk run: its time, into how many blocks it was cut, the most memory of its process."""

    seconds: float
    blocks: int
    memory: int
    """MiB, those of the idle process included."""
    longest: float = 0.0
    """Seconds for which the longest block could keep others from writing."""
