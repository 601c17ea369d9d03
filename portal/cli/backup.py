"""The command that makes a backup while the site runs: all rows of one moment, then the files they name."""

import os
import shutil
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

import click
from sqlalchemy import delete, insert, select
from sqlalchemy.exc import SQLAlchemyError

from portal.backup_store import (
    DATABASE,
    SEALED_SECRETS,
    Backup,
    BackupStore,
    NotAStore,
    NotTheSame,
    OthersStore,
    StoreBusy,
    hash_file,
    write_manifest,
)
from portal.bulk_run import BulkRun
from portal.cli.belonging import (
    SQLITE_FILE,
    newest_schema,
    open_read_only,
    require_belonging,
    word_no_answer,
)
from portal.cli.counted import counted
from portal.cli.database import migrate
from portal.cli.instance_lock import lock_instance
from portal.cli.move import copy_table, make_engine, print_table, run_on_database
from portal.cli.portable_secrets import pack_secrets, read_passphrase, read_receipt_secret
from portal.cli.proof import prove_backup
from portal.config import PREFIX, Settings
from portal.database import sqlite_module
from portal.domain.backup import Digest, KeptFile, Manifest
from portal.domain.belonging import LogMark, derive_instance_id
from portal.domain.bulk_runs import RunKind
from portal.models import AuditHead, Installation
from portal.operations.belonging import read_schema
from portal.operations.row_copy import digest_table, list_tables, read_counters, set_counters
from portal.queries.photos import select_names, select_stored
from portal.queries.retention import list_erased
from portal.sealing.passphrase import seal
from portal.whole_file import write_whole

FILES_MISSING = 3
"""Exit code of a backup that lacks files which rows name."""
_SAID_EVERY = 1000
_MOST_NAMED = 5
_LOOK_EVERY = 1000
"""Steps of SQLite, some hundred rows of a table."""
_FLUSH_EVERY = 0.02
"""Seconds."""
_SYNCHRONOUS_OFF = ("PRAGMA journal_mode=DELETE", "PRAGMA synchronous=OFF")
"""For a file that nobody reads before it is whole."""


@dataclass(frozen=True)
class MadeBackup:
    """A backup that has been made, and what went with it."""

    backup: Backup
    manifest: Manifest
    copied: int
    erased: Sequence[str]
    """Files of texts that were erased while it was made."""
    missing: Sequence[str]


@click.command("backup")
@click.argument("place", required=False, type=click.Path(path_type=Path, file_okay=False))
@click.option("--secrets-apart", is_flag=True, help="Leave the secrets out: you keep copies elsewhere.")
@click.option("--prove", is_flag=True, help="Make none: restore the newest into a scratch place and compare.")
def backup(place: Path | None, *, secrets_apart: bool, prove: bool) -> None:
    """Make a backup into a folder while the site runs; only new files are copied.

    The folder is PLACE, else PORTAL_BACKUP_TO. All rows are of one moment, each file is compared with what
    its row says. The secrets go in sealed with the passphrase of PORTAL_BACKUP_PASSPHRASE_FILE, else one that
    is asked for. A backup appears when it is whole. Kept are the newest of each of 7 days and of 4 weeks, but
    none for more than 30 days. Ends with 3 when files are missing or damaged; the rest is in the backup.

    With --prove a portal is made from the newest backup, or from the one that PLACE names, in a scratch
    place, every row and file compared, a sealed text of each kind opened. Admins see what came of it.
    """
    settings = Settings.from_env(os.environ)
    to = choose_place(settings, place)
    require_belonging(settings)
    if prove:
        _prove(settings, to)
        return
    passphrase = None if secrets_apart else read_passphrase(settings, is_new=True)
    with lock_instance(settings.instance):
        made = make_backup(settings, to, passphrase=passphrase, at=datetime.now(UTC))
    _say(made)
    if made.missing:
        raise click.exceptions.Exit(FILES_MISSING)


def _prove(settings: Settings, to: Path) -> None:
    with lock_instance(settings.instance):
        proof, faults = prove_backup(settings, to, at=datetime.now(UTC))
    if faults:
        raise click.ClickException("\n".join(faults))
    texts, files = counted(proof.texts, "text", "texts"), counted(proof.files, "file", "files")
    click.echo(f"Proven: {texts} and {files} can be restored from {proof.backup}.")


