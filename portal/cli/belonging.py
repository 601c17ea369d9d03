"""The guard before every command: folder and database belong together, or nothing is opened at all."""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import click
from sqlalchemy import Connection, NullPool, create_engine, make_url
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from portal.cli.belonging_words import word_mismatch
from portal.cli.doctor.findings import Finding, Kind, Weight
from portal.config import CHECKOUT, PREFIX, Settings, default_instance, former_instance
from portal.database import engine_options, is_damaged, migrations_folder, sqlite_module
from portal.domain.belonging import (
    DatabaseFacts,
    DatabaseKind,
    FolderFacts,
    LogMark,
    Mismatch,
    find_mismatch,
)
from portal.extensions import current_portal
from portal.instance import (
    RECORD,
    RESTORING,
    SECRETS,
    Record,
    read_folder_facts,
    read_record,
    read_secrets,
    write_record,
)
from portal.operations.belonging import belongs, read_database_facts, read_log_mark

SQLITE_FILE = "portal.sqlite3"
_DIGITS = 4
NO_DRIVER = "A package is missing. Run: pip install 'psycopg[binary]'"


def describe_place(settings: Settings) -> str:
    """Return in two lines which folder and which database are used; no password."""
    if not settings.database_url:
        database = f"SQLite, {settings.instance.resolve() / SQLITE_FILE}"
    else:
        url = make_url(settings.database)
        where = url.host or url.query.get("host") or "this machine"
        database = f"PostgreSQL, {url.database or url.username} on {where}"
    return f"Folder: {settings.instance.resolve()}\nDatabase: {database}"


def examine_belonging(
    settings: Settings, environ: Mapping[str, str], *, may_begin: bool = True
) -> list[Finding]:
    """Return what must keep the portal from using this folder with this database; nothing is changed.

    Without `may_begin` there must be a portal already: only some commands make one.
    """
    elsewhere = [*_examine_former(settings, environ), *_examine_restoring(settings.instance)]
    if elsewhere:
        return elsewhere
    try:
        folder = read_folder_facts(settings.instance)
        secret = read_secrets(settings.instance).get("receipt", "")
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        return [_word_unreadable(settings.instance, error)]
    if not may_begin and not folder.instance_id and not (settings.instance / SQLITE_FILE).exists():
        return [
            Finding(
                Kind.NO_INSTANCE,
                f"There is no portal in {settings.instance}. Set {PREFIX}INSTANCE to the folder of yours, or "
                "begin a new one with: portal serve",
            )
        ]
    key = bytes.fromhex(secret) if secret else None
    try:
        database = collect_database_facts(settings, folder, key)
        left = (
            collect_database_facts(replace(settings, database_url=""), folder, key)
            if settings.database_url
            else None
        )
    except (SQLAlchemyError, sqlite_module().Error) as error:
        return [word_no_answer(settings, error)]
    except ImportError:
        return [Finding(Kind.NO_DATABASE, NO_DRIVER)]
    return list(_word(settings, find_mismatch(folder, database, left=left)))


def _examine_former(settings: Settings, environ: Mapping[str, str]) -> Iterator[Finding]:
    """Find a portal where releases before kept it, while the place of today holds none."""
    former, here = former_instance(), settings.instance
    if CHECKOUT is not None or here != default_instance(environ) or not (former / SECRETS).exists():
        return
    if not (here / SECRETS).exists():
        yield Finding(
            Kind.FORMER_PLACE,
            f"Your portal lies in {former}, which goes when the program is renewed. "
            f"Run: mkdir -p {here.parent} && mv {former} {here}",
        )


def _examine_restoring(folder: Path) -> Iterator[Finding]:
    if (folder / RESTORING).exists() and not (folder / SECRETS).exists():
        yield Finding(
            Kind.RESTORE_UNFINISHED,
            f"Restoring a portal into {folder} was cut off. Run again: portal restore",
        )


def _word_unreadable(folder: Path, error: Exception) -> Finding:
    names = " or ".join(str(folder / name) for name in (SECRETS, RECORD))
    return Finding(
        Kind.UNREADABLE_RECORD,
        f"{names} cannot be read ({type(error).__name__}). Put it back from your copy.",
    )


