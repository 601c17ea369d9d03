"""When mail about notices leaves: at once or once a day, never in quiet hours, by the clock on one's wall."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from portal.domain.desk_notices import MAIL_DELAY, OF_AUTHORS, MailChoice, MailTimes, NoticeKind, ready_at

TAIPEI, KYIV = ZoneInfo("Asia/Taipei"), ZoneInfo("Europe/Kyiv")


def read(text: str) -> datetime:
    return datetime.fromisoformat(f"2026-{text}").replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("quiet", "hours"),
    [
        ((21, 8), [*range(8), 21, 22, 23]),
        ((0, 7), [*range(7)]),
        ((12, 14), [12, 13]),
        ((9, 9), []),
        ((23, 0), [23]),
    ],
)
def test_quiet_hours_may_go_over_midnight(quiet: tuple[int, int], hours: list[int]) -> None:
    times = MailTimes(MailChoice.AT_ONCE, TAIPEI, *quiet)
    midnight = datetime(2026, 3, 14, tzinfo=TAIPEI)
    assert [hour for hour in range(24) if times.is_quiet(midnight + timedelta(hours=hour))] == hours


@pytest.mark.parametrize(
    ("choice", "zone", "ready", "at", "leaves"),
    [
        # 09:30 in Taipei is 01:30 UTC.
        (MailChoice.AT_ONCE, TAIPEI, "03-14 01:00", "03-14 01:30", True),
        (MailChoice.AT_ONCE, TAIPEI, "03-14 01:31", "03-14 01:30", False),
        (MailChoice.AT_ONCE, TAIPEI, "03-13 20:00", "03-13 23:30", False),
        (MailChoice.AT_ONCE, TAIPEI, "03-13 20:00", "03-14 00:00", True),
        (MailChoice.DAILY, TAIPEI, "03-13 20:00", "03-14 00:00", True),
        (MailChoice.DAILY, TAIPEI, "03-13 20:00", "03-14 11:00", True),
        (MailChoice.DAILY, TAIPEI, "03-14 01:00", "03-14 11:00", False),
        (MailChoice.DAILY, TAIPEI, "03-14 01:00", "03-15 00:00", True),
        (MailChoice.DAILY, TAIPEI, "03-14 01:00", "03-14 23:59", False),
        # Clocks in Kyiv went forward on 29 March at 03:00: eight o'clock is 05:00 UTC from then on.
        (MailChoice.DAILY, KYIV, "03-28 20:00", "03-29 04:59", False),
        (MailChoice.DAILY, KYIV, "03-28 20:00", "03-29 05:00", True),
        (MailChoice.DAILY, KYIV, "03-27 20:00", "03-28 05:59", False),
        (MailChoice.DAILY, KYIV, "03-27 20:00", "03-28 06:00", True),
    ],
)
def test_mail_leaves_at_once_or_when_the_quiet_hours_are_over(
    choice: MailChoice, zone: ZoneInfo, ready: str, at: str, *, leaves: bool
) -> None:
    times = MailTimes(choice, zone, 21, 8)
    assert times.may_leave(read(ready), at=read(at)) == leaves


def test_a_digest_hour_that_clocks_leave_out_is_made_up_for() -> None:
    times = MailTimes(MailChoice.DAILY, KYIV, 0, 3)  # on 29 March there is no three o'clock
    leaving = [times.may_leave(read("03-28 10:00"), at=read(f"03-{day}")) for day in ("29 12:00", "30 00:00")]
    assert leaving == [False, True]


@pytest.mark.parametrize("kind", NoticeKind)
def test_mail_about_an_author_tells_no_minute_and_about_colleagues_waits_for_an_undo(
    kind: NoticeKind,
) -> None:
    made = read("03-14 09:00")
    waits = ready_at(kind, made, delay=timedelta(0)) - made
    assert waits == (timedelta(hours=1) if kind in OF_AUTHORS else MAIL_DELAY)


def test_a_longer_undo_window_is_waited_for() -> None:
    made = read("03-14 09:00")
    assert ready_at(NoticeKind.ASSIGNED, made, delay=timedelta(minutes=30)) - made == timedelta(minutes=30)
