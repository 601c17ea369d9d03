"""What the doctor sees of files: those that rows name and are gone, and those nobody knows."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from flask import Flask
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from portal.backup_store import hash_file
from portal.cli.clearing import UNCLAIMED_KEPT
from portal.cli.counted import counted
from portal.cli.doctor.findings import Finding, Kind
from portal.cli.open_files import find_unsealed_files
from portal.database import snapshot
from portal.extensions import current_portal, db
from portal.operations.file_removal import list_removed
from portal.queries.photos import list_file_names, select_stored
from portal.queries.retention import read_clearing_stop
from portal.storage import UNCLAIMED, list_set_aside, list_stored_files

_MOST_NAMED = 5
_TWO_DAYS = timedelta(days=2)
"""An upload has its row by then, and whoever works for the portal has set aside what has none."""


def examine_files_kept(app: Flask) -> list[Finding]:
    """Return what is wrong with the files of contributors. Needs no application context."""
    with app.app_context():
        try:
            with snapshot() as session:
                return [
                    *_find_missing(session),
                    *_find_changed(session),
                    *find_unsealed_files(session, current_portal().instance.files_folder),
                    *_find_unknown(session, datetime.now(UTC)),
                    *_find_stopped(session),
                    *_find_unclaimed(),
                ]
        except SQLAlchemyError:  # the look into the database has said so
            return []
        finally:
            db.session.remove()
            db.engine.dispose()


def list_missing_files(session: Session) -> Sequence[tuple[str, str]]:
    """Return the files that rows name and that are not there, each with its text: two public ids."""
    there = list_stored_files(current_portal().instance.files_folder)
    return [
        (file, submission)
        for file, _sum, _size, submission in session.execute(select_stored())
        if file not in there
    ]


def _find_missing(session: Session) -> Iterator[Finding]:
    missing = list_missing_files(session)
    if not missing:
        return
    folder = current_portal().instance.files_folder
    yield Finding(
        Kind.FILES_MISSING,
        f"Files of contributors are not in {folder}: {_name(missing)}. Put them back from your copy.",
    )


def _name(files: Sequence[tuple[str, str]]) -> str:
    named = ", ".join(f"{file} of text {submission}" for file, submission in files[:_MOST_NAMED])
    more = f", and {len(files) - _MOST_NAMED} more" if len(files) > _MOST_NAMED else ""
    return f"{named}{more}"


def _find_changed(session: Session) -> Iterator[Finding]:
    folder = current_portal().instance.files_folder
    rows = session.execute(select_stored())
    changed = [
        (file, submission) for file, sha256, _size, submission in rows if _is_changed(folder / file, sha256)
    ]
    if changed:
        yield Finding(
            Kind.FILES_CHANGED,
            f"Files of contributors in {folder} are not what was kept: {_name(changed)}. Put them back from "
            "your copy.",
        )


def _is_changed(path: Path, sha256: str) -> bool:
    return path.is_file() and hash_file(path) != sha256


def _find_unknown(session: Session, at: datetime) -> Iterator[Finding]:
    """Find old files without a row: the worker sets them aside, so it does not run, or waits for a person."""
    folder = current_portal().instance.files_folder
    known = list_file_names(session) | list_removed(session)
    unknown = [
        name
        for name, written in list_stored_files(folder).items()
        if name not in known and written < at - _TWO_DAYS
    ]
    if unknown:
        more = f", and {len(unknown) - 1} more" if len(unknown) > 1 else ""
        yield Finding(
            Kind.FILES_UNKNOWN,
            f"{counted(len(unknown), f'file in {folder} belongs', f'files in {folder} belong')} to no text: "
            f"{unknown[0]}{more}. The worker sets such files aside; they may have come with a copy that was "
            "put back.",
        )


def _find_stopped(session: Session) -> Iterator[Finding]:
    since = read_clearing_stop(session)
    if since is not None:
        yield Finding(Kind.CLEARING_STOPPED, word_clearing_stop(since))


def word_clearing_stop(since: datetime) -> str:
    """Return the sentence about files that wait for a person."""
    return (
        f"Since {since:%Y-%m-%d %H:%M} UTC more files than usual belong to no text, so none is moved. If an "
        "older copy of the database was put back, put the newest one there; else run: "
        "portal erase-due --anyway"
    )


def _find_unclaimed() -> Iterator[Finding]:
    instance = current_portal().instance
    for folder in (instance.files_folder, instance.mail_folder):
        aside = list_set_aside(folder)
        number = sum(map(len, aside.values()))
        if number:
            first = min(aside) + UNCLAIMED_KEPT
            yield Finding(
                Kind.FILES_UNCLAIMED,
                f"{counted(number, 'file of unknown owner is', 'files of unknown owner are')} set aside in "
                f"{folder / UNCLAIMED}. Deleting begins on {first}; move what you need elsewhere.",
            )
