"""Which unsaved states of a draft stay: closely for a day, one an hour for a week, then one a day."""

from datetime import UTC, datetime, timedelta

import pytest

from portal.domain.autosaves import STEP, is_version_due, list_superfluous

AT = datetime(2026, 3, 14, 9, tzinfo=UTC)
WORDS = "Світло зникло. " * 40


@pytest.mark.parametrize(
    ("age", "after", "is_due"),
    [
        (STEP, WORDS, True),
        (STEP - timedelta(seconds=1), WORDS, False),
        (timedelta(0), WORDS[:-199], False),
        (timedelta(0), WORDS[:-200], True),
        (timedelta(0), "", True),
    ],
    ids=["five minutes later", "earlier", "a little less", "much less", "nothing"],
)
def test_what_stood_there_stays_after_a_while_or_before_a_loss(
    age: timedelta,
    after: str,
    *,
    is_due: bool,
) -> None:
    assert is_version_due(AT - age, WORDS, after, at=AT) is is_due


def test_all_of_a_day_stay_then_one_an_hour_then_one_a_day() -> None:
    ages = {
        1: timedelta(minutes=5),
        2: timedelta(hours=23, minutes=59),
        3: timedelta(days=2, minutes=10),  # 08:50
        4: timedelta(days=2, minutes=20),  # 08:40
        5: timedelta(days=2, hours=1, minutes=10),  # 07:50
        6: timedelta(days=8),
        7: timedelta(days=8, hours=3),
        8: timedelta(days=9),
    }
    assert sorted(list_superfluous({key: AT - age for key, age in ages.items()}, at=AT)) == [4, 7]
