"""The command that brings a portal from SQLite to PostgreSQL whole, or leaves it where it is."""

import hashlib
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click
from flask import Flask
from sqlalchemy import Connection, Engine, NullPool, Table, create_engine, make_url, select, update
from sqlalchemy.exc import IntegrityError, OperationalError, SQLAlchemyError
from sqlalchemy.orm import Session

from portal.app import create_app
from portal.bulk_run import BulkRun
from portal.cli.belonging import SQLITE_FILE, collect_database_facts
from portal.cli.belonging_words import word_mismatch
from portal.cli.counted import counted
from portal.cli.database import migrate, upgrade_database
from portal.cli.instance_lock import lock_instance
from portal.config import PREFIX, Settings, is_postgresql, use_our_driver
from portal.database import engine_options, sqlite_module
from portal.domain.audit import derive_audit_key
from portal.domain.backup import Digest
from portal.domain.belonging import (
    Content,
    DatabaseFacts,
    DatabaseKind,
    DatabaseStanding,
    FolderFacts,
    Mismatch,
    find_mismatch,
)
from portal.domain.bulk_runs import RunKind
from portal.extensions import db
from portal.instance import Record, read_folder_facts, read_secrets, write_record
from portal.models import Installation
from portal.operations.audit_log import verify_chain
from portal.operations.belonging import read_log_mark
from portal.operations.row_copy import (
    CannotCopy,
    copy_rows,
    digest_table,
    empty_target,
    fasten_references,
    is_untouched,
    list_tables,
    loosen_references,
    pass_over,
    read_counters,
    set_counters,
)
from portal.queries.photos import select_stored

_MOST_NAMED = 5
_URL = f"{PREFIX}DATABASE_URL"
_KINDS = {"sqlite": "SQLite", "postgresql": "PostgreSQL"}
_IN_USE = "The database of --to is in use by a portal. Give this one an empty database of its own."


@click.command("move")
@click.option("--to", "address", required=True, metavar="URL", help="An empty PostgreSQL database.")
@click.option("--anyway", is_flag=True, help="Move also when files of contributors are missing or damaged.")
def move(address: str, *, anyway: bool) -> None:
    """Bring the portal from SQLite to PostgreSQL, every row compared afterwards.

    Stop the portal before. The database must be empty; one that is in use is refused. The folder with keys
    and files stays: each file is compared with what its row says of it. Until all is proved the portal stays
    on SQLite; stopped at any point, run it again. Afterwards the SQLite file lies beside under another name,
    and PORTAL_DATABASE_URL has to be set.
    """
    settings = Settings.from_env(os.environ)
    _check_address(settings, address)
    source, target = replace(settings, database_url=""), replace(settings, database_url=address)
    run = BulkRun(RunKind.MOVE)
    with lock_instance(settings.instance, alone=True):
        try:
            if _is_to_be_copied(source, target):
                _bring_up_to_date(source, target)
                with open_source(source) as here:
                    _check_files(here, source.instance / "files", anyway=anyway)
                copy_portal(source, target, note=run.note_block)
            record_move(source, target)
            run.end(source.instance)
            _set_old_file_aside(source)
        except (SQLAlchemyError, sqlite_module().Error) as error:
            raise click.ClickException(
                f"The database of --to does not answer ({type(error).__name__}). Nothing was lost: check "
                "that PostgreSQL runs and what --to says, then repeat."
            ) from error
    shown = make_url(address).render_as_string(hide_password=True)
    click.echo(f"The portal is in PostgreSQL. From now on set {_URL} to {shown}")


def _check_address(settings: Settings, address: str) -> None:
    if not is_postgresql(address):
        raise click.ClickException(
            "--to takes a PostgreSQL address, like postgresql://portal@localhost/portal"
        )
    if settings.database_url and make_url(settings.database) != make_url(use_our_driver(address)):
        raise click.ClickException(f"{_URL} names another database than --to. Unset it until this is done.")