def word_no_answer(settings: Settings, error: Exception) -> Finding:
    """Return the finding of a database that cannot be asked."""
    if is_damaged(error):
        return word_damaged(settings)
    if settings.database_url:
        advice = f"Check that PostgreSQL runs and what {PREFIX}DATABASE_URL says."
    else:
        advice = f"Stop whatever else uses {settings.instance / SQLITE_FILE}, or put it back from your copy."
    return Finding(Kind.NO_DATABASE, f"The database does not answer ({type(error).__name__}). {advice}")


def word_damaged(settings: Settings) -> Finding:
    """Return the finding of a database that cannot be read any more."""
    name = f"{PREFIX}DATABASE_URL" if settings.database_url else settings.instance / SQLITE_FILE
    return Finding(
        Kind.DAMAGED_DATABASE,
        f"The database is damaged ({name}): stop the portal and restore your newest backup of it.",
    )


def _word(settings: Settings, mismatch: Mismatch | None) -> Iterator[Finding]:
    if mismatch is not None:
        yield Finding(Kind(mismatch.value), word_mismatch(mismatch, settings.instance, settings.database_url))


def collect_database_facts(settings: Settings, folder: FolderFacts, secret: bytes | None) -> DatabaseFacts:
    """Return what the database of these settings shows to a folder."""
    path = settings.instance / SQLITE_FILE
    if not settings.database_url and not (path.exists() and path.stat().st_size):
        return DatabaseFacts(DatabaseKind.SQLITE)
    known = known_schemas()
    with open_read_only(settings) as connection:
        return read_database_facts(
            connection, secret=secret, seen=folder.seen, knows=lambda revision: revision in known
        )


def known_schemas() -> set[str]:
    """Return the revisions of the schema that this release knows: the numbers its files begin with."""
    return {path.name[:_DIGITS] for path in (migrations_folder() / "versions").glob("[0-9]*.py")}


def newest_schema() -> str:
    """Return the revision this release works with."""
    return max(known_schemas())


@contextmanager
def open_read_only(settings: Settings) -> Iterator[Connection]:
    """Open the database of these settings for reading; one that is not there is not made."""
    options: dict[str, Any] = {**engine_options(settings.database), "poolclass": NullPool}
    options.pop("pool_pre_ping", None)
    if not settings.database_url:
        address = f"file:{settings.instance.resolve() / SQLITE_FILE}?mode=rw"
        options["creator"] = lambda: sqlite_module().connect(address, uri=True, timeout=10)
    engine = create_engine(settings.database, **options)
    try:
        with engine.connect() as connection:
            if settings.database_url:
                connection.exec_driver_sql("SET TRANSACTION READ ONLY")
            else:
                connection.exec_driver_sql("PRAGMA query_only=ON")
            yield connection
    finally:
        engine.dispose()


def raise_findings(found: list[Finding]) -> None:
    """Raise a ClickException with the sentences of what refuses, if anything does."""
    refused = [one.sentence for one in found if one.weight is not Weight.WARN]
    if refused:
        raise click.ClickException("\n".join(refused))


def require_belonging(settings: Settings, *, may_begin: bool = False) -> None:
    """Raise a ClickException unless folder and database belong together."""
    raise_findings(examine_belonging(settings, os.environ, may_begin=may_begin))


def keep_record(session: Session) -> None:
    """Have the folder remember this database and how far its log has come. Needs an application context.

    Call it only after the guard: it makes what stands in the database the truth.
    """
    instance = current_portal().instance
    kind = DatabaseKind(session.get_bind().dialect.name)
    record = Record(instance.instance_id, kind, read_log_mark(session))
    if record != read_record(instance.folder):
        write_record(instance.folder, record)


def still_belongs(session: Session) -> bool:
    """Say whether folder and database are still those the guard let pass. Needs an application context."""
    instance = current_portal().instance
    record = read_record(instance.folder)
    return belongs(session, instance.instance_id, seen=record.seen if record else LogMark())
