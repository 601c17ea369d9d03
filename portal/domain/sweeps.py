"""Sweeps of the database's files, which erased words leave too: when one is done, and by when it is late."""

from datetime import datetime, timedelta

from portal.domain.deadlines import round_to_hour

GONE_WITHIN = timedelta(days=1)
"""What authors are told: by then nothing of an erased text is left in the files of the database."""

SMALL_BYTES = 16 * 1024 * 1024
"""Tables that take no more are rewritten within some tenths of a second, at any time of the day."""

_QUIET = range(2, 6)
"""Hours (UTC) of the night: larger tables are rewritten then, and nobody reads or writes them meanwhile."""


def may_rewrite(size: int, *, at: datetime) -> bool:
    """Say whether tables of so many bytes may be rewritten now, for which everybody else waits."""
    return size <= SMALL_BYTES or at.hour in _QUIET


def is_sweep_late(asked_at: datetime, *, at: datetime) -> bool:
    """Say whether what was erased should be gone by now; of when it was, only the hour is known."""
    return asked_at < round_to_hour(at - GONE_WITHIN)
