"""Removal of files with their rows: the database notes the file of each deleted row, whoever deletes it."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Final, TypeVar

from sqlalchemy import ColumnElement, delete, inspect, select, text
from sqlalchemy.orm import Session

from portal.models import Base, RemovedFile

LETTER_SUFFIX = ".eml"
_AT_ONCE = 500
_T = TypeVar("_T")

MOST: Final = 200
"""Rows that are deleted in one transaction, when their time is over: some milliseconds."""


def _note_file(prefix: str, table: str, *, ending: str = "") -> Mapping[str, Sequence[str]]:
    """Return what makes the trigger that notes the file of each row that goes, on which kind of database."""
    file = f"OLD.public_id || '{ending}'" if ending else "OLD.public_id"
    note = f"INTO removed_file (name) VALUES ({file})"
    return {
        "sqlite": [
            f"""CREATE TRIGGER IF NOT EXISTS {prefix}_file_goes AFTER DELETE ON {table}
            BEGIN INSERT OR IGNORE {note}; END""",
        ],
        "postgresql": [
            f"""CREATE OR REPLACE FUNCTION {prefix}_note_file() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN INSERT {note} ON CONFLICT DO NOTHING;
            RETURN NULL; END $$""",
            f"""CREATE OR REPLACE TRIGGER {prefix}_file_goes AFTER DELETE ON {table}
            FOR EACH ROW EXECUTE FUNCTION {prefix}_note_file()""",
        ],
    }


TRIGGERS: Mapping[str, Mapping[str, Sequence[str]]] = {
    "attachment_file_goes": _note_file("attachment", "attachment"),
    "original_file_goes": _note_file("original", "original_file"),
    "outbox_mail_file_goes": _note_file("outbox_mail", "outbox_mail", ending=LETTER_SUFFIX),
}
"""By name of each trigger what makes it on which kind of database."""

_PRESENT = {
    "sqlite": "SELECT name FROM sqlite_master WHERE type = 'trigger'",
    "postgresql": "SELECT tgname FROM pg_trigger WHERE NOT tgisinternal AND tgenabled IN ('O', 'A')",
}


def list_missing_triggers(session: Session) -> Sequence[str]:
    """Return the triggers that are not there: a migration that makes a table anew takes them away."""
    present = set(session.scalars(text(_PRESENT[session.get_bind().dialect.name])))
    return [name for name in TRIGGERS if name not in present]


def put_triggers(session: Session) -> None:
    """Make the triggers that are missing."""
    for name in list_missing_triggers(session):
        for statement in TRIGGERS[name][session.get_bind().dialect.name]:
            session.connection().exec_driver_sql(statement)


def delete_some(session: Session, table: type[Base], over: ColumnElement[bool], *, most: int) -> int:
    """Delete at most so many rows for which `over` holds; return how many.

    Rows somebody else holds are passed over, so that nobody waits here.
    """
    (key,) = inspect(table).primary_key
    held = select(key).where(over).limit(most).with_for_update(skip_locked=True)
    found = session.scalars(held).all()
    if found:
        session.execute(delete(table).where(key.in_(found)))
    return len(found)


def list_removed(session: Session) -> set[str]:
    """Return the names of the files that have to go."""
    return set(session.scalars(select(RemovedFile.name)))


def clear_removed(session: Session, names: Collection[str]) -> None:
    """Delete the notes of files that are gone."""
    for part in chunk_values(sorted(names)):
        session.execute(delete(RemovedFile).where(RemovedFile.name.in_(part)))


def name_partial(mail_id: str) -> str:
    """Return what a letter is called until it is whole; one that was cut off stays under that name."""
    return f".{mail_id}.partial"


def note_letter(session: Session, mail_id: str) -> None:
    """Note a letter that was written while its row went."""
    session.merge(RemovedFile(name=f"{mail_id}{LETTER_SUFFIX}"))


def chunk_values(names: Sequence[_T], size: int = _AT_ONCE) -> Iterator[Sequence[_T]]:
    """Cut names or numbers into parts: a statement takes only so many."""
    return (names[start : start + size] for start in range(0, len(names), size))
