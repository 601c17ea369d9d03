"""Debian's PostgreSQL with pg_repack, in a folder of the run: the one of the test packages has none."""

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest

from tests.support.ports import find_free_port

NEEDED = "TESTS_NEED_REPACK"
OWNERS_MAY_SINCE = [1, 5, 2]
_DEBIAN = Path("/usr/lib/postgresql")
_NOBODY_PULLS_THE_PLUG = ("fsync=off", "synchronous_commit=off", "full_page_writes=off", "autovacuum=off")


def find_server() -> Path:
    """Return where its programs are; without them tests skip, or fail where TESTS_NEED_REPACK asks."""
    found = sorted(_DEBIAN.glob("*/bin/pg_repack"))
    if found:
        return found[-1].parent
    if os.environ.get(NEEDED) == "1":
        pytest.fail(f"postgresql-*-repack is not installed, and {NEEDED} asks for it")
    pytest.skip("postgresql-*-repack is not installed")


@contextmanager
def run_postgresql() -> Iterator[str]:
    """Run a server until the block ends; it yields the address of an empty database, as superuser."""
    programs, port = find_server(), find_free_port()
    # Not root's, which PostgreSQL refuses to be, and below no folder that is root's alone.
    user = "postgres" if os.geteuid() == 0 else None
    folder = Path(tempfile.mkdtemp(prefix="postgresql-", dir=os.environ.get("PYTEST_DEBUG_TEMPROOT")))
    if user is not None:
        os.chown(folder, pwd.getpwnam(user).pw_uid, -1)

    def run(program: str, *words: str) -> None:
        command = [str(programs / program), "-D", str(folder / "data"), *words]
        subprocess.run(command, check=True, user=user, cwd=folder, stdout=subprocess.DEVNULL)

    try:
        run("initdb", "-A", "trust", "-U", "postgres", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync")
        settings = [f"port={port}", "unix_socket_directories=", *_NOBODY_PULLS_THE_PLUG]
        options = " ".join(f"-c {one}" for one in settings)
        run("pg_ctl", "-w", "-s", "-l", str(folder / "log"), "-o", options, "start")
        try:
            yield f"postgresql://postgres@127.0.0.1:{port}/postgres"
        finally:
            run("pg_ctl", "-w", "-s", "-m", "immediate", "stop")
    finally:
        shutil.rmtree(folder)


def make_database(server: str) -> str:
    """Make a database with pg_repack and the role that may use it; return its address as that role.

    Where only superusers may, the role is one.
    """
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute("CREATE ROLE portal LOGIN")
        connection.execute("CREATE DATABASE portal OWNER portal")
        connection.execute("GRANT SET ON PARAMETER session_replication_role TO portal")  # to empty tables
    address = server.rpartition("/")[0] + "/portal"
    with psycopg.connect(address, autocommit=True) as connection:
        connection.execute("CREATE EXTENSION pg_repack")
        connection.execute("GRANT USAGE, CREATE ON SCHEMA repack TO portal")
        connection.execute("GRANT SELECT ON ALL TABLES IN SCHEMA repack TO portal")
        if not may_owners(connection):
            connection.execute("ALTER ROLE portal SUPERUSER")
    return address.replace("postgres@", "portal@")


def may_owners(connection: psycopg.Connection) -> bool:
    """Say whether this release of pg_repack serves who owns a table."""
    found = connection.execute("SELECT extversion FROM pg_extension WHERE extname = 'pg_repack'").fetchone()
    return found is not None and [int(part) for part in found[0].split(".")] >= OWNERS_MAY_SINCE
