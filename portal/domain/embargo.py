"""The embargo of a story: the day before which its author wants it published nowhere.

It is an answer of the author (QuestionRole.EMBARGO), kept with the others; no column holds it.
"""

from datetime import UTC, date, datetime, time, timedelta

from portal.domain.questions import AnswersByRole, QuestionRole, read_day

_LAST_ZONE = timedelta(hours=12)
"""The day begins last at UTC-12."""


def find_embargo(given: AnswersByRole) -> date | None:
    """Return the day before which the author wants nothing published."""
    return read_day(given.text(QuestionRole.EMBARGO))


def embargo_ends(day: date) -> datetime:
    """Return when a day has begun in every zone of the earth: the author may live in any."""
    return datetime.combine(day, time(), tzinfo=UTC) + _LAST_ZONE


def is_embargoed(day: date | None, *, at: datetime) -> bool:
    """Say whether the author's day has not come yet."""
    return day is not None and at < embargo_ends(day)


def puts_off(before: date | None, day: date | None, *, at: datetime) -> bool:
    """Say whether the author's day is to be waited for, and later than what was asked for before."""
    return day is not None and is_embargoed(day, at=at) and (before is None or day > before)
