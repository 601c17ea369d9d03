"""`portal restore`: every word and file that was backed up, or the sentence why not."""

import hashlib
import json
import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import delete, inspect, select, text

from portal.backup_store import hash_file, list_backups, write_manifest
from portal.bulk_run import BulkRun
from portal.cli.move import make_engine
from portal.cli.portable_secrets import read_passphrase, read_receipt_secret
from portal.cli.schema import downgrade
from portal.cli.search import examine_index
from portal.config import Settings
from portal.database import snapshot, transaction
from portal.domain.backup import KeptFile
from portal.domain.bulk_runs import RunKind
from portal.extensions import db
from portal.models import Attachment, OriginalFile
from portal.operations.belonging import read_schema
from portal.operations.search_fts5 import is_sound, read_fill
from portal.storage import read_file
from portal.traces import clear_at_once
from tests.conftest import DATABASES, close_connections, make_own
from tests.reliability.backups import Case, find_file, flip, make_case
from tests.reliability.portals import (
    ask,
    read_files,
    read_typed,
    settings_of,
    sqlite_of,
)
from tests.support.damaged_index import damage_index
from tests.support.search import read_for_search

pytestmark = pytest.mark.either_database


def test_rows_of_sqlite_arrive_in_postgresql_and_come_back(case: Case, url: str) -> None:
    rows, files = read_typed(sqlite_of(case.folder)), read_files(case.folder)
    said = case.restore(url=url)
    assert (read_typed(url), read_files(case.new)) == (rows, files)
    assert said.splitlines()[-1].endswith(f" UTC is in {case.new}.")
    assert ask(case.new, "staff", "list", url=url).exit_code == 0

    shutil.rmtree(case.folder)
    there = make_case(case.new)
    there.back_up(url)
    proven = ask(case.new, "backup", "--prove", str(case.to), url=url, **case.sealing)
    assert (proven.exit_code, proven.output[:8]) == (0, "Proven: "), proven.output
    back = ask(case.folder, "restore", str(case.to), **case.sealing)
    assert back.exit_code == 0, back.output
    assert (read_typed(sqlite_of(case.folder)), read_files(case.folder)) == (rows, files)
    assert ask(case.folder, "audit", "verify").output.startswith("The log is whole: ")


def test_restored_secrets_are_for_their_owner_alone(case: Case) -> None:
    case.restore()
    modes = {path.name: oct(path.stat().st_mode & 0o777) for path in case.new.iterdir()}
    wanted = dict.fromkeys(("secrets.json", "keyring.json", "instance.json", "portal.sqlite3"), "0o600")
    assert modes == {**wanted, "files": "0o700"}
    assert (oct(case.new.stat().st_mode & 0o777), ask(case.new, "doctor").exit_code) == ("0o700", 0)


def test_secrets_kept_apart_are_named(unsaved: Case, tmp_path: Path) -> None:
    ask(unsaved.folder, "backup", str(unsaved.to), "--secrets-apart")
    assert unsaved.refuse_sealed() == (
        "The backup is without its secrets. Name the folder with copies of secrets.json and keyring.json: "
        "--secrets FOLDER"
    )
    apart = tmp_path / "apart"
    apart.mkdir()
    assert unsaved.refuse("--secrets", str(apart)) == f"{apart} does not hold secrets.json and keyring.json."
    for name in ("secrets.json", "keyring.json"):
        shutil.copy(unsaved.folder / name, apart)
    unsaved.restore("--secrets", str(apart))
    assert ask(unsaved.new, "staff", "list").exit_code == 0


def test_secrets_of_another_portal_are_refused(case: Case, fresh_folder: Path) -> None:
    assert case.refuse("--secrets", str(fresh_folder)) == (
        "The secrets belong to another portal than the backup."
    )


def test_a_ring_that_is_too_old_is_refused(case: Case, tmp_path: Path) -> None:
    apart = tmp_path / "apart"
    apart.mkdir()
    shutil.copy(case.folder / "secrets.json", apart)
    key_id = json.loads((case.folder / "keyring.json").read_text())["current"]
    (apart / "keyring.json").write_text(json.dumps({"current": "0a0b0c0d", "0a0b0c0d": "ab" * 32}))
    assert case.refuse("--secrets", str(apart)) == (
        f"The backup is not whole: keyring.json lacks the key {key_id}. Take another backup, or repeat with "
        "--anyway."
    )
    (apart / "keyring.json").write_text(json.dumps({"current": key_id, key_id: "ab" * 32}))
    assert "keyring.json does not open revision.sealed" in case.refuse("--secrets", str(apart))


