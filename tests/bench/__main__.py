"""Measure our pages against their budgets, and a plain floor beside them: `python -m tests.bench`.

Budgets are of processor time on a machine of 1.0 (tests/bench/reference.py) and are scaled to this one. It
prints which hold. Of several sizes it fails where a list takes much longer in the fullest one than in the
emptiest.
"""

import argparse
import os
import re
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median, quantiles
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from portal.data.content import human_questions
from portal.domain.admission import choose_question
from portal.domain.export_files import MOST_AT_ONCE
from portal.domain.states import Stage, State
from portal.extensions import db
from portal.models import Draft, Submission
from tests.bench import runs, same_story, searches, texts
from tests.bench.databases import filled
from tests.bench.floor import clear_floor, make_floor
from tests.bench.processor import Processor, Used
from tests.bench.reference import measure_machine
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

    `cpu`: half of them cost this process no more time of a processor, whatever else the machine did;
    `database`: nor a database beside it.
    """

    p50: float
    p95: float
    cpu: float
    database: float


@dataclass
class Contender:
    """One of the two that are measured in turns; preparing does not count."""

    processor: Processor
    act: Callable[[Any], TestResponse]
    prepare: Callable[[], Any] = lambda: None
    times: list[float] = field(default_factory=list)
    used: list[Used] = field(default_factory=list)

    def act_once(self) -> None:
        """Do it and note the time."""
        given = self.prepare()
        used, begun = self.processor.read(), time.perf_counter()
        self.act(given).get_data()
        self.times.append((time.perf_counter() - begun) * 1000)
        self.used.append(self.processor.read().since(used))

    @property
    def measured(self) -> Measured:
        """Return what was noted; the first few times do not count."""
        parts = quantiles(self.times[WARM:], n=20)
        ours, database = (median(one) for one in zip(*self.used[WARM:], strict=True))
        return Measured(parts[9], parts[18], ours, database)


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


MOST_GROWTH = 1.3
"""What a page may take in the fullest database, as a multiple of what it takes in the emptiest."""
_FOUND = "/desk/?view=open&q=чайник"
LISTS = {
    "coverage page": (f"{COVERAGE}/", "/coverage"),
    "queue": ("/desk/", "/queue"),
    "queue, filtered": ("/desk/?view=open&lang=uk&kind=story", ""),
    "search": (_FOUND, "/queue?text=чайник"),
    "search, filtered": (f"{_FOUND}&lang=uk&kind=story", ""),
}
"""Pages of which that is asked: address, and the floor's."""