def choose_place(settings: Settings, place: Path | None) -> Path:
    """Return the folder of the backups: the one named, else that of the settings."""
    chosen = place or (Path(settings.backup_to) if settings.backup_to else None)
    if chosen is None:
        raise click.ClickException(f"Name a folder for backups, or set {PREFIX}BACKUP_TO.")
    return chosen.resolve()


def make_backup(settings: Settings, to: Path, *, passphrase: str | None, at: datetime) -> MadeBackup:
    """Make a backup, then delete those whose time is over. ClickException when it cannot be made."""
    instance = settings.instance.resolve()
    if to == instance or instance in to.parents:
        raise click.ClickException(f"{to} lies inside of {instance} and would be lost with it. Name another.")
    run, receipt_secret = BulkRun(RunKind.BACKUP), read_receipt_secret(instance)
    store = BackupStore(to)
    with _wording(settings, to), store.lock(derive_instance_id(receipt_secret)):
        partial = store.begin()
        try:
            tables = _copy_database(settings, partial / DATABASE, run)
            if passphrase is not None:
                place = derive_instance_id(receipt_secret)
                write_whole(partial / SEALED_SECRETS, seal(pack_secrets(instance), passphrase, place))
            manifest = _describe(
                partial / DATABASE,
                tables,
                at=at,
                instance_id=derive_instance_id(receipt_secret),
                has_secrets=passphrase is not None,
            )
            copied, lost = _keep_files(store, instance / "files", manifest.files)
            manifest = replace(
                manifest,
                files=[one for one in manifest.files if one.name not in set(lost)],
                missing=lost,
            )
            write_manifest(partial, manifest, receipt_secret)
            note_erasures(settings, store, receipt_secret)  # before anybody can restore it
            whole = store.finish(partial, at=at)
        except BaseException:
            shutil.rmtree(partial, ignore_errors=True)
            raise
        for gone in store.prune(at=at):
            click.echo(f"Deleted: {gone.path.name}, its time is over.")
    run.end(instance)
    missing = _list_still_named(settings, lost)
    erased = [name for name in lost if name not in missing]
    return MadeBackup(whole, manifest, copied, erased, missing)


@contextmanager
def _wording(settings: Settings, to: Path) -> Iterator[None]:
    """Say in one sentence why a backup cannot be made."""
    try:
        yield
    except StoreBusy as error:
        raise click.ClickException(f"Another backup is being made into {to}. Wait for it.") from error
    except NotAStore as error:
        raise click.ClickException(f"{to} holds other things. Name an empty folder for backups.") from error
    except OthersStore as error:
        raise click.ClickException(f"{to} holds backups of another portal. Name another folder.") from error
    except (SQLAlchemyError, sqlite_module().Error) as error:
        raise click.ClickException(word_no_answer(settings, error).sentence) from error
    except OSError as error:
        raise click.ClickException(
            f"The backup could not be written ({error.strerror}). Those made before are as they were."
        ) from error


def _copy_database(settings: Settings, target: Path, run: BulkRun) -> Mapping[str, Digest]:
    """Write all rows of one moment into an SQLite file, and return the sum of each table.

    For PostgreSQL, too: one form that every release restores on either kind of database, with the engine of
    `portal move`. pg_dump would have to be installed in the version of the server.
    """
    with open_read_only(settings) as looked:
        if read_schema(looked) != newest_schema():
            raise click.ClickException(
                "The database is not at this release's state. Back up with the release that was used last, "
                "or run: portal upgrade"
            )
    if settings.database_url:
        return _copy_rows(settings, target, run)
    return _copy_sqlite(settings, target, run)


