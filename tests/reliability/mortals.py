"""Processes that die without warning at a chosen step of their work.

Run as `python -m tests.reliability.mortals`: each line of the standard input is an `Order` as JSON, each line
of the standard output what came of one. Each piece of work runs in a process of its own, forked from this
one, which has loaded everything: a kill costs no start.
"""

import base64
import io
import json
import os
import signal
import stat
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, cast

from flask import Flask
from sqlalchemy import event
from sqlalchemy.engine import Engine

from portal.cli.database import upgrade_database
from portal.config import Settings
from portal.extensions import db
from portal.story.word_forms import load_dictionaries
from tests.conftest import make_own

ANSWER, ANSWERED, COMMIT = "answer", "answered", "commit"
FAILED = "failed"
"""The last step of a process that ended by itself and not well."""
SYNC_FILE, SYNC_FOLDER, RENAME = "sync file", "sync folder", "rename"
_ROOT = Path(__file__).parents[2]
_NAME_LENGTH = 3
_LOOKS = ("SELECT", "PRAGMA", "BEGIN")


@dataclass(frozen=True)
class Post:
    """A form on its way: where to, from which browser, with a photo perhaps. Without a path: a migration."""

    path: str = ""
    cookie: str = ""
    fields: Mapping[str, str] = field(default_factory=dict)
    photo: str = ""
    """Base64."""
    database: str = ""
    """Another database than that of the order."""
    die_at: int | None = None
    """The process dies just before this step; None lets it live."""


@dataclass(frozen=True)
class Outcome:
    """What came of a piece of work: the status that was answered, 0 without one, and the steps done."""

    status: int
    steps: list[str]


@dataclass(frozen=True)
class Order:
    """Work to be done, one after the other.

    Two ways to break the portal: it commits after answering, or after each statement.
    """

    instance: str
    database: str
    posts: Sequence[Post]
    answers_early: bool = False
    commits_often: bool = False


