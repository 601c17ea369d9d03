"""The database session: settings of both engines, and transaction(), the only commit."""

import json
import os
import sqlite3
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from pathlib import Path
from types import ModuleType
from typing import Any

from flask import Flask, g, has_request_context, request
from sqlalchemy import Connection, Engine, event
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.orm import Session
from sqlalchemy.orm.exc import StaleDataError
from sqlalchemy.pool import PoolProxiedConnection, QueuePool

from portal.domain.audit import derive_audit_key
from portal.domain.errors import StaleEdit
from portal.extensions import current_portal, db
from portal.models.sealing import KEYS
from portal.operations.audit_log import discard_acts, seal_acts
from portal.operations.search_marks import discard_changes, mark_changes
from portal.sealing.keys import KeyRing

if sys.platform == "linux":
    import pysqlite3.dbapi2 as fixed_sqlite
else:  # elsewhere no wheel carries a fixed SQLite; the journal mode below is chosen accordingly
    fixed_sqlite = sqlite3

_SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
_BUSY_SECONDS = 10
_ASK_EVERY = 0.003
"""Seconds between two questions whether somebody else still writes."""
_CHECKPOINT_MILLISECONDS = 100
"""How long SQLite's log waits for readers to leave it: nobody writes meanwhile."""
_STATEMENTS = 1024
"""Prepared statements a connection to SQLite keeps: all of ours. The driver's 128 fill up and give no room to
newer ones, which are then planned anew at every call."""
_READS_ONLY = "reads only"
_OWNER_ONLY = 0o600
_SNAPSHOT = "portal_snapshot"
_WRITES = "portal_writes"
_ASKED: ContextVar[str] = ContextVar("asked", default="")
"""Which of the two a transaction is asked for while its connection is chosen."""
_DISK_FULL = "53100"
_DAMAGED = frozenset({sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB})
_DAMAGED_STATES = frozenset({"XX001", "XX002"})
_PRIMARY = 0xFF
"""The part of an error code of SQLite that says what, the rest says where."""


_FIXED_BACKPORTS = ((3, 44, 6), (3, 50, 7))


def is_wal_safe(version: tuple[int, ...]) -> bool:
    """Say whether this SQLite has the WAL-reset fix.

    It came with 3.51.3, and was taken back to 3.50.7 and 3.44.6 (sqlite.org/wal.html).
    """
    backported = any(version[:2] == fixed[:2] and version >= fixed for fixed in _FIXED_BACKPORTS)
    return version >= (3, 51, 3) or backported


def sqlite_module() -> ModuleType:
    """Return the SQLite driver every process of the portal uses."""
    module: ModuleType = fixed_sqlite
    return module


def engine_options(address: str) -> dict[str, Any]:
    """Return the options of create_engine for this address."""
    shared: dict[str, Any] = {
        "json_serializer": lambda value: json.dumps(value, ensure_ascii=False),
        # What people wrote must stand in no message of an error.
        "hide_parameters": True,
    }
    if address.startswith("sqlite"):
        connecting = {"timeout": _BUSY_SECONDS, "cached_statements": _STATEMENTS}
        pool = {"poolclass": ReadersApart}
        return {**shared, **pool, "module": sqlite_module(), "connect_args": connecting}
    return {**shared, "pool_pre_ping": True, "connect_args": {"connect_timeout": _BUSY_SECONDS}}


def is_safe_request() -> bool:
    """Say whether a request is being answered that must not write."""
    return has_request_context() and request.method in _SAFE_METHODS


class ReadersApart(QueuePool):
    """Connections to SQLite: those of what must not write, requests or snapshots, are in a pool of their own.

    Switching `PRAGMA query_only` has SQLite plan every statement of a connection anew: a page that is read
    between two sendings would have each of them take 24 ms of a processor instead of 16. What may be written
    is still decided where a transaction begins, whichever pool its connection is from.
    """

    def __init__(self, creator: Any, **options: Any) -> None:
        super().__init__(creator, **options)
        self._readers = QueuePool(creator, **options)
        self._readers.dispatch = self.dispatch  # who hears of one pool's connections hears of the other's

    def connect(self) -> PoolProxiedConnection:
        """Return a connection for what is going on."""
        reads_only = _may_only_read(is_snapshot=_ASKED.get() == _SNAPSHOT, writes=_ASKED.get() == _WRITES)
        return self._readers.connect() if reads_only else super().connect()

    def dispose(self) -> None:
        """Close what is in both pools."""
        self._readers.dispose()
        super().dispose()

    def checkedout(self) -> int:
        """Return how many connections are in use."""
        return super().checkedout() + self._readers.checkedout()


