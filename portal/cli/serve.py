"""The command `serve`: from a fresh folder to a running site, with first texts, first link and worker."""

import gc
import logging
import multiprocessing
import os
import signal
import socket
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from multiprocessing import get_context
from multiprocessing.connection import wait
from multiprocessing.context import ForkContext, SpawnContext
from multiprocessing.process import BaseProcess
from typing import Any

import click
from flask import Flask
from gunicorn.app.base import BaseApplication
from gunicorn.glogging import Logger
from sqlalchemy.exc import OperationalError

from portal.app import create_app
from portal.cli.belonging import describe_place, require_belonging, word_no_answer
from portal.cli.database import upgrade_database
from portal.cli.doctor.command import list_start_refusals
from portal.cli.doctor.database import examine_before_serving
from portal.cli.doctor.findings import Finding
from portal.cli.doctor.settings import examine_before_start
from portal.cli.instance_lock import lock_instance, lock_serving
from portal.cli.worker import run_worker
from portal.config import PREFIX, Settings
from portal.data.content import first_coverage
from portal.database import transaction
from portal.export.formats import installed_formats
from portal.extensions import Portal, current_portal, db
from portal.instance import TEMPLATES
from portal.log_lines import LogFormat, start_logging, stop_logging
from portal.mail.deliver import choose_carrier
from portal.operations.first_coverage import open_first_coverage
from portal.operations.staff.accounts import invitation_address, invite_first_admin
from portal.storage import keep_ballast
from portal.story.word_forms import load_dictionaries
from portal.web.site.templating import read_templates

_ANY_ADDRESS = frozenset({"0.0.0.0", "::", ""})  # noqa: S104  # recognised here, bound only when asked for
_LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
_REQUEST_SECONDS = 60
_GRACE_SECONDS = 10
_PATIENCE_SECONDS = 20
"""Longer than the web server's own grace: whoever is not gone by then is ended."""
_RESTART_SECONDS = 1.0
_MIB = 1024 * 1024
_NEW_OBJECTS = 10_000
"""Containers made before the collector looks at the young ones: three requests or so, a few megabytes."""
_PORT = click.IntRange(1, 65535)
_log = logging.getLogger(__name__)


def settings_for(environ: Mapping[str, str], host: str, port: int) -> Settings:
    """Read the settings; where no public address is set, it is the one we listen on. Raises BadSetting."""
    if f"{PREFIX}BASE_URL" in environ:
        return Settings.from_env(environ)
    local = host in _ANY_ADDRESS or host in _LOOPBACK
    shown = "localhost" if host in _ANY_ADDRESS else host
    own = {
        f"{PREFIX}BASE_URL": f"http://{_in_address(shown)}:{port}",
        f"{PREFIX}TRUSTED_HOSTS": "localhost,127.0.0.1" if local else "",
    }
    return Settings.from_env({**own, **environ})


