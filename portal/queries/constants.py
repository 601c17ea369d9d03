"""Constants written into a statement: only what differs from question to question is bound.

SQLite plans a statement anew at each call when a bound value could decide whether a partial index serves, and
when it is a limit. For the pages of the desk that cost more than reading the rows.
"""

from collections.abc import Iterable
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, literal_column


def constant(value: StrEnum | int) -> ColumnElement[Any]:
    """Return a name or number of ours as SQL; what came from outside never goes this way."""
    if isinstance(value, int):
        return literal_column(str(int(value)))
    if not value.replace("_", "").isalnum():
        raise ValueError("only a plain name can stand in a statement")
    return literal_column(f"'{value.value}'")


def constants(values: Iterable[StrEnum]) -> list[ColumnElement[Any]]:
    """Return some of them, in an order that is always the same: equal questions are equal statements."""
    return [constant(value) for value in sorted(values)]
