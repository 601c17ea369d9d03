"""Databases older or newer than their folder, lost, or of another program: refused, and left alone."""

import json
import shutil
from pathlib import Path

import pytest
from sqlalchemy import NullPool, create_engine, make_url, text

from portal.app import create_app
from portal.instance import RECORD
from tests.conftest import run_outside
from tests.reliability.test_migration_killed import read_rows
from tests.support.mail_server import find_port
from tests.support.used_portals import OLDER, SOME, UsedPortal, add_port, fill

pytestmark = pytest.mark.either_database


@pytest.fixture
def older(used: UsedPortal, postgres_address: str) -> UsedPortal:
    """A portal whose database was put back from a copy made before its newest texts."""
    address = make_url(postgres_address).set(drivername="postgresql+psycopg")
    dump = used.folder.with_name("dump.sqlite3")
    own = make_url(used.url).database if used.url else ""
    if used.url:
        run_outside(address, f'CREATE DATABASE dump TEMPLATE "{own}"')
    else:
        shutil.copy(used.file, dump)
    app = create_app(used.settings)
    fill(app)
    if used.url:
        run_outside(address, f'DROP DATABASE "{own}" WITH (FORCE)')
        run_outside(address, f'ALTER DATABASE dump RENAME TO "{own}"')
    else:
        shutil.copy(dump, used.file)
    return used


@pytest.mark.one_case("command")
@pytest.mark.parametrize("command", SOME, ids=" ".join)
def test_a_database_older_than_its_folder_is_refused(older: UsedPortal, command: tuple[str, ...]) -> None:
    before = older.look()
    assert (older.refuse(*add_port(command)), older.look()) == (OLDER.format(folder=older.folder), before)


def test_the_doctor_says_that_a_database_is_older(older: UsedPortal) -> None:
    said = older.ask("doctor")
    words = OLDER.format(folder=older.folder)
    assert (said.exit_code, said.output.splitlines()[-1]) == (1, f"refuse: {words}")


def test_an_older_database_is_used_when_a_person_says_so(older: UsedPortal) -> None:
    first = older.ask("upgrade", "--anyway").exit_code
    assert (first, older.ask("staff", "list").exit_code) == (0, 0)


def test_anyway_forgives_nothing_else(used: UsedPortal, tmp_path: Path) -> None:
    shutil.rmtree(used.folder / "files")
    for name in ("secrets.json", RECORD):
        (used.folder / name).unlink()
    assert used.ask("upgrade", "--anyway").exit_code == 1


def test_a_copy_that_went_its_own_way_is_refused(used: UsedPortal, postgres_address: str) -> None:
    """It has as many entries, and they are others."""
    record = json.loads((used.folder / RECORD).read_text())
    record["seen"]["mac"] = "0" * 64
    (used.folder / RECORD).write_text(json.dumps(record))
    assert used.refuse("staff", "list") == OLDER.format(folder=used.folder)


def test_tables_of_another_program_are_left_alone(empty_url: str, tmp_path: Path) -> None:
    engine = create_engine(empty_url, poolclass=NullPool)
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE posts (id integer)"))
    place = UsedPortal(tmp_path / "new", empty_url)
    assert place.refuse("serve", "--port", str(find_port())) == (
        "The database of PORTAL_DATABASE_URL holds tables of another program. Give the portal one of its own."
    )
    assert (set(read_rows(empty_url)), place.folder.exists()) == ({"posts"}, False)


def test_a_database_of_a_newer_release_is_refused(used: UsedPortal) -> None:
    engine = create_engine(used.settings.database, poolclass=NullPool)
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    assert used.refuse("staff", "list") == (
        "The database was used with a newer release of the portal. Install that one."
    )


def test_a_lost_database_is_not_made_anew(used: UsedPortal, empty_url: str) -> None:
    if used.url:
        said = used.refuse("upgrade", PORTAL_DATABASE_URL="")
        assert said == (
            f"The portal of {used.folder} has its database in PostgreSQL. "
            "Set PORTAL_DATABASE_URL to its address."
        )
    else:
        used.file.unlink()
        said = used.refuse("upgrade")
        assert said == (
            f"{used.folder} is in use, but its portal.sqlite3 is gone or empty. Put it back from your copy, "
            "or, if the database is in PostgreSQL, set PORTAL_DATABASE_URL."
        )
    assert used.file.exists() is False


@pytest.mark.parametrize("content", ["{", "[]", '{"id": 1}', '{"id": "a", "database": "b", "seen": {}}'])
def test_a_record_that_cannot_be_read_is_refused(used: UsedPortal, content: str) -> None:
    (used.folder / RECORD).write_text(content)
    said = used.refuse("staff", "list")
    assert said.startswith(f"{used.folder}/secrets.json or {used.folder}/instance.json cannot be read (")
