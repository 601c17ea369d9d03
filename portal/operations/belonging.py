"""Belonging of a database: read before anything is migrated, so that it may be of any release; and bound."""

from collections.abc import Callable, Collection
from dataclasses import replace
from datetime import datetime

from sqlalchemy import Connection, inspect, select, table, text
from sqlalchemy.orm import Session

from portal.domain.audit import derive_audit_key
from portal.domain.belonging import Content, DatabaseFacts, DatabaseKind, DatabaseStanding, LogMark
from portal.models import AuditEntry, AuditHead, Installation
from portal.operations.audit_log import is_written_with

_VERSION = "alembic_version"
_OURS = "submission"
_USED = ("coverage", "staff", "invitation", "submission", "audit_entry")
"""Tables of which one has a row as soon as the portal was started once."""


def read_database_facts(
    connection: Connection, *, secret: bytes | None, seen: LogMark, knows: Callable[[str], bool]
) -> DatabaseFacts:
    """Return what a database shows to a folder with this receipt secret; nothing is changed.

    `knows` says whether this release has a revision of the schema.
    """
    facts = DatabaseFacts(DatabaseKind(connection.dialect.name))
    names = set(inspect(connection).get_table_names())
    content = _judge_content(connection, names, knows)
    if content not in (Content.EMPTY, Content.FILLED):
        return replace(facts, content=content)
    with Session(connection) as session:
        if "audit_entry" in names:
            key = derive_audit_key(secret) if secret else b""
            fits = not secret or is_written_with(session, key=key)
            facts = replace(facts, fits_secrets=fits, holds_mark=holds_mark(session, seen))
        own = session.get(Installation, 1) if Installation.__tablename__ in names else None
        if own is not None:
            facts = replace(facts, instance_id=own.instance_id, standing=own.standing)
    return replace(facts, content=content)


def _judge_content(connection: Connection, names: Collection[str], knows: Callable[[str], bool]) -> Content:
    if not names:
        return Content.NOTHING
    if _VERSION not in names:
        return Content.OTHERS
    if names == {_VERSION}:
        return Content.EMPTY
    if _OURS not in names:
        return Content.OTHERS
    revision = read_schema(connection)
    if revision and not knows(revision):
        return Content.NEWER
    used = (connection.scalar(select(1).select_from(table(one)).limit(1)) for one in _USED if one in names)
    return Content.FILLED if any(used) else Content.EMPTY


def read_schema(connection: Connection) -> str:
    """Return the revision of a database's schema; empty where none is noted."""
    if not inspect(connection).has_table(_VERSION):
        return ""
    return connection.scalar(text(f"SELECT version_num FROM {_VERSION}")) or ""  # noqa: S608  # a fixed name


def read_log_mark(session: Session) -> LogMark:
    """Return how far the audit log has come."""
    head = session.execute(select(AuditHead.seq, AuditHead.mac)).one()
    return LogMark(head.seq, head.mac)


def holds_mark(session: Session, seen: LogMark) -> bool:
    """Say whether the log goes on from an entry seen before: a log that does not is older, or another one."""
    if seen.seq == 0:
        return True
    now = read_log_mark(session)
    if now.seq <= seen.seq:
        return now == seen
    mac = session.scalar(select(AuditEntry.mac).where(AuditEntry.seq == seen.seq))
    return mac is None or mac == seen.mac  # entries of five years ago are gone


def read_own_id(session: Session) -> str:
    """Return the id of the instance this database belongs to and is in use for; empty when it is not."""
    own = session.get(Installation, 1)
    return own.instance_id if own is not None and own.standing is DatabaseStanding.HERE else ""


def belongs(session: Session, instance_id: str, *, seen: LogMark) -> bool:
    """Say whether a database is still the one the folder had: another may stand in its place by now."""
    return read_own_id(session) == instance_id and holds_mark(session, seen)


def bind_installation(session: Session, instance_id: str, *, at: datetime) -> None:
    """Have the database name its instance; one that names one already stays as it is."""
    if session.get(Installation, 1) is None:
        session.add(Installation(id=1, instance_id=instance_id, standing=DatabaseStanding.HERE, since=at))
        session.flush()
