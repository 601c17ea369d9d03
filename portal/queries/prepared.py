"""Statements in the words of the database, made once: for the questions every visit of the desk asks.

SQLAlchemy finds a statement again by all its parts, and prepares a result for all its types, each time. For
a page of many short statements that is as much work as the database has with them.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from sqlalchemy import Dialect, Select
from sqlalchemy.orm import Session

_STATEMENTS = 256
"""Statements kept; the forms of questions they are made for are kept by who makes them."""

Process = Callable[[Any], Any] | None


@dataclass(frozen=True, slots=True)
class Prepared:
    """A statement as it is sent."""

    text: str
    fixed: Mapping[str, Any]
    """Parameters whose values stand in the statement, as they are sent."""
    asked: Mapping[str, Process]
    """Parameters whose values each question brings, and how they are turned into what is sent."""
    order: Sequence[str] | None
    """The names of all parameters where the database takes them by their places."""

    def bind(self, values: Mapping[str, Any]) -> Any:
        """Return the parameters; `values` may hold more than are asked for."""
        sent = {name: make(values[name]) if make else values[name] for name, make in self.asked.items()}
        sent.update(self.fixed)
        return sent if self.order is None else tuple(sent[name] for name in self.order)


def ask(session: Session, statement: Select[*tuple[Any, ...]], values: Mapping[str, Any]) -> Sequence[Any]:
    """Return all rows, their values as the driver gives them: no type of ours has looked at them.

    `statement` must be kept by the caller, and asked with again: it is prepared once.
    """
    connection = session.connection()
    prepared = _prepare(statement, connection.dialect)
    return connection.exec_driver_sql(prepared.text, prepared.bind(values)).all()


@lru_cache(_STATEMENTS)
def _prepare(statement: Select[*tuple[Any, ...]], dialect: Dialect) -> Prepared:
    made: Any = statement.compile(dialect=dialect)
    processes = {
        name: one.type.dialect_impl(dialect).bind_processor(dialect) for name, one in made.binds.items()
    }
    fixed = {
        name: processes[name](one.value) if processes[name] else one.value
        for name, one in made.binds.items()
        if not one.required
    }
    asked = {name: processes[name] for name in made.binds if name not in fixed}
    return Prepared(str(made), fixed, asked, made.positiontup)
