"""The worker beside the web server: sends mail and stories that are due, clears away what is over."""

import contextlib
import logging
import multiprocessing
import os
import signal
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial

import click
from flask import Flask
from sqlalchemy.exc import SQLAlchemyError

from portal.app import create_app
from portal.bulk_run import AT_ONCE, WORTH_TELLING, BulkRun, cut_blocks
from portal.cli.audit import write_head
from portal.cli.belonging import examine_belonging, keep_record, raise_findings, still_belongs
from portal.cli.doctor.findings import Finding, Kind
from portal.cli.export_maker import ExportMaker
from portal.cli.instance_lock import lock_instance
from portal.cli.nightly import NightlyBackup
from portal.cli.retention import clear_rows, erase_what_is_due, sweep_traces
from portal.cli.search import index_until
from portal.config import Settings
from portal.database import snapshot, transaction
from portal.domain.bulk_runs import RunKind
from portal.domain.desk_notices import TOLD_BY_CLOCK
from portal.domain.retention import ClockJumped
from portal.export.look_back import look_next
from portal.export.pushes import push_next
from portal.extensions import current_portal
from portal.log_lines import start_logging, stop_logging
from portal.mail.deliver import Carrier, choose_carrier, deliver_due
from portal.operations.audit_log import delete_entries, list_old_entries
from portal.operations.desk.notices import follow_clock, queue_desk_mail, tell_untold
from portal.operations.desk.presence import forget_signs
from portal.operations.desk.same_story import compare_due, is_comparison_due, read_ahead
from portal.operations.file_removal import MOST
from portal.operations.rate_limits import delete_leaked_buckets
from portal.operations.recalls import end_embargoes
from portal.queries.desk.notices import list_mail_readers, list_untold

_PAUSE_SECONDS = 5.0
_BLOCKS_OF_A_ROUND = 10
_PATIENCE_SECONDS = 15.0
"""Less than whoever started the worker waits for its end."""
_CLEAR_EVERY = timedelta(minutes=10)
_LOOK_EVERY = timedelta(minutes=10)
_WRITE_EVERY = timedelta(minutes=1)
_ERASE_EVERY = timedelta(hours=1)
_NOTE_EVERY = timedelta(hours=1)
_SWEEP_EVERY = timedelta(minutes=10)
_BACK_UP_EVERY = timedelta(minutes=10)
_REMEMBER_EVERY = timedelta(minutes=1)
_LONG_AGO = datetime.min.replace(tzinfo=UTC)
_log = logging.getLogger(__name__)


def run_worker(settings: Settings) -> None:
    """Work until SIGTERM or SIGINT, or until the process that started this one is gone."""
    start_logging(settings.log_format)
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    app = create_app(settings)
    with app.app_context():
        carrier = choose_carrier(settings.smtp_url, current_portal().instance.mail_folder)
    threading.Thread(target=push_until, args=(stop, app), kwargs={"clock": _now}, daemon=True).start()
    indexing = threading.Thread(target=index_until, args=(stop, app), daemon=True)
    indexing.start()
    work_until(stop, app, carrier, clock=_now)
    indexing.join(_PATIENCE_SECONDS)