def init_engine(app: Flask, keys: KeyRing) -> None:
    """Install the settings of each connection on the application's engine, and its key ring."""
    with app.app_context():
        engine = db.engine
    engine.update_execution_options(**{KEYS: keys})
    app.teardown_appcontext(_let_go)
    if engine.dialect.name == "sqlite":
        _init_sqlite(engine)
    else:
        event.listen(engine, "connect", _connect_postgresql)
        event.listen(engine, "begin", _begin_postgresql)
        event.listen(engine, "rollback", _end_postgresql)


def _let_go(_error: BaseException | None) -> None:
    """End what the request still reads. When the database has gone meanwhile, the answer stays good.

    Comes before the extension ends the session, which would fail then, with the answer in hand.
    """
    if not db.session.registry.has():
        return
    try:
        db.session.close()  # not rollback: what was read stays readable, and nothing is done twice
    except SQLAlchemyError:
        db.session().invalidate()


def _init_sqlite(engine: Engine) -> None:
    version = sqlite_module().sqlite_version_info
    journal = "WAL" if is_wal_safe(version) else "TRUNCATE"
    pragmas = (
        f"PRAGMA journal_mode={journal}",
        "PRAGMA synchronous=FULL",
        "PRAGMA foreign_keys=ON",
        "PRAGMA secure_delete=ON",
        "PRAGMA recursive_triggers=ON",
        "PRAGMA trusted_schema=OFF",
        "PRAGMA temp_store=MEMORY",
        "PRAGMA mmap_size=0",
    )

    @event.listens_for(engine, "do_connect")
    def _make_private(_dialect: Any, _record: Any, arguments: list[Any], _named: dict[str, Any]) -> None:
        # The files SQLite puts beside it get the same rights.
        with suppress(FileExistsError):
            os.close(os.open(arguments[0], os.O_CREAT | os.O_EXCL | os.O_WRONLY, _OWNER_ONLY))

    @event.listens_for(engine, "connect")
    def _connect(connection: Any, record: Any) -> None:
        # The driver's own BEGIN would be deferred: it must stay silent, so that ours can be IMMEDIATE.
        connection.isolation_level = None
        for pragma in pragmas:
            connection.execute(pragma)

    event.listen(engine, "begin", _begin_sqlite)


def _begin_sqlite(connection: Connection) -> None:
    reads_only = _reads_only(connection)
    if connection.info.get(_READS_ONLY) != reads_only:  # a pooled connection stays as it was set
        connection.exec_driver_sql(f"PRAGMA query_only={'ON' if reads_only else 'OFF'}")
        connection.info[_READS_ONLY] = reads_only
    if reads_only:
        connection.exec_driver_sql("BEGIN")
    else:
        _begin_to_write(connection)


def _begin_to_write(connection: Connection) -> None:
    """Begin as soon as nobody else writes, or fail as SQLite does when that takes too long.

    SQLite itself asks for its one lock ever more seldom, at last ten times a second: whoever comes between
    two questions goes first, and beside a run in blocks a sending waited for up to a second.
    """
    driver: Any = connection.connection.driver_connection
    ((patience,),) = driver.execute("PRAGMA busy_timeout")
    until = time.monotonic() + patience / 1000
    driver.execute("PRAGMA busy_timeout=0")
    try:
        while not _is_writing_begun(connection, may_wait=time.monotonic() < until):
            time.sleep(_ASK_EVERY)
    finally:
        driver.execute(f"PRAGMA busy_timeout={patience}")


def _is_writing_begun(connection: Connection, *, may_wait: bool) -> bool:
    """Begin to write if nobody else does; say whether that is so. Raises OperationalError."""
    try:
        connection.exec_driver_sql("BEGIN IMMEDIATE")
    except OperationalError as error:
        is_busy = getattr(error.orig, "sqlite_errorcode", 0) & _PRIMARY == sqlite3.SQLITE_BUSY
        if is_busy and may_wait:
            return False
        raise
    return True


def _connect_postgresql(connection: Any, _record: Any) -> None:
    """Wait for a lock as long as on SQLite: without an end, one stuck program would hold every thread.

    What a page asks is answered sooner than PostgreSQL has begun a second process or compiled the statement:
    a search of 100,000 texts takes a third of the time without.
    """
    connection.execute(f"SET lock_timeout='{_BUSY_SECONDS}s'")
    connection.execute("SET max_parallel_workers_per_gather=0")
    connection.execute("SET jit=off")
    connection.commit()


def _begin_postgresql(connection: Connection) -> None:
    """Have what only reads see one moment, as on SQLite: pages are kept by what they asked first."""
    reads_only = _reads_only(connection)
    connection.info[_READS_ONLY] = reads_only
    if reads_only:
        connection.exec_driver_sql("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")


