"""Which backups are kept."""

from datetime import UTC, datetime, timedelta

import pytest

from portal.domain.backup import choose_kept, is_due

AT = datetime(2026, 3, 14, 3, tzinfo=UTC)
"""A Saturday."""
DAY = timedelta(days=1)


def list_ages(kept: set[datetime]) -> list[float]:
    return sorted((AT - one) / DAY for one in kept)


def test_of_a_backup_each_night_seven_days_and_four_weeks_stay() -> None:
    nightly = [AT - DAY * number for number in range(60)]
    assert list_ages(choose_kept(nightly, at=AT)) == [0, 1, 2, 3, 4, 5, 6, 13, 20]


def test_of_one_a_week_four_stay() -> None:
    assert list_ages(choose_kept([AT - 7 * DAY * number for number in range(9)], at=AT)) == [0, 7, 14, 21, 28]


def test_nothing_erased_stays_longer_than_thirty_days() -> None:
    rare = [AT - DAY * number for number in (1, 29, 30, 90)]
    assert list_ages(choose_kept(rare, at=AT)) == [1, 29]


def test_the_newest_stays_however_old() -> None:
    assert list_ages(choose_kept([AT - 90 * DAY, AT - 91 * DAY], at=AT)) == [90]


def test_of_one_day_the_newest_stays() -> None:
    hours = [AT - timedelta(hours=number) for number in range(3)]
    assert choose_kept(hours, at=AT) == {AT}


@pytest.mark.parametrize(
    ("last", "due"),
    [
        (None, True),
        (AT - timedelta(minutes=59), False),
        (AT - timedelta(minutes=61), True),
        (AT - DAY, True),
        (AT, False),
    ],
)
def test_a_backup_is_due_each_night_at_two(last: datetime | None, *, due: bool) -> None:
    assert is_due(last, at=AT) is due


def test_before_two_that_of_the_night_before_is_the_last() -> None:
    midnight = AT - timedelta(hours=3)
    assert [is_due(midnight - timedelta(hours=hours), at=midnight) for hours in (21, 23)] == [False, True]
