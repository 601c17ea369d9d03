"""Risk in the queue: who it is about is sealed, so no index finds it, and texts are opened in order."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Row
from sqlalchemy.orm import Session

from portal.models import Staff
from portal.queries.desk.queue import (
    QueueFilter,
    QueueKey,
    form_of,
    place_of,
    shape_of,
    values_of,
    values_of_place,
)
from portal.queries.desk.queue_rows import opens_as_risk
from portal.queries.desk.queue_statements import select_sealed_risk
from portal.sealing.keys import KeyRing

MOST_OPENED = 2000
"""Envelopes opened for one page: some 20 ms. A desk that knows its queue has fewer texts waiting."""


class FoundRisks(NamedTuple):
    """What was found to put somebody at risk, and the place to go on from; None at the end of the queue."""

    found: Sequence[Row[Any]]
    stopped: QueueKey | None


def look_for_risk(
    session: Session,
    actor: Staff,
    wanted: QueueFilter,
    start: QueueKey | None,
    *,
    at: datetime,
    keys: KeyRing,
    size: int,
) -> FoundRisks:
    """Return a page of texts that put somebody at risk; no more than `MOST_OPENED` are opened for it."""
    values = {**values_of(actor, wanted, at), **values_of_place(start)}
    rows = session.execute(
        select_sealed_risk(shape_of(actor, wanted), form_of(start) if start else None, MOST_OPENED + 1),
        values,
    ).all()
    found: list[Row[Any]] = []
    for row in rows[:MOST_OPENED]:
        if opens_as_risk(row.sealed_risk, row.public_id, keys):
            if len(found) == size:
                return FoundRisks(found, place_of(found[-1], wanted.order))
            found.append(row)
    is_cut = len(rows) > MOST_OPENED
    return FoundRisks(found, place_of(rows[MOST_OPENED - 1], wanted.order) if is_cut else None)
