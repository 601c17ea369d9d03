"""Times the product promises: hours, closing with its grace, answers."""

from datetime import UTC, datetime, timedelta
from typing import Final

import pytest

from portal.domain.deadlines import CLAIM_TIME, GRACE, answer_due, is_call_open, round_to_hour

OPENS: Final = datetime(2026, 3, 1, 8, 0, tzinfo=UTC)
CLOSES: Final = datetime(2026, 3, 31, 20, 0, tzinfo=UTC)
SECOND: Final = timedelta(seconds=1)


def test_a_contributors_act_is_kept_to_the_hour() -> None:
    assert round_to_hour(datetime(2026, 3, 14, 9, 59, 59, 999_999, tzinfo=UTC)) == datetime(
        2026, 3, 14, 9, tzinfo=UTC
    )


def test_a_full_hour_stays() -> None:
    assert round_to_hour(OPENS) == OPENS


def test_rounding_keeps_the_zone() -> None:
    assert round_to_hour(OPENS).tzinfo is UTC


def test_an_answer_is_promised_in_whole_days_from_the_hour() -> None:
    assert answer_due(datetime(2026, 3, 14, 9, 26, 53, tzinfo=UTC), 14) == datetime(
        2026, 3, 28, 9, tzinfo=UTC
    )


def test_grace_is_an_hour() -> None:
    assert timedelta(minutes=60) == GRACE


def test_a_claim_lasts_five_minutes() -> None:
    assert timedelta(minutes=5) == CLAIM_TIME


@pytest.mark.parametrize(
    ("at", "expected"),
    [(OPENS - SECOND, False), (OPENS, True), (CLOSES - SECOND, True), (CLOSES, False)],
)
def test_a_call_takes_texts_between_its_dates(at: datetime, *, expected: bool) -> None:
    assert is_call_open(opens=OPENS, closes=CLOSES, at=at) is expected


def test_a_call_without_dates_is_always_open() -> None:
    assert is_call_open(opens=None, closes=None, at=OPENS)


def test_a_call_without_an_end_stays_open() -> None:
    assert is_call_open(opens=OPENS, closes=None, at=CLOSES + timedelta(days=3650))


def test_a_text_begun_before_closing_is_taken_within_the_grace() -> None:
    assert is_call_open(opens=OPENS, closes=CLOSES, at=CLOSES + GRACE - SECOND, begun=CLOSES - SECOND)


def test_the_grace_ends_after_an_hour() -> None:
    assert not is_call_open(opens=OPENS, closes=CLOSES, at=CLOSES + GRACE, begun=CLOSES - SECOND)


def test_a_text_begun_at_closing_has_no_grace() -> None:
    assert not is_call_open(opens=OPENS, closes=CLOSES, at=CLOSES + SECOND, begun=CLOSES)


def test_a_text_begun_early_does_not_open_a_call() -> None:
    assert not is_call_open(opens=OPENS, closes=CLOSES, at=OPENS - SECOND, begun=OPENS - SECOND)
