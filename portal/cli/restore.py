"""The command that makes a portal from a backup, in a new folder and, where it is set, an empty database."""

import os
import shutil
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from secrets import randbelow

import click
from flask import Flask
from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from portal.backup_store import (
    Backup,
    NewerFormat,
    NotWhole,
    copy_file,
    find_backup,
    hash_file,
    seal_manifest,
)
from portal.cli.belonging import (
    SQLITE_FILE,
    collect_database_facts,
    examine_belonging,
    keep_record,
    known_schemas,
    newest_schema,
    raise_findings,
)
from portal.cli.counted import counted
from portal.cli.database import migrate, upgrade_database
from portal.cli.doctor.findings import Kind
from portal.cli.move import copy_portal, make_engine, record_move, run_on_database
from portal.cli.open_files import seal_open_files
from portal.cli.portable_secrets import (
    Secrets,
    open_sealed_secrets,
    place_secrets,
    read_kept_apart,
    read_passphrase,
    require_same_portal,
)
from portal.config import PREFIX, Settings
from portal.database import snapshot, sqlite_module, transaction
from portal.domain.audit import derive_audit_key
from portal.domain.backup import Manifest
from portal.domain.belonging import Content, DatabaseStanding, FolderFacts
from portal.domain.states import State
from portal.extensions import current_portal
from portal.instance import RECORD, RESTORING, SECRETS
from portal.models import Submission
from portal.operations.audit_log import verify_chain
from portal.operations.belonging import read_log_mark
from portal.operations.erasure import erase_restored
from portal.operations.file_removal import clear_removed, list_removed
from portal.operations.key_rotation import SEALED, count_uses, open_canary
from portal.operations.private.documents import remove_restored
from portal.operations.row_copy import digest_table, list_tables
from portal.operations.search_fts5 import list_damage
from portal.queries.photos import list_file_names, select_names
from portal.sealing.ring_file import KEYRING
from portal.storage import remove_files
from portal.whole_file import sync_folder

_FOLDER_MODE = 0o700
_SAID_EVERY = 1000
_MOST_NAMED = 5
_NOT_OURS = frozenset({".gitignore"})
_PLACED = ("files", KEYRING, RECORD, SQLITE_FILE, SECRETS)
"""In the order in which they are put into their place. Without secrets a folder holds no portal."""


@dataclass(frozen=True)
class OpenedBackup:
    """A backup with the secrets that belong to it."""

    backup: Backup
    manifest: Manifest
    secrets: Secrets


@click.command("restore")
@click.argument("place", type=click.Path(path_type=Path, file_okay=False))
@click.option(
    "--secrets",
    "apart",
    type=click.Path(path_type=Path, file_okay=False),
    help="Folder with copies of secrets.json and keyring.json, where the backup is without them.",
)
@click.option("--anyway", is_flag=True, help="Restore also what is missing files or damaged.")
def restore(place: Path, apart: Path | None, *, anyway: bool) -> None:
    """Make a portal from a backup, in a new folder, everything compared.

    PLACE is the folder of the backups, of which the newest is taken, or one of those in its backups/. The
    folder that PORTAL_INSTANCE names must be new, the database of PORTAL_DATABASE_URL empty; without one the
    rows go into SQLite, whatever they came from. A backup of an older release is brought up to date. Cut off
    at any point, run it again: it goes on, or says how to end it.
    """
    settings = Settings.from_env(os.environ)
    _refuse_used_folder(settings)
    opened = open_backup(settings, place, apart)
    try:
        _restore(settings, opened, anyway=anyway)
    except (SQLAlchemyError, sqlite_module().Error) as error:
        raise click.ClickException(
            f"The database does not answer ({type(error).__name__}). Check {PREFIX}DATABASE_URL, then repeat."
        ) from error
    except OSError as error:
        raise click.ClickException(
            f"The portal could not be restored ({error.strerror}). Make room, then repeat."
        ) from error
    click.echo(f"The portal of {opened.manifest.made_at:%Y-%m-%d %H:%M} UTC is in {settings.instance}.")


def open_backup(
    settings: Settings, place: Path, apart: Path | None = None, *, own: Path | None = None
) -> OpenedBackup:
    """Return the backup a place names, with its secrets. ClickException for one that cannot be used.

    Secrets are read `apart` where that is told, and from their `own` instance where the backup has none.
    """
    backup = find_backup(place.resolve())
    if backup is None:
        raise click.ClickException(f"There is no backup in {place}.")
    try:
        manifest, seal = backup.read_manifest()
    except NewerFormat as error:
        raise _word_newer(backup, str(error)) from error
    except NotWhole as error:
        raise _word_not_whole(backup, str(error)) from error
    if manifest.schema not in known_schemas():
        raise _word_newer(backup, manifest.release)
    if not backup.database.exists():
        raise _word_not_whole(backup, f"{backup.database.name} is missing")
    secrets = _find_secrets(settings, backup, manifest, apart or (None if manifest.has_secrets else own))
    receipt = require_same_portal(secrets, manifest.instance_id)
    if seal_manifest(manifest, receipt) != seal:
        raise _word_not_whole(backup, "manifest.json was changed")
    return OpenedBackup(backup, manifest, secrets)


