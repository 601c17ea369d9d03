"""Sealed columns: values a row holds as an envelope, which the database keeps and cannot read.

They are read and written as attributes, with the ring of the database the row belongs to. What only named
people may open is not among these: that is opened by name, where it is asked for (portal.queries.answers).
"""

from collections.abc import Callable, Mapping
from typing import Any, Generic, Self, TypeVar, overload

from sqlalchemy import event
from sqlalchemy.orm import DeclarativeBase, QueryContext, Session, object_session

from portal.sealing.keys import KeyRing

KEYS = "portal_keys"
"""Execution option of an engine: the ring that closes what its database holds."""
_RING = "_ring"
_T = TypeVar("_T")


class SealedRow:
    """A row with envelopes: it remembers the ring of the database it was read from."""


@event.listens_for(SealedRow, "load", propagate=True)
def _remember_ring(row: Any, context: QueryContext) -> None:
    vars(row)[_RING] = find_ring(context.session)


def find_ring(session: Session) -> KeyRing:
    """Return the ring that closes what a session's database holds."""
    ring: KeyRing = session.get_bind().get_execution_options()[KEYS]
    return ring


def ring_of(row: Any) -> KeyRing:
    """Return the ring of a row that was read from a database, or added to a session."""
    known: KeyRing | None = vars(row).get(_RING)
    if known is not None:
        return known
    session = object_session(row)
    if session is None:
        raise LookupError(f"{type(row).__name__} belongs to no database yet")
    return find_ring(session)


def open_envelope(row: Any, column: str, place: str) -> Mapping[str, Any]:
    """Return what an envelope of a row holds by name; nothing without one. Raises CannotOpen."""
    envelope: bytes | None = getattr(row, column)
    return {} if envelope is None else ring_of(row).open_map(envelope, place)


class SealedField(Generic[_T]):
    """One value among those that an envelope of the row holds. Reading it raises CannotOpen."""

    def __init__(self, column: str, place: Callable[[Any], str], default: _T) -> None:
        """Name the column of the envelope, and how its place follows from the row."""
        self._column, self._place, self._default = column, place, default
        self._name = ""

    def __set_name__(self, owner: type[DeclarativeBase], name: str) -> None:
        """Take the name of the attribute."""
        self._name = name

    @overload
    def __get__(self, row: None, owner: Any) -> Self: ...
    @overload
    def __get__(self, row: Any, owner: Any) -> _T: ...
    def __get__(self, row: Any, owner: Any) -> Self | _T:
        """Return the value."""
        if row is None:
            return self
        held: _T = open_envelope(row, self._column, self._place(row)).get(self._name, self._default)
        return held

    def __set__(self, row: Any, value: _T) -> None:
        """Seal it anew, when it is another one."""
        place = self._place(row)
        held = open_envelope(row, self._column, place)
        if getattr(row, self._column) is None or held.get(self._name, self._default) != value:
            setattr(row, self._column, ring_of(row).seal_map({**held, self._name: value}, place))
