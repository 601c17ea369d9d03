"""The floor: bare Flask and raw SQL that read and write the same rows and answer with the same bytes.

What ours writes is learned from the database: the rows that one real act added or changed. The floor writes
as many rows into the same tables, with their indexes and triggers, in one transaction as durable as ours,
after it has read the same body. The cookie that comes with a request comes to both, signed by each for
itself; where ours sets one, the floor signs one of the same size.
"""

import re
import secrets
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import cycle
from typing import Any

import psycopg
from flask import Flask, Response, request, session
from flask.testing import FlaskClient
from psycopg.types.json import Jsonb
from sqlalchemy import Engine, Table
from werkzeug.test import TestResponse

from portal.database import sqlite_module
from portal.models import AuditEntry, AuditHead, Base

_PRAGMAS = (
    "PRAGMA journal_mode=WAL",
    "PRAGMA synchronous=FULL",
    "PRAGMA secure_delete=ON",
    "PRAGMA foreign_keys=ON",
    "PRAGMA recursive_triggers=ON",
    "PRAGMA temp_store=MEMORY",
    "PRAGMA mmap_size=0",
)
_COOKIE = "portal"
_RANDOM = re.compile(r"[0-9a-f]{32,}")

Row = dict[str, Any]
Key = tuple[Any, ...]
Picture = dict[Table, dict[Key, Row]]
"""Every row of every table by its primary key, as the database holds it."""


@dataclass(frozen=True)
class Answer:
    """What is answered: status, body, headers, and what stands in the cookie that is set with it."""

    status: int
    body: bytes
    headers: Sequence[tuple[str, str]]
    cookie: Mapping[str, Any]
    carried: Mapping[str, Any]
    """What stands in the cookie that came with the request."""


@dataclass(frozen=True)
class Written:
    """What one act did to the tables: rows added, parents first, and rows changed, before and after."""

    added: Sequence[tuple[Table, Row]]
    changed: Sequence[tuple[Table, Key, Row, Row]]


@dataclass
class Floor:
    """One bare view for each thing that is measured."""

    engine: Engine
    _local: threading.local = field(default_factory=threading.local)

    @property
    def _is_sqlite(self) -> bool:
        return self.engine.dialect.name == "sqlite"

    def _connect(self) -> Any:
        if self._is_sqlite:
            made = sqlite_module().connect(self.engine.url.database, isolation_level=None)
            for pragma in _PRAGMAS:
                made.execute(pragma)
            return made
        address = self.engine.url.set(drivername="postgresql").render_as_string(hide_password=False)
        return psycopg.connect(address, autocommit=True)

    @property
    def connection(self) -> Any:
        """Return this thread's own connection."""
        if not hasattr(self._local, "made"):
            self._local.made = self._connect()
        return self._local.made

    def close(self) -> None:
        """Close the connection."""
        self.connection.close()

    def look(self) -> Picture:
        """Return what stands in all tables now."""
        with self.engine.connect() as connection:
            return {table: self._look_at(connection, table) for table in Base.metadata.sorted_tables}

    @staticmethod
    def _look_at(connection: Any, table: Table) -> dict[Key, Row]:
        names = [column.name for column in table.primary_key]
        columns = ", ".join(f'"{column.name}"' for column in table.columns)
        rows = connection.exec_driver_sql(f'SELECT {columns} FROM "{table.name}"').mappings()
        return {tuple(row[name] for name in names): dict(row) for row in rows}

    def read(self, statements: Sequence[str], answer: Answer) -> FlaskClient:
        """Return a client of a view that reads what the statements find, and answers."""

        def work() -> None:
            for statement in statements:
                self.connection.execute(statement).fetchall()

        return serve_bare(work, answer)

    def write(self, statements: Sequence[str], written: Written, answer: Answer) -> FlaskClient:
        """Return a client of a view that reads the body and what the statements find, writes, and answers."""
        turns = cycle((False, True))
        alone = {table: self._list_free(table) for table, _row in written.added}

        def work() -> None:
            request.form.to_dict()
            self.connection.execute("BEGIN IMMEDIATE" if self._is_sqlite else "BEGIN")
            for statement in statements:
                self.connection.execute(statement).fetchall()
            self._add(written.added, alone)
            is_back = next(turns)
            for table, key, before, after in written.changed:
                self._change(table, key, before if is_back else after)
            self.connection.execute("COMMIT")

        return serve_bare(work, answer)

    def _add(self, rows: Sequence[tuple[Table, Row]], alone: Mapping[Table, Iterator[int]]) -> None:
        """Add rows as new as those they are made after; each belongs to the parents added with it."""
        made: dict[Any, int] = {}
        for table, row in rows:
            values = {name: _renew(value) for name, value in row.items() if name != "id"}
            for key in table.foreign_keys:
                if values[key.parent.name] is None:
                    continue
                if key.column.table in made:
                    values[key.parent.name] = made[key.column.table]
                elif key.parent.unique:
                    values[key.parent.name] = next(alone[table])
            if table is AuditEntry.__table__:
                values["seq"] = self._next_link()
            names, marks = self._columns(values)
            statement = f'INSERT INTO "{table.name}" ({", ".join(names)}) VALUES ({", ".join(marks)})'
            if "id" not in row:
                self.connection.execute(statement, self._bind(values))
                continue
            cursor = self.connection.execute(statement + " RETURNING id", self._bind(values))
            made[table] = cursor.fetchone()[0]

    def _list_free(self, table: Table) -> Iterator[int]:
        """Return parents that have no row in a table which takes one for each of them."""
        for key in table.foreign_keys:
            if key.parent.unique:
                parent, column = key.column.table.name, key.parent.name
                taken = f"SELECT {column} FROM {table.name}"
                free = f"SELECT id FROM {parent} WHERE id NOT IN ({taken}) ORDER BY id DESC"
                return iter([row[0] for row in self.connection.execute(free).fetchall()])
        return iter(())

    def _next_link(self) -> int:
        """Count the log on, as its next entry must; ours reads the number from the same row."""
        table = AuditHead.__tablename__
        found = self.connection.execute(f"UPDATE {table} SET seq = seq + 1, mac = mac RETURNING seq")
        number: int = found.fetchone()[0]
        return number

    def _change(self, table: Table, key: Key, row: Row) -> None:
        if table is AuditHead.__table__:
            return  # counted on where its entry is added
        names, marks = self._columns(row)
        changes = ", ".join(f"{name} = {mark}" for name, mark in zip(names, marks, strict=True))
        where = " AND ".join(f'"{one.name}" = {self._mark}' for one in table.primary_key)
        bound = self._bind(row)
        self.connection.execute(f'UPDATE "{table.name}" SET {changes} WHERE {where}', [*bound, *key])

    @property
    def _mark(self) -> str:
        return "?" if self._is_sqlite else "%s"

    def _columns(self, row: Row) -> tuple[list[str], list[str]]:
        return [f'"{name}"' for name in row], [self._mark] * len(row)

    def _bind(self, row: Row) -> list[Any]:
        if self._is_sqlite:
            return list(row.values())
        return [_as_json(value) for value in row.values()]


