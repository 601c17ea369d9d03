"""The floor: bare Flask and raw SQL that read or write as many rows and answer with the very same bytes."""

import threading
from collections.abc import Callable, Sequence
from typing import Any

import psycopg
from flask import Flask, Response
from flask.testing import FlaskClient
from sqlalchemy import Engine

from portal.database import sqlite_module

_PRAGMAS = ("PRAGMA journal_mode=WAL", "PRAGMA synchronous=FULL", "PRAGMA secure_delete=ON")
_TABLE = "CREATE TABLE IF NOT EXISTS floor_row (id INTEGER PRIMARY KEY, body TEXT)"
_TABLE_PG = "CREATE TABLE IF NOT EXISTS floor_row (id SERIAL PRIMARY KEY, body TEXT)"

Answer = tuple[int, bytes, str]
"""Status, body, media type."""


class Floor:
    """One bare view for each thing that is measured."""

    def __init__(self, engine: Engine) -> None:
        self._is_sqlite = engine.dialect.name == "sqlite"
        self._engine = engine
        self._local = threading.local()
        self._run(_TABLE if self._is_sqlite else _TABLE_PG)

    def _connect(self) -> Any:
        if self._is_sqlite:
            made = sqlite_module().connect(self._engine.url.database, isolation_level=None)
            for pragma in _PRAGMAS:
                made.execute(pragma)
            return made
        address = self._engine.url.set(drivername="postgresql").render_as_string(hide_password=False)
        return psycopg.connect(address, autocommit=True)

    @property
    def connection(self) -> Any:
        """Return this thread's own connection."""
        if not hasattr(self._local, "made"):
            self._local.made = self._connect()
        return self._local.made

    def _run(self, *statements: str) -> None:
        for statement in statements:
            self.connection.execute(statement)

    def close(self) -> None:
        """Drop what was made, and the connection."""
        self._run("DROP TABLE floor_row")
        self.connection.close()

    def read(self, statements: Sequence[str], answer: Answer) -> FlaskClient:
        """Return a client of a view that reads what the statements find, and answers."""

        def work() -> None:
            for statement in statements:
                self.connection.execute(statement).fetchall()

        return _serve(work, answer)

    def write(self, rows: Sequence[str], answer: Answer) -> FlaskClient:
        """Return a client of a view that writes rows with these texts in one transaction, and answers."""
        mark = "?" if self._is_sqlite else "%s"

        def work() -> None:
            self._run("BEGIN IMMEDIATE" if self._is_sqlite else "BEGIN")
            for body in rows:
                self.connection.execute(f"INSERT INTO floor_row (body) VALUES ({mark})", (body,))
            self._run("COMMIT")

        return _serve(work, answer)


def _serve(work: Callable[[], None], answer: Answer) -> FlaskClient:
    app = Flask("floor")
    status, body, kind = answer

    @app.route("/", methods=["GET", "POST"])
    def view() -> Response:
        work()
        return Response(body, status, mimetype=kind)

    return app.test_client()
