"""How long closed texts are kept, and when erasing them by the clock must stop and ask a person."""

from datetime import datetime, timedelta

from portal.domain.states import State

KEPT_AFTER_CLOSING = frozenset({State.DECLINED, State.SPAM, State.DUPLICATE, State.WITHDRAWN})
"""States that end in erasing, a call's `declined_kept_days` after they were entered. Others never do."""

_ALWAYS_FINE = 5
_MOST_OF = 10


class TooManyDue(Exception):
    """So many texts are due at once that a wrong clock is likelier (safety.md R-45). Nothing was erased."""

    def __init__(self, due: int, kept: int) -> None:
        super().__init__(f"{due} of {kept} submissions are due for erasing at once")
        self.due = due
        self.kept = kept


def erase_from(closed_at: datetime, days: int) -> datetime:
    """Return the moment from which a closed text may be erased."""
    return closed_at + timedelta(days=days)


def is_suspicious(due: int, kept: int) -> bool:
    """Say whether a run erases more than five and more than a tenth of all: then a person must look first."""
    return due > _ALWAYS_FINE and due * _MOST_OF > kept


def month_of(at: datetime) -> datetime:
    """Return the start of the month: the only time that outlives a text."""
    return at.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
