"""pg_repack, Debian's: what was erased leaves the files, and so does what a killed one has left."""

import multiprocessing
import os
import signal
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg
import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Connection, create_engine, text
from sqlalchemy.orm import Session

from portal.cli.doctor.database import examine_database
from portal.cli.doctor.findings import Kind
from portal.database import snapshot, transaction
from portal.domain.bulk_runs import RunKind
from portal.domain.data_inventory import TABLES_OF_TEXTS
from portal.domain.states import Stage
from portal.domain.sweeps import SMALL_BYTES
from portal.domain.unsent_words import UnsentPlace
from portal.extensions import current_portal, db
from portal.instance import list_costs
from portal.models import PageWords
from portal.pg_repack import Lack, find_lack
from portal.table_rewrite import TableRewrite
from portal.traces import remove_noted_files
from tests.conftest import close_connections, empty_tables, make_app
from tests.security.test_erased_bytes import Person, count_requests
from tests.support.debian_postgresql import find_server, make_database, may_owners, run_postgresql
from tests.support.factories import make_submission

LARGE = 2**30
NIGHT = datetime(2026, 3, 4, 3, tzinfo=UTC)
"""When large tables are rewritten."""


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    with run_postgresql() as address:
        yield address


@pytest.fixture(scope="module")
def running(server: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    made = make_app(tmp_path_factory.mktemp("instance"), make_database(server))
    yield made
    close_connections(made)


@pytest.fixture
def app(running: Flask, monkeypatch: pytest.MonkeyPatch) -> Iterator[Flask]:
    """A portal on that server, which finds the program of the same release."""
    monkeypatch.setenv("PATH", str(find_server()), prepend=os.pathsep)
    yield running
    empty_tables(running)


@pytest.fixture
def person(app: Flask, client: FlaskClient) -> Person:
    """Somebody whose text is erased, and beside whom others write."""
    made = Person(app, client, NIGHT)
    made.write()
    made.erase_and_die()
    with app.app_context():
        remove_noted_files()
    return made


def list_files(app: Flask) -> Mapping[str, int]:
    """Return the number of each table's file."""
    with app.app_context(), snapshot() as session:
        found = session.execute(
            text("SELECT name, pg_relation_filenode(name) AS file FROM unnest(CAST(:names AS text[])) name"),
            {"names": list(TABLES_OF_TEXTS)},
        )
        return {row.name: row.file for row in found}


def rewrite(app: Flask, names: Sequence[str] = TABLES_OF_TEXTS, **others: Any) -> bool:
    """Rewrite tables, as if they were large."""
    with app.app_context(), snapshot() as session:
        lack = find_lack(session)
    with app.app_context():
        work = TableRewrite(db.engine, lack, is_patient=False, **{"is_stopping": lambda: False, **others})
        return work.rewrite_tables(dict.fromkeys(names, LARGE))


def test_what_was_erased_leaves_the_files_and_nothing_else_does(person: Person) -> None:
    rows, files, before = count_rows(person.app), list_files(person.app), person.find()
    assert rewrite(person.app)
    still = {name for name, file in list_files(person.app).items() if file == files[name]}
    found = person.find(), count_rows(person.app), still
    assert (len(before), found) == (2, ({person.neighbour}, rows, set()))


def count_rows(app: Flask) -> Mapping[str, int]:
    """Return how many rows each table has, all values of them in one number."""
    with app.app_context(), snapshot() as session:
        return {
            name: session.scalar(text(f"SELECT sum(hashtextextended(CAST(t AS text), 0)) FROM {name} AS t"))
            for name in TABLES_OF_TEXTS
        }


def test_a_table_that_somebody_reads_for_long_stays_as_it_is_and_they_read_on(person: Person) -> None:
    files = list_files(person.app)
    with person.app.app_context(), db.engine.connect() as reader:
        before = reader.execute(text("SELECT count(*) FROM note")).scalar_one()
        is_done = rewrite(person.app, ["note"])
        after = reader.execute(text("SELECT count(*) FROM note")).scalar_one()
    assert (is_done, after, list_files(person.app), list_left(person.app)) == (False, before, files, [])


def test_one_that_is_told_to_stop_leaves_nothing(person: Person) -> None:
    """It waits for a transaction that was there before, once it has copied the table."""
    with person.app.app_context(), db.engine.connect() as older, db.engine.connect() as looking:
        older.execute(text("SELECT 1"))
        is_done = rewrite(person.app, ["note"], is_stopping=lambda: is_copied(looking))
    assert (is_done, list_left(person.app)) == (False, [])


def is_copied(looking: Connection) -> bool:
    """Say whether a copy of a table is there."""
    looking.rollback()
    return bool(looking.scalar(text("SELECT count(*) FROM pg_class WHERE relname ~ '^table_[0-9]+$'")))


def list_left(app: Flask) -> list[str]:
    """Return the tables, types and triggers of pg_repack that are there."""
    made = text(
        "SELECT relname FROM pg_class WHERE relnamespace = 'repack'::regnamespace AND relkind = 'r'"
        " UNION ALL SELECT tgname FROM pg_trigger WHERE tgname = 'repack_trigger'"
        " UNION ALL SELECT typname FROM pg_type WHERE typname LIKE 'pk\\_%'"
        " AND typnamespace = 'repack'::regnamespace"
    )
    with app.app_context(), snapshot() as session:
        return list(session.scalars(made))


def test_what_a_killed_one_has_left_is_told_and_cleared_away(person: Person) -> None:
    """Worker and pg_repack die together, as in a machine that stops; somebody writes before they are back."""
    kill_before_exchange(person.app)
    person.stand_beside()
    left, told = len(list_left(person.app)), set(tell(person.app))
    person.sweep()
    found = list_left(person.app), tell(person.app), person.find(), count_requests(person.app)
    assert (left, told, found) == (4, {Kind.REPACK_LEFT}, ([], {}, {person.neighbour}, 0))


def kill_before_exchange(app: Flask) -> None:
    """Rewrite tables in a process group of its own and kill it when a copy waits for its exchange.

    It waits for a transaction that was there before.
    """
    with app.app_context(), db.engine.connect() as older, db.engine.connect() as looking:
        older.execute(text("SELECT 1"))
        child = multiprocessing.get_context("fork").Process(target=_rewrite_apart, args=(app,))
        child.start()
        while not is_copied(looking):
            child.join(0.02)
        os.killpg(child.pid or 0, signal.SIGKILL)
        child.join()
        while looking.scalar(text("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'")):
            looking.execute(text("SELECT pg_sleep(0.02)"))  # the server has not noticed yet


def _rewrite_apart(app: Flask) -> None:
    os.setsid()
    with app.app_context():
        db.engine.dispose(close=False)  # connections of the test
    rewrite(app)


def tell(app: Flask) -> Mapping[Kind, str]:
    """Return what the doctor says of rewriting."""
    wanted = {Kind.REPACK_LEFT, Kind.REWRITE_HOLDS}
    return {one.kind: one.sentence for one in examine_database(app, at=NIGHT) if one.kind in wanted}


def test_a_large_table_is_rewritten_by_it_at_night_and_the_doctor_tells_the_cost(person: Person) -> None:
    add_large(person)
    files, told = list_files(person.app), tell(person.app)
    person.sweep()
    moved = files.items() & list_files(person.app).items()
    with person.app.app_context():
        costs = set(list_costs(current_portal().instance.folder))
    found = person.find(), moved, count_requests(person.app), costs
    assert (told, found) == ({}, ({person.neighbour}, set(), 0, {RunKind.ONLINE_REWRITE}))


def add_large(person: Person) -> None:
    """Have words of somebody make a table large."""
    with person.app.app_context(), transaction() as session:
        submission = make_submission(session, NIGHT, Stage.STORY)
        words = {"sealed": os.urandom(SMALL_BYTES), "saved_at": NIGHT, "place": UnsentPlace.THREAD}
        session.add(PageWords(submission_id=submission.id, **words))


def test_the_doctor_says_what_is_missing_where_people_have_to_wait(
    person: Person, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    add_large(person)
    said = tell(person.app)[Kind.REWRITE_HOLDS].partition(" MiB. ")[2]
    assert said == (
        "After erasing they are written anew at night by VACUUM FULL, for which people wait up to 8 seconds "
        "a table: the database has pg_repack, but this machine has no program pg_repack. Install it."
    )


def find_lack_of(address: str) -> Lack | None:
    """Return what keeps pg_repack from being used there."""
    engine = create_engine(address.replace("postgresql:", "postgresql+psycopg:"))
    with Session(engine) as session:
        found = find_lack(session)
    engine.dispose()
    return found


def test_without_extension_right_or_program_of_its_release_pg_repack_is_not_used(
    app: Flask, server: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    address = server.rpartition("/")[0] + "/portal"
    with psycopg.connect(address, autocommit=True) as connection:
        connection.execute("CREATE ROLE somebody LOGIN")
    found = [find_lack_of(server), find_lack_of(address.replace("postgres@", "somebody@"))]
    monkeypatch.setenv("PATH", str(tmp_path))
    found.append(find_lack_of(address))
    other = tmp_path / "pg_repack"
    other.write_text("#!/bin/sh\necho pg_repack 1.0.0\n")
    other.chmod(0o755)
    found.append(find_lack_of(address))
    assert found == [Lack.EXTENSION, Lack.RIGHTS, Lack.PROGRAM, Lack.RELEASE]


def test_the_owner_of_tables_may_use_it_from_a_certain_release_on(app: Flask, server: str) -> None:
    address = server.rpartition("/")[0] + "/portal"
    with psycopg.connect(address, autocommit=True) as connection:
        connection.execute("CREATE ROLE owner LOGIN")
        connection.execute("GRANT USAGE, CREATE ON SCHEMA repack TO owner")
        connection.execute("GRANT SELECT ON ALL TABLES IN SCHEMA repack TO owner")
        expected = None if may_owners(connection) else Lack.OWNER
    assert find_lack_of(address.replace("postgres@", "owner@")) is expected
