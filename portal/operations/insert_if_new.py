"""Adding a row that another process may be adding at the same moment: one of them does, and nobody fails."""

from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

from sqlalchemy import Connection, Insert, Table
from sqlalchemy.dialects import postgresql, sqlite

_INSERTS: Mapping[str, Callable[[Table], Any]] = {"sqlite": sqlite.insert, "postgresql": postgresql.insert}
"""Both say ON CONFLICT alike, and SQLAlchemy has it in each dialect of its own."""


def add_unless_known(
    connection: Connection, table: Table, values: Mapping[str, Any], *, known_by: str | tuple[str, ...]
) -> Any | None:
    """Add a row and return its primary key; None when one with these values of `known_by` is there already.

    Waits for whoever is adding the same one, and needs no savepoint: a row that is known is no error.
    """
    columns = (known_by,) if isinstance(known_by, str) else known_by
    statement = _add_statement(connection.dialect.name, table, columns)
    return connection.execute(statement, values).scalar_one_or_none()


@cache
def _add_statement(dialect: str, table: Table, known_by: tuple[str, ...]) -> Insert:
    adding = _INSERTS[dialect](table).on_conflict_do_nothing(index_elements=[*known_by])
    made: Insert = adding.returning(*table.primary_key)
    return made