def compare(before: Picture, after: Picture) -> Written:
    """Return what happened between two pictures."""
    added, changed = [], []
    for table, rows in after.items():
        known = before[table]
        added += [(table, row) for key, row in rows.items() if key not in known]
        for key, row in rows.items():
            if key in known and known[key] != row:
                names = [name for name in row if row[name] != known[key][name]]
                old, new = ({name: one[name] for name in names} for one in (known[key], row))
                changed.append((table, key, old, new))
    return Written(added, changed)


def answer_of(app: Flask, client: FlaskClient, seen: TestResponse) -> Answer:
    """Return what the floor must answer, too, when it is asked as this client asked."""
    headers = [(name, value) for name, value in seen.headers if name not in ("Set-Cookie", "Vary")]
    carried = _read_cookies(app, [client.environ_base.get("HTTP_COOKIE", "")])
    cookie = _read_cookies(app, seen.headers.getlist("Set-Cookie"))
    return Answer(seen.status_code, seen.get_data(), headers, cookie, carried)


def _read_cookies(app: Flask, given: Sequence[str]) -> dict[str, Any]:
    """Return what stands in the session cookie among these."""
    reader: Any = app.session_interface
    for one in given:
        name, _, value = one.partition(";")[0].partition("=")
        if name == app.config["SESSION_COOKIE_NAME"]:
            found: dict[str, Any] = reader.get_signing_serializer(app).loads(value)
            return found
    return {}


def carry_on(app: Flask, client: FlaskClient) -> FlaskClient:
    """Return a client that sends the cookie this one has, and keeps no other: that is no work of ours."""
    cookie = client.get_cookie(app.config["SESSION_COOKIE_NAME"])
    made = app.test_client(use_cookies=False)
    if cookie is not None:
        made.environ_base["HTTP_COOKIE"] = f"{cookie.key}={cookie.value}"
    return made


def serve_bare(work: Callable[[], None], answer: Answer) -> FlaskClient:
    """Return a client of a bare application: one view, the work, the answer."""
    app = Flask("floor")
    app.testing = True  # what goes wrong here must be seen
    app.config.update(
        SECRET_KEY=secrets.token_bytes(32),
        SESSION_COOKIE_NAME=_COOKIE,
        SESSION_COOKIE_SAMESITE="Lax",
        MAX_FORM_MEMORY_SIZE=4 * 1024 * 1024,
    )

    @app.route("/", methods=["GET", "POST"])
    def view() -> Response:
        work()
        session.update(answer.cookie)
        return Response(answer.body, answer.status, answer.headers)

    client = app.test_client(use_cookies=False)
    if answer.carried:
        signer: Any = app.session_interface
        client.environ_base["HTTP_COOKIE"] = (
            f"{_COOKIE}={signer.get_signing_serializer(app).dumps(dict(answer.carried))}"
        )
    return client


def _renew(value: Any) -> Any:
    """Return a text with fresh random names, hashes and keys in it, as long as before."""
    if not isinstance(value, str):
        return value
    return _RANDOM.sub(lambda found: secrets.token_hex(len(found[0]))[: len(found[0])], value)


def _as_json(value: Any) -> Any:
    return Jsonb(value) if isinstance(value, dict | list) else value
