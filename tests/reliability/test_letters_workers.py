"""Workers that die, meet or stumble while they send: no mail is lost, and no copy is without need."""

import os
import random
import signal
import threading
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from portal.cli.worker import work_until
from portal.domain.deadlines import round_to_hour
from portal.extensions import current_portal, db
from portal.mail.deliver import SmtpCarrier
from portal.models import OutboxMail
from portal.operations.outbox import LEASE
from tests.reliability.dying import bury, deliver, end, place_of, start, work
from tests.support.factories import ADDRESS
from tests.support.mail_server import HOST, Clock, Post, message_ids, run_mail, send_pitch


@dataclass
class Killer:
    """Kills a worker the first time it comes to a step, at the `number`th mail."""

    step: str
    number: int = 1
    pid: int = 0
    has_killed: bool = False

    def __call__(self, step: str) -> None:
        """Look at a step a worker has come to."""
        if step == self.step and not self.has_killed:
            self.number -= 1
            if not self.number:
                self.has_killed = True
                os.kill(self.pid, signal.SIGKILL)


def kill_worker(app: Flask, post: Post, port: int, killer: Killer, at: datetime) -> None:
    """Run a worker until the killer gets it."""
    started = threading.Event()

    def wait_and_kill(step: str) -> None:
        started.wait()
        killer(step)

    post.on = wait_and_kill
    process = start(work, place_of(app), port, at)
    killer.pid = process.pid or 0
    started.set()
    bury(process)
    post.on = lambda _step: None


@pytest.mark.parametrize(("step", "copies"), [("EHLO", 1), ("RCPT", 1), ("DATA", 2), ("QUIT", 2)])
def test_a_worker_killed_while_it_sends_loses_no_mail(  # one case, written out
    app: Flask, post: Post, port: int, clock: Clock, step: str, copies: int
) -> None:
    mails = [send_pitch(app, clock.at) for _ in range(2)]
    kill_worker(app, post, port, Killer(step), clock.at)
    clock.at += LEASE
    run_mail(app, SmtpCarrier(HOST, port), clock)
    assert message_ids(post) == {f"<{mails[0]}@localhost>": copies, f"<{mails[1]}@localhost>": 1}
    with app.app_context():
        assert db.session.scalars(select(OutboxMail.sent_at)).all() == [round_to_hour(clock.at)] * 2


@pytest.fixture
def kills(pytestconfig: pytest.Config) -> int:
    """3 of them, or 50 with --full."""
    return 50 if pytestconfig.getoption("full") else 3


def test_workers_killed_at_random_lose_no_mail(
    app: Flask, post: Post, port: int, clock: Clock, kills: int
) -> None:
    choose = random.Random(kills)
    mails = []
    for _ in range(kills):
        mails += [send_pitch(app, clock.at) for _ in range(3)]
        killer = Killer(choose.choice(["EHLO", "MAIL", "RCPT", "DATA", "QUIT"]), choose.randint(1, 3))
        kill_worker(app, post, port, killer, clock.at)
        clock.at += LEASE
    run_mail(app, SmtpCarrier(HOST, port), clock)
    copies = message_ids(post)
    assert set(copies) == {f"<{mail}@localhost>" for mail in mails}
    assert len(post.received) <= len(mails) + kills


def test_two_workers_at_once_send_each_mail_once(app: Flask, post: Post, port: int, at: datetime) -> None:
    mails = [send_pitch(app, at) for _ in range(12)]
    workers = [start(deliver, place_of(app), port, at) for _ in range(2)]
    for one in workers:
        end(one)
    assert message_ids(post) == {f"<{mail}@localhost>": 1 for mail in mails}


def test_work_that_fails_does_not_hold_up_the_mail(app: Flask, post: Post, port: int) -> None:
    now, stop = datetime.now(UTC), threading.Event()
    for due in (now, now + timedelta(hours=2)):
        send_pitch(app, due)
    with app.app_context():
        stuck = current_portal().instance.mail_folder / "nobody.eml"
    stuck.mkdir()  # what clears letters away cannot delete it
    post.on = lambda step: stop.set() if step == "QUIT" and len(post.received) == 2 else None
    moments = iter([now + timedelta(seconds=20 * step) for step in range(2000)])
    work_until(stop, app, SmtpCarrier(HOST, port), clock=lambda: next(moments), pause=0)
    stuck.rmdir()
    assert [message["To"] for message in post.received] == [ADDRESS, ADDRESS]