class Mortals:
    """The process that forks the others, for as long as the block lasts."""

    def __enter__(self) -> "Mortals":
        """Start it."""
        self._parent = subprocess.Popen(
            [sys.executable, "-m", "tests.reliability.mortals"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=_ROOT,
        )
        return self

    def __exit__(self, *_: object) -> None:
        """End it: it stops when nothing more can be ordered."""
        self._parent.communicate()

    def run(self, order: Order) -> list[Outcome]:
        """Have the work done."""
        assert self._parent.stdin is not None
        assert self._parent.stdout is not None
        self._parent.stdin.write(json.dumps(asdict(order)) + "\n")
        self._parent.stdin.flush()
        return [Outcome(**outcome) for outcome in json.loads(self._parent.stdout.readline())]


class Steps:
    """Counts what a process does, tells it line by line to a pipe, and ends the process at its step."""

    def __init__(self, die_at: int | None, pipe: int) -> None:
        self.die_at, self.pipe, self.done = die_at, pipe, 0
        self.after_answer: list[Callable[[], None]] = []

    def take(self, name: str) -> None:
        """Do the next step, or die before it."""
        if self.done == self.die_at:
            os.kill(os.getpid(), signal.SIGKILL)
        self.done += 1
        os.write(self.pipe, f"{name}\n".encode())

    def watch_files(self) -> None:
        """Count what makes a file last."""
        sync, rename, replace = os.fsync, os.rename, os.replace

        def take_sync(handle: Any) -> None:
            number = handle if isinstance(handle, int) else handle.fileno()
            self.take(SYNC_FOLDER if stat.S_ISDIR(os.fstat(number).st_mode) else SYNC_FILE)
            sync(number)

        def take_rename(*args: Any, **more: Any) -> None:
            self.take(RENAME)
            rename(*args, **more)

        def take_replace(*args: Any, **more: Any) -> None:
            self.take(RENAME)
            replace(*args, **more)

        os.fsync, os.rename = cast(Any, take_sync), cast(Any, take_rename)
        os.replace = cast(Any, take_replace)

    def watch_database(self, engine: Engine, *, answers_early: bool, commits_often: bool) -> None:
        """Count what the database is asked, by the first words of each statement."""

        @event.listens_for(engine, "before_cursor_execute")
        def _execute(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
            self.take(" ".join(statement.split()[:_NAME_LENGTH]))

        commit = engine.dialect.do_commit
        if commits_often:

            @event.listens_for(engine, "after_cursor_execute")
            def _executed(connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
                if not statement.startswith(_LOOKS):
                    commit(connection.connection.dbapi_connection)

        def take_commit(connection: Any) -> None:
            self.take(COMMIT)
            if answers_early:
                self.after_answer.append(lambda: commit(connection))
            else:
                commit(connection)

        dialect = cast(Any, engine.dialect)  # the driver itself cannot be watched
        dialect.do_commit = take_commit
        if answers_early:  # else the pool would roll back what is to be committed later
            dialect.do_rollback = lambda _connection: None


def _work(app: Flask, post: Post, steps: Steps, **faults: bool) -> None:
    """Do one piece of work in this process."""
    steps.watch_files()
    with app.app_context():
        steps.watch_database(db.engine, **faults)
    if not post.path:
        upgrade_database(app)
        status = 0
    else:
        client = app.test_client()
        client.set_cookie("portal", post.cookie)
        data: dict[str, Any] = dict(post.fields)
        if post.photo:
            data["photo"] = (io.BytesIO(base64.b64decode(post.photo)), "a.jpg")
        status = client.post(post.path, data=data).status_code
    steps.take(ANSWER)
    os.write(steps.pipe, f"={status}\n".encode())
    steps.take(ANSWERED)
    for act in steps.after_answer:
        act()


def _fork(app: Flask, post: Post, **faults: bool) -> Outcome:
    """Do one piece of work in a child; return what it told before it ended."""
    reads, writes = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reads)
        code = 1
        try:
            _work(app, post, Steps(post.die_at, writes), **faults)
            code = 0
        finally:
            sys.stderr.flush()
            os._exit(code)
    os.close(writes)
    with os.fdopen(reads, encoding="utf-8") as told:
        lines = told.read().splitlines()
    _pid, ended = os.waitpid(child, 0)
    if os.WIFEXITED(ended) and os.WEXITSTATUS(ended):
        lines.append(FAILED)
    status = next((int(line[1:]) for line in lines if line.startswith("=")), 0)
    return Outcome(status, [line for line in lines if not line.startswith("=")])


def main() -> None:
    """Do what the standard input says, order by order."""
    load_dictionaries()  # half a second, for each process that is forked and keeps a text
    apps: dict[tuple[str, str], Flask] = {}
    for line in sys.stdin:
        given = json.loads(line)
        outcomes = []
        for one in given["posts"]:
            post = Post(**one)
            place = (given["instance"], post.database or given["database"])
            if place not in apps:
                apps[place] = _make_app(*place)
                _warm_up(apps[place], post.path)
            faults = {name: given[name] for name in ("answers_early", "commits_often")}
            outcomes.append(asdict(_fork(apps[place], post, **faults)))
        print(json.dumps(outcomes), flush=True)


def _make_app(instance: str, database: str) -> Flask:
    """Return an application that has not connected yet: connections must not go through a fork."""
    url = "" if database.startswith("sqlite") else database
    folder = instance if url else str(Path(database.partition(":///")[2]).parent)
    return make_own(Settings(instance=Path(folder), database_url=url, base_url="http://localhost"))


def _warm_up(app: Flask, path: str) -> None:
    """Do once what every process would do anew: templates are compiled, queries are written."""
    if not path:
        return
    client = app.test_client()
    client.get(path)
    client.post(path, data={})
    with app.app_context():
        db.engine.dispose()


if __name__ == "__main__":
    main()