BUDGETS = {
    "coverage page": Ceiling(4),
    "form page": Ceiling(4),
    "sending": Ceiling(20, 16),
    "receipt": Ceiling(6),
    "queue": Ceiling(9, 8),
    "queue, filtered": Ceiling(9, 8),
    "search": Ceiling(),
    "search, filtered": Ceiling(),
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
    taken: dict[str, float] = field(default_factory=dict)
    """Milliseconds of a processor that each page took, ours and the database's."""

    def __post_init__(self) -> None:
        self.processor = Processor(self.app)
        self.ours = self.app.test_client(use_cookies=False)
        self.desk = sign_in(self.app, self.staff)

    def read(
        self, name: str, client: FlaskClient, path: str, plain: str = "", headers: Mapping[str, str] = _PLAIN
    ) -> None:
        """Measure a page, and the floor's at `plain`."""
        seen = client.get(path, headers=headers)
        assert seen.status_code == 200, (path, seen.status_code)
        with listening(self.app) as sent:
            client.get(path, headers=headers)
        ours = [Contender(self.processor, lambda _: client.get(path, headers=headers))]
        bare = [Contender(self.processor, lambda _: self.floor.get(plain))] if plain else []
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
        contenders = [Contender(self.processor, send, prepare), *([plain] if plain else [])]
        self.print(name, measure(contenders, repeats), len(list_verbs(statements)))

    def print(self, name: str, measured: Sequence[Measured], statements: int) -> None:
        """Print one line of the table."""
        ours, bare = measured[0], measured[1] if len(measured) > 1 else None
        budget = BUDGETS[name]
        self.taken[name] = ours.cpu + ours.database
        most = budget.cpu * self.machine if budget.cpu else None
        fits = (most is None or ours.cpu <= most) and statements <= (budget.statements or statements)
        is_bound = most is not None or budget.statements is not None
        print(
            f"{self.label:18} {name:16} {ours.p50:8.2f} {ours.p95:8.2f} {ours.cpu:8.2f} {ours.database:8.2f} "
            f"{f'{most:8.2f}' if most else '':8} {statements:4} {budget.statements or '':4} "
            f"{((fits and 'holds') or 'over') if is_bound else '':6} {f'{bare.cpu:8.2f}' if bare else ''}",
            flush=True,
        )


def sign_in(app: Flask, staff: str) -> FlaskClient:
    """Return a client that is signed in."""
    client = app.test_client()
    enter(client, staff).get("/desk/")  # the first page adds the token of forms
    return carry_on(app, client)


def carry_on(app: Flask, client: FlaskClient) -> FlaskClient:
    """Return a client that sends the cookie this one has, and keeps no other: that is no work of ours."""
    cookie = client.get_cookie(app.config["SESSION_COOKIE_NAME"])
    made = app.test_client(use_cookies=False)
    if cookie is not None:
        made.environ_base["HTTP_COOKIE"] = f"{cookie.key}={cookie.value}"
    return made


def measure_lists(bench: Bench, *, beside_floor: bool) -> None:
    """Measure the pages that could take the longer the more there is."""
    for name, (path, plain) in LISTS.items():
        client = bench.ours if path.startswith(COVERAGE) else bench.desk
        bench.read(name, client, path, plain if beside_floor else "")


def measure_others(bench: Bench) -> None:
    """Measure everything else."""
    bench.read("form page", bench.ours, f"{COVERAGE}/story", "/form")
    plain = Contender(bench.processor, lambda _: bench.floor.post("/form", data=STORY_ANSWERS))
    bench.write("sending", lambda: open_story_form(bench.app), plain)
    author = bench.app.test_client()
    _client, address, values = open_story_form(bench.app, author)
    receipt = author.post(address, data=values).location
    bench.read("receipt", carry_on(bench.app, author), receipt)
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
            with filled(kind, size, asked.keep) as one:
                for line in searches.measure(one.app, sign_in(one.app, one.staff)):
                    print(f"{kind} {size:>9,} {line}", flush=True)


def measure_comparing(asked: argparse.Namespace) -> None:
    """Measure looking for the same story among as many texts as are asked for."""
    for kind in asked.databases.split(","):
        for size in map(int, asked.sizes.split(",")):
            with filled(kind, size, asked.keep) as one:
                for line in same_story.measure(one.app):
                    print(f"{kind} {size:>9,} {line}", flush=True)


def main() -> None:
    """Read the flags and measure."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("--sizes", default="1000", help="Comma-separated numbers of submissions.")
    parser.add_argument("--databases", default="sqlite,postgresql")
    parser.add_argument("--texts", action="store_true", help="Only texts that were made to cost much.")
    parser.add_argument("--runs", action="store_true", help="Only runs over all, and who sends beside them.")
    parser.add_argument("--searches", action="store_true", help="Only searches, and the size of their index.")
    parser.add_argument("--same-story", action="store_true", help="Only looking for the same story.")
    parser.add_argument("--lists", action="store_true", help="Only coverage page, queue and search.")
    parser.add_argument("--only", default="", help="Comma-separated names of the runs of --runs.")
    parser.add_argument(
        "--approved", type=int, default=runs.APPROVED, help="One text of so many may leave in --runs."
    )
    parser.add_argument("--keep", type=Path, help="Where what was filled stays for the next time.")
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
    if asked.same_story:
        measure_comparing(asked)
        return
    machine = measure_machine()
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)  # an installed portal has its bytecode
    measure_commands()
    print(f"this machine is {machine:.2f}: budgets are {machine:.2f} times those for a machine of 1.0")
    columns = ("p50 ms", "p95 ms", "cpu ms", "database", "budget")
    print(
        f"{'database':18} {'page':16} {' '.join(f'{name:>8}' for name in columns)}  SQL most        floor cpu"
    )
    within = [measure_sizes(kind, asked, machine) for kind in asked.databases.split(",")]
    sys.exit(0 if all(within) else 1)


def measure_sizes(kind: str, asked: argparse.Namespace, machine: float) -> bool:
    """Measure pages in databases of each size; say whether none took much longer in the fullest one."""
    taken = []
    for size in sorted(map(int, asked.sizes.split(","))):
        with filled(kind, size, asked.keep) as one:
            if not asked.lists:
                measure_process(one.folder, one.address)
            with one.app.app_context():
                floor = make_floor(db.engine, "ukraine-taiwan")
                bench = Bench(one.app, floor, f"{kind} {size}", one.staff, machine)
            measure_lists(bench, beside_floor=not asked.lists)
            taken.append(dict(bench.taken))
            if not asked.lists:
                measure_others(bench)
                with one.app.app_context():
                    clear_floor(db.engine)
    growth = {name: taken[-1][name] / taken[0][name] for name in LISTS} if len(taken) > 1 else {}
    for name, times in growth.items():
        said = "holds" if times <= MOST_GROWTH else "over"
        print(f"{kind:18} {name:16} grew {times:.2f} times, most {MOST_GROWTH}: {said}", flush=True)
    return all(times <= MOST_GROWTH for times in growth.values())


if __name__ == "__main__":
    main()
