"""How long texts are kept, and when erasing them by the clock must stop and ask a person."""

import calendar
from datetime import datetime, timedelta

from portal.domain.states import State

KEPT_AFTER_CLOSING = frozenset({State.DECLINED, State.SPAM, State.DUPLICATE, State.WITHDRAWN})
"""States that end in erasing, a call's `declined_kept_days` after they were entered."""

KEPT_FOR_GOOD = frozenset({State.PUBLISHED, State.ERASED})
"""States no clock ends. Everything else goes a call's `unpublished_kept_months` after the call closes."""

LONGEST_PAUSE = timedelta(days=7)
"""A run that comes later than this after the one before it follows a jump of the clock, or a long sleep."""

_SMALL_STEP = timedelta(minutes=10)
"""Clocks are set right by seconds, and two machines differ by as much."""

_ALWAYS_FINE = 5
_MOST_OF = 10
_MONTHS = 12


class ErasingStopped(Exception):
    """A run by the clock that a person must look at first (safety.md R-45). Nothing was erased."""


class TooManyDue(ErasingStopped):
    """So many texts are due at once that a wrong clock is likelier."""

    def __init__(self, due: int, kept: int) -> None:
        super().__init__(f"{due} of {kept} submissions are due for erasing at once")
        self.due = due
        self.kept = kept


class ClockJumped(ErasingStopped):
    """The clock is far from where the run before left it.

    From inside it cannot be told whether it jumped or the machine was off that long: both times are named,
    so that a person can.
    """

    def __init__(self, last: datetime, now: datetime) -> None:
        super().__init__(
            f"it is {now:%Y-%m-%d %H:%M} UTC by this clock, and was {last:%Y-%m-%d %H:%M} before"
        )
        self.last = last
        self.now = now


def has_jumped(last: datetime | None, now: datetime) -> bool:
    """Say whether the clock went back, or on by more than a week, since it was last known to be right."""
    return last is not None and not -_SMALL_STEP <= now - last <= LONGEST_PAUSE


def is_suspicious(due: int, kept: int) -> bool:
    """Say whether a run erases more than five and more than a tenth of all: then a person must look first."""
    return due > _ALWAYS_FINE and due * _MOST_OF > kept


def erase_from(closed_at: datetime, days: int) -> datetime:
    """Return the moment from which a text may be erased that was closed, or last saved, at `closed_at`."""
    return closed_at + timedelta(days=days)


def erase_after_call(closes_at: datetime, months: int) -> datetime:
    """Return the moment from which what a call never published is erased, as its consent promises.

    A month that has no such day ends it on its last one.
    """
    count = closes_at.year * _MONTHS + closes_at.month - 1 + months
    year, month = count // _MONTHS, count % _MONTHS + 1
    return closes_at.replace(
        year=year, month=month, day=min(closes_at.day, calendar.monthrange(year, month)[1])
    )


def month_of(at: datetime) -> datetime:
    """Return the start of the month: the only time that outlives a text."""
    return at.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
