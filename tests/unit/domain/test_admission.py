"""How a bucket leaks, what a lane allows, and what looks automatic."""

from datetime import UTC, datetime, timedelta

import pytest

from portal.domain import admission
from portal.domain.admission import (
    MIN_RENDER,
    BucketRule,
    FilledBucket,
    Lane,
    Signal,
    add_to_bucket,
    find_difficulty,
    may_vouch,
    read_signals,
)
from portal.domain.states import State

AT = datetime(2026, 3, 14, 9, 26, 53, tzinfo=UTC)
SLOW = BucketRule(per_hour=60, burst=20)
HOURLY = BucketRule(per_hour=10, burst=10, hourly=True)
RULES = [one for one in vars(admission).values() if isinstance(one, BucketRule)]


def count_admitted(times: int, rule: BucketRule, *, every: timedelta = timedelta(0)) -> int:
    """Return how many of so many at equal distances find room."""
    level, since, admitted = 0.0, AT, 0
    for number in range(times):
        filled = add_to_bucket(level, since=since, at=AT + number * every, rule=rule)
        level, since = filled.level, filled.at
        admitted += filled.wait is None
    return admitted


def test_an_empty_bucket_has_room() -> None:
    assert add_to_bucket(0, since=AT, at=AT, rule=SLOW) == FilledBucket(1, AT, None)


def test_as_many_as_it_holds_find_room_at_once() -> None:
    assert count_admitted(100, SLOW) == 20


def test_after_those_one_a_minute_finds_room() -> None:
    assert count_admitted(600, SLOW, every=timedelta(seconds=10)) == 20 + 99


def test_one_a_minute_never_waits() -> None:
    assert count_admitted(500, SLOW, every=timedelta(minutes=1)) == 500


def test_a_hundred_verified_texts_come_in_at_once() -> None:
    assert count_admitted(100, admission.UPPER_LANE) == 100


def test_a_full_bucket_says_when_it_has_room() -> None:
    assert add_to_bucket(20, since=AT, at=AT, rule=SLOW).wait == timedelta(minutes=1)


def test_there_is_room_after_the_wait() -> None:
    later = AT + timedelta(minutes=1)
    assert add_to_bucket(20, since=AT, at=later, rule=SLOW) == FilledBucket(20, later, None)


def test_who_is_asked_to_wait_takes_no_room() -> None:
    assert add_to_bucket(20, since=AT, at=AT, rule=SLOW).level == 20


def test_a_clock_set_back_does_not_lock_anybody_out() -> None:
    earlier = AT - timedelta(days=400)
    assert add_to_bucket(20, since=AT, at=earlier, rule=SLOW) == FilledBucket(
        20, earlier, timedelta(minutes=1)
    )


def test_an_hourly_bucket_keeps_no_finer_time_than_the_hour() -> None:
    assert add_to_bucket(3, since=AT, at=AT, rule=HOURLY).at == datetime(2026, 3, 14, 9, tzinfo=UTC)


def test_an_hourly_bucket_waits_for_the_full_hour() -> None:
    assert add_to_bucket(10, since=AT, at=AT, rule=HOURLY).wait == timedelta(minutes=33, seconds=7)


def test_an_hourly_bucket_is_empty_in_the_next_hour() -> None:
    later = datetime(2026, 3, 14, 10, 0, 1, tzinfo=UTC)
    assert add_to_bucket(10, since=AT, at=later, rule=HOURLY).level == 1


@pytest.mark.parametrize("rule", RULES)
def test_every_bucket_is_empty_after_an_hour(rule: BucketRule) -> None:
    assert add_to_bucket(rule.burst, since=AT, at=AT + timedelta(hours=1), rule=rule).level == 1


@pytest.mark.parametrize(
    ("fullness", "difficulty"),
    [(0, 1), (0.249, 1), (0.25, 2), (0.499, 2), (0.5, 4), (0.749, 4), (0.75, 8), (1, 8), (1.01, 8)],
)
def test_each_quarter_that_is_taken_doubles_the_work(fullness: float, difficulty: int) -> None:
    assert find_difficulty(fullness) == difficulty


def test_a_careful_person_looks_like_nothing_automatic() -> None:
    assert read_signals(trap=" ", begun=AT - MIN_RENDER, at=AT) == ()


def test_the_line_nobody_sees_gives_a_program_away() -> None:
    assert read_signals(trap="https://example.org", begun=None, at=AT) == (Signal.HONEYPOT,)


def test_a_form_sent_within_five_seconds_gives_a_program_away() -> None:
    begun = AT - MIN_RENDER + timedelta(seconds=1)
    assert read_signals(trap="", begun=begun, at=AT) == (Signal.TOO_FAST,)


def test_a_form_from_the_future_says_nothing() -> None:
    assert read_signals(trap="", begun=AT + timedelta(hours=1), at=AT) == ()


@pytest.mark.parametrize(
    ("lane", "state", "expected"),
    [
        (Lane.VERIFIED, State.SUBMITTED, True),
        (Lane.VERIFIED, State.DECLINED, True),
        (Lane.VERIFIED, State.WRITING, False),
        (Lane.VERIFIED, State.SPAM, False),
        (Lane.UNVERIFIED, State.SUBMITTED, False),
    ],
)
def test_who_counts_as_a_returning_contributor(lane: Lane, state: State, *, expected: bool) -> None:
    assert may_vouch(lane, state) is expected