def _is_to_be_copied(source: Settings, target: Settings) -> bool:
    """Say whether there is anything to copy, or only a move to end. ClickException when it must not be."""
    folder = read_folder_facts(source.instance)
    secret = read_secrets(source.instance).get("receipt", "")
    key = bytes.fromhex(secret) if secret else None
    here, there = collect_database_facts(source, folder, key), collect_database_facts(target, folder, key)
    is_ours = bool(there.instance_id) and there.instance_id == folder.instance_id
    if is_ours and there.standing is DatabaseStanding.HERE and here.standing is not DatabaseStanding.HERE:
        return False
    if is_ours and there.standing is DatabaseStanding.HERE and here.content is Content.NOTHING:
        return False
    _refuse_target(there, source, is_begun=is_ours and there.standing is DatabaseStanding.ARRIVING)
    _refuse_source(folder, here, source)
    if here.standing is DatabaseStanding.MOVED and not is_ours:
        raise click.ClickException(word_mismatch(Mismatch.ON_POSTGRESQL, source.instance, ""))
    # A source that has been left is not used any more: what has arrived is all of it.
    return here.standing is not DatabaseStanding.MOVED


def _refuse_target(there: DatabaseFacts, source: Settings, *, is_begun: bool) -> None:
    for content, mismatch in (
        (Content.OTHERS, Mismatch.FOREIGN_TABLES),
        (Content.NEWER, Mismatch.NEWER_DATABASE),
    ):
        if there.content is content:
            words = word_mismatch(mismatch, source.instance, "").replace(f"of {_URL}", "of --to")
            raise click.ClickException(words)
    if not is_begun and (there.content is Content.FILLED or there.instance_id):
        raise click.ClickException(_IN_USE)


def _refuse_source(folder: FolderFacts, here: DatabaseFacts, source: Settings) -> None:
    if here.content in (Content.NOTHING, Content.EMPTY):
        raise click.ClickException(
            f"There is no portal on SQLite in {source.instance}. Check {PREFIX}INSTANCE."
        )
    as_before = replace(here, standing=DatabaseStanding.HERE)
    mismatch = find_mismatch(replace(folder, kind=DatabaseKind.SQLITE), as_before)
    if mismatch is not None:
        raise click.ClickException(word_mismatch(mismatch, source.instance, ""))


def _bring_up_to_date(source: Settings, target: Settings) -> None:
    with _wording_use(source):
        run_on_database(source, upgrade_database)
    run_on_database(target, migrate)


def run_on_database(settings: Settings, how: Callable[[Flask], None]) -> None:
    """Do something to the database of these settings, and close it."""
    app = create_app(settings)
    try:
        how(app)
    finally:
        with app.app_context():
            db.engine.dispose()


@contextmanager
def _wording_use(settings: Settings) -> Iterator[None]:
    """Say that somebody has SQLite open where it cannot be opened."""
    try:
        yield
    except OperationalError as error:
        raise click.ClickException(
            f"{settings.instance / SQLITE_FILE} is in use. Stop whatever has it open, then repeat."
        ) from error


@contextmanager
def open_source(settings: Settings) -> Iterator[Connection]:
    """Open SQLite alone: whoever has it open elsewhere is found, and nobody can open it meanwhile."""

    def connect() -> Any:
        made = sqlite_module().connect(settings.instance / SQLITE_FILE, isolation_level=None, timeout=1)
        made.execute("PRAGMA locking_mode=EXCLUSIVE")
        made.execute("PRAGMA journal_mode=DELETE")  # the log goes into the file: it is to lie there by itself
        made.execute("BEGIN EXCLUSIVE")
        made.execute("COMMIT")
        return made

    engine = make_engine(settings, creator=connect)
    with _wording_use(settings):
        connection = engine.connect()
    with connection:
        yield connection


@contextmanager
def open_postgresql(settings: Settings) -> Iterator[Connection]:
    """Open PostgreSQL in one transaction: all of it is there at the end, or nothing."""
    with make_engine(settings).begin() as connection:
        yield connection


def make_engine(settings: Settings, **more: Any) -> Engine:
    """Return an engine that keeps no connection open."""
    return create_engine(
        settings.database, **{**engine_options(settings.database), "poolclass": NullPool, **more}
    )


def copy_portal(source: Settings, target: Settings, *, note: Callable[[], None] = pass_over) -> None:
    """Copy every row, compared; then the source has been left, and the target waits for `record_move`.

    Calls `note` after each block of rows.
    """
    with open_source(source) as here:
        with open_postgresql(target) as there:
            _claim(here, there)
            loosen_references(there)
            for one in list_tables():
                copy_table(here, there, one, note=note)
            try:
                fasten_references(there)
            except IntegrityError as error:
                raise click.ClickException(
                    "Rows refer to rows that are not there. Nothing was moved. Run: portal doctor"
                ) from error
            set_counters(there, read_counters(here))
            _check_log(there, source)
        _mark(here, DatabaseStanding.MOVED)


