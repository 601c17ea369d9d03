"""The clock of the machine is wrong for a while: nothing is deleted, and no mail waits until it is right."""

import threading
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from pathlib import Path

import pytest
import time_machine
from flask import Flask

from portal.cli.worker import compare_stories, work_until
from portal.database import transaction
from portal.extensions import current_portal
from portal.mail.deliver import Carrier, FolderCarrier, SmtpCarrier
from portal.operations import retention
from portal.operations.outbox import claim_next_mail
from tests.conftest import AUDIT_LOG
from tests.integration.cli.test_clock_guard import count_all, run_before
from tests.integration.cli.test_retention import KEPT_DAYS, close, count_erased
from tests.support.factories import make_call, make_submission
from tests.support.search import read_for_search

JUMPS = [timedelta(hours=-1), timedelta(days=1), timedelta(days=3653)]
NAMES = ["an hour back", "a day on", "ten years on"]
A_YEAR = timedelta(days=365)
"""After ten the log of acts, which the database guards by its own clock, would stop a worker, too."""
SOON = timedelta(minutes=6)
"""Longer than a lease."""


class Rounds(threading.Event):
    """The rounds of one worker, each at a moment of its own; after the last one it stops.

    A round is over when what it has begun beside the mail is.
    """

    def __init__(self, moments: Sequence[datetime]) -> None:
        super().__init__()
        self.left = list(moments)

    def clock(self) -> datetime:
        return self.left[0]

    def wait(self, timeout: float | None = None) -> bool:
        for thread in threading.enumerate():
            if thread.name in {"erasing", "sweeping"}:
                thread.join()
        del self.left[0]
        if not self.left:
            self.set()
        return self.is_set()


def work(app: Flask, carrier: Carrier, *moments: datetime) -> None:
    """Be a worker that does one round at each of these moments."""
    rounds = Rounds(moments)
    with time_machine.travel(moments[0], tick=False):
        work_until(rounds, app, carrier, clock=rounds.clock)


@pytest.fixture
def waiting(app: Flask, at: datetime) -> Iterator[Flask]:
    """A portal with a letter that is due, and a run of erasing behind it."""
    with app.app_context(), transaction() as session:
        make_call(session, at)
        make_submission(session, at)
    run_before(app, at)
    yield app
    for letter in list_letters(app):
        letter.unlink()


def count_kept(app: Flask) -> dict[str, int]:
    """Count every table but the log: it holds what all tests did, some of it past its five years."""
    return {name: number for name, number in count_all(app).items() if name not in AUDIT_LOG}


def list_letters(app: Flask) -> list[Path]:
    with app.app_context():
        return list(current_portal().instance.mail_folder.glob("*.eml"))


def folder_of(app: Flask) -> FolderCarrier:
    with app.app_context():
        return FolderCarrier(current_portal().instance.mail_folder)


def find_deleted(app: Flask, at: datetime) -> set[str]:
    """Have a worker do its round at this moment; return the tables that hold less than before."""
    before = count_kept(app)
    work(app, folder_of(app), at)
    after = count_kept(app)
    return {name for name, number in before.items() if after[name] < number}


@pytest.fixture
def closed(waiting: Flask, at: datetime) -> Flask:
    """A text in it that the clock is to erase one day, and nothing that waits to be compared or read.

    Both are done whatever the clock says; the row that waits goes with it, and the text loses nothing.
    """
    close(waiting, at)
    compare_stories(waiting, at=at)
    read_for_search(waiting)
    return waiting


@pytest.mark.parametrize("jump", [*JUMPS, A_YEAR], ids=[*NAMES, "a year on"])
def test_a_worker_with_a_wrong_clock_deletes_nothing(closed: Flask, at: datetime, jump: timedelta) -> None:
    assert find_deleted(closed, at + jump) == set()


def test_a_worker_that_believes_a_wrong_clock_is_found_out(
    closed: Flask, at: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retention, "has_jumped", lambda *_: False)
    gone = {
        "consent",
        "event",
        "message",
        "outbox_mail",
        "revision",
        "same_story",
        "story_mark",
        "story_search",
    }
    assert find_deleted(closed, at + A_YEAR) == gone


@pytest.mark.parametrize("jump", JUMPS, ids=NAMES)
def test_a_letter_of_a_worker_that_died_with_a_wrong_clock_goes_out_once(
    waiting: Flask, at: datetime, jump: timedelta
) -> None:
    with waiting.app_context(), transaction() as session:
        claim_next_mail(session, at=at + jump)
    work(waiting, folder_of(waiting), at + SOON, at + 2 * SOON)
    assert len(list_letters(waiting)) == 1


def test_a_letter_that_failed_under_a_wrong_clock_is_tried_when_it_is_right(
    waiting: Flask, at: datetime
) -> None:
    nowhere = SmtpCarrier("127.0.0.1", 1)
    work(waiting, nowhere, at + JUMPS[-1])
    work(waiting, folder_of(waiting), at + SOON)
    assert len(list_letters(waiting)) == 1


def test_a_worker_that_began_with_a_wrong_clock_erases_when_it_is_right(app: Flask, at: datetime) -> None:
    close(app, at)
    due = at + timedelta(days=KEPT_DAYS)
    run_before(app, due)
    work(app, folder_of(app), at + JUMPS[-1], due)
    assert count_erased(app) == 1