@pytest.fixture(params=DATABASES)
def target(request: pytest.FixtureRequest) -> str:
    """The address of an empty database to restore into; none means SQLite."""
    address: str = request.getfixturevalue("url") if request.param == "postgresql" else ""
    return address


def list_made(case: Case, target: str) -> Sequence[str]:
    """Return what there is of a portal where one is to be restored: files, tables."""
    made = [case.new, *case.new.rglob("*")] if case.new.exists() else []
    tables = []
    if target:
        with make_engine(settings_of(case.new, target)).connect() as connection:
            tables = inspect(connection).get_table_names()
    return [*sorted(map(str, made)), *tables]


def test_a_wrong_passphrase_is_refused(case: Case, target: str) -> None:
    case.passphrase.write_text("another passphrase")
    assert case.refuse_sealed(url=target) == "The passphrase does not open the secrets of this backup."
    case.passphrase.unlink()
    assert case.refuse_sealed(url=target) == (
        f"{case.passphrase} of PORTAL_BACKUP_PASSPHRASE_FILE cannot be read (FileNotFoundError)."
    )
    assert list_made(case, target) == []


def test_a_passphrase_is_the_first_line_of_its_file_whatever_editor_wrote_that(tmp_path: Path) -> None:
    path = tmp_path / "passphrase"
    path.write_bytes("\ufeffдесять слів\r\nа це вже ні\r\n".encode())
    settings = Settings(instance=tmp_path, backup_passphrase_file=str(path))
    assert read_passphrase(settings, is_new=False) == "десять слів"


def use_folder(case: Case) -> str:
    case.new.mkdir()
    (case.new / "portal.sqlite3").touch()
    return f"{case.new} is in use. Set PORTAL_INSTANCE to a new folder."


def be_newer(case: Case) -> str:
    change_manifest(case, format=2, release="9.1")
    return f"The backup {case.backup} was made by a newer release (9.1). Install that one."


def have_newer_schema(case: Case) -> str:
    change_manifest(case, schema="0999", release="9.1")
    return f"The backup {case.backup} was made by a newer release (9.1). Install that one."


def be_forged(case: Case) -> str:
    change_manifest(case, missing=["a" * 32])
    return not_whole(case, "manifest.json was changed")


def lose_manifest(case: Case) -> str:
    (case.backup / "manifest.json").unlink()
    return not_whole(case, "manifest.json is missing")


def cut_manifest(case: Case) -> str:
    path = case.backup / "manifest.json"
    path.write_bytes(path.read_bytes()[:100])
    return not_whole(case, "manifest.json cannot be read")


def lose_database(case: Case) -> str:
    (case.backup / "portal.sqlite3").unlink()
    return not_whole(case, "portal.sqlite3 is missing")


def flip_database(case: Case) -> str:
    flip(case.backup / "portal.sqlite3")
    return not_whole(case, "portal.sqlite3 was changed")


def test_lost_secrets_are_named(case: Case) -> None:
    (case.backup / "secrets.sealed").unlink()
    assert case.refuse_sealed() == f"The backup {case.backup} is not whole: secrets.sealed cannot be read."


def lose_file(case: Case) -> str:
    name, path = find_file(case)
    path.unlink()
    return f"The backup is not whole: the file {name} is missing ({path}). {OR_ANYWAY}"


def flip_file(case: Case) -> str:
    name, path = find_file(case)
    flip(path)
    return f"The backup is not whole: the file {name} was changed ({path}). {OR_ANYWAY}"


def lose_all(case: Case) -> str:
    shutil.rmtree(case.to)
    return f"There is no backup in {case.to}."


OR_ANYWAY = "Take another backup, or repeat with --anyway."


def not_whole(case: Case, what: str) -> str:
    return f"The backup {case.backup} is not whole: {what}. Take another one."


def change_manifest(case: Case, **values: object) -> None:
    path = case.backup / "manifest.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | values))