def _claim(here: Connection, there: Connection) -> None:
    """Make the target ours, emptied of what a move before has left in it."""
    own = here.execute(select(Installation.__table__)).mappings().one()
    found = there.execute(select(Installation.instance_id, Installation.standing)).one_or_none()
    is_begun = found is not None and tuple(found) == (own["instance_id"], DatabaseStanding.ARRIVING)
    if not is_begun and (found is not None or not is_untouched(there)):
        raise click.ClickException(_IN_USE)
    empty_target(there)
    there.execute(
        Installation.__table__.insert(),  # type: ignore[attr-defined]  # a mapped class names its table as FromClause
        {**own, "standing": DatabaseStanding.ARRIVING, "since": datetime.now(UTC)},
    )


def copy_table(
    here: Connection, there: Connection, which: Table, *, note: Callable[[], None] = pass_over
) -> Digest:
    """Copy a table and compare: every value of every row. Calls `note` after each block of rows."""
    kind = _KINDS[there.dialect.name]
    try:
        copy_rows(here, there, which, note=note)
    except CannotCopy as error:
        raise click.ClickException(
            f"{kind} does not take the row {error.key} of {error.table}. Nothing was moved."
        ) from error
    before, after = digest_table(here, which, note=note), digest_table(there, which, note=note)
    if before != after:
        raise click.ClickException(f"{which.name} is not the same in {kind}. Nothing was moved.")
    print_table(which.name, after)
    return after


def print_table(name: str, digest: Digest) -> None:
    """Say that a table is through."""
    click.echo(f"{name}: {counted(digest.rows, 'row', 'rows')}, checksum {digest.checksum[:16]}")


def _check_log(there: Connection, source: Settings) -> None:
    key = derive_audit_key(bytes.fromhex(read_secrets(source.instance)["receipt"]))
    with Session(there) as session:
        damage = verify_chain(session, key=key)
    if damage is not None:
        click.echo(
            f"The audit log is damaged at entry {damage.seq}, as it was. Run: portal audit verify",
            err=True,
        )


def _check_files(here: Connection, folder: Path, *, anyway: bool) -> None:
    """Compare each file with what its row says of it."""
    rows = here.execute(select_stored()).all()
    broken = [
        (name, submission) for name, digest, _size, submission in rows if not _is_whole(folder / name, digest)
    ]
    click.echo(f"files: {len(rows)}, whole: {len(rows) - len(broken)}")
    if broken and not anyway:
        raise click.ClickException(
            f"{_word_broken(broken)} Put them back from your copy, or repeat with --anyway."
        )


def _word_broken(broken: Sequence[tuple[str, str]]) -> str:
    named = ", ".join(f"{name} of text {submission}" for name, submission in broken[:_MOST_NAMED])
    more = f", and {len(broken) - _MOST_NAMED} more" if len(broken) > _MOST_NAMED else ""
    return f"Files are missing or damaged, so nothing was moved: {named}{more}."


def _is_whole(path: Path, digest: str) -> bool:
    return path.is_file() and hashlib.sha256(path.read_bytes()).hexdigest() == digest


def _mark(connection: Connection, standing: DatabaseStanding) -> None:
    connection.execute(update(Installation).values(standing=standing, since=datetime.now(UTC)))
    connection.commit()


def record_move(source: Settings, target: Settings) -> None:
    """Have the folder know its new database; only then anybody can start from it, and nobody from SQLite."""
    with make_engine(target).connect() as there:
        _mark(there, DatabaseStanding.HERE)
        with Session(there) as session:
            seen = read_log_mark(session)
            own = session.scalars(select(Installation.instance_id)).one()
    write_record(source.instance, Record(own, DatabaseKind.POSTGRESQL, seen))


def _set_old_file_aside(source: Settings) -> None:
    left = source.instance / SQLITE_FILE
    if left.exists():
        kept = left.with_name(f"{SQLITE_FILE}.moved-to-postgresql-{datetime.now(UTC):%Y-%m-%dT%H-%M-%S}")
        left.rename(kept)
        click.echo(f"The SQLite database is kept as {kept}. Delete it when you need it no more.")
