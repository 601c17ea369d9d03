"""Sealing of files that early releases left in the open, one at a time: cut off at any moment, none is lost.

A sealed copy is on the disk before its row says so, and takes the place of the open file after that.
"""

import fcntl
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

import click
from flask import Flask
from sqlalchemy import select, update
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from portal.backup_store import hash_file
from portal.cli.belonging import raise_findings
from portal.cli.counted import counted
from portal.cli.doctor.database import examine_before_upgrading
from portal.cli.doctor.findings import Finding, Kind
from portal.database import empty_log, snapshot, transaction
from portal.domain.documents import NoRoom
from portal.extensions import current_portal, db
from portal.models import Attachment
from portal.sealing.keys import file_key_place
from portal.sealing.sealed_file import make_file_key
from portal.storage import refuse_when_full, write_sealed
from portal.whole_file import sync_folder

_SUFFIX = ".sealed"
_SAID_EVERY = 1000


def seal_open_files(app: Flask) -> None:
    """Seal every file whose row says that it lies in the open. On a full disk the rest stays as it is.

    ClickException, and nothing is changed, when the key ring is not that of the database.
    """
    with app.app_context():
        folder = current_portal().instance.files_folder
        if not folder.is_dir():  # of a database that is only being looked through
            return
        with _held(folder):
            _end_what_was_cut_off(folder)
            with snapshot() as session:
                names = list_unsealed_files(session, folder)
            if names:
                raise_findings(examine_before_upgrading(app))
            if _seal_all(folder, names):
                _forget_sums()
        db.session.remove()


def list_unsealed_files(session: Session, folder: Path) -> Sequence[str]:
    """Return the names of files that lie in the open and are there."""
    rows = session.scalars(select(Attachment.public_id).where(Attachment.sealed_key.is_(None)))
    return [name for name in rows if (folder / name).is_file()]


def find_unsealed_files(session: Session, folder: Path) -> Iterator[Finding]:
    """Find files that could not be sealed."""
    names = list_unsealed_files(session, folder)
    if names:
        yield Finding(
            Kind.FILES_OPEN,
            f"{counted(len(names), f'file in {folder} lies', f'files in {folder} lie')} in the open since an "
            "earlier release. Make room, put back what was changed, then run: portal upgrade",
        )


@contextmanager
def _held(folder: Path) -> Iterator[None]:
    """Have others who seal wait: they would take what is being written for what was cut off."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def _end_what_was_cut_off(folder: Path) -> None:
    """Put sealed files in their place whose rows know them already; the others were never finished."""
    for partial in folder.glob(f".*{_SUFFIX}"):
        name = partial.name.removeprefix(".").removesuffix(_SUFFIX)
        with snapshot() as session:
            known = session.scalar(select(Attachment.sha256).where(Attachment.public_id == name))
        if known == hash_file(partial):
            partial.replace(folder / name)
            sync_folder(folder)
        else:
            partial.unlink()


def _seal_all(folder: Path, names: Sequence[str]) -> int:
    """Seal files for as long as there is room; return how many were."""
    done = 0
    for name in names:
        try:
            done += _seal_one(folder, name)
        except NoRoom:
            click.echo("There is no room to seal all files. Make some, then run: portal upgrade", err=True)
            break
        if done and done % _SAID_EVERY == 0:
            click.echo(f"files: {done} of {len(names)} sealed")
    return done


def _seal_one(folder: Path, name: str) -> bool:
    """Seal a file; return False for one that is not what was kept. Raises NoRoom."""
    path, partial, key = folder / name, folder / f".{name}{_SUFFIX}", make_file_key()
    with snapshot() as session:
        file = session.scalars(select(Attachment).where(Attachment.public_id == name)).one().file
    if path.stat().st_size != file.content_size or hash_file(path) != file.sha256:
        return False
    try:
        with refuse_when_full(), path.open("rb") as opened:
            sha256, size = write_sealed(partial, opened, file.content_size, key)
    except BaseException:
        partial.unlink(missing_ok=True)
        raise
    sync_folder(folder)
    with transaction() as session:
        sealed = current_portal().instance.keys.seal(key, file_key_place(name))
        changed = session.scalar(
            update(Attachment)
            .where(Attachment.public_id == name)
            .values(sealed_key=sealed, sha256=sha256, size=size)
            .returning(Attachment.id)
        )
    if changed is None:  # erased meanwhile
        partial.unlink()
    else:
        partial.replace(path)
    sync_folder(folder)
    return changed is not None


def _forget_sums() -> None:
    """Have nothing of the rows stay that said what the files held."""
    db.session.remove()
    empty_log(db.engine)
    if db.engine.dialect.name != "postgresql":
        return
    # Where somebody else uses the table, what is dead goes with the server's own vacuum.
    with db.engine.connect() as connection, suppress(OperationalError):
        connection.execution_options(isolation_level="AUTOCOMMIT").exec_driver_sql("VACUUM FULL attachment")
