"""A database as full as asked: a few pieces made by real operations, and the rest as copies of their rows."""

import secrets
from datetime import UTC, datetime, timedelta
from typing import Any

from flask import Flask
from sqlalchemy import FromClause, func, insert, select, text

from portal.database import transaction
from portal.domain.consent import PublishWish
from portal.domain.permissions import Role
from portal.domain.states import Stage
from portal.extensions import db
from portal.models import Event, Revision, Staff, Submission
from portal.operations.answering import approve
from portal.operations.editing import send_for_approval
from tests.factories import make_draft, make_sending, make_staff, make_submission

_AT_ONCE = 2_000
_LANGUAGES = ("uk", "zh-Hant-TW", "en", "pl")
DRAFTS = 100


def fill(app: Flask, number: int) -> str:
    """Make `number` submissions, 100 approved drafts and an editor; return the editor's session id."""
    at = datetime.now(UTC)
    with app.app_context():
        with transaction() as session:
            make_submission(session, at)
            make_submission(session, at, Stage.STORY)
            editor = make_staff(session, Role.EDITOR)
            for _ in range(DRAFTS):
                sending = make_sending(Stage.STORY, may=PublishWish.AFTER_APPROVAL)
                draft = make_draft(session, at, by=editor, sending=sending)
                piece = draft.submission
                send_for_approval(session, draft, by=editor, at=at, seen=piece.version)
                approve(session, piece, revision=draft.revision, at=at)
        with transaction() as session:
            _copy(number - DRAFTS - 2, at)
        with transaction() as session:
            if db.engine.dialect.name == "postgresql":
                session.execute(text("ANALYZE"))
            return session.scalars(select(Staff.fs_uniquifier)).one()


def _copy(number: int, at: datetime) -> None:
    """Add copies of the first two submissions with what the desk's pages read of them."""
    session = db.session()
    samples = [_read(session.get_one(Submission, key)) for key in (1, 2)]
    first = (session.scalar(select(func.max(Submission.id))) or 0) + 1
    for start in range(0, number, _AT_ONCE):
        keys = range(first + start, first + min(start + _AT_ONCE, number))
        for table in (Submission, Revision, Event):
            name = table.__tablename__
            rows = [_vary(samples[key % 2][name], key, at, is_piece=table is Submission) for key in keys]
            session.execute(insert(table), rows)
    if db.engine.dialect.name == "postgresql":
        for table in (Submission, Revision, Event):
            name = table.__tablename__
            session.execute(
                text(f"SELECT setval(pg_get_serial_sequence('{name}', 'id'), (SELECT max(id) FROM {name}))")
            )


def _read(piece: Submission) -> dict[str, dict[str, Any]]:
    event = db.session.scalars(select(Event).where(Event.submission_id == piece.id)).first()
    rows = {"submission": piece, "revision": piece.latest, "event": event}
    return {name: _values(row.__table__, row) for name, row in rows.items() if row is not None}


def _values(table: FromClause, row: Any) -> dict[str, Any]:
    return {column.name: getattr(row, column.name) for column in table.columns if column.name != "id"}


def _vary(values: dict[str, Any], key: int, at: datetime, *, is_piece: bool) -> dict[str, Any]:
    if is_piece:
        own = {
            "id": key,
            "public_id": secrets.token_hex(16),
            "receipt_hash": secrets.token_hex(32),
            "lang": _LANGUAGES[key % len(_LANGUAGES)],
            "due_at": at + timedelta(minutes=key % 20_000),
        }
    else:
        own = {"submission_id": key}
        if "form_key_hash" in values:
            own |= {"form_key_hash": secrets.token_hex(32), "content_hash": secrets.token_hex(32)}
    return {**values, **own}
