"""`portal backup`: only what is new is copied, and nobody else reads it."""

import errno
import json
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from portal.backup_store import list_backups
from portal.cli import backup
from portal.cli.backup import make_backup
from portal.database import transaction
from portal.domain.states import Stage
from portal.extensions import db
from portal.models import Attachment
from tests.conftest import close_connections, make_own
from tests.reliability.backups import Case
from tests.reliability.portals import (
    ask,
    copy,
    read_files,
    refuse,
    settings_of,
)
from tests.support.factories import make_submission
from tests.support.photos import keep_document

pytestmark = pytest.mark.either_database


def test_only_new_files_are_copied(case: Case) -> None:
    number = len(read_files(case.folder))
    app = make_own(settings_of(case.folder))
    with app.app_context(), transaction() as session:
        keep_document(
            session,
            make_submission(session, datetime.now(UTC), Stage.STORY),
            at=datetime.now(UTC),
            words="Ще",
        )
    close_connections(app)
    assert f"files: {number + 1}, new: 1" in case.back_up().splitlines()


def test_the_newest_of_a_day_and_no_file_that_none_names_is_kept(unsaved: Case) -> None:
    at = datetime(2026, 3, 14, 3, tzinfo=UTC)
    settings = settings_of(unsaved.folder)
    for moment in (at - timedelta(days=40), at - timedelta(hours=2), at - timedelta(days=1), at):
        make_backup(settings, unsaved.to, passphrase=None, at=moment)
    left = [one.read_manifest()[0].made_at for one in list_backups(unsaved.to)]
    assert left == [at - timedelta(days=1), at]
    app = make_own(settings)
    with app.app_context(), transaction() as session:
        session.execute(db.delete(Attachment))
    close_connections(app)
    make_backup(settings, unsaved.to, passphrase=None, at=at + timedelta(days=31))
    assert list((unsaved.to / "files").glob("*/*")) == []


def test_files_that_are_gone_or_changed_are_told_and_the_rest_is_kept(unsaved: Case) -> None:
    contents = list(read_files(unsaved.folder).values())
    single = [path for path in (unsaved.folder / "files").iterdir() if contents.count(path.read_bytes()) == 1]
    gone, changed = single[:2]
    gone.unlink()
    changed.write_bytes(b"other")
    made = ask(unsaved.folder, "backup", str(unsaved.to), **unsaved.sealing)
    assert (made.exit_code, set(list_backups(unsaved.to)[-1].read_manifest()[0].missing)) == (
        3,
        {gone.name, changed.name},
    )
    assert unsaved.restore().splitlines()[-2] == "2 files were missing when the backup was made."


def test_nobody_else_reads_a_backup_and_no_secret_is_in_it_readably(case: Case) -> None:
    open_ones = [path for path in case.to.rglob("*") if path.stat().st_mode & 0o077]
    secrets = json.loads((case.folder / "secrets.json").read_text()) | json.loads(
        (case.folder / "keyring.json").read_text()
    )
    written = b"".join(path.read_bytes() for path in case.to.rglob("*") if path.is_file())
    told = [name for name, secret in secrets.items() if len(secret) > 20 and secret.encode() in written]
    assert (open_ones, told) == ([], [])


def test_a_disk_that_fails_while_the_copy_grows_leaves_no_backup(
    unsaved: Case, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_file: int) -> None:
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    monkeypatch.setattr(backup, "_FLUSH_EVERY", 0.0)
    monkeypatch.setattr(os, "fdatasync", fail)
    assert refuse(unsaved.folder, "backup", str(unsaved.to), **unsaved.sealing) == (
        "The backup could not be written (Input/output error). Those made before are as they were."
    )
    assert list((unsaved.to / "backups").glob("*")) == []


def test_a_short_passphrase_is_refused(unsaved: Case) -> None:
    unsaved.passphrase.write_text("short")
    assert refuse(unsaved.folder, "backup", str(unsaved.to), **unsaved.sealing) == (
        "The passphrase is too short: take at least 12 characters."
    )


@pytest.mark.parametrize(
    ("place", "words"),
    [
        ("instance/backups", "{place} lies inside of {folder} and would be lost with it. Name another."),
        ("instance", "{place} lies inside of {folder} and would be lost with it. Name another."),
        (".", "{place} holds other things. Name an empty folder for backups."),
    ],
)
def test_a_place_that_is_none_for_backups_is_refused(unsaved: Case, place: str, words: str) -> None:
    to = (unsaved.folder.parent / place).resolve()
    said = refuse(unsaved.folder, "backup", str(to), **unsaved.sealing)
    assert said == words.format(place=to, folder=unsaved.folder)


def test_backups_of_another_portal_are_not_mixed_with(case: Case, fresh_folder: Path, tmp_path: Path) -> None:
    other = copy(fresh_folder, tmp_path / "other")
    assert refuse(other, "backup", str(case.to), **case.sealing) == (
        f"{case.to} holds backups of another portal. Name another folder."
    )
