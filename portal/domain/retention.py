"""Retention: how long texts are kept, and when erasing them by the clock must stop and ask a person."""

import calendar
from datetime import datetime, timedelta

from portal.domain.deadlines import kept_until
from portal.domain.states import State

KEPT_AFTER_CLOSING = frozenset({State.DECLINED, State.SPAM, State.DUPLICATE, State.WITHDRAWN})
"""States that end in erasing, a call's `declined_kept_days` after they were entered."""

KEPT_FOR_GOOD = frozenset({State.PUBLISHED, State.ERASED})
"""States no clock ends. Everything else goes a call's `unpublished_kept_months` after the call closes."""

TOLD_OF_THEIR_END = frozenset(State) - {State.WRITING, State.SPAM, State.WITHDRAWN, *KEPT_FOR_GOOD}
"""States whose authors hear of the end when it comes into sight.

An unsent text has no address on file, spam reads "Received", and who has withdrawn a text, perhaps to be
safe, is not written to again.
"""

LONGEST_PAUSE = timedelta(days=7)
"""A run that comes later than this after the one before it follows a jump of the clock, or a long sleep."""

IN_SIGHT = timedelta(days=14)
"""How long before its end a text is known to be going."""

ORIGINALS_KEPT = timedelta(days=14)
"""How long a file lies sealed as it was sent while its author has not said that this is the text."""

_SEEN_LONG_AGO = timedelta(days=13)
"""Seen coming for that long, with a day for a worker that was off."""

_SMALL_STEP = timedelta(minutes=10)
"""Clocks are set right by seconds, and two machines differ by as much."""

_ALWAYS_FINE = 5
_MOST_OF = 10
_MONTHS = 12


class ErasingStopped(Exception):
    """A run by the clock that a person must look at first. Nothing was erased."""


class TooManyDue(ErasingStopped):
    """So many are due at once, and were not in sight before, that a wrong clock or setting is likelier."""

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


def foreseen_since(at: datetime) -> datetime:
    """Return since when an end that is due at `at` has to have been in sight to be no surprise.

    The clock and the settings that made it due were the same two weeks ago: neither is likely to be wrong.
    """
    return at - _SEEN_LONG_AGO


def is_suspicious(unforeseen: int, kept: int) -> bool:
    """Say whether more than five and a tenth of all would go unforeseen: a person must look first."""
    return unforeseen > _ALWAYS_FINE and unforeseen * _MOST_OF > kept


def erase_from(closed_at: datetime, days: int) -> datetime:
    """Return the moment from which a text may be erased that was closed, or last saved, at `closed_at`."""
    return closed_at + timedelta(days=days)


def unsent_until(
    saved_at: datetime, days: int, *, is_invited: bool = False, invitation_ended: datetime | None = None
) -> datetime | None:
    """Return until when a text is kept that its author has saved and not sent; None: no clock ends it now.

    An invitation gives its author the time the story takes: what is written for it lives as long as the
    invitation, and `days` more.
    """
    if is_invited:
        return None
    return kept_until(max(saved_at, invitation_ended or saved_at), days)


def originals_since(at: datetime) -> datetime:
    """Return since when files have to have come that are still kept as they were sent at `at`."""
    return at - ORIGINALS_KEPT


def original_until(received_at: datetime) -> datetime:
    """Return until when a file is kept as it was sent."""
    return received_at + ORIGINALS_KEPT


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