def _end_postgresql(connection: Connection) -> None:
    """End by a COMMIT what could only read: at a ROLLBACK the driver forgets every statement it has prepared.

    Each question would be planned anew then, which takes longer than answering it.
    """
    if connection.invalidated:
        return
    driver = connection.connection.dbapi_connection
    if connection.info.get(_READS_ONLY) and driver is not None:
        with suppress(connection.dialect.loaded_dbapi.Error):  # the rollback that follows meets it, too
            driver.commit()


def _reads_only(connection: Connection) -> bool:
    options = connection.get_execution_options()
    return _may_only_read(is_snapshot=bool(options.get(_SNAPSHOT)), writes=bool(options.get(_WRITES)))


def _may_only_read(*, is_snapshot: bool, writes: bool) -> bool:
    return is_snapshot or (is_safe_request() and not writes)


def _begin(session: Session, kind: str) -> None:
    """Begin a transaction of one of the two kinds that the request itself does not say."""
    asked = _ASKED.set(kind)
    try:
        session.connection(execution_options={kind: True})
    finally:
        _ASKED.reset(asked)


@contextmanager
def snapshot() -> Iterator[Session]:
    """Read one moment of the database, however long it takes: nobody who writes waits for it."""
    session = db.session()
    session.rollback()
    try:
        _begin(session, _SNAPSHOT)
        yield session
    finally:
        session.rollback()


@contextmanager
def write_during_read() -> Iterator[Session]:
    """Write what a visit itself says, as that somebody is still there, in a request that else only reads.

    What was read before ends here. No act of a person is written so: those come with a form and its token.
    """
    session = db.session()
    session.rollback()
    try:
        _begin(session, _WRITES)
        yield session
        session.commit()
    finally:
        session.rollback()


def is_out_of_reach(error: SQLAlchemyError) -> bool:
    """Say whether a database was busy, away, or full: nothing is wrong with what it was asked."""
    lost = isinstance(error, DBAPIError) and error.connection_invalidated
    return lost or isinstance(error, OperationalError | InterfaceError | PoolTimeout)


def is_full(error: SQLAlchemyError) -> bool:
    """Say whether the database has no room on its disk (SQLITE_FULL, or SQLSTATE 53100 of PostgreSQL)."""
    cause = getattr(error, "orig", None)
    code, state = getattr(cause, "sqlite_errorcode", None), getattr(cause, "sqlstate", None)
    return code == sqlite3.SQLITE_FULL or state == _DISK_FULL


def is_damaged(error: Exception) -> bool:
    """Say whether a database cannot be read for what stands in it (SQLSTATE XX001, XX002 of PostgreSQL)."""
    cause = getattr(error, "orig", None) or error
    code, state = getattr(cause, "sqlite_errorcode", None), getattr(cause, "sqlstate", None)
    return (code is not None and code & _PRIMARY in _DAMAGED) or state in _DAMAGED_STATES


@contextmanager
def transaction() -> Iterator[Session]:
    """Keep everything done inside, or nothing; what was done goes into the audit log with it.

    A clash of versions raises StaleEdit.
    """
    if has_request_context() and g.get("csrf_failed"):
        raise RuntimeError("a request without a valid form token reached a write")
    session = db.session()
    # What a request wrote it shows as written: to read it again would begin, and lock, a second time.
    session.expire_on_commit = not has_request_context()
    try:
        yield session
        mark_changes(session)
        seal_acts(session, key=derive_audit_key(current_portal().instance.receipt_secret))
        session.commit()
        if has_request_context():
            g.has_written = True
    except StaleDataError as error:
        session.rollback()
        raise StaleEdit from error
    except BaseException:
        session.rollback()
        raise
    finally:
        discard_acts(session)
        discard_changes(session)


def empty_log(engine: Engine) -> bool:
    """Write SQLite's log into the database and cut it to nothing: it still holds what was erased or changed.

    Say whether that is so. While somebody reads what the log alone holds it cannot be: those who write wait
    for that no longer than the patience, and the next run does it. PostgreSQL has no such log of its own.
    """
    if engine.dialect.name != "sqlite":
        return True
    connection = engine.raw_connection()  # outside of a transaction, which would block the log against itself
    try:
        cursor = connection.cursor()
        cursor.execute(f"PRAGMA busy_timeout={_CHECKPOINT_MILLISECONDS}")
        try:
            is_busy, *_pages = cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        finally:  # whoever gets the connection next waits as long as ever
            cursor.execute(f"PRAGMA busy_timeout={_BUSY_SECONDS * 1000}")
    finally:
        connection.close()
    return not is_busy


def migrations_folder() -> Path:
    """Return the folder of the schema's migrations."""
    return Path(__file__).resolve().parent / "migrations"