def work_until(
    stop: threading.Event,
    app: Flask,
    carrier: Carrier,
    *,
    clock: Callable[[], datetime],
    pause: float = _PAUSE_SECONDS,
) -> None:
    """Work a round every `pause` seconds until `stop` is set. A database that is away is waited for."""
    with app.app_context():
        settings = current_portal().settings
    exports = ExportMaker(app, settings)
    erasing = _BackgroundChore("erasing", partial(erase_what_is_due, app, is_stopping=stop.is_set))
    sweeping = _BackgroundChore("sweeping", partial(sweep_traces, app, is_stopping=stop.is_set))
    chores: tuple[_Chore, ...] = (
        _Chore("comparing stories", timedelta(0), partial(compare_stories, app)),
        _Chore("looking at promises", _LOOK_EVERY, partial(look_at_promises, app)),
        _Chore("writing to colleagues", _WRITE_EVERY, partial(write_to_colleagues, app)),
        _Chore("making exports", timedelta(0), exports.begin_if_wanted),
        _Chore("clearing exports", _CLEAR_EVERY, exports.clear),
        _Chore("remembering", _REMEMBER_EVERY, lambda *, at: remember_log(app)),
        _Chore("clearing away", _CLEAR_EVERY, partial(clear_expired, app)),
        _Chore("erasing", _ERASE_EVERY, erasing.begin),
        _Chore("sweeping", _SWEEP_EVERY, sweeping.begin),
        _Chore("noting the log's head", _NOTE_EVERY, lambda *, at: note_head(app), last=_now()),
    )
    if settings.backup_to:
        nightly = NightlyBackup(settings)
        chores = (*chores, _Chore("backing up", _BACK_UP_EVERY, nightly.begin_if_due))
    while not stop.is_set() and _is_wanted():
        try:
            with app.app_context():
                deliver_due(current_portal(), carrier, clock=clock, is_stopping=stop.is_set)
            for chore in chores:
                chore.do_if_due(clock())
        except SQLAlchemyError as error:
            _log.error("the database did not answer: %s", type(error).__name__)
        stop.wait(pause)
    erasing.wait()
    sweeping.wait()
    with contextlib.suppress(SQLAlchemyError, OSError):
        remember_log(app)


def push_until(
    stop: threading.Event, app: Flask, *, clock: Callable[[], datetime], pause: float = _PAUSE_SECONDS
) -> None:
    """Send stories to newsrooms' sites and look what became of them, until `stop` is set.

    Beside the mail, which waits for no site. Ended in the middle, the next try finds what is there already.
    """
    while not stop.is_set():
        try:
            with app.app_context():
                push_round(stop, clock=clock)
        except SQLAlchemyError as error:
            _log.error("the database did not answer: %s", type(error).__name__)
        except Exception as error:  # whatever is wrong with one story, the next one must go
            _log.error("sending stories failed: %s", type(error).__name__)
        stop.wait(pause)


def push_round(stop: threading.Event, *, clock: Callable[[], datetime]) -> None:
    """Send all that is due, then look at one post. Needs an application context."""
    with snapshot() as session:
        if not still_belongs(session):  # the hourly erasing says so
            return
    while not stop.is_set() and push_next(clock=clock):
        pass
    if not stop.is_set():
        look_next(clock=clock)


@dataclass
class _Chore:
    """A chore of the worker, done now and then between the mails, which it must not hold up."""

    name: str
    every: timedelta
    run: Callable[..., object]
    last: datetime = _LONG_AGO

    def do_if_due(self, at: datetime) -> None:
        """Do it when its time has come. One that fails waits for its next time; only a database is let by.

        A clock that was set back to the right time keeps nothing waiting.
        """
        if timedelta(0) <= at - self.last < self.every:
            return
        try:
            self.run(at=at)
        except SQLAlchemyError:
            raise
        except Exception as error:  # a file that cannot be deleted, say: mail goes on
            _log.error("%s failed: %s", self.name, type(error).__name__)
        self.last = at


@dataclass
class _BackgroundChore:
    """A chore that may take its time, in a thread of its own: mail does not wait for it."""

    name: str
    run: Callable[..., object]
    running: threading.Thread | None = None

    def begin(self, *, at: datetime) -> None:
        """Begin it, unless it is still at it."""
        if self.running is None or not self.running.is_alive():
            self.running = threading.Thread(target=self._try, name=self.name, kwargs={"at": at}, daemon=True)
            self.running.start()

    def wait(self) -> None:
        """Wait until it has ended, which it was asked to."""
        if self.running is not None:
            self.running.join(_PATIENCE_SECONDS)

    def _try(self, *, at: datetime) -> None:
        try:
            self.run(at=at)
        except Exception as error:  # as _Chore does: the next time it may go
            _log.error("%s failed: %s", self.name, type(error).__name__)


def remember_log(app: Flask) -> None:
    """Have the folder remember how far the log has come, unless another database stands there by now."""
    with app.app_context(), snapshot() as session:
        if still_belongs(session):
            keep_record(session)