def _copy_sqlite(settings: Settings, target: Path, run: BulkRun) -> Mapping[str, Digest]:
    """Copy SQLite as it is at this moment, without the pages that still hold what was erased."""
    os.close(os.open(target, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    address = f"file:{settings.instance.resolve() / SQLITE_FILE}?mode=rw"
    with (
        closing(sqlite_module().connect(address, uri=True, isolation_level=None, timeout=10)) as opened,
        target.open("rb") as growing,
    ):
        flushing = _Flushing(growing.fileno())
        opened.set_progress_handler(flushing.look, _LOOK_EVERY)
        try:
            opened.execute("VACUUM INTO ?", (str(target),))
        except sqlite_module().OperationalError:
            if flushing.error is not None:
                raise flushing.error from None
            raise
    sums = {}
    with make_engine(settings, creator=lambda: sqlite_module().connect(target)).connect() as copy:
        for one in list_tables():
            sums[one.name] = digest_table(copy, one, note=run.note_block)
            print_table(one.name, sums[one.name])
    return sums


class _Flushing:
    """The bringing of a growing file to the disk, now and then, after which others have it for as long.

    Else a gigabyte waits in the memory, and whoever sends next waits until all of it is on the disk.
    """

    def __init__(self, file: int) -> None:
        self._file, self._since = file, time.monotonic()
        self.error: OSError | None = None
        """What the disk said; the system tells it once."""

    def look(self) -> bool:
        """Flush if it is time; say whether SQLite must end."""
        began = time.monotonic()
        if began - self._since < _FLUSH_EVERY:
            return False
        try:
            os.fdatasync(self._file)
        except OSError as error:
            self.error = error
            return True
        time.sleep(time.monotonic() - began)
        self._since = time.monotonic()
        return False


def _copy_rows(settings: Settings, target: Path, run: BulkRun) -> Mapping[str, Digest]:
    """Copy every row of PostgreSQL in one snapshot, compared."""
    scratch = Settings(instance=target.with_name("scratch"))
    run_on_database(scratch, migrate)
    with make_engine(settings).connect() as here, make_engine(scratch).connect() as there:
        here.exec_driver_sql("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        for pragma in _SYNCHRONOUS_OFF:
            there.exec_driver_sql(pragma)
        there.execute(delete(AuditHead))
        sums = {one.name: copy_table(here, there, one, note=run.note_block) for one in list_tables()}
        own = here.execute(select(Installation.__table__)).mappings().one()
        there.execute(insert(Installation), dict(own))
        set_counters(there, read_counters(here))
        there.commit()
    (scratch.instance / SQLITE_FILE).rename(target)
    shutil.rmtree(scratch.instance)
    return sums


def _describe(
    database: Path, tables: Mapping[str, Digest], *, at: datetime, instance_id: str, has_secrets: bool
) -> Manifest:
    """Return the manifest of a backup whose files are still to come, and have its database last."""
    with database.open("rb") as opened:
        os.fsync(opened.fileno())
    with make_engine(Settings(), creator=lambda: sqlite_module().connect(database)).connect() as copy:
        head = copy.execute(select(AuditHead.seq, AuditHead.mac)).one()
        rows = copy.execute(select_stored()).all()
        schema = read_schema(copy)
    return Manifest(
        made_at=at,
        release=version("story-portal"),
        schema=schema,
        instance_id=instance_id,
        database_sha256=hash_file(database),
        tables=tables,
        files=[KeptFile(name, digest, size) for name, digest, size, _submission in rows],
        missing=(),
        log=LogMark(head.seq, head.mac),
        has_secrets=has_secrets,
    )


def _keep_files(store: BackupStore, folder: Path, files: Sequence[KeptFile]) -> tuple[int, Sequence[str]]:
    """Take the files into the store; return how many were copied, and which are not what rows say of them."""
    copied, lost = 0, []
    for number, one in enumerate(files, 1):
        try:
            copied += store.keep_file(folder / one.name, one.sha256, one.size)
        except (FileNotFoundError, NotTheSame):
            lost.append(one.name)
        if number % _SAID_EVERY == 0:
            click.echo(f"files: {number} of {len(files)}")
    return copied, lost


def note_erasures(settings: Settings, store: BackupStore, receipt_secret: bytes) -> None:
    """Tell the store which texts and files have been erased, also since the newest backup."""
    with open_read_only(settings) as connection:
        store.note_erased(list_erased(connection), receipt_secret)


def _list_still_named(settings: Settings, names: Sequence[str]) -> Sequence[str]:
    """Return those of these files that rows still name: the others were erased meanwhile."""
    if not names:
        return ()
    with open_read_only(settings) as connection:
        named = set(connection.scalars(select_names()))
    return [name for name in names if name in named]


def _say(made: MadeBackup) -> None:
    if made.erased:
        click.echo(f"{counted(len(made.erased), 'file was', 'files were')} erased while the backup was made.")
    if made.missing:
        named = ", ".join(made.missing[:_MOST_NAMED])
        more = f", and {len(made.missing) - _MOST_NAMED} more" if len(made.missing) > _MOST_NAMED else ""
        click.echo(f"Missing or damaged, so not in the backup: {named}{more}. Run: portal doctor", err=True)
    if not made.manifest.has_secrets:
        click.echo("Without secrets.json and keyring.json: keep copies of both elsewhere.")
    click.echo(f"files: {len(made.manifest.files)}, new: {made.copied}")
    click.echo(f"Backup: {made.backup.path}")
