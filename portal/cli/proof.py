"""Proving a backup: a portal is made from it in a scratch place, everything in it compared and opened."""

import fcntl
import os
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

import click
from sqlalchemy import func, select

from portal.backup_store import find_backup
from portal.cli.move import make_engine
from portal.cli.restore import check_rebuilt, open_backup, rebuild, take_files
from portal.config import Settings
from portal.domain.backup import BackupProof
from portal.domain.states import State
from portal.instance import write_proof
from portal.models import Submission

_SCRATCH = ".proving"
_FOLDER_MODE = 0o700


def prove_backup(settings: Settings, place: Path, *, at: datetime) -> tuple[BackupProof, Sequence[str]]:
    """Prove the backup that a place names, and have the instance remember what came of it.

    Return that, and what is wrong with the backup. Files are read where they lie in the store: copied, they
    would need their room twice. ClickException when there is none, or another proof runs.
    """
    with _open_scratch(settings.instance) as scratch:
        backup = find_backup(place)
        if backup is None:
            raise click.ClickException(f"There is no backup in {place}.")
        try:
            opened = open_backup(settings, backup.path, own=settings.instance)
            rebuild(opened, scratch)
            faults = [*check_rebuilt(opened, scratch), *take_files(opened, None)]
            texts, files = _count_texts(scratch), len(opened.manifest.files)
        except click.ClickException as error:
            texts, files, faults = 0, 0, [error.message]
        proof = BackupProof(at=at, backup=backup.path.name, texts=texts, files=files, faults=len(faults))
    write_proof(settings.instance, proof)
    return proof, faults


@contextmanager
def _open_scratch(instance: Path) -> Iterator[Path]:
    """Make an empty folder beside what it will be like, as secret as that; it goes afterwards."""
    scratch = instance / _SCRATCH
    scratch.mkdir(mode=_FOLDER_MODE, exist_ok=True)
    handle = os.open(scratch, os.O_RDONLY)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise click.ClickException("Another proof is running. Wait for it.") from error
        inside = scratch / "instance"
        shutil.rmtree(inside, ignore_errors=True)  # of a proof that was cut off
        inside.mkdir(mode=_FOLDER_MODE)
        try:
            yield inside
        finally:
            shutil.rmtree(inside)
    finally:
        os.close(handle)


def _count_texts(instance: Path) -> int:
    with make_engine(Settings(instance=instance)).connect() as connection:
        count = select(func.count()).select_from(Submission).where(Submission.state != State.ERASED)
        return connection.scalar(count) or 0
