"""Times the product promises: coarse stamps, due dates, grace, windows."""

from datetime import datetime, timedelta

GRACE = timedelta(minutes=60)
CLAIM_TIME = timedelta(minutes=5)
CLAIM_STEP = timedelta(seconds=30)
"""A claim that was renewed a moment ago is not written again."""


def round_to_hour(at: datetime) -> datetime:
    """Return the hour of a contributor's act: finer times could point at a person."""
    return at.replace(minute=0, second=0, microsecond=0)


def round_up_to_hour(at: datetime) -> datetime:
    """Return the full hour at which something ends that a contributor began: not before its time."""
    hour = round_to_hour(at)
    return hour if hour == at else hour + timedelta(hours=1)


def is_call_open(
    *, opens: datetime | None, closes: datetime | None, at: datetime, begun: datetime | None = None
) -> bool:
    """Say whether a call takes a text at `at`; one begun before closing has 60 minutes of grace."""
    if opens is not None and at < opens:
        return False
    if closes is None or at < closes:
        return True
    return begun is not None and begun < closes and at < closes + GRACE


def answer_due(at: datetime, days: int) -> datetime:
    """Return when the promised answer is due."""
    return round_to_hour(at) + timedelta(days=days)


def kept_until(saved_at: datetime, days: int) -> datetime:
    """Return until when a text is kept that its author has saved and not sent."""
    return saved_at + timedelta(days=days)


def is_fresh_claim(claimed_at: datetime | None, *, at: datetime) -> bool:
    """Say whether a claim of `claimed_at` holds: who took the submission then is still on it."""
    return claimed_at is not None and at - claimed_at < CLAIM_TIME
