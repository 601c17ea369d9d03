"""Sweeps of the database's files, which erased words leave too: when one is done, and by when it is late."""

from datetime import datetime, timedelta

from portal.domain.deadlines import round_to_hour

GONE_WITHIN = timedelta(days=1)
"""What authors are told: by then nothing of an erased text is left in the files of the database."""

SMALL_BYTES = 16 * 1024 * 1024
"""Tables that take no more are rewritten within some tenths of a second, at any time of the day."""

_SHORT_BYTES = 2 * 1024 * 1024
"""A table that takes no more is rewritten within a tenth of a second, whoever waits for it."""

_QUIET = range(2, 6)
"""Hours (UTC) of the night, for larger tables: it is much to write, and others may have to wait for it."""


def may_rewrite(size: int, *, at: datetime) -> bool:
    """Say whether tables of so many bytes may be rewritten now."""
    return size <= SMALL_BYTES or at.hour in _QUIET


def is_short(size: int) -> bool:
    """Say whether others hardly notice that they wait while a table of so many bytes is rewritten."""
    return size <= _SHORT_BYTES


def is_sweep_late(asked_at: datetime, *, at: datetime) -> bool:
    """Say whether what was erased should be gone by now; of when it was, only the hour is known."""
    return asked_at < round_to_hour(at - GONE_WITHIN)