@pytest.mark.parametrize(
    "spoil",
    [
        use_folder,
        be_newer,
        have_newer_schema,
        be_forged,
        lose_manifest,
        cut_manifest,
        lose_database,
        flip_database,
        lose_file,
        flip_file,
        lose_all,
    ],
)
def test_what_cannot_be_restored_is_refused_in_one_sentence_and_nothing_made(
    case: Case, target: str, spoil: Callable[[Case], str]
) -> None:
    words = spoil(case)
    before = list_made(case, target)
    assert case.refuse(url=target) == words
    assert list_made(case, target) == before


def test_all_but_a_lost_file_is_restored_anyway(case: Case) -> None:
    name, _ = find_file(case)
    lose_file(case)
    files = read_files(case.folder)
    case.restore("--anyway")
    assert read_files(case.new) == {one: content for one, content in files.items() if one != name}


def test_a_used_database_is_refused(case: Case, tmp_path: Path, url: str) -> None:
    app = make_own(settings_of(tmp_path / "other", url))
    with app.app_context():
        db.session.execute(text("CREATE TABLE posts (id integer)"))
        db.session.commit()
    close_connections(app)
    assert case.refuse(url=url) == (
        "The database of PORTAL_DATABASE_URL is in use. Give the portal an empty one."
    )


def test_an_older_backup_is_brought_up_to_date(unsaved: Case) -> None:
    """Such a database has another revision, what this release added is not in it, files lie in the open."""
    unsaved.back_up()
    app = make_own(settings_of(unsaved.folder))
    with app.app_context():
        # Releases before kept no file as it was sent.
        with transaction() as session:
            session.execute(delete(OriginalFile))
        clear_at_once(at=datetime.now(UTC))
        downgrade("0023")
    close_connections(app)
    backup = list_backups(unsaved.to)[-1]
    files = [
        KeptFile(name, hashlib.sha256(content).hexdigest(), len(content))
        for name, content in read_files(unsaved.folder).items()
    ]
    for one in files:
        backup.store.keep_file(unsaved.folder / "files" / one.name, one.sha256, one.size)
    shutil.copy(unsaved.folder / "portal.sqlite3", backup.database)
    with make_engine(settings_of(unsaved.folder)).connect() as connection:
        schema = read_schema(connection)
    manifest = replace(
        backup.read_manifest()[0],
        schema=schema,
        database_sha256=hash_file(backup.database),
        tables={},
        files=files,
    )
    write_manifest(backup.path, manifest, read_receipt_secret(unsaved.folder))
    unsaved.restore()
    ask(unsaved.folder, "upgrade")
    restored, upgraded = (read_typed(sqlite_of(folder)) for folder in (unsaved.new, unsaved.folder))
    contents = [read_contents(folder) for folder in (unsaved.new, unsaved.folder)]
    # Each time they are sealed anew, under keys of their own.
    assert {**restored, "attachment": []} == {**upgraded, "attachment": []}
    assert contents[0] == contents[1] == {one.name: one.sha256 for one in files}


def read_contents(folder: Path) -> Mapping[str, str]:
    """Return the sum of what each sealed file holds, and nothing of one that lies in the open."""
    app = make_own(settings_of(folder))
    with app.app_context():
        rows = [one for one in db.session.scalars(select(Attachment)) if one.sealed_key is not None]
        read = {one.public_id: hashlib.sha256(read_file(folder / "files", one.file)) for one in rows}
        db.session.remove()
    close_connections(app)
    return {name: summed.hexdigest() for name, summed in read.items()}


def test_a_damaged_index_of_the_search_is_restored_and_made_anew(unsaved: Case) -> None:
    damage_index(unsaved.folder / "portal.sqlite3")
    rows = read_typed(sqlite_of(unsaved.folder))
    unsaved.back_up()
    unsaved.restore()
    app = make_own(settings_of(unsaved.new))
    with app.app_context():
        found = examine_index(BulkRun(RunKind.INDEXING))
    read_for_search(app)
    with app.app_context(), snapshot() as session:
        after = is_sound(session), read_fill(session).below
    close_connections(app)
    assert (found, after, read_typed(sqlite_of(unsaved.new))) == (True, (True, 0), rows)