def can_listen(host: str, port: int) -> bool:
    """Say whether the port is free on this address."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as trial:
        # Connections of a server just stopped linger; they are no reason to refuse.
        trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        with suppress(OSError):
            trial.bind((host, port))
            trial.listen()
            return True
    return False


def prepare(app: Flask, *, at: datetime) -> str | None:
    """Make the first coverage ready; return a one-time link if there is no admin yet."""
    with app.app_context(), transaction() as session:
        open_first_coverage(session, first_coverage(), at=at)
        token = invite_first_admin(session, at=at)
        return invitation_address(current_portal().settings.base_url, token) if token else None


class QuietLogger(Logger):  # type: ignore[misc]  # gunicorn ships no types
    """The log of the processes, written where and how everything else of the portal is."""

    def setup(self, cfg: object) -> None:
        """Hand every line on."""
        super().setup(cfg)
        self.error_log.handlers.clear()
        self.error_log.propagate = True


class WebServer(BaseApplication):  # type: ignore[misc]  # gunicorn ships no types
    """gunicorn with the portal in it, loaded once before its workers are forked."""

    def __init__(self, app: Flask, host: str, port: int) -> None:
        portal: Portal = app.extensions["portal"]
        self.portal, self.settings = app, portal.settings
        self.kept_templates = portal.instance.folder / TEMPLATES
        self.address = f"{_in_address(host)}:{port}"
        super().__init__()

    def load_config(self) -> None:
        """Hand our options to gunicorn."""
        options: dict[str, Any] = {
            "bind": self.address,
            "workers": self.settings.workers,
            "threads": self.settings.threads,
            "worker_class": "portal.server.worker.BufferingWorker",
            "preload_app": True,
            "accesslog": None,
            "errorlog": "-",
            "loglevel": "warning",
            "logger_class": QuietLogger,
            "timeout": _REQUEST_SECONDS,
            "graceful_timeout": _GRACE_SECONDS,
            # Forwarding headers are believed by the portal's own setting alone.
            "forwarded_allow_ips": "",
            "secure_scheme_headers": {},
            "when_ready": self.announce,
            "post_fork": _follow_starter,
            "control_socket_disable": True,
        }
        for name, value in options.items():
            if name in self.cfg.settings:
                self.cfg.set(name, value)

    def announce(self, _arbiter: object) -> None:
        """Say where the site is, once it can be opened there."""
        _tell(self.settings, f"The portal is at {self.settings.base_url} (stop it with Ctrl+C)")

    def load(self) -> Flask:
        """Return the application, with all that its workers then have in common."""
        read_templates(self.portal, self.kept_templates)
        load_dictionaries()
        installed_formats()
        gc.freeze()  # what is loaded is for good, and stays shared by the workers
        gc.set_threshold(_NEW_OBJECTS)
        return self.portal


def run_web(app: Flask, host: str, port: int) -> None:
    """Answer requests until SIGTERM or SIGINT."""
    signal.signal(signal.SIGTERM, signal.SIG_DFL)  # who forked this process has its own way to stop
    server = WebServer(app, host, port)
    start_logging(server.settings.log_format)
    server.run()


def _follow_starter(_arbiter: object, _worker: object) -> None:
    """Stop the web server when the process that started it is killed: it would hold the port for ever."""
    starter, arbiter = multiprocessing.parent_process(), os.getppid()
    if starter is None:
        return

    def _stop_with_it() -> None:
        starter.join()
        with suppress(ProcessLookupError):
            os.kill(arbiter, signal.SIGTERM)

    threading.Thread(target=_stop_with_it, daemon=True).start()


def _in_address(host: str) -> str:
    return f"[{host}]" if ":" in host else host


def _start(context: ForkContext | SpawnContext, target: Callable[..., None], *args: object) -> BaseProcess:
    process: BaseProcess = context.Process(target=target, args=args)
    # Ctrl+C reaches the whole group: who is still starting is stopped by us, without a trace on the screen.
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    process.start()
    signal.signal(signal.SIGINT, before)
    return process


def _stop(processes: Sequence[BaseProcess]) -> None:
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, signal.SIG_IGN)
    for process in processes:
        process.terminate()
    for process in processes:
        process.join(_PATIENCE_SECONDS)
        if process.is_alive():
            process.kill()
            process.join()


def _interrupt(*_: object) -> None:
    raise KeyboardInterrupt


def supervise(app: Flask, host: str, port: int) -> int:
    """Run web server and worker until SIGTERM or SIGINT; a worker that died is started again.

    The web server goes on with the application as it was made ready here: to read all of it once more would
    double the time to the first page. The worker is a fresh interpreter, which shares nothing with us.
    Return the exit code: 0 after a signal, the web server's own when it ended by itself.
    """
    portal: Portal = app.extensions["portal"]
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, _interrupt)
    running: list[BaseProcess] = []
    try:
        web = _start(get_context("fork"), run_web, app, host, port)
        running.append(web)
        while web.is_alive():
            mail = _start(get_context("spawn"), run_worker, portal.settings)
            running[1:] = [mail]
            wait([web.sentinel, mail.sentinel])
            if web.is_alive():
                _log.error("The mail worker ended and is started again.")
                time.sleep(_RESTART_SECONDS)
    except KeyboardInterrupt:
        return 0
    else:
        return web.exitcode or 1
    finally:
        _stop(running)


def _tell(settings: Settings, news: str) -> None:
    """Say to whoever started the portal what they look for; where programs collect the log, in its lines."""
    if settings.log_format == LogFormat.JSON:
        _log.info("%s", news)
    else:
        click.echo(news)


def _stop_at(found: list[Finding]) -> None:
    refused = list_start_refusals(found)
    if refused:
        raise click.ClickException("\n".join(one.sentence for one in refused))


@click.command("serve")
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", default=8000, show_default=True, type=_PORT, help="Port to listen on.")
@click.option("--workers", type=click.IntRange(1), help="Web worker processes, instead of PORTAL_WORKERS.")
def serve(host: str, port: int, workers: int | None) -> None:
    """Make everything ready and run the site with its mail worker."""
    environ = {**os.environ, **({f"{PREFIX}WORKERS": str(workers)} if workers else {})}
    settings = settings_for(environ, host, port)
    click.get_current_context().call_on_close(stop_logging)
    start_logging(settings.log_format)
    _stop_at(examine_before_start(settings, environ))
    with lock_instance(settings.instance):
        require_belonging(settings, may_begin=True)
        if not can_listen(host, port):
            raise click.ClickException(f"{host}:{port} is not free. Choose another port with --port.")
        with lock_serving(settings.instance):
            raise click.exceptions.Exit(_run(settings, host, port))


def _run(settings: Settings, host: str, port: int) -> int:
    """Make everything ready, and run the site until it is stopped; return the exit code."""
    _tell(settings, describe_place(settings))
    app = create_app(settings)
    link = _make_ready(app)
    with app.app_context():
        db.engine.dispose()  # the web server is forked from here, and must not share a connection
    if link:
        click.echo(f"There is no admin yet. This link makes the first one, once, within 24 hours:\n{link}")
    return supervise(app, host, port)


def _make_ready(app: Flask) -> str | None:
    """Make folder, database and first texts ready; return the link of the first admin if one is needed."""
    portal: Portal = app.extensions["portal"]
    settings = portal.settings
    choose_carrier(settings.smtp_url, settings.instance / "mail")
    keep_ballast(settings.instance, floor=settings.upload_floor_mib * _MIB)
    try:
        upgrade_database(app)
        _stop_at(examine_before_serving(app))
        return prepare(app, at=datetime.now(UTC))
    except OperationalError as error:
        raise click.ClickException(word_no_answer(settings, error).sentence) from error
