"""The database and the disk below it, as `portal doctor` finds them: room, versions, mounts, roles."""

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from shutil import copytree

import pytest
from flask import Flask
from sqlalchemy import URL, NullPool, create_engine, text

from portal.app import create_app
from portal.cli.belonging import SQLITE_FILE
from portal.cli.doctor.database import examine_database
from portal.cli.doctor.findings import Finding, Kind
from portal.cli.doctor.settings import LEAST_FREE, examine_files, examine_sqlite, find_file_system
from portal.config import Settings
from portal.database import sqlite_module, transaction
from portal.extensions import current_portal
from portal.storage import BALLAST
from tests.conftest import close_connections, run_outside, show
from tests.support.deployments import Deployment, find_kinds
from tests.support.factories import make_submission
from tests.support.mail_server import find_port

AFFECTED, FIXED = (3, 40, 1), (3, 51, 3)
MOUNTS = "/dev/sda1 / ext4 rw 0 0\nserver:/srv /srv nfs4 rw 0 0\ntmpfs /srv/near\\040by tmpfs rw 0 0\n"


def test_a_disk_that_is_almost_full_is_refused(deployment: Deployment) -> None:
    found = list(examine_files(Settings.from_env(deployment.settings), least_free=2**60))
    sentence = f"Less than {2**40} MB are free where {deployment.folder} lies: nothing could be kept safely."
    assert (found, LEAST_FREE) == ([Finding(Kind.DISK_FULL, sentence)], 200 * 2**20)


def test_on_a_disk_that_is_almost_full_the_ballast_is_named(deployment: Deployment) -> None:
    (deployment.folder / BALLAST).touch(mode=0o600)
    found = list(examine_files(Settings.from_env(deployment.settings), least_free=2**60))
    assert [one.sentence.partition("safely. ")[2] for one in found] == [
        f"Deleting {deployment.folder / BALLAST} gives 64 MB back."
    ]


def look_at_sqlite(folder: Path, version: tuple[int, ...], mounts: str = "") -> list[Kind]:
    return find_kinds(examine_sqlite(Settings(instance=folder), version, mounts=mounts))


def test_a_fixed_sqlite_is_in_order(deployment: Deployment) -> None:
    assert look_at_sqlite(deployment.folder, FIXED) == []


def test_an_affected_sqlite_is_named(tmp_path: Path) -> None:
    assert look_at_sqlite(tmp_path, AFFECTED) == [Kind.SLOW_JOURNAL]


def test_an_affected_sqlite_on_a_database_in_wal_mode_is_refused(deployment: Deployment) -> None:
    assert look_at_sqlite(deployment.folder, AFFECTED) == [Kind.WAL_FAULT]


def test_the_version_of_sqlite_is_nothing_to_postgresql(tmp_path: Path) -> None:
    settings = Settings(instance=tmp_path, database_url="postgresql://localhost/portal")
    assert list(examine_sqlite(settings, AFFECTED, mounts="x / nfs rw 0 0")) == []


def test_a_database_on_a_network_disk_is_refused() -> None:
    assert look_at_sqlite(Path("/srv/portal"), FIXED, MOUNTS) == [Kind.NETWORK_DISK]


@pytest.mark.parametrize(
    ("path", "kind"),
    [("/srv", "nfs4"), ("/srv/a/b", "nfs4"), ("/srvant", "ext4"), ("/srv/near by/a", "tmpfs"), ("/", "ext4")],
)
def test_a_path_is_on_the_nearest_disk_above_it(path: str, kind: str) -> None:
    assert find_file_system(Path(path), MOUNTS) == kind


def write_garbage(deployment: Deployment) -> None:
    """Put something there that never was a database."""
    (deployment.folder / SQLITE_FILE).write_bytes(b"no database " * 4096)