def _word_newer(backup: Backup, release: str) -> click.ClickException:
    return click.ClickException(
        f"The backup {backup.path} was made by a newer release ({release}). Install that one."
    )


def _word_not_whole(backup: Backup, what: str) -> click.ClickException:
    return click.ClickException(f"The backup {backup.path} is not whole: {what}. Take another one.")


def _find_secrets(settings: Settings, backup: Backup, manifest: Manifest, apart: Path | None) -> Secrets:
    if apart is not None:
        return read_kept_apart(apart)
    if not manifest.has_secrets:
        raise click.ClickException(
            "The backup is without its secrets. Name the folder with copies of secrets.json and "
            "keyring.json: --secrets FOLDER"
        )
    return open_sealed_secrets(backup, manifest.instance_id, read_passphrase(settings, is_new=False))


def _refuse_used_folder(settings: Settings) -> None:
    folder = settings.instance
    if not folder.exists():
        return
    left = {path.name for path in folder.iterdir()} - _NOT_OURS if folder.is_dir() else {""}
    is_begun = RESTORING in left and SECRETS not in left and left <= {RESTORING, *_PLACED}
    if left and not is_begun:
        if settings.database_url:  # cut off at its last step, the rest is that of a move
            found = examine_belonging(settings, os.environ)
            raise_findings([one for one in found if one.kind is Kind.MOVE_UNFINISHED])
        raise click.ClickException(f"{folder} is in use. Set {PREFIX}INSTANCE to a new folder.")


def _refuse_used_database(settings: Settings, manifest: Manifest) -> None:
    there = collect_database_facts(settings, FolderFacts(), None)
    is_ours = there.instance_id == manifest.instance_id and there.standing is DatabaseStanding.ARRIVING
    is_empty = there.content is Content.NOTHING or (there.content is Content.EMPTY and not there.instance_id)
    if not is_empty and not is_ours:
        raise click.ClickException(
            f"The database of {PREFIX}DATABASE_URL is in use. Give the portal an empty one."
        )


def _restore(settings: Settings, opened: OpenedBackup, *, anyway: bool) -> None:
    if settings.database_url:
        _refuse_used_database(settings, opened.manifest)
    folder = settings.instance
    with _making(folder) as work:
        rebuild(opened, work)
        broken = [*check_rebuilt(opened, work), *take_files(opened, work / "files")]
        if broken and not anyway:
            raise click.ClickException(f"{word_faults(broken)} Take another backup, or repeat with --anyway.")
    _erase_again(opened, work)
    lost = _count_lost(opened.manifest, work)
    run_on_database(Settings(instance=work), seal_open_files)
    if settings.database_url:
        source, target = Settings(instance=work), replace(settings, instance=work)
        run_on_database(target, migrate)
        copy_portal(source, target)
    _end_log(work)
    _move_into_place(work, folder)
    if settings.database_url:
        record_move(settings, settings)
        (folder / SQLITE_FILE).unlink()
    if broken:
        click.echo(f"Restored all the same. {word_faults(broken)}", err=True)
    if lost:
        click.echo(f"{counted(lost, 'file was', 'files were')} missing when the backup was made.", err=True)


@contextmanager
def _making(folder: Path) -> Iterator[Path]:
    """Give a place to make the portal in; of one that is refused nothing stays."""
    is_new = not folder.exists()
    folder.mkdir(mode=_FOLDER_MODE, parents=True, exist_ok=True)
    folder.chmod(_FOLDER_MODE)
    _clear(folder)
    work = folder / RESTORING
    work.mkdir(mode=_FOLDER_MODE)
    try:
        yield work
    except click.ClickException:
        shutil.rmtree(folder if is_new else work)
        raise


def word_faults(faults: Sequence[str]) -> str:
    """Return the first of what is wrong with a backup, and how much more there is."""
    more = f"; and {len(faults) - _MOST_NAMED} more" if len(faults) > _MOST_NAMED else ""
    return f"The backup is not whole: {'; '.join(faults[:_MOST_NAMED])}{more}."


def _clear(folder: Path) -> None:
    """Remove what a restore that was cut off has left: nobody has used it."""
    for name in (RESTORING, *_PLACED):
        path = folder / name
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)


