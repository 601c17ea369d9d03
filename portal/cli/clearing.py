"""Clearing away files and letters: those of erased texts go, those nobody knows are set aside for 30 days."""

import logging
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import delete, select

from portal.database import snapshot, transaction
from portal.domain.retention import is_suspicious
from portal.extensions import current_portal
from portal.models import JobRun, OutboxMail
from portal.operations.file_removal import LETTER_SUFFIX, list_removed
from portal.operations.retention import add_run
from portal.queries.photos import list_file_names
from portal.queries.retention import CLEARING_STOPPED_JOB
from portal.storage import (
    blunt_times,
    delete_scratch,
    delete_set_aside,
    list_stored_files,
    restore_files,
    set_aside,
)
from portal.traces import remove_noted_files

UNCLAIMED_KEPT = timedelta(days=30)
_UPLOAD_TAKES_LESS = timedelta(hours=24)
"""A file is there before its row: a young one may still get its own."""
_CLEANING_TAKES_LESS = timedelta(hours=1)
_log = logging.getLogger(__name__)


def clear_files(*, at: datetime, anyway: bool = False) -> None:
    """Delete what belonged to rows that are gone; set aside what no row has ever named, or not this database.

    When that is more than a small share of all, nothing is set aside without `anyway`: the log says so once,
    the command line until a person has looked. What was left of files that were being cleaned goes. Needs an
    application context.
    """
    instance = current_portal().instance
    folders = (instance.files_folder, instance.mail_folder)
    # Read before the rows: a file that comes meanwhile is none of those looked at.
    found = [list_stored_files(folder) for folder in folders]
    for folder in folders:
        blunt_times(folder)
    with snapshot() as session:
        removed = list_removed(session)
        known = list_file_names(session)
        letters = {f"{name}{LETTER_SUFFIX}" for name in session.scalars(select(OutboxMail.public_id))}
    remove_noted_files()
    old = [name for name, written in found[0].items() if written < at - _UPLOAD_TAKES_LESS]
    strange = (
        [name for name in old if name not in known | removed],
        [name for name in found[1] if name.endswith(LETTER_SUFFIX) and name not in letters | removed],
    )
    restore_files(folders[0], known - set(found[0]))
    _set_aside(folders, strange, kept=sum(map(len, found)), at=at, anyway=anyway)
    delete_scratch(folders[0], before=at - _CLEANING_TAKES_LESS)
    for folder in folders:
        delete_set_aside(folder, through=(at - UNCLAIMED_KEPT).date())


def _set_aside(
    folders: Sequence[Path], strange: Sequence[Sequence[str]], *, kept: int, at: datetime, anyway: bool
) -> None:
    number = sum(map(len, strange))
    if not anyway and is_suspicious(number, kept):
        with transaction() as session:
            is_news = add_run(session, CLEARING_STOPPED_JOB, at=at)
        if is_news:
            _log.error(
                "%s of %s files belong to no text, so none was moved; run: portal doctor", number, kept
            )
        return
    for folder, names in zip(folders, strange, strict=True):
        set_aside(folder, names, at=at)
    with transaction() as session:
        session.execute(delete(JobRun).where(JobRun.name == CLEARING_STOPPED_JOB))