def spoil_page(deployment: Deployment, table: str) -> None:
    """Overwrite the first page of a table, as a failing disk does."""
    path = deployment.folder / SQLITE_FILE
    with closing(sqlite_module().connect(path)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        size = connection.execute("PRAGMA page_size").fetchone()[0]
        named = "SELECT rootpage FROM sqlite_schema WHERE name = ?"
        (page,) = connection.execute(named, [table]).fetchone() or (1,)
    with path.open("r+b") as file:
        file.seek((page - 1) * size)
        file.write(b"\xff" * size)


DAMAGE: Mapping[str, Callable[[Deployment], None]] = {
    "garbage": write_garbage,
    "first page": lambda deployment: spoil_page(deployment, "sqlite_schema"),
    "page": lambda deployment: spoil_page(deployment, "submission"),
}


@pytest.mark.parametrize("damage", DAMAGE)
@pytest.mark.parametrize("command", ["serve", "upgrade", "doctor"])
def test_a_damaged_database_is_said_in_one_sentence(
    deployment: Deployment, command: str, damage: str
) -> None:
    DAMAGE[damage](deployment)
    port = ["--port", str(find_port())] if command == "serve" else []
    said = deployment.ask(command, *port)
    word = "refuse" if command == "doctor" else "Error"
    sentence = (
        f"{word}: The database is damaged ({deployment.folder / SQLITE_FILE}): stop the portal and restore "
        "your newest backup of it."
    )
    place = ("Folder: ", "Database: ")  # which serve may have said before
    assert (said.exit_code, [line for line in said.output.splitlines() if not line.startswith(place)]) == (
        1,
        [sentence],
    )


def test_the_doctor_finds_a_damaged_page_that_nobody_reads(deployment: Deployment) -> None:
    spoil_page(deployment, "rate_bucket")
    assert [line.partition(" (")[0] for line in deployment.diagnose()[1]] == [
        "refuse: The database is damaged"
    ]


@pytest.fixture
def damaged(fresh_database: URL) -> Iterator[str]:
    """The address of a PostgreSQL database with a page as a failing disk leaves it."""
    # Copied as files, no page of it is in the server's memory.
    run_outside(fresh_database, "CREATE DATABASE damaged TEMPLATE fresh STRATEGY FILE_COPY")
    address = show(fresh_database.set(database="damaged"))
    engine = create_engine(address, poolclass=NullPool)
    with engine.connect() as connection:
        place = text("SELECT current_setting('data_directory') || '/' || pg_relation_filepath('audit_head')")
        path = Path(connection.execute(place).scalar_one())
    path.write_bytes(b"\xff" * path.stat().st_size)
    yield address
    run_outside(fresh_database, "DROP DATABASE damaged WITH (FORCE)")


def test_a_damaged_postgresql_is_said_in_one_sentence(
    damaged: str, fresh_database_folder: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "instance"
    copytree(fresh_database_folder, folder)
    settings = {"PORTAL_DATABASE_URL": damaged, "PORTAL_BASE_URL": "http://localhost"}
    status, said = Deployment(folder, {"PORTAL_INSTANCE": str(folder), **settings}).diagnose()
    sentence = (
        "refuse: The database is damaged (PORTAL_DATABASE_URL): stop the portal and restore your newest "
        "backup of it."
    )
    assert (status, [line for line in said if not line.startswith("warn")]) == (1, [sentence])


def examine(app: Flask) -> list[Kind]:
    return [one.kind for one in examine_database(app)]


@pytest.mark.parametrize("own_app", ["postgresql"], indirect=True)
def test_a_role_nothing_stops_is_named(own_app: Flask) -> None:
    assert examine(own_app) == [Kind.MIGHTY_ROLE]


@pytest.mark.parametrize("own_app", ["postgresql"], indirect=True)
def test_the_doctor_finds_on_postgresql_what_it_finds_on_sqlite(own_app: Flask) -> None:
    with own_app.app_context(), transaction() as session:
        for minutes in (180, 0):
            make_submission(session, datetime.now(UTC) - timedelta(minutes=minutes))
    with own_app.app_context(), transaction() as session:
        session.execute(text("ALTER TABLE audit_entry DISABLE TRIGGER ALL"))
        session.execute(text("UPDATE audit_entry SET act = 'accept' WHERE seq = 1"))
        ring = current_portal().instance.ring_file.path
    ring.write_text(json.dumps({"current": "0a0b0c0d", "0a0b0c0d": "ab" * 32}))
    again = create_app(current_settings(own_app))
    found = examine(again)
    close_connections(again)
    assert found == [
        Kind.LOST_KEY,
        Kind.AUDIT_DAMAGED,
        Kind.AUDIT_UNGUARDED,
        Kind.MIGHTY_ROLE,
        Kind.MAIL_WAITS,
    ]


def current_settings(app: Flask) -> Settings:
    with app.app_context():
        return current_portal().settings
