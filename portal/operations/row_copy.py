"""Copying every row from one kind of database to the other as it stands, and proving that it has arrived."""

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import (
    JSON,
    Column,
    ColumnElement,
    Connection,
    Enum,
    String,
    Table,
    TableClause,
    Text,
    TypeDecorator,
    cast,
    column,
    insert,
    select,
    table,
    text,
    type_coerce,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.exc import DBAPIError
from sqlalchemy.types import TypeEngine

from portal.domain.backup import Digest
from portal.models import AuditHead, Base, Installation

_AT_ONCE = 100
"""Rows that are read at a time: one may hold a text of a megabyte."""
_WHOLE = 2**256
_NUMBER = "\0"
"""Before a number inside of JSON: no text there can begin with it in PostgreSQL."""
_REFERENCES = """
    SELECT conrelid::regclass::text AS owner, quote_ident(conname) AS name FROM pg_constraint
    WHERE contype = 'f' AND connamespace = current_schema()::regnamespace
"""


class CannotCopy(Exception):
    """A database does not take a row. Names its table and key, none of its words."""

    def __init__(self, table_name: str, key: str) -> None:
        super().__init__(f"{table_name} {key}")
        self.table = table_name
        self.key = key


class _AsWritten(TypeDecorator[str]):
    """JSON as the text it is stored as: read and written again, "null" and nothing would become the same."""

    impl = Text
    cache_ok = True

    def bind_expression(self, bindparam: Any) -> ColumnElement[Any]:
        """Have PostgreSQL read the text."""
        return cast(bindparam, JSONB)


def list_tables() -> Sequence[Table]:
    """Return all tables whose rows are copied, those before that others refer to.

    The one that says whose database it is has its own row on each side.
    """
    return [one for one in Base.metadata.sorted_tables if one.name != Installation.__tablename__]


def pass_over() -> None:
    """Count nothing: for who does not want to know how many blocks of rows were read."""


def read_rows(
    connection: Connection, source: Table, *, note: Callable[[], None] = pass_over
) -> Iterator[dict[str, Any]]:
    """Yield the rows of a table, JSON and choices as text. Calls `note` after each block of them."""
    columns = [_read_plainly(one, connection).label(one.name) for one in source.columns]
    result = connection.execute(select(*columns), execution_options={"yield_per": _AT_ONCE})
    for block in result.mappings().partitions():
        yield from (dict(row) for row in block)
        note()


def _read_plainly(one: Column[Any], connection: Connection) -> ColumnElement[Any]:
    if isinstance(one.type, JSON):
        return cast(one, Text) if connection.dialect.name == "postgresql" else type_coerce(one, Text)
    return type_coerce(one, _plain_type(one, connection))


def _plain_type(one: Column[Any], connection: Connection) -> TypeEngine[Any]:
    if isinstance(one.type, JSON):
        return _AsWritten() if connection.dialect.name == "postgresql" else Text()
    return String() if isinstance(one.type, Enum) else one.type


def copy_rows(
    source: Connection, target: Connection, which: Table, *, note: Callable[[], None] = pass_over
) -> int:
    """Copy a table's rows into the empty one of another database; return how many. Raises CannotCopy."""
    into = table(which.name, *(column(one.name, _plain_type(one, target)) for one in which.columns))
    keys = [one.name for one in which.primary_key]
    done, part = 0, []
    for row in read_rows(source, which, note=note):
        part.append(row)
        if len(part) == _AT_ONCE:
            _insert(target, into, part, keys)
            done, part = done + len(part), []
    if part:
        _insert(target, into, part, keys)
    return done + len(part)


def _insert(
    target: Connection, into: TableClause, rows: Sequence[dict[str, Any]], keys: Sequence[str]
) -> None:
    try:
        with target.begin_nested():
            target.execute(insert(into), list(rows))
    except DBAPIError as error:
        if len(rows) > 1:  # which one is it?
            for row in rows:
                _insert(target, into, [row], keys)
            return
        raise CannotCopy(into.name, ", ".join(f"{key} {rows[0][key]}" for key in keys)) from error


def digest_table(connection: Connection, which: Table, *, note: Callable[[], None] = pass_over) -> Digest:
    """Return count and checksum of a table; equal on both kinds of database when every value is."""
    rows = total = 0
    for row in read_rows(connection, which, note=note):
        spelt = json.dumps([_spell(one, row[one.name]) for one in which.columns], ensure_ascii=False)
        total += int.from_bytes(hashlib.sha256(spelt.encode("utf-8", "surrogatepass")).digest(), "big")
        rows += 1
    return Digest(rows, f"{total % _WHOLE:064x}")


def _spell(one: Column[Any], value: Any) -> Any:
    """Return a value as JSON that tells every value of every type apart."""
    if value is None:
        return None
    if isinstance(one.type, JSON):
        return ["json", _sort(json.loads(value, parse_int=_spell_number, parse_float=_spell_number))]
    if isinstance(value, bytes | memoryview):
        return ["bytes", bytes(value).hex()]
    if isinstance(value, datetime):
        return ["moment", value.astimezone(UTC).isoformat()]
    if isinstance(value, date):
        return ["day", value.isoformat()]
    return ["float", value.hex()] if isinstance(value, float) else value


def _sort(value: Any) -> Any:
    """Return the same JSON with the keys of its objects in order: PostgreSQL has an order of its own."""
    if isinstance(value, dict):
        return {key: _sort(value[key]) for key in sorted(value)}
    return [_sort(one) for one in value] if isinstance(value, list) else value


def _spell_number(written: str) -> str:
    """Return one spelling for a number: PostgreSQL writes 1e2 as 100."""
    return f"{_NUMBER}{Decimal(written).normalize()}"


def loosen_references(target: Connection) -> None:
    """Have PostgreSQL look at references at the end: rows may refer to ones that come after them."""
    for owner, name in target.execute(text(_REFERENCES)).all():
        target.exec_driver_sql(f"ALTER TABLE {owner} ALTER CONSTRAINT {name} DEFERRABLE INITIALLY DEFERRED")


def fasten_references(target: Connection) -> None:
    """Have PostgreSQL look at references now, and from now on at each statement. Raises IntegrityError."""
    target.exec_driver_sql("SET CONSTRAINTS ALL IMMEDIATE")
    for owner, name in target.execute(text(_REFERENCES)).all():
        target.exec_driver_sql(f"ALTER TABLE {owner} ALTER CONSTRAINT {name} NOT DEFERRABLE")


def is_untouched(target: Connection) -> bool:
    """Say whether a database holds nothing but what the migrations put there."""
    tables = (one for one in list_tables() if one.name != AuditHead.__tablename__)
    return not any(target.execute(select(one).limit(1)).first() for one in tables)


def empty_target(target: Connection) -> None:
    """Delete the rows of all tables, those of the audit log, too.

    Only of a database that is ours and that nobody has used: after a move that was cut off.
    """
    names = ", ".join(f'"{one.name}"' for one in Base.metadata.sorted_tables)
    target.exec_driver_sql("ALTER TABLE audit_entry DISABLE TRIGGER USER")
    target.exec_driver_sql(f"TRUNCATE {names}")
    target.exec_driver_sql("ALTER TABLE audit_entry ENABLE TRIGGER USER")


def read_counters(source: Connection) -> Mapping[str, int]:
    """Return the last number given, by table, of those whose numbers are given once: rows may be gone."""
    tables = [one for one in list_tables() if one.dialect_options["sqlite"]["autoincrement"]]
    if source.dialect.name == "sqlite":
        rows = source.exec_driver_sql("SELECT name, seq FROM sqlite_sequence")
        known = {row.name: row.seq for row in rows}
        return {one.name: known.get(one.name, 0) for one in tables}
    last = text("SELECT coalesce(pg_sequence_last_value(pg_get_serial_sequence(:owner, 'id')::regclass), 0)")
    return {one.name: source.scalar(last, {"owner": f'"{one.name}"'}) or 0 for one in tables}


def set_counters(target: Connection, counters: Mapping[str, int]) -> None:
    """Have new rows numbered on from the highest number there is, or was where `counters` tell of it."""
    if target.dialect.name == "sqlite":
        _set_sqlite_counters(target, counters)
        return
    for one in list_tables():
        key = one.autoincrement_column
        if key is None:
            continue
        last = f'greatest(max("{key.name}"), :known)'
        target.execute(
            text(
                "SELECT setval(pg_get_serial_sequence(:owner, :key), "  # noqa: S608  # names of ours
                f'greatest({last}, 1), {last} > 0) FROM "{one.name}"'
            ),
            {"owner": f'"{one.name}"', "key": key.name, "known": counters.get(one.name, 0)},
        )


def _set_sqlite_counters(target: Connection, counters: Mapping[str, int]) -> None:
    """Raise what SQLite remembers of tables whose numbers are given once; it has no row for an empty one."""
    for name, known in counters.items():
        row = {"name": name, "known": known}
        raised = text("UPDATE sqlite_sequence SET seq = max(seq, :known) WHERE name = :name")
        if target.execute(raised, row).rowcount == 0:
            target.execute(text("INSERT INTO sqlite_sequence (name, seq) VALUES (:name, :known)"), row)
