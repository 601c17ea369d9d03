"""Rewriting of PostgreSQL's tables, so that their files hold nothing any more of rows that were deleted.

A plain VACUUM lets go of deleted rows and leaves their bytes in the pages until others need the room.
"""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from portal.bulk_run import BulkRun
from portal.domain.bulk_runs import RunKind
from portal.domain.sweeps import is_short
from portal.pg_repack import Lack, clear_remains, repack_table

_LIMITS = {"lock_timeout": "100ms", "statement_timeout": "8s"}
"""Whoever comes while VACUUM FULL rewrites a table waits, for less than makes them give up."""


def measure_tables(session: Session, names: Sequence[str]) -> Mapping[str, int]:
    """Return how many bytes tables of PostgreSQL take, with their indexes and long values."""
    measured = text(
        "SELECT name, pg_total_relation_size(quote_ident(name)) FROM unnest(CAST(:names AS text[])) AS name"
    )
    return {name: int(size) for name, size in session.execute(measured, {"names": list(names)})}


@dataclass
class TableRewrite:
    """A rewriting of tables: by pg_repack where it is offered, else by VACUUM FULL, for which others wait."""

    engine: Engine
    lack: Lack | None
    """What keeps pg_repack from being used."""
    is_patient: bool
    """Take whatever time VACUUM FULL takes."""
    is_stopping: Callable[[], bool]

    def __post_init__(self) -> None:
        """Begin to count."""
        self.run = BulkRun(RunKind.ONLINE_REWRITE if self.lack is None else RunKind.LOCKED_REWRITE)

    def rewrite_tables(self, sizes: Mapping[str, int]) -> bool:
        """Write tables anew, with their indexes and long values, and say whether all are.

        One is left as it is when its lock is not to be had at once, or when VACUUM FULL takes nearly as long
        as others wait. What a pg_repack that gave up has left goes, too: it holds words of people.
        """
        if not clear_remains(self.engine):
            return False
        with self.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.detach()  # not for others, with these settings
            for setting, limit in _LIMITS.items():
                connection.exec_driver_sql(f"SET {setting} = '{0 if self.is_patient else limit}'")
            try:
                is_done = all(self._rewrite(connection, name, size) for name, size in sizes.items())
            except OperationalError:  # cancelled, or the lock was not to be had
                return False
        return is_done and clear_remains(self.engine)

    def _rewrite(self, connection: Connection, name: str, size: int) -> bool:
        """Write one table anew; where that is not to be, often the table's file alone says so."""
        if self.is_stopping():
            return False
        table = connection.dialect.identifier_preparer.quote(name)
        full_name, before = _find_table(connection, table)
        if self.lack is None and not is_short(size):
            repack_table(self.engine, full_name, is_stopping=self.is_stopping)
            self.run.note_block()
        else:
            began = time.monotonic()
            connection.exec_driver_sql(f"VACUUM (FULL) {table}")
            self.run.note_block(held=time.monotonic() - began)
        return _find_table(connection, table)[1] != before


def _find_table(connection: Connection, table: str) -> tuple[str, int]:
    """Return the name of a table with its schema, and the number of its file."""
    found = text(
        "SELECT format('%I.%I', nspname, relname), pg_relation_filenode(pg_class.oid)"
        " FROM pg_class JOIN pg_namespace ON pg_namespace.oid = relnamespace"
        " WHERE pg_class.oid = to_regclass(:table)"
    )
    full_name, file = connection.execute(found, {"table": table}).one()
    return full_name, file
