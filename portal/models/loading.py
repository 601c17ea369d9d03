"""Objects made from rows that were read or written past the unit of work."""

from collections.abc import Mapping
from typing import Any, TypeVar

from sqlalchemy.orm import Session, make_transient_to_detached

from portal.models.base import Base

_T = TypeVar("_T", bound=Base)


def fill_in(made: Base, values: Mapping[str, Any]) -> None:
    """Set columns as a loader does: nobody who listens to changes hears of it."""
    vars(made).update(values)


def take_in(session: Session, made: _T) -> _T:
    """Have the session hold an object as if it had read it; what is not set is read when asked for."""
    make_transient_to_detached(made)
    session.add(made)
    return made
