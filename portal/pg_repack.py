"""pg_repack: tables of PostgreSQL written anew while people go on reading and writing them.

An extension of the server and a program of the same release (https://reorg.github.io/pg_repack). It copies a
table, has a trigger note what is written meanwhile, and keeps others out for the exchange alone.
"""

import os
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Collection, Mapping
from enum import StrEnum
from typing import Any

from sqlalchemy import Engine, text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

_PROGRAM = "pg_repack"
_OWNERS_MAY_SINCE = (1, 5, 2)
"""Releases before serve superusers alone."""
_OPTIONS = (
    "--no-superuser-check",
    "--no-kill-backend",  # people who are in the way are waited for, not cut off
    # The table is asked for again and again for a second at least, then left as it is. With 0 one try may be
    # all there is: whole seconds are counted, by the clock.
    "--wait-timeout=1",
    "--no-analyze",
    "--no-password",
    "--no-order",
)
_LONGEST = 3600.0
"""Seconds after which a table is given up, for somebody who has been reading that long."""
_LOOK_EVERY = 0.2
_FAREWELL = 10.0
"""Seconds in which an interrupted program clears away what it has made."""
_LOCK_PREFIX = 16185446
"""First half of the advisory lock that pg_repack holds on a table."""
_INT_MIN = -(2**31)
_LOCK_PATIENCE = "100ms"
_REMAINS = (
    "SELECT CAST(substring(relname FROM '[0-9]+$') AS bigint) FROM pg_class"
    " WHERE relnamespace = to_regnamespace('repack') AND relname ~ '^(log|table)_[0-9]+$'"
)


class Lack(StrEnum):
    """What keeps pg_repack from being used here."""

    EXTENSION = "extension"
    RIGHTS = "rights"
    PROGRAM = "program"
    RELEASE = "release"
    OWNER = "owner"


def find_lack(session: Session) -> Lack | None:
    """Return what keeps pg_repack from being used on this database, if anything does."""
    version = session.scalar(text("SELECT extversion FROM pg_extension WHERE extname = 'pg_repack'"))
    if version is None:
        return Lack.EXTENSION
    if not _may_use(session):
        return Lack.RIGHTS
    program = _ask_release()
    if program is None:
        return Lack.PROGRAM
    # Of the server's file and of the extension's words: an update replaces the one, an operator the other.
    releases = session.execute(text("SELECT repack.version(), repack.version_sql()")).one()
    if set(releases) != {program}:
        return Lack.RELEASE
    is_mighty = session.scalar(text("SELECT rolsuper FROM pg_roles WHERE rolname = current_user"))
    return None if is_mighty or _read_numbers(version) >= _OWNERS_MAY_SINCE else Lack.OWNER


def _may_use(session: Session) -> bool:
    may = text(
        "SELECT bool_and(has_schema_privilege('repack', needed)) AND (SELECT bool_and("
        "has_table_privilege(oid, 'SELECT')) FROM pg_class WHERE relnamespace = to_regnamespace('repack')"
        " AND relname IN ('tables', 'primary_keys')) FROM unnest(ARRAY['USAGE', 'CREATE']) AS needed"
    )
    return bool(session.scalar(may))


def _ask_release() -> str | None:
    """Return what the program says of its release, as the extension says it; None where there is none."""
    program = shutil.which(_PROGRAM)
    if program is None:
        return None
    said = subprocess.run([program, "--version"], capture_output=True, text=True, check=False)  # noqa: S603  # a program of the system, no words of anybody
    return said.stdout.strip()


def _read_numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split(".") if part.isdigit())


def repack_table(engine: Engine, table: str, *, is_stopping: Callable[[], bool]) -> None:
    """Write a table anew, named with its schema; whether it is shows in the database.

    Left as it is where somebody reads it for long, and where `is_stopping` says so.
    """
    process = subprocess.Popen(  # noqa: S603  # a program of the system, a table of ours
        [shutil.which(_PROGRAM) or _PROGRAM, *_OPTIONS, f"--table={table}"],
        env={**os.environ, **_name_database(engine)},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,  # errors of a database may hold words of a row
    )
    until = time.monotonic() + _LONGEST
    while _is_running(process, _LOOK_EVERY):
        if is_stopping() or time.monotonic() > until:
            process.send_signal(signal.SIGINT)
            if _is_running(process, _FAREWELL):
                process.kill()
                process.wait()


def _is_running(process: subprocess.Popen[bytes], seconds: float) -> bool:
    """Wait so long for the end of a process, and say whether it has not come."""
    try:
        process.wait(seconds)
    except subprocess.TimeoutExpired:
        return True
    return False


def _name_database(engine: Engine) -> Mapping[str, str]:
    """Return the variables that lead to the database as ours do; the words of a command others can read."""
    with engine.connect() as connection:
        driven: Any = connection.connection.driver_connection
        values = {**driven.info.get_parameters(), "password": driven.info.password}
        driver: Any = connection.dialect.loaded_dbapi  # not imported: who stays with SQLite need not have it
    known = driver.pq.Conninfo.get_defaults()
    names = {one.keyword.decode(): one.envvar.decode() for one in known if one.envvar}
    return {names[key]: value for key, value in values.items() if key in names and value}


def list_remains(session: Session) -> Collection[int]:
    """Return the tables of which pg_repack has made something that is there: it works, or has died."""
    return session.scalars(text(_REMAINS)).all()


def list_abandoned(session: Session) -> Collection[int]:
    """Return those on which no pg_repack is at work any more."""
    at_work = (
        "SELECT mod(CAST(objid AS bigint) + 2147483648, 4294967296) FROM pg_locks"
        " WHERE locktype = 'advisory' AND classid = :prefix"
        " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
    )
    return session.scalars(text(f"{_REMAINS} EXCEPT {at_work}"), {"prefix": _LOCK_PREFIX}).all()


def clear_remains(engine: Engine) -> bool:
    """Delete what a pg_repack that died has left, its trigger too; say whether nothing is left.

    Else each write would be noted on and on. Where one is at work, or people are in the way, nothing happens.
    """
    with Session(engine) as session:
        left = set(list_remains(session))
    try:
        return all(_clear_one(engine, number) for number in left)
    except SQLAlchemyError:  # the lock was not to be had, or it is somebody else's
        return False


def _clear_one(engine: Engine, number: int) -> bool:
    """Clear what is left of one table, if none is at work on it; pg_repack does the same when it fails."""
    lock = text("SELECT pg_try_advisory_xact_lock(:prefix, :number)")
    with Session(engine) as session, session.begin():
        session.execute(text(f"SET LOCAL lock_timeout = '{_LOCK_PATIENCE}'"))
        if not session.scalar(lock, {"prefix": _LOCK_PREFIX, "number": _INT_MIN + number}):
            return False
        session.execute(text("SELECT repack.repack_drop(CAST(:number AS oid), 4)"), {"number": number})
    return True
