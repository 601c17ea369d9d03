"""When the clock looks wrong nothing is erased: one alarm, and a person decides."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import time_machine
from click.testing import CliRunner
from flask import Flask
from sqlalchemy import func, select

from portal.app import create_app
from portal.cli import portal
from portal.cli.retention import erase_due, erase_what_is_due
from portal.cli.worker import clear_expired
from portal.config import Settings
from portal.database import transaction
from portal.domain.retention import ClockJumped
from portal.extensions import db
from portal.models import Base, JobRun, RateBucket, Submission, UsedProof
from portal.queries.retention import ERASE_JOB
from tests.integration.cli.test_retention import KEPT_DAYS, add_open, close, count_erased
from tests.support.canaries import plant
from tests.support.factories import make_call, make_submission

pytestmark = pytest.mark.either_database

YEARS = timedelta(days=3653)
HOUR = timedelta(hours=1)
MISSED_BY_NOBODY = {one.__tablename__ for one in (JobRun, RateBucket, UsedProof)}


def count_all(app: Flask) -> dict[str, int]:
    """Return how many rows every table holds; the portal's own diary, buckets and proofs left out."""
    with app.app_context():
        return {
            table.name: db.session.scalar(select(func.count()).select_from(table)) or 0
            for table in Base.metadata.sorted_tables
            if table.name not in MISSED_BY_NOBODY
        }


def run_before(app: Flask, at: datetime) -> None:
    """Have a run behind us at this moment."""
    with app.app_context(), transaction() as session:
        session.merge(JobRun(name=ERASE_JOB, ran_at=at))


