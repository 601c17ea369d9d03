"""The day an author names: when it has come, and when it puts off what was to come sooner."""

from datetime import UTC, date, datetime, timedelta

import pytest

from portal.domain.embargo import embargo_ends, is_embargoed, puts_off


def test_a_day_has_begun_when_it_has_everywhere() -> None:
    assert embargo_ends(date(2026, 3, 14)) == datetime(2026, 3, 14, 12, tzinfo=UTC)


@pytest.mark.parametrize(("early", "waits"), [(timedelta(seconds=1), True), (timedelta(0), False)])
def test_until_then_the_text_waits(early: timedelta, *, waits: bool) -> None:
    day = date(2026, 3, 14)
    assert is_embargoed(day, at=embargo_ends(day) - early) is waits


def test_without_a_day_nothing_waits() -> None:
    assert not is_embargoed(None, at=datetime(2026, 3, 14, tzinfo=UTC))


@pytest.mark.parametrize(
    ("before", "day", "later"),
    [
        (None, date(2026, 3, 20), True),
        (date(2026, 3, 18), date(2026, 3, 20), True),
        (date(2026, 3, 20), date(2026, 3, 18), False),
        (date(2026, 3, 20), date(2026, 3, 20), False),
        (None, date(2026, 3, 13), False),
        (date(2026, 3, 20), None, False),
    ],
    ids=["first", "later", "earlier", "the same", "over already", "none any more"],
)
def test_a_day_puts_off_what_was_to_come_sooner(
    before: date | None, day: date | None, *, later: bool
) -> None:
    assert puts_off(before, day, at=datetime(2026, 3, 14, 12, tzinfo=UTC)) is later
