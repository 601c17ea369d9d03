"""Processes of the portal that can be killed at any step, made from one that has everything loaded."""

import multiprocessing
import os
import signal
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from multiprocessing.process import BaseProcess
from multiprocessing.synchronize import Event
from pathlib import Path
from types import FrameType
from typing import Any

from flask import Flask

from portal.app import create_app
from portal.cli import portal
from portal.cli.serve import WebServer
from portal.cli.worker import work_until
from portal.config import Settings
from portal.extensions import current_portal
from portal.mail.deliver import SmtpCarrier, deliver_due

_PATIENCE_SECONDS = 60
_CONTEXT = multiprocessing.get_context("forkserver")
_CONTEXT.set_forkserver_preload(["tests.reliability.dying", "tests.reliability.loaded"])


@dataclass(frozen=True)
class Place:
    """Where a portal is: what another process needs to be the same portal."""

    instance: Path
    database_url: str

    @property
    def settings(self) -> Settings:
        """What that portal is set to."""
        return Settings(instance=self.instance, database_url=self.database_url, base_url="http://localhost")

    def open(self) -> Flask:
        """Make the application anew."""
        return create_app(self.settings)


def place_of(app: Flask) -> Place:
    """Return where the portal of this application is."""
    with app.app_context():
        settings = current_portal().settings
        return Place(settings.instance, settings.database_url)


def start(target: Callable[..., None], *args: Any) -> BaseProcess:
    """Begin something in a process of its own."""
    process = _CONTEXT.Process(target=target, args=args)
    process.start()
    return process


def make_event() -> Event:
    """Return what one process can wait for until another has set it."""
    return _CONTEXT.Event()


def end(process: BaseProcess) -> None:
    """Wait for a process that is to end by itself."""
    process.join(_PATIENCE_SECONDS)
    assert process.exitcode == 0


def is_killed(process: BaseProcess) -> bool:
    """Wait for a process that ends by itself unless it is killed; say which."""
    process.join(_PATIENCE_SECONDS)
    assert process.exitcode in (0, -signal.SIGKILL)
    return process.exitcode != 0


def bury(process: BaseProcess) -> None:
    """Wait for a process that was killed."""
    process.join(_PATIENCE_SECONDS)
    assert process.exitcode == -signal.SIGKILL


def work(place: Place, port: int, at: datetime) -> None:
    """Be the worker that runs beside the web server, at a moment of its own, until killed."""
    work_until(threading.Event(), place.open(), SmtpCarrier("127.0.0.1", port), clock=lambda: at)


def deliver(place: Place, port: int, at: datetime) -> None:
    """Send what is due and end."""
    app = place.open()
    with app.app_context():
        deliver_due(current_portal(), SmtpCarrier("127.0.0.1", port), clock=lambda: at.astimezone(UTC))


def answer_web(
    place: Place, port: int, workers: int, ready: Event, break_it: Callable[[], None] | None
) -> None:
    """Be the web server until told to stop; what it writes to its log goes nowhere."""
    if break_it is not None:
        break_it()
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stderr.fileno())
    settings = replace(place.settings, workers=workers)
    server = WebServer(create_app(settings), "127.0.0.1", port)
    server.cfg.set("when_ready", lambda _arbiter: ready.set())
    server.run()


def export(place: Place, out: Path, step: str, moment: str, number: int) -> None:
    """Run `portal export`, and be killed `moment` ("before", "after") the step of this name is taken.

    A step counts from where it belongs: the end of the file, the record, putting the file in place. Without
    a name, any `number`th event of the interpreter is one.
    """
    os.environ |= {
        "PORTAL_INSTANCE": str(place.instance),
        "PORTAL_DATABASE_URL": place.database_url,
        "PORTAL_BASE_URL": "http://localhost",
    }
    options = ["--coverage", "ukraine-taiwan", "--format", "bundle", "--out", str(out), "--all-approved"]
    sys.setprofile(_Profiled(step, moment, number))
    portal(["export", *options], standalone_mode=False)
    sys.setprofile(None)


@dataclass
class _Profiled:
    """Looks at every call and return of the interpreter, and kills at the one that is asked for."""

    step: str
    moment: str
    left: int
    is_armed: bool = False

    def __call__(self, frame: FrameType, event: str, arg: Any) -> None:
        name = str(getattr(arg, "__name__", "")) if event.startswith("c_") else frame.f_code.co_name
        if name == _BEGINS.get(self.step):
            self.is_armed = True
        if self.step and not (self.is_armed and name == self.step and event in _EVENTS[self.moment]):
            return
        self.left -= 1
        if self.left == 0:
            os.kill(os.getpid(), signal.SIGKILL)


_EVENTS = {"before": ("call", "c_call"), "after": ("return", "c_return")}
_BEGINS = {
    "write": "finish",
    "fsync": "finish",
    "commit": "record_stories",
    "link": "_put_in_place",
    "replace": "_put_in_place",
}
"""Where a step belongs: its name may be that of other calls before."""
