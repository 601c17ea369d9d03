"""Many texts that may leave: copies of the rows of one, each with envelopes of its own."""

import secrets
from collections.abc import Mapping
from typing import Any

from sqlalchemy import Table, func, insert, select, text
from sqlalchemy.orm import Session

from portal.models import Consent, Draft, DraftRevision, Revision, Submission
from portal.models.sealing import find_ring
from portal.operations.search_index import index_texts
from portal.sealing.keys import (
    KeyRing,
    answers_place,
    desk_answers_place,
    draft_person_place,
    risk_place,
    save_person_place,
)
from tests.support.search import read_in_session

Row = dict[str, Any]
_AT_ONCE = 500
_TABLES = (Submission, Revision, Consent, Draft, DraftRevision)


def add_copies(session: Session, draft: Draft, number: int) -> None:
    """Add so many texts that are like this one; the transaction is ended in between."""
    sample, keys = _read(session, draft), find_ring(session)
    first = {one: (session.scalar(select(func.max(one.id))) or 0) + 1 for one in _TABLES}
    for start in range(0, number, _AT_ONCE):
        rows: dict[str, list[Row]] = {one.__tablename__: [] for one in _TABLES}
        for place in range(start, min(start + _AT_ONCE, number)):
            _copy(sample, keys, rows, {one: number + place for one, number in first.items()})
        for one in _TABLES:
            if rows[one.__tablename__]:
                session.execute(insert(_table(one)), rows[one.__tablename__])
        index_texts(session, [row["id"] for row in rows[Submission.__tablename__]])
        session.commit()
    read_in_session(session)
    session.commit()
    if session.get_bind().dialect.name == "postgresql":
        for one in _TABLES:
            name = one.__tablename__
            session.execute(
                text(f"SELECT setval(pg_get_serial_sequence('{name}', 'id'), max(id)) FROM {name}")
            )
        session.commit()


def _table(model: Any) -> Table:
    found: Table = model.__table__
    return found


def _read(session: Session, draft: Draft) -> Mapping[str, list[Row]]:
    submission = draft.submission
    found: dict[Any, list[Any]] = {
        Submission: [submission],
        Revision: submission.revisions,
        Consent: submission.consents,
        Draft: [draft],
        DraftRevision: draft.revisions,
    }
    return {
        model.__tablename__: [
            {column.name: getattr(row, column.name) for column in _table(model).columns} for row in rows
        ]
        for model, rows in found.items()
    }


def _copy(
    sample: Mapping[str, list[Row]], keys: KeyRing, rows: dict[str, list[Row]], ids: Mapping[Any, int]
) -> None:
    """Add the rows of one copy. Rows of a table with several get numbers by the database."""

    def seal(envelope: bytes | None, was: str, becomes: str) -> bytes | None:
        return None if envelope is None else keys.seal(keys.open(envelope, was), becomes)

    (submission,), (draft,) = sample["submission"], sample["draft"]
    name, copied = secrets.token_hex(16), secrets.token_hex(16)
    own = {"submission_id": ids[Submission]}
    risk = seal(submission["sealed_risk"], risk_place(submission["public_id"]), risk_place(name))
    rows["submission"].append(
        {
            **submission,
            "id": ids[Submission],
            "public_id": name,
            "receipt_hash": secrets.token_hex(32),
            "sealed_risk": risk,
        }
    )
    for one in sample["revision"]:
        was, becomes = (submission["public_id"], one["number"]), (name, one["number"])
        sealed = {
            "sealed": seal(one["sealed"], answers_place(*was), answers_place(*becomes)),
            "desk_answers": seal(one["desk_answers"], desk_answers_place(*was), desk_answers_place(*becomes)),
        }
        rows["revision"].append(_new(one) | own | sealed | {"form_key_hash": secrets.token_hex(32)})
    rows["consent"] += [_new(one) | own for one in sample["consent"]]
    person = seal(draft["sealed_person"], draft_person_place(draft["public_id"]), draft_person_place(copied))
    rows["draft"].append({**draft, **own, "id": ids[Draft], "public_id": copied, "sealed_person": person})
    for one in sample["draft_revision"]:
        was, becomes = (draft["public_id"], one["number"]), (copied, one["number"])
        person = seal(one["sealed_person"], save_person_place(*was), save_person_place(*becomes))
        rows["draft_revision"].append(_new(one) | {"draft_id": ids[Draft], "sealed_person": person})


def _new(row: Row) -> Row:
    return {name: value for name, value in row.items() if name != "id"}