def list_alarms(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [record.getMessage() for record in caplog.records if record.name == "portal.cli.retention"]


@pytest.fixture
def crowd(app: Flask, at: datetime) -> Iterator[Flask]:
    """A portal with closed and open texts, rows in every table, and the clock ten years on."""
    close(app, at, 4)
    add_open(app, at, 3)
    with app.app_context(), transaction() as session:
        make_call(session, at).closes_at = at + timedelta(days=30)
        submission_id = make_submission(session, at).id
    plant(app, submission_id, at)
    run_before(app, at)
    with time_machine.travel(at + YEARS, tick=False):
        yield app


def test_ten_years_on_nothing_is_deleted(crowd: Flask) -> None:
    before = count_all(crowd)
    erase_what_is_due(crowd, at=datetime.now(UTC))
    clear_expired(crowd, at=datetime.now(UTC))
    assert (count_all(crowd), count_erased(crowd)) == (before, 0)


def test_ten_years_on_buckets_and_proofs_do_not_pile_up(crowd: Flask) -> None:
    clear_expired(crowd, at=datetime.now(UTC))
    with crowd.app_context():
        left = [db.session.scalar(select(func.count()).select_from(one)) for one in (RateBucket, UsedProof)]
    assert left == [0, 0]


def test_ten_years_on_there_is_one_alarm(crowd: Flask, caplog: pytest.LogCaptureFixture) -> None:
    for hours in range(3):
        erase_what_is_due(crowd, at=datetime.now(UTC) + hours * HOUR)
    alarm = (
        "nothing was erased: it is 2036-03-14 09:26 UTC by this clock, and was 2026-03-14 09:26 before; "
        "check the clock, then run: portal erase-due --anyway"
    )
    assert list_alarms(caplog) == [alarm]


def test_before_the_first_run_the_newest_event_tells_the_time(crowd: Flask) -> None:
    with crowd.app_context():
        with transaction() as session:
            session.delete(session.get_one(JobRun, ERASE_JOB))
        with pytest.raises(ClockJumped):
            erase_due(at=datetime.now(UTC))


def test_set_right_again_the_clock_erases_by_itself(crowd: Flask, at: datetime) -> None:
    erase_what_is_due(crowd, at=at + YEARS)
    erase_what_is_due(crowd, at=at + HOUR)
    with crowd.app_context():
        assert list(db.session.scalars(select(JobRun.name))) == [ERASE_JOB]


def test_a_later_jump_is_an_alarm_of_its_own(
    crowd: Flask, at: datetime, caplog: pytest.LogCaptureFixture
) -> None:
    for moment in (at + YEARS, at + HOUR, at + YEARS):
        erase_what_is_due(crowd, at=moment)
    assert len(list_alarms(caplog)) == 2


@pytest.mark.parametrize(
    ("pause", "erased"),
    [
        (timedelta(days=7), 1),
        (timedelta(days=7, seconds=1), 0),
        (timedelta(minutes=-10), 1),
        (timedelta(minutes=-10, seconds=-1), 0),
    ],
    ids=["a week", "more than a week", "set right by minutes", "back"],
)
def test_how_far_the_clock_may_be_from_the_run_before(
    app: Flask, at: datetime, pause: timedelta, erased: int
) -> None:
    close(app, at)
    due = at + timedelta(days=KEPT_DAYS)
    run_before(app, due - pause)
    assert erase_what_is_due(app, at=due) == erased


def test_too_much_at_once_is_an_alarm_too(app: Flask, at: datetime, caplog: pytest.LogCaptureFixture) -> None:
    close(app, at, 6)
    due = at + timedelta(days=KEPT_DAYS)
    for hours in range(3):
        run_before(app, due + (hours - 1) * HOUR)
        erase_what_is_due(app, at=due + hours * HOUR)
    alarm = (
        "nothing was erased: 6 of 6 submissions are due for erasing at once; "
        "check the clock, then run: portal erase-due --anyway"
    )
    assert list_alarms(caplog) == [alarm]


def work_daily(app: Flask, begin: datetime, end: datetime) -> int:
    """Let the worker look once a day from `begin` to `end`; return how many texts it erased."""
    days = range((end - begin).days + 1)
    return sum(erase_what_is_due(app, at=begin + timedelta(days=day)) for day in days)


def test_what_was_seen_coming_for_two_weeks_goes_without_a_person(
    app: Flask, at: datetime, caplog: pytest.LogCaptureFixture
) -> None:
    close(app, at, 12)
    due = at + timedelta(days=KEPT_DAYS)
    run_before(app, due - timedelta(days=21))
    assert (work_daily(app, due - timedelta(days=20), due), list_alarms(caplog)) == (12, [])


def test_the_end_of_a_call_that_was_seen_coming_needs_nobody(
    app: Flask, at: datetime, caplog: pytest.LogCaptureFixture
) -> None:
    add_open(app, at, 12)
    with app.app_context(), transaction() as session:
        make_call(session, at).closes_at = datetime(2026, 6, 30, 21, tzinfo=UTC)
    due = datetime(2026, 9, 30, 21, tzinfo=UTC)
    run_before(app, due - timedelta(days=21))
    assert (work_daily(app, due - timedelta(days=20), due), list_alarms(caplog)) == (12, [])


def test_a_time_cut_short_overnight_is_an_alarm(
    app: Flask, at: datetime, caplog: pytest.LogCaptureFixture
) -> None:
    close(app, at, 12)
    day = at + timedelta(days=30)
    run_before(app, day - timedelta(days=21))
    work_daily(app, day - timedelta(days=20), day)
    with app.app_context(), transaction() as session:
        make_call(session, at).declined_kept_days = 3
    erased = work_daily(app, day + timedelta(days=1), day + timedelta(days=30))
    assert (erased, len(list_alarms(caplog))) == (0, 1)


def test_a_clock_that_crept_on_by_days_is_an_alarm(
    app: Flask, at: datetime, caplog: pytest.LogCaptureFixture
) -> None:
    close(app, at, 12)
    due = at + timedelta(days=KEPT_DAYS)
    run_before(app, due - timedelta(days=7))
    erase_what_is_due(app, at=due - timedelta(days=7))
    assert (erase_what_is_due(app, at=due), len(list_alarms(caplog))) == (0, 1)


def test_an_end_that_moves_away_is_out_of_sight_again(app: Flask, at: datetime) -> None:
    close(app, at, 6)
    due = at + timedelta(days=KEPT_DAYS)
    for days in (12, 6):
        run_before(app, due - timedelta(days=days, hours=1))
        erase_what_is_due(app, at=due - timedelta(days=days))
        with app.app_context(), transaction() as session:
            make_call(session, at).declined_kept_days = KEPT_DAYS + 30
    with app.app_context():
        assert set(db.session.scalars(select(Submission.ending_seen_at))) == {None}


def test_a_run_on_a_new_site_has_nothing_to_compare_with(app: Flask, at: datetime) -> None:
    assert erase_what_is_due(app, at=at) == 0


# --- On the command line ------------------------------------------------------------------------------------


@pytest.fixture
def commands(tmp_path: Path) -> Iterator[tuple[Flask, dict[str, str]]]:
    """A portal of its own, whose commands can be run."""
    app = create_app(Settings(instance=tmp_path))
    environ = {"PORTAL_INSTANCE": str(tmp_path)}
    CliRunner().invoke(portal, ("upgrade",), env=environ)
    yield app, environ
    with app.app_context():
        db.engine.dispose()


def test_the_command_asks_before_it_erases_much(commands: tuple[Flask, dict[str, str]]) -> None:
    app, environ = commands
    close(app, datetime.now(UTC) - timedelta(days=KEPT_DAYS + 1), 6)
    run_before(app, datetime.now(UTC) - HOUR)
    asked = CliRunner().invoke(portal, ("erase-due",), env=environ)
    done = CliRunner().invoke(portal, ("erase-due", "--anyway"), env=environ)
    refusal = (
        "Error: 6 of 6 submissions are due at once, and were not two weeks ago. Nothing was erased. "
        "Check the clock of this machine and how long the calls keep texts, then repeat with --anyway.\n"
    )
    assert (asked.exit_code, asked.output, done.output, count_erased(app)) == (1, refusal, "Erased: 6\n", 6)


def test_the_command_names_both_times_after_a_long_pause(commands: tuple[Flask, dict[str, str]]) -> None:
    app, environ = commands
    run_before(app, datetime(2026, 3, 1, 8, tzinfo=UTC))
    with time_machine.travel(datetime(2026, 3, 14, 9, 26, tzinfo=UTC), tick=False):
        asked = CliRunner().invoke(portal, ("erase-due",), env=environ)
        CliRunner().invoke(portal, ("erase-due", "--anyway"), env=environ)
        again = CliRunner().invoke(portal, ("erase-due",), env=environ)
    refusal = (
        "Error: This machine says it is 2026-03-14 09:26 UTC; the last run was on 2026-03-01 08:00 UTC. "
        "Nothing was erased. If the machine was off that long, repeat with --anyway. "
        "If its clock is wrong, set it.\n"
    )
    assert (asked.exit_code, asked.output, again.output) == (1, refusal, "Erased: 0\n")


def test_every_command_says_that_erasing_waits(commands: tuple[Flask, dict[str, str]]) -> None:
    app, environ = commands
    run_before(app, datetime(2026, 3, 1, 8, tzinfo=UTC))
    erase_what_is_due(app, at=datetime(2026, 3, 14, 9, 26, tzinfo=UTC))
    said = CliRunner().invoke(portal, ("staff", "list"), env=environ)
    assert said.stderr == (
        "ATTENTION: since 2026-03-14 09:26 UTC nothing is erased by the clock, because the clock "
        "of this machine may be wrong. Check it, then run: portal erase-due\n"
    )


def test_a_command_says_nothing_while_all_is_well(commands: tuple[Flask, dict[str, str]]) -> None:
    assert CliRunner().invoke(portal, ("staff", "list"), env=commands[1]).stderr == ""
