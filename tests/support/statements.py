"""What an application says to its database meanwhile."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from flask import Flask
from sqlalchemy import Connection, Engine, event

from portal.extensions import db

Statement = tuple[str, Any]
"""The text, and the values that were given with it."""
_PLANNED = frozenset({9, 18, 21, 23})
"""What SQLite asks an authorizer once for each DELETE, INSERT, SELECT and UPDATE it plans."""


@contextmanager
def listening(app: Flask | None = None) -> Iterator[list[Statement]]:
    """Collect every statement that an application, or any in this process, sends while the block runs."""
    sent: list[Statement] = []

    def note(_connection: Any, _cursor: Any, statement: str, given: Any, *_more: Any) -> None:
        sent.append((statement, given))

    engine: Engine | type[Engine] = Engine
    if app is not None:
        with app.app_context():
            engine = db.engine
    event.listen(engine, "before_cursor_execute", note)
    try:
        yield sent
    finally:
        event.remove(engine, "before_cursor_execute", note)


@contextmanager
def counting_transactions(app: Flask) -> Iterator[list[str]]:
    """Collect a word for each transaction that begins while the block runs: on a POST each may write."""
    begun: list[str] = []

    def note(_connection: Connection) -> None:
        begun.append("begin")

    with app.app_context():
        engine = db.engine
    event.listen(engine, "begin", note)
    try:
        yield begun
    finally:
        event.remove(engine, "begin", note)


def list_held(sent: list[Statement]) -> list[list[Statement]]:
    """Return what was said to SQLite in each transaction that keeps others from writing."""
    held: list[list[Statement]] = []
    is_held = False
    for one in sent:
        if one[0].startswith("BEGIN"):
            is_held = one[0] == "BEGIN IMMEDIATE"
            held += [[]] if is_held else []
        elif is_held:
            held[-1].append(one)
    return held


def count_rows(sent: Statement) -> int:
    """Return how many rows a statement was given: several at once, or one by its columns."""
    _text, given = sent
    return len(given) if isinstance(given, list) else 1


def count_answers(app: Flask, sent: list[Statement]) -> int:
    """Return how many rows the statements that read gave, by asking them again."""
    with app.app_context(), db.engine.connect() as connection:
        return sum(
            len(connection.exec_driver_sql(text, given).fetchall()) for text, given in list_reads(sent)
        )


def list_verbs(sent: list[Statement]) -> list[str]:
    """Return the first word of each statement, but for those that only begin and end transactions."""
    verbs = [statement.split(maxsplit=1)[0].upper() for statement, _given in sent]
    return [verb for verb in verbs if verb not in {"BEGIN", "PRAGMA", "SET", "SAVEPOINT", "RELEASE"}]


def list_reads(sent: list[Statement]) -> list[Statement]:
    """Return the statements that only read."""
    return [one for one in sent if one[0].lstrip().upper().startswith(("SELECT", "WITH"))]


def list_planned(app: Flask, act: Callable[[], None]) -> list[str]:
    """Return the statements SQLite plans again when something is done a third time."""
    planned: list[str] = []
    asked = [""]
    watched = set()

    def note_plan(action: int, *_more: str | None) -> int:
        planned.extend(asked if action in _PLANNED else [])
        return 0

    def watch(driver: Any, *_more: Any) -> None:
        if id(driver) not in watched:
            watched.add(id(driver))
            driver.set_authorizer(note_plan)

    def note_statement(_connection: Any, _cursor: Any, statement: str, *_more: Any) -> None:
        asked[0] = statement

    with app.app_context():
        engine = db.engine
    engine.dispose()  # of several connections each would plan for itself
    event.listen(engine, "checkout", watch)
    event.listen(engine, "before_cursor_execute", note_statement)
    for _time in range(3):
        planned.clear()
        act()
    event.remove(engine, "before_cursor_execute", note_statement)
    event.remove(engine, "checkout", watch)
    engine.dispose()
    return planned
