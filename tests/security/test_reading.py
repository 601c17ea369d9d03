"""Whoever only looks changes nothing: every page of every state, with the rows and files before and after."""

import hashlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import create_engine, delete, event, insert, select
from werkzeug.test import TestResponse

from portal.database import engine_options, transaction
from portal.domain.languages import LOCALES
from portal.domain.permissions import Role
from portal.extensions import current_portal, db
from portal.models import Base, JobRun, Submission
from portal.operations.desk.triage import release
from portal.web.site.access import access
from tests.security.routes import PEOPLE, Visitors, gather, read_table
from tests.support.factories import make_staff
from tests.support.page_list import Visit, all_pages
from tests.support.world import World

pytestmark = pytest.mark.either_database

BROKEN = 500
READING = frozenset({"SELECT", "WITH", "PRAGMA", "BEGIN", "SET", "SHOW"})
"""What a reading request may say to the database. No page needs an exception, but for keeping one's claim."""
FILE_OF_SQLITE = "portal.sqlite3"


@dataclass
class Reader:
    """Opens every page there is, and notes what that did."""

    visitors: Visitors
    browsers: dict[str, FlaskClient] = field(default_factory=dict)
    people: dict[str, FlaskClient] = field(default_factory=dict)
    said: set[str] = field(default_factory=set)
    faults: list[tuple[str, str]] = field(default_factory=list)

    def read_routes(self, *, everybody: bool) -> None:
        """Ask for every route that can be read, as a stranger and as somebody who may; or as all of them."""
        for row, outcomes in read_table().items():
            if row.method != "GET":
                continue
            may = [who for who in PEOPLE if outcomes[who] == "yes"]
            for who in PEOPLE if everybody else dict.fromkeys(["anonymous", *may[-1:]]):
                client, address = self.people[who], self.visitors.address(row)
                self.note(row.rule, client.get(address, buffered=True))

    def list_visits(self) -> list[Visit]:
        """Return every page of the walk through the portal's states that is only read."""
        return [visit for visit in all_pages(self.visitors.world) if not visit.form]

    def open_browsers(self) -> None:
        """Sign everybody in: that writes."""
        self.people = {who: self.visitors.client_of(who) for who in PEOPLE}
        for who in dict.fromkeys(visit.who for visit in self.list_visits()):
            is_staff = who in set(Role)
            open_one = self.visitors.client_of if is_staff else self.visitors.world.open_client
            self.browsers[who] = open_one(who)

    def read_pages(self) -> None:
        """Open every page of the walk."""
        for visit in self.list_visits():
            self.note(visit.path, self.browsers[visit.who].get(visit.path))

    def note(self, path: str, answer: TestResponse) -> None:
        """Look at an answer."""
        if answer.status_code >= BROKEN:
            self.faults.append((path, f"answered {answer.status_code}"))
        answer.close()

    @contextmanager
    def watch(self) -> Iterator[None]:
        """Find what changes in database and instance while the block runs."""
        app = self.visitors.world.app
        with app.app_context():
            engine = db.engine
        before = take_stock(app)
        event.listen(engine, "before_cursor_execute", self._hear)
        yield
        event.remove(engine, "before_cursor_execute", self._hear)
        after = take_stock(app)
        self.faults += [(name, "changed") for name in before | after if before.get(name) != after.get(name)]
        self.faults += [(verb, "said to the database") for verb in sorted(self.said - READING)]

    def _hear(self, _connection: Any, _cursor: Any, statement: str, *_more: Any) -> None:
        self.said.add(statement.split(maxsplit=1)[0].upper())


def take_stock(app: Flask) -> dict[str, str]:
    """Return a fingerprint of every table and of every file of the instance."""
    with app.app_context():
        tables = {
            table.name: fingerprint(db.session.execute(select(table).order_by(*table.primary_key)).all())
            for table in Base.metadata.sorted_tables
        }
        db.session.rollback()
        folder = current_portal().instance.folder
    files = {
        str(path.relative_to(folder)): fingerprint(path.read_bytes())
        for path in folder.rglob("*")
        if path.is_file() and not path.name.startswith(FILE_OF_SQLITE)
    }
    return tables | files


def fingerprint(value: object) -> str:
    return hashlib.sha256(repr(value).encode()).hexdigest()


@pytest.fixture
def answering(app: Flask) -> Iterator[Flask]:
    """The application as people meet it: failures are answered, not raised."""
    app.testing = False
    yield app
    app.testing = True


def release_all(app: Flask) -> None:
    """Let nobody have anything: whoever opens a page about what they have goes on having it (test_claims)."""
    with app.app_context(), transaction() as session:
        for submission in session.scalars(select(Submission)):
            if submission.claimed_by is not None:
                release(session, submission, by=submission.claimed_by)


def test_reading_changes_nothing(answering: Flask, pytestconfig: pytest.Config) -> None:
    reader = Reader(gather(answering))
    reader.open_browsers()
    release_all(answering)
    with reader.watch():
        reader.read_routes(everybody=bool(pytestconfig.getoption("full")))
        reader.read_pages()
    assert reader.faults == []


@access("open")
def write_in_session(**_named: object) -> str:
    """Stand in for a page that writes as an act does."""
    with transaction() as session:
        make_staff(session, Role.EDITOR)
    return ""


@access("open")
def write_past_session(**_named: object) -> str:
    """Stand in for a page that writes by a connection of its own."""
    address = current_portal().settings.database
    engine = create_engine(address, **engine_options(address))
    with engine.begin() as connection:
        connection.execute(insert(JobRun).values(name="seen", ran_at=datetime.now(UTC)))
    engine.dispose()
    return ""


@access("open")
def write_file(**_named: object) -> str:
    """Stand in for a page that keeps something beside the database."""
    path: Path = current_portal().instance.files_folder / "seen"
    path.write_text("x", encoding="ascii")
    return ""


@access("open")
def write_nothing(**_named: object) -> str:
    """Stand in for a page whose write happens to find no row."""
    db.session.execute(delete(JobRun).where(JobRun.name == "none"))
    return ""


SEEDED: dict[str, tuple[Callable[..., str], str]] = {
    "in its session": (write_in_session, "answered 50"),
    "past its session": (write_past_session, "changed"),
    "a file": (write_file, "changed"),
    "for nothing": (write_nothing, "said to the database"),
}


@pytest.mark.parametrize("name", SEEDED)
def test_a_page_that_writes_is_found(answering: Flask, name: str) -> None:
    view, fault = SEEDED[name]
    reader = Reader(Visitors(World(answering, LOCALES[0]), {}, {}, {}))
    whole = answering.view_functions["public.help_page"]
    answering.view_functions["public.help_page"] = view
    try:
        with reader.watch():
            reader.note("help", answering.test_client().get(f"/{LOCALES[0].url}/help"))
    finally:
        answering.view_functions["public.help_page"] = whole
        with answering.app_context():
            (current_portal().instance.files_folder / "seen").unlink(missing_ok=True)
    assert [found for _where, found in reader.faults if found.startswith(fault)] != []
