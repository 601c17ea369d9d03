"""Settings of the SQLite connection, and of the library behind it."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from threading import Event
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import text

from portal.database import engine_options, init_engine, is_wal_safe, sqlite_module
from portal.extensions import db
from portal.sealing.keys import KeyRing
from tests.support.concurrency import before_statements

DATABASE = "portal.sqlite3"


@pytest.mark.parametrize(
    ("version", "expected"),
    [
        ((3, 40, 1), False),
        ((3, 44, 5), False),
        ((3, 44, 6), True),
        ((3, 44, 10), True),
        ((3, 45, 0), False),
        ((3, 46, 9), False),
        ((3, 50, 6), False),
        ((3, 50, 7), True),
        ((3, 51, 0), False),
        ((3, 51, 2), False),
        ((3, 51, 3), True),
        ((3, 52, 0), True),
        ((4, 0, 0), True),
    ],
)
def test_a_library_with_the_fix_may_use_the_write_ahead_log(
    version: tuple[int, ...],
    *,
    expected: bool,
) -> None:
    assert is_wal_safe(version) is expected


@pytest.fixture
def sqlite(tmp_path: Path) -> Iterator[Flask]:
    """A bare application on a new SQLite file with one table."""
    bare = Flask("bare")
    address = f"sqlite:///{tmp_path / DATABASE}"
    bare.config.update(SQLALCHEMY_DATABASE_URI=address, SQLALCHEMY_ENGINE_OPTIONS=engine_options(address))
    db.init_app(bare)
    init_engine(bare, KeyRing({b"key1": bytes(32)}, b"key1"))
    with bare.app_context():
        db.session.execute(text("CREATE TABLE line (words TEXT)"))
        db.session.commit()
    yield bare
    with bare.app_context():
        db.engine.dispose()


def read_pragma(name: str) -> Any:
    return db.session.execute(text(f"PRAGMA {name}")).scalar_one()


@pytest.mark.parametrize(
    ("pragma", "value"),
    [
        ("journal_mode", "wal" if is_wal_safe(sqlite_module().sqlite_version_info) else "truncate"),
        ("synchronous", 2),
        ("busy_timeout", 10_000),
        ("foreign_keys", 1),
        ("secure_delete", 1),
        ("recursive_triggers", 1),
        ("trusted_schema", 0),
        ("temp_store", 2),
    ],
)
def test_a_connection_has_its_settings(sqlite: Flask, pragma: str, value: object) -> None:
    with sqlite.app_context():
        assert read_pragma(pragma) == value


def test_memory_mapping_is_off(sqlite: Flask) -> None:
    with sqlite.app_context():
        # A build without memory mapping answers with no row at all.
        assert db.session.execute(text("PRAGMA mmap_size")).scalar() in (0, None)


def test_every_further_connection_has_the_settings_too(sqlite: Flask) -> None:
    with sqlite.app_context(), db.engine.connect(), db.engine.connect() as second:
        assert second.exec_driver_sql("PRAGMA foreign_keys").scalar_one() == 1


def test_the_driver_begins_nothing_by_itself(sqlite: Flask) -> None:
    with sqlite.app_context(), db.engine.connect() as connection:
        driver: Any = connection.connection.driver_connection
        assert driver.isolation_level is None


@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS"])
def test_a_reading_request_makes_nobody_wait(sqlite: Flask, tmp_path: Path, method: str) -> None:
    with sqlite.test_request_context(method=method):
        db.session.execute(text("SELECT words FROM line"))
        assert may_write_now(tmp_path / DATABASE)


def test_a_writing_request_takes_its_turn_at_once(sqlite: Flask, tmp_path: Path) -> None:
    with sqlite.test_request_context(method="POST"):
        db.session.execute(text("SELECT words FROM line"))
        assert not may_write_now(tmp_path / DATABASE)


def test_who_waits_to_write_asks_until_the_other_ends(sqlite: Flask, tmp_path: Path) -> None:
    asked: list[str] = []
    has_asked_twice = Event()

    def note(_connection: Any, _cursor: Any, statement: str, *_more: Any) -> None:
        asked.append(statement)
        if asked.count("BEGIN IMMEDIATE") == 2:
            has_asked_twice.set()

    def write() -> int:
        with sqlite.app_context():
            db.session.execute(text("INSERT INTO line VALUES ('Тайбей')"))
            db.session.commit()
            return int(read_pragma("busy_timeout"))

    with (
        before_statements(note, sqlite),
        closing(hold(tmp_path / DATABASE)) as other,
        ThreadPoolExecutor(1) as pool,
    ):
        patience = pool.submit(write)
        has_asked_twice.wait(10)
        other.execute("ROLLBACK")
        assert (patience.result(), has_asked_twice.is_set()) == (10_000, True)


def hold(path: Path) -> Any:
    """Return a connection that writes and does not end."""
    other: Any = sqlite_module().connect(path, isolation_level=None, check_same_thread=False)
    other.execute("BEGIN IMMEDIATE")
    return other


@pytest.mark.parametrize(("method", "value"), [("GET", 1), ("HEAD", 1), ("OPTIONS", 1), ("POST", 0)])
def test_only_reading_requests_are_bound_to_read(sqlite: Flask, method: str, value: int) -> None:
    with sqlite.test_request_context(method=method):
        assert read_pragma("query_only") == value


def test_a_connection_that_only_read_may_write_in_the_next_request(sqlite: Flask) -> None:
    with sqlite.test_request_context(method="GET"):
        read_pragma("query_only")
    with sqlite.test_request_context(method="POST"):
        db.session.execute(text("INSERT INTO line VALUES ('Тайбей')"))
        db.session.commit()
    with sqlite.app_context():
        assert db.session.execute(text("SELECT words FROM line")).scalars().all() == ["Тайбей"]


def may_write_now(path: Path) -> bool:
    """Say whether another connection gets the right to write without waiting."""
    module: Any = sqlite_module()
    with closing(module.connect(path, timeout=0, isolation_level=None)) as other:
        try:
            other.execute("BEGIN IMMEDIATE")
        except module.OperationalError:
            return False
        other.execute("ROLLBACK")
        return True
