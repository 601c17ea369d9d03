"""The rows that belong to others, read by statements that are made once."""

from collections import defaultdict
from collections.abc import Sequence
from functools import cache
from typing import Any, NamedTuple

from sqlalchemy import Select, bindparam, inspect, select
from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import set_committed_value

from portal.models import Base


class _Related(NamedTuple):
    """How one relationship is read: its statement, and the attributes of both sides that must be equal."""

    wanted: Select[Any]
    own: str
    theirs: str
    is_many: bool


def load_related(session: Session, owners: Sequence[Base], *names: str) -> None:
    """Read what belongs to these rows of one table by each of these relationships; what is loaded stays.

    SQLAlchemy's own loaders make their statements anew every time, with all options of the one before:
    0.3 to 1 ms of a processor for each instead of 0.1.
    """
    for name in names:
        waiting = [owner for owner in owners if name not in inspect(owner).dict]
        if waiting:
            _load(session, waiting, name)


def _load(session: Session, owners: Sequence[Base], name: str) -> None:
    wanted, own, theirs, is_many = _select_related(type(owners[0]), name)
    numbers = {getattr(owner, own) for owner in owners}
    found: defaultdict[int, list[Any]] = defaultdict(list)
    for row in session.scalars(wanted, {"numbers": sorted(numbers)}):
        found[getattr(row, theirs)].append(row)
    for owner in owners:
        rows = found[getattr(owner, own)]
        set_committed_value(owner, name, rows if is_many else next(iter(rows), None))


@cache
def _select_related(kind: type[Base], name: str) -> _Related:
    relation = inspect(kind).relationships[name]
    target = relation.mapper
    (pair,) = relation.local_remote_pairs or ()
    wanted = select(target.class_).where(pair[1].in_(bindparam("numbers", expanding=True)))
    return _Related(
        wanted.order_by(*(relation.order_by or ())),
        inspect(kind).get_property_by_column(pair[0]).key,
        target.get_property_by_column(pair[1]).key,
        is_many=bool(relation.uselist),
    )