def rebuild(opened: OpenedBackup, work: Path) -> None:
    """Make an instance with an SQLite database from a backup, without files, its rows compared.

    ClickException for a backup that is not what was made.
    """
    place_secrets(opened.secrets, work)
    copied = copy_file(opened.backup.database, work / SQLITE_FILE)
    if copied != opened.manifest.database_sha256:
        raise _word_not_whole(opened.backup, f"{opened.backup.database.name} was changed")
    settings = Settings(instance=work)
    run_on_database(settings, upgrade_database)
    if opened.manifest.schema != newest_schema():  # what an older release counted is not what this one reads
        return
    with make_engine(settings).connect() as connection:
        for one in list_tables():
            if digest_table(connection, one) != opened.manifest.tables.get(one.name):
                raise _word_not_whole(opened.backup, f"the rows of {one.name} are other ones")


def take_files(opened: OpenedBackup, folder: Path | None) -> Iterator[str]:
    """Copy the files of a backup into a folder, or only read them; yield what is wrong with any of them."""
    store = opened.backup.store
    for number, one in enumerate(opened.manifest.files, 1):
        place = store.place_of(one.sha256)
        target = folder / one.name if folder is not None else None
        try:
            is_same = (copy_file(place, target) if target else hash_file(place)) == one.sha256
        except FileNotFoundError:
            yield f"the file {one.name} is missing ({place})"
            is_same = False
        else:
            if not is_same:
                yield f"the file {one.name} was changed ({place})"
        if target and not is_same:
            target.unlink(missing_ok=True)
        if number % _SAID_EVERY == 0:
            click.echo(f"files: {number} of {len(opened.manifest.files)} compared")
    if folder is not None:
        sync_folder(folder)


def check_rebuilt(opened: OpenedBackup, work: Path) -> Sequence[str]:
    """Return what is wrong inside of an instance made from a backup: database, audit log, sealed texts."""
    found: list[str] = []

    def check(_app: Flask) -> None:
        with _app.app_context(), snapshot() as session:
            found.extend(_check_inside(session, opened.manifest))

    run_on_database(Settings(instance=work), check)
    return found


def _check_inside(session: Session, manifest: Manifest) -> Iterator[str]:
    connection = session.connection()  # a damaged index of the search is made anew by the worker
    if list_damage(connection) or connection.exec_driver_sql("PRAGMA foreign_key_check").first():
        yield "the database is damaged"
    instance = current_portal().instance
    damage = verify_chain(session, key=derive_audit_key(instance.receipt_secret))
    if damage is not None:
        yield f"the audit log is damaged at entry {damage.seq}"
    if read_log_mark(session) != manifest.log:
        yield "the audit log ends elsewhere"
    lacking = sorted(key.hex() for key in set(count_uses(session)) - set(instance.keys.keys))
    if lacking:
        yield f"{KEYRING} lacks the key {', '.join(lacking)}"
        return
    for one in SEALED:
        if not open_canary(session, one, keys=instance.keys, choose=randbelow):
            yield f"{KEYRING} does not open {one.column.class_.__tablename__}.{one.column.key}"


def _erase_again(opened: OpenedBackup, work: Path) -> None:
    """Erase the texts, and remove the files, that were erased after the backup was made."""
    receipt = require_same_portal(opened.secrets, opened.manifest.instance_id)
    erased = opened.backup.store.read_erased(receipt)
    if erased is None:
        click.echo("What was erased after the backup is not known: erased.json was changed.", err=True)
        return

    def act(app: Flask) -> None:
        with app.app_context():
            with transaction() as session:
                back = select(Submission.public_id).where(Submission.state != State.ERASED)
                texts = erased & set(session.scalars(back))
                for name in texts:
                    submission = session.scalars(select(Submission).where(Submission.public_id == name)).one()
                    erase_restored(session, submission, at=datetime.now(UTC))
                files = erased & list_file_names(session)
                for name in files:
                    remove_restored(session, name, at=datetime.now(UTC))
            with transaction() as session:
                names = list_removed(session)
                remove_files(work / "files", names)
                clear_removed(session, names)
                keep_record(session)
            if texts:
                click.echo(f"Texts erased after the backup was made, and erased again: {len(texts)}")
            if files:
                click.echo(f"Files removed after the backup was made, and removed again: {len(files)}")

    run_on_database(Settings(instance=work), act)


def _count_lost(manifest: Manifest, work: Path) -> int:
    """Count the files that were missing already and that texts still name: the others were erased."""
    with make_engine(Settings(instance=work)).connect() as connection:
        return len(set(connection.scalars(select_names())) & set(manifest.missing))


def _end_log(work: Path) -> None:
    """Have the database stand in its one file, which alone is put into its place."""
    with closing(sqlite_module().connect(work / SQLITE_FILE, isolation_level=None)) as opened:
        opened.execute("PRAGMA journal_mode=DELETE")


def _move_into_place(work: Path, folder: Path) -> None:
    """Put what was made where it belongs, the secrets last: with them it is a portal."""
    for path in work.iterdir():
        if path.name not in _PLACED:
            shutil.rmtree(path) if path.is_dir() else path.unlink()
    for name in _PLACED:
        (work / name).rename(folder / name)
    sync_folder(folder)
    work.rmdir()
