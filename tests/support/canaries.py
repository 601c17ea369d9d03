"""A word nobody else uses, planted in every column of everything that hangs on a submission."""

import hashlib
import subprocess
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path
from typing import Any

from flask import Flask
from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    Date,
    Enum,
    Float,
    Integer,
    LargeBinary,
    Numeric,
    String,
    Table,
    delete,
    func,
    insert,
    select,
    update,
)
from sqlalchemy.orm import Session

from portal.database import transaction
from portal.domain.permissions import Role
from portal.extensions import current_portal, db
from portal.models import Base, Submission, Tag, Target
from portal.models.base import Moment, new_public_id
from tests.support.factories import make_staff

CANARY = "канарка93"
"""Short enough for the narrowest column, and not ASCII, so that escapes show."""

NUMBER = 7193
_SUBMISSION = Submission.__tablename__
_KEPT = frozenset({"id", "public_id", "call_id", "version", "lang", "locale", "duplicate_of_id"})
"""Columns of a submission that must stay real for it to be found and erased."""


def owned_tables() -> list[Table]:
    """Return every table whose rows belong to a submission, directly or through another one."""
    owned = {_SUBMISSION}
    for table in Base.metadata.sorted_tables:
        if any(key.column.table.name in owned for key in table.foreign_keys):
            owned.add(table.name)
    return [table for table in Base.metadata.sorted_tables if table.name in owned - {_SUBMISSION}]


def plant(app: Flask, submission_id: int, at: datetime) -> None:
    """Add a row to every table that belongs to the submission, the canary in each column that can hold it.

    A table or column that is new is planted too, without being named here. The submission's own row is filled
    the same way, and there is a file and a letter for each row that names one.
    """
    with app.app_context(), transaction() as session:
        made = {
            _SUBMISSION: submission_id,
            "same_story.other_id": _make_newer(session, submission_id),
            "staff": make_staff(session, Role.MODERATOR).id,
            "target": _make_target(session, submission_id),
            "tag": _make_tag(session, submission_id, at),
        }
        for table in owned_tables():
            values = dict(_fill(table, made, at))
            if "submission_id" in table.primary_key:  # the search has its row already
                session.execute(delete(table).where(table.c.submission_id == submission_id))
            session.execute(insert(table).values(values))
            if "id" in table.c:
                made[table.name] = session.execute(select(func.max(table.c.id))).scalar_one()
        own = {
            column.name: _invent(column, at)
            for column in Base.metadata.tables[_SUBMISSION].columns
            if column.name not in _KEPT and not column.foreign_keys and not isinstance(column.type, Enum)
        }
        session.execute(update(Submission).where(Submission.id == submission_id).values(own))
    write_files(app)


def _make_target(session: Session, submission_id: int) -> int:
    """Add the newsroom's site that rows of a submission may name: it is nobody's, and stays."""
    coverage = session.get_one(Submission, submission_id).call.coverage
    target = Target(coverage_id=coverage.id, lang="uk", name="Site", address="https://site.example")
    session.add(target)
    session.flush()
    return target.id


def _make_tag(session: Session, submission_id: int, at: datetime) -> int:
    """Add the tag of the coverage that rows of a submission may name: it stays, too."""
    coverage = session.get_one(Submission, submission_id).call.coverage
    tag = Tag(coverage_id=coverage.id, name="Tag", folded="tag", made_at=at)
    session.add(tag)
    session.flush()
    return tag.id


def _make_newer(session: Session, submission_id: int) -> int:
    """Add a newer submission, nothing of it but its row: a pair of texts names it beside the older one."""
    table = Base.metadata.tables[_SUBMISSION]
    row = session.execute(select(table).where(table.c.id == submission_id)).mappings().one()
    own = {"public_id": new_public_id(), "receipt_hash": hashlib.sha256(CANARY.encode()).hexdigest()}
    values = {name: value for name, value in row.items() if name != "id"} | own
    number: int = session.execute(insert(table).values(values).returning(table.c.id)).scalar_one()
    return number


def write_files(app: Flask) -> None:
    """Write a file for each row that names one and a letter for each mail, the canary in both."""
    with app.app_context():
        instance = current_portal().instance
        tables = Base.metadata.tables
        for table in ("attachment", "original_file"):
            for name in db.session.scalars(select(tables[table].c.public_id)):
                (instance.files_folder / name).write_text(CANARY)
        for name in db.session.scalars(select(tables["outbox_mail"].c.public_id)):
            (instance.mail_folder / f"{name}.eml").write_text(CANARY)


def find_in_rows(app: Flask, words: str = CANARY) -> list[str]:
    """Return the tables and columns in which some row holds the words."""
    found = set()
    with app.app_context():
        for table in Base.metadata.sorted_tables:
            for row in db.session.execute(select(table)).mappings():
                found |= {f"{table.name}.{name}" for name, value in row.items() if _holds(value, words)}
    return sorted(found)


def find_in_files(app: Flask, words: str = CANARY) -> list[str]:
    """Return the files of the instance folder that hold the words: database, its log, photos, letters."""
    spelt = {form.encode() for form in (words, words.casefold(), words.encode("unicode_escape").decode())}
    with app.app_context():
        folder = current_portal().instance.folder
    return sorted(
        str(one.relative_to(folder))
        for one in list_files(folder)
        if any(form in read_apart(one) for form in spelt)
    )


def read_apart(path: Path) -> bytes:
    """Return what a file holds, read by another process.

    Closing a file here that SQLite has open gives up its locks (sqlite.org/howtocorrupt.html, 2.2): the next
    process to leave the database takes it for the last one, and its log away from under ours.
    """
    return subprocess.run(["cat", path], capture_output=True, check=True).stdout  # of the system


def list_files(folder: Path) -> Iterator[Path]:
    """Return every file below a folder, hidden ones too, without the compiled catalogues."""
    return (one for one in folder.rglob("*") if one.is_file() and one.suffix != ".mo")


def _holds(value: Any, words: str) -> bool:
    shown = value.decode("utf-8", "replace") if isinstance(value, bytes) else repr(value)
    return words.casefold() in shown.casefold()


def _fill(table: Table, made: dict[str, int], at: datetime) -> Iterator[tuple[str, Any]]:
    for column in table.columns:
        owner = next((key.column.table.name for key in column.foreign_keys), "")
        if column.name == "id":
            continue
        if owner == "staff" and column.nullable:  # two columns may ask for two people
            yield column.name, None
        elif owner:
            yield column.name, made.get(f"{table.name}.{column.name}", made.get(owner))
        else:
            yield column.name, _invent(column, at)


def _invent(column: Column[Any], at: datetime) -> Any:
    """Return a value of the column's type, with the canary in it wherever words or bytes fit."""
    kind = column.type
    if isinstance(kind, Enum):
        return next(iter(kind.enum_class)) if kind.enum_class else None
    if isinstance(kind, String):
        unique = f"{CANARY}{column.table.name}{column.name}"
        return unique[: kind.length] if kind.length else unique
    if isinstance(kind, JSON):
        return {CANARY: [CANARY]}
    if isinstance(kind, LargeBinary):
        return CANARY.encode()
    if isinstance(kind, Boolean):
        return True
    if isinstance(kind, Integer | Numeric | Float):
        return NUMBER
    if isinstance(kind, Moment):
        return at
    if isinstance(kind, Date):
        return date(2026, 3, 14)
    raise AssertionError(f"what is put into {column}?")