def compare_stories(app: Flask, *, at: datetime) -> None:
    """Compare what was sent with the other texts of its coverage, some at once: the next round goes on."""
    with app.app_context():
        with snapshot() as session:
            if not still_belongs(session):  # the hourly erasing says so
                return
        for _block in range(_BLOCKS_OF_A_ROUND):
            with snapshot() as session:
                if not is_comparison_due(session):
                    return
                known = read_ahead(session)
            with transaction() as session:
                compare_due(session, known)


def note_head(app: Flask) -> None:
    """Write the head of the audit log to standard error: whoever collects that has it on another machine."""
    with app.app_context(), snapshot() as session:
        _log.info("the audit log ends with %s", write_head(session))


def clear_expired(app: Flask, *, at: datetime) -> None:
    """Delete pages, links and proofs that are over, mail that left long ago, audit entries of five years ago.

    After a jump of the clock only buckets and proofs go, which nobody misses: the hourly erasing says so.
    """
    with app.app_context():
        run = BulkRun(RunKind.CLEARING)
        gone = MOST
        while gone == MOST:
            with run.write_block() as session:
                gone = delete_leaked_buckets(session, at=at, most=MOST)
        with snapshot() as session:
            belongs = still_belongs(session)
        if not belongs:  # the hourly erasing says so
            return
        with contextlib.suppress(ClockJumped):
            clear_rows(run, at=at)
            delete_old_log(run, at=at)


def look_at_promises(app: Flask, *, at: datetime) -> None:
    """Tell colleagues what no act of a person says: promises, languages nobody reads, copies to take down.

    What was to wait for a day that has come waits no more.
    """
    with app.app_context():
        with snapshot() as session:
            if not still_belongs(session):  # the hourly erasing says so
                return
        run = BulkRun(RunKind.TELLING)
        with run.write_block() as session:
            end_embargoes(session, at=at)
        for kind in TOLD_BY_CLOCK:
            with snapshot() as session:
                untold = list_untold(session, kind, at=at)
            for block in run.cut_by_time(untold, AT_ONCE):
                with run.write_block() as session:
                    tell_untold(session, kind, block, at=at)
        with run.write_block() as session:
            follow_clock(session, at=at)
        if run.blocks >= WORTH_TELLING:
            run.end(current_portal().instance.folder)


def write_to_colleagues(app: Flask, *, at: datetime) -> None:
    """Put mail about what waits for colleagues into the outbox; forget who had what on the screen.

    Whose database is a copy of another installation's writes to nobody.
    """
    with app.app_context():
        with snapshot() as session:
            if not still_belongs(session):
                return
            delay = current_portal().settings.undo_window
            readers = list_mail_readers(session, at=at, delay=delay)
        for number in readers:
            with transaction() as session:
                queue_desk_mail(session, number, at=at, delay=delay)
        with transaction() as session:
            forget_signs(session, at=at)


def delete_old_log(run: BulkRun, *, at: datetime) -> None:
    """Delete entries of the audit log whose five years are over, a block after the other."""
    with snapshot() as session:
        numbers = list_old_entries(session, at=at)
    for block in cut_blocks(numbers, MOST):
        with run.write_block() as session:
            delete_entries(session, block, at=at)


def _is_wanted() -> bool:
    """Say whether the process that started this one still lives; started by hand there is none to ask."""
    parent = multiprocessing.parent_process()
    return parent is None or parent.is_alive()


def _now() -> datetime:
    return datetime.now(UTC)


@click.command("worker")
def worker() -> None:
    """Send e-mails and stories that are due and clear away what is over, until stopped."""
    settings = Settings.from_env(os.environ)
    click.get_current_context().call_on_close(stop_logging)
    start_logging(settings.log_format)
    while is_away(found := examine_belonging(settings, os.environ, may_begin=False)):
        _log.error("%s", found[0].sentence)
        time.sleep(_PAUSE_SECONDS)
    raise_findings(found)
    with lock_instance(settings.instance):
        run_worker(settings)


def is_away(found: list[Finding]) -> bool:
    """Say whether the database does not answer: it is waited for."""
    return [one.kind for one in found] == [Kind.NO_DATABASE]
