"""Changes of many texts written with one statement, each guarded by its version as in a flush.

A flush of SQLAlchemy sends a statement for each row that has a version.
"""

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from typing import cast

from sqlalchemy import Table, bindparam, inspect, select, update
from sqlalchemy.orm import Session
from sqlalchemy.orm.exc import StaleDataError

from portal.models import Submission

_ID, _VERSION = "written_id", "written_version"


@contextmanager
def written_together(session: Session, submissions: Collection[Submission]) -> Iterator[None]:
    """Write at the end what was changed of these texts inside. Raises StaleDataError, and all is undone then.

    Columns are written: who is responsible is changed by the number of the colleague.
    """
    with session.no_autoflush:
        yield
        changed = {one: names for one in submissions if (names := _find_changed(one))}
        if changed:
            _write(session, changed)
            _read_again(session, changed)


def _find_changed(submission: Submission) -> list[str]:
    state = inspect(submission)
    return [one.key for one in state.mapper.column_attrs if state.attrs[one.key].history.has_changes()]


def _write(session: Session, changed: dict[Submission, list[str]]) -> None:
    names = sorted({name for found in changed.values() for name in found})
    table = cast(Table, Submission.__table__)
    guarded = (
        update(table)
        .where(table.c.id == bindparam(_ID), table.c.version == bindparam(_VERSION))
        .values({name: bindparam(f"new_{name}") for name in names} | {"version": table.c.version + 1})
    )
    rows = [
        {_ID: one.id, _VERSION: one.version, **{f"new_{name}": getattr(one, name) for name in names}}
        for one in changed
    ]
    written = session.connection().execute(guarded, rows)
    if written.rowcount != len(rows):
        raise StaleDataError(f"{len(rows)} texts were to be written, and {written.rowcount} were as expected")


def _read_again(session: Session, changed: dict[Submission, list[str]]) -> None:
    for submission, names in changed.items():
        session.expire(submission, [*names, "version"])
    session.scalars(select(Submission).where(Submission.id.in_([one.id for one in changed]))).all()
