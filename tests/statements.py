"""What an application says to its database meanwhile."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from flask import Flask
from sqlalchemy import event

from portal.extensions import db

Statement = tuple[str, Any]
"""The text, and the values that were given with it."""


@contextmanager
def listening(app: Flask) -> Iterator[list[Statement]]:
    """Collect every statement that is sent while the block runs."""
    sent: list[Statement] = []

    def note(_connection: Any, _cursor: Any, statement: str, given: Any, *_more: Any) -> None:
        sent.append((statement, given))

    with app.app_context():
        engine = db.engine
    event.listen(engine, "before_cursor_execute", note)
    try:
        yield sent
    finally:
        event.remove(engine, "before_cursor_execute", note)


def list_verbs(sent: list[Statement]) -> list[str]:
    """Return the first word of each statement, but for those that begin a transaction."""
    verbs = [statement.split(maxsplit=1)[0].upper() for statement, _given in sent]
    return [verb for verb in verbs if verb not in {"BEGIN", "PRAGMA", "SET"}]


def list_reads(sent: list[Statement]) -> list[Statement]:
    """Return the statements that only read."""
    return [one for one in sent if one[0].lstrip().upper().startswith(("SELECT", "WITH"))]
