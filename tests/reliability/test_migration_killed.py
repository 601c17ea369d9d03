"""A migration is killed midway: the database stays as it was or is as it should be, and a start goes on."""

import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, NullPool, create_engine, inspect, make_url, text
from sqlalchemy.engine import URL

from portal.cli.schema import downgrade
from portal.database import engine_options, transaction
from portal.domain.permissions import Role
from portal.extensions import db
from portal.models.search import is_search_structure
from portal.operations.coverages.drafts import send_for_approval
from portal.operations.private.author_acts import approve
from tests.conftest import DATABASES, close_connections, make_app
from tests.reliability.mortals import ANSWER, ANSWERED, COMMIT, Mortals, Order, Post
from tests.support.factories import make_draft, make_staff, make_submission

FIRST = "0001"
VERSION = "alembic_version"
Rows = Mapping[str, list[dict[str, Any]]]


@dataclass(frozen=True)
class Old:
    """A filled database as the first release left it: where it lies, what is in it, how to copy it."""

    folder: Path
    address: str
    rows: Rows

    @contextmanager
    def copy(self, name: str) -> Iterator[str]:
        """Give the address of a copy, for as long as the block lasts."""
        if self.address.startswith("sqlite"):
            folder = self.folder.with_name(name)
            shutil.copytree(self.folder, folder)
            yield f"sqlite:///{folder / 'portal.sqlite3'}"
        else:
            url = make_url(self.address)
            with own_database(url.set(database="postgres"), name, like=url.database or "") as made:
                yield made


@contextmanager
def own_database(server: URL, name: str, *, like: str = "template1") -> Iterator[str]:
    """Give the address of a new PostgreSQL database, until the block ends."""
    engine = create_engine(server, isolation_level="AUTOCOMMIT", poolclass=NullPool)
    with engine.connect() as connection:
        connection.execute(text(f'CREATE DATABASE "{name}" TEMPLATE "{like}"'))
    try:
        yield server.set(database=name).render_as_string(hide_password=False)
    finally:
        with engine.connect() as connection:
            connection.execute(text(f'DROP DATABASE "{name}" WITH (FORCE)'))


@contextmanager
def look_into(address: str) -> Iterator[Connection]:
    engine = create_engine(address, **{**engine_options(address), "poolclass": NullPool})
    with engine.connect() as connection:
        yield connection


def read_rows(address: str, like: Rows | None = None) -> Rows:
    """Return what every table holds; with `like` only the tables and columns that are in it."""
    with look_into(address) as connection:
        names = like or [
            name
            for name in inspect(connection).get_table_names()
            if name != VERSION and not is_search_structure(name)
        ]
        return {name: _read_table(connection, name, (like or {}).get(name)) for name in names}


def _read_table(connection: Connection, name: str, like: list[dict[str, Any]] | None) -> list[dict[str, Any]]:
    rows = [dict(row) for row in connection.execute(text(f'SELECT * FROM "{name}"')).mappings()]
    known = set(like[0]) if like else None
    return sorted(
        ({key: value for key, value in row.items() if known is None or key in known} for row in rows),
        key=repr,
    )


def _leave_columns(rows: list[dict[str, Any]], like: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return rows with the columns alone that others have; as they are when there are no others."""
    known = set(like[0]) if like else None
    left = ({key: value for key, value in row.items() if known is None or key in known} for row in rows)
    return sorted(left, key=repr)


def read_version(address: str) -> str:
    with look_into(address) as connection:
        return str(connection.scalar(text(f"SELECT version_num FROM {VERSION}")))


@pytest.fixture(params=DATABASES)
def old(request: pytest.FixtureRequest, tmp_path: Path, at: datetime) -> Iterator[Old]:
    """A story with its author's yes, in the tables of the first release; once on each database."""
    folder = tmp_path / "old"
    if request.param == "sqlite":
        address = f"sqlite:///{folder / 'portal.sqlite3'}"
        yield Old(folder, address, _fill(folder, ""))
        return
    server = make_url(request.getfixturevalue("postgres_address")).set(drivername="postgresql+psycopg")
    with own_database(server, "before_migrating") as address:
        yield Old(folder, address, _fill(folder, address))


def _fill(folder: Path, address: str) -> Rows:
    """Fill a database, take it back to the first release and return what is in it then."""
    app, at = make_app(folder, address), datetime.now(UTC)
    with app.app_context():
        with transaction() as session:
            editor = make_staff(session, Role.EDITOR)
            draft = make_draft(session, at, by=editor)
            make_submission(session, at)
            send_for_approval(session, draft, by=editor, at=at, seen=draft.submission.version)
            approve(session, draft.submission, revision=draft.revision, at=at)
        database = db.engine.url.render_as_string(hide_password=False)
        db.session.remove()
        downgrade(FIRST)
    close_connections(app)
    return read_rows(database)


def choose_points(steps: list[str], *, full: bool) -> list[int]:
    """Return before which steps to die: all that change something, or the commit alone."""
    if not full:
        return [steps.index(COMMIT)]
    looks = ("SELECT", "PRAGMA", "BEGIN")
    changes = [at for at, step in enumerate(steps) if not step.startswith(looks) and step != ANSWER]
    return sorted({*changes, steps.index(COMMIT), steps.index(ANSWER)})


@dataclass(frozen=True)
class Migrating:
    """Processes that bring copies of an old database to the newest state, and die at it."""

    old: Old
    mortals: Mortals
    commits_often: bool = False

    def run(self, address: str, die_at: int | None = None) -> list[str]:
        """Migrate; return the steps that were done."""
        post = Post(database=address, die_at=die_at)
        order = Order(str(self.old.folder), self.old.address, [post], commits_often=self.commits_often)
        (outcome,) = self.mortals.run(order)
        return outcome.steps

    def list_steps(self) -> tuple[list[str], str]:
        """Return the steps of a migration that nothing disturbs, and the version it leads to."""
        with self.old.copy("whole") as address:
            return self.run(address), read_version(address)

    def die(self, point: int) -> tuple[str, bool, bool]:
        """Die before a step; return the version, whether all rows are there, whether the next goes on."""
        with self.old.copy(f"dies_at_{point}") as address:
            self.run(address, point)
            left, kept = read_version(address), self._holds_every_row(address)
            goes_on = self.run(address)[-1] == ANSWERED
            return left, kept, goes_on and self._holds_every_row(address)

    def _holds_every_row(self, address: str) -> bool:
        """Say whether all rows are there, in the columns that both states have: others are sealed by now."""
        now = read_rows(address, self.old.rows)
        return now == {name: _leave_columns(rows, now[name]) for name, rows in self.old.rows.items()}


@pytest.mark.either_database
def test_a_killed_migration_leaves_the_old_state_or_the_new_and_every_row(
    old: Old, mortals: Mortals, pytestconfig: pytest.Config
) -> None:
    migrating = Migrating(old, mortals)
    steps, newest = migrating.list_steps()
    points = choose_points(steps, full=pytestconfig.getoption("full"))
    # The first commit is that of the schema; what comes after it can be done again.
    assert [migrating.die(point) for point in points] == [
        (FIRST if point <= steps.index(COMMIT) else newest, True, True) for point in points
    ]


@pytest.mark.long_run
@pytest.mark.parametrize("old", ["sqlite"], indirect=True)
def test_a_migration_that_commits_as_it_goes_is_found_out(old: Old, mortals: Mortals) -> None:
    steps, _newest = Migrating(old, mortals).list_steps()
    second = [at for at, step in enumerate(steps) if step.startswith("CREATE TABLE")][1]
    assert Migrating(old, mortals, commits_often=True).die(second) == (FIRST, True, False)
