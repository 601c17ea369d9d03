"""Bounds of erasing by the clock, one step before, on and after each."""

from datetime import UTC, datetime, timedelta

import pytest

from portal.domain.retention import (
    erase_after_call,
    erase_from,
    foreseen_since,
    has_jumped,
    is_suspicious,
    month_of,
    unsent_until,
)

AT = datetime(2026, 3, 14, 9, 26, 53, 589_793, tzinfo=UTC)
SECOND = timedelta(seconds=1)
WEEK = timedelta(days=7)
TEN_MINUTES = timedelta(minutes=10)
THIRTEEN_DAYS = timedelta(days=13)


@pytest.mark.parametrize(
    ("since", "jumped"),
    [
        (WEEK - SECOND, False),
        (WEEK, False),
        (WEEK + SECOND, True),
        (timedelta(0), False),
        (-TEN_MINUTES + SECOND, False),
        (-TEN_MINUTES, False),
        (-TEN_MINUTES - SECOND, True),
    ],
)
def test_a_clock_may_be_a_week_on_and_some_minutes_back(since: timedelta, *, jumped: bool) -> None:
    assert has_jumped(AT, AT + since) is jumped


def test_a_clock_nobody_has_looked_at_has_not_jumped() -> None:
    assert has_jumped(None, AT) is False


def test_an_end_is_foreseen_when_it_was_in_sight_for_thirteen_days() -> None:
    assert foreseen_since(AT) == AT - THIRTEEN_DAYS


@pytest.mark.parametrize(
    ("unforeseen", "kept", "is_so"),
    [
        (4, 4, False),
        (5, 5, False),
        (6, 6, True),
        (6, 59, True),
        (6, 60, False),
        (6, 61, False),
        (10, 99, True),
    ],
)
def test_more_than_five_and_a_tenth_are_suspicious(unforeseen: int, kept: int, *, is_so: bool) -> None:
    assert is_suspicious(unforeseen, kept) is is_so


def test_what_is_closed_goes_after_its_days() -> None:
    assert erase_from(AT, 90) == datetime(2026, 6, 12, 9, 26, 53, 589_793, tzinfo=UTC)


@pytest.mark.parametrize(
    ("closes", "months", "ends"),
    [
        ("2026-01-31", 1, "2026-02-28"),
        ("2027-12-31", 2, "2028-02-29"),
        ("2026-11-30", 1, "2026-12-30"),
        ("2026-12-01", 1, "2027-01-01"),
        ("2026-10-15", 3, "2027-01-15"),
        ("2026-03-31", 12, "2027-03-31"),
        ("2026-03-31", 0, "2026-03-31"),
    ],
)
def test_months_after_a_call_end_on_its_day_or_the_last_one(closes: str, months: int, ends: str) -> None:
    first, last = (datetime.fromisoformat(f"{day}T21:00:00+00:00") for day in (closes, ends))
    assert erase_after_call(first, months) == last


def test_an_unsent_text_is_kept_from_its_last_save() -> None:
    assert unsent_until(AT, 30) == AT + timedelta(days=30)


def test_what_is_written_for_an_open_invitation_has_no_end() -> None:
    assert unsent_until(AT, 30, is_invited=True) is None


@pytest.mark.parametrize("days", [-1, 0, 1])
def test_the_later_of_last_save_and_end_of_the_invitation_counts(days: int) -> None:
    ended = AT + timedelta(days=days)
    assert unsent_until(AT, 30, invitation_ended=ended) == max(AT, ended) + timedelta(days=30)


def test_of_an_erased_text_the_month_is_left() -> None:
    assert month_of(AT) == datetime(2026, 3, 1, tzinfo=UTC)
