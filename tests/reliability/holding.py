"""Another program that holds a database: run as `python -m tests.reliability.holding ADDRESS`.

It says when it has the lock, and lets go when its standard input ends.
"""

import sys
from typing import Any

_TABLES = "coverage, staff, contributor_session"


def hold(address: str) -> Any:
    """Take the lock that keeps everybody else from writing; return the connection that has it."""
    if address.startswith("sqlite"):
        import pysqlite3.dbapi2 as sqlite  # noqa: PLC0415  # the driver of the portal, without the portal

        connection = sqlite.connect(address.partition(":///")[2], isolation_level=None)
        connection.execute("BEGIN IMMEDIATE")
        return connection
    import psycopg  # noqa: PLC0415  # only where it is held

    connection = psycopg.connect(address.replace("+psycopg", ""))
    connection.execute(f"LOCK TABLE {_TABLES} IN ACCESS EXCLUSIVE MODE".encode())
    return connection


if __name__ == "__main__":
    held = hold(sys.argv[1])
    print("held", flush=True)
    sys.stdin.read()
    held.rollback()
    held.close()
