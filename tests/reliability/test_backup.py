"""`portal backup` and `portal restore`: every word and file of one moment, or the sentence why not."""

import hashlib
import json
import shutil
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from flask_migrate import downgrade
from sqlalchemy import Engine, event, select, text

from portal.backup_store import hash_file, list_backups, write_manifest
from portal.cli.backup import make_backup
from portal.cli.belonging import read_schema
from portal.cli.move import make_engine
from portal.cli.nightly import NightlyBackup
from portal.cli.portable_secrets import read_receipt_secret
from portal.database import migrations_folder, transaction
from portal.domain.backup import KeptFile
from portal.domain.states import Stage
from portal.extensions import db
from portal.models import Attachment, Submission
from portal.operations.erasing import erase
from portal.storage import read_file
from tests.conftest import close_connections, make_own
from tests.factories import make_submission
from tests.photographs import keep_document
from tests.reliability.backups import Case, find_file, flip, make_case
from tests.reliability.portals import (
    ask,
    copy,
    die_in,
    read_files,
    read_typed,
    refuse,
    settings_of,
    sqlite_of,
)

pytestmark = pytest.mark.either_database

POINTS = 2
SETTLING = "UPDATE installation SET standing=%(standing)s,"


def test_rows_of_sqlite_arrive_in_postgresql_and_come_back(case: Case, url: str) -> None:
    rows, files = read_typed(sqlite_of(case.folder)), read_files(case.folder)
    said = case.restore(url=url)
    assert (read_typed(url), read_files(case.new)) == (rows, files)
    assert said.splitlines()[-1].endswith(f" UTC is in {case.new}.")
    assert ask(case.new, "staff", "list", url=url).exit_code == 0

    shutil.rmtree(case.folder)
    there = make_case(case.new)
    there.back_up(url)
    back = ask(case.folder, "restore", str(case.to), **case.sealing)
    assert back.exit_code == 0, back.output
    assert (read_typed(sqlite_of(case.folder)), read_files(case.folder)) == (rows, files)
    assert ask(case.folder, "audit", "verify").output.startswith("The log is whole: ")


@contextmanager
def people_sending(case: Case, url: str, sent: list[str]) -> Iterator[None]:
    """Have texts with documents sent, one after the other, for as long as the block lasts."""
    stop = threading.Event()

    def send() -> None:
        app = make_own(settings_of(case.folder, url))
        with app.app_context():
            while not stop.is_set():
                with transaction() as session:
                    piece = make_submission(session, datetime.now(UTC), Stage.STORY)
                    keep_document(session, piece, at=datetime.now(UTC), words=f"Лист {len(sent)}")
                sent.append(piece.public_id)
                db.session.remove()
        close_connections(app)

    thread = threading.Thread(target=send)
    thread.start()
    try:
        while len(sent) < 2 and thread.is_alive():
            stop.wait(0.01)
        yield
    finally:
        stop.set()
        thread.join()


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_what_was_sent_before_is_in_a_backup_made_meanwhile(
    unsaved: Case, kind: str, request: pytest.FixtureRequest
) -> None:
    url = request.getfixturevalue("url") if kind == "postgresql" else ""
    if url:
        ask(unsaved.folder, "move", "--to", url)
    sent: list[str] = []
    with people_sending(unsaved, url, sent):
        before = set(sent)
        unsaved.back_up(url)
        during = set(sent) - before
    unsaved.restore()
    app = make_own(settings_of(unsaved.new))
    with app.app_context():
        texts = set(db.session.scalars(db.select(Submission.public_id)))
        named = set(db.session.scalars(db.select(Attachment.public_id)))
    close_connections(app)
    assert during != set()
    assert before - texts == set()
    assert named == set(read_files(unsaved.new))


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
    assert f"files: {number + 1}, of which 1 are new" in case.back_up().splitlines()


def test_the_newest_of_a_day_and_no_file_that_none_names_is_kept(unsaved: Case) -> None:
    at = datetime(2026, 3, 14, 3, tzinfo=UTC)
    settings = settings_of(unsaved.folder)
    for moment in (at - timedelta(days=40), at - timedelta(hours=2), at - timedelta(days=1), at):
        make_backup(settings, unsaved.to, passphrase=None, at=moment)
    left = [backup.read_manifest()[0].made_at for backup in list_backups(unsaved.to)]
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


def test_a_wrong_passphrase_is_refused(case: Case) -> None:
    case.passphrase.write_text("another passphrase")
    assert case.refuse_sealed() == "The passphrase does not open the secrets of this backup."
    case.passphrase.unlink()
    assert case.refuse_sealed() == (
        f"{case.passphrase} of PORTAL_BACKUP_PASSPHRASE_FILE cannot be read (FileNotFoundError)."
    )
    assert not case.new.exists()


def test_a_short_passphrase_is_refused(unsaved: Case) -> None:
    unsaved.passphrase.write_text("short")
    assert refuse(unsaved.folder, "backup", str(unsaved.to), **unsaved.sealing) == (
        "The passphrase is too short: take at least 12 characters."
    )


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
def test_what_cannot_be_restored_is_refused_in_one_sentence(case: Case, spoil: Callable[[Case], str]) -> None:
    words = spoil(case)
    assert case.refuse() == words
    assert not (case.new / "secrets.json").exists()


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


def test_an_older_backup_is_brought_up_to_date(unsaved: Case) -> None:
    """Such a database has another revision, what this release added is not in it, files lie in the open."""
    unsaved.back_up()
    app = make_own(settings_of(unsaved.folder))
    with app.app_context():
        downgrade(directory=str(migrations_folder()), revision="0023")
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


def choose_points(steps: list[str], *, is_full: bool) -> list[int]:
    """Return the steps to die before: all, or some and the last ones, where names are changed."""
    if is_full:
        return list(range(len(steps)))
    renames = [number for number, step in enumerate(steps) if step.startswith(("rename", "replace"))]
    return sorted({renames[0], renames[-1], len(steps) - 1, *range(0, len(steps), len(steps) // POINTS)})


def test_a_backup_that_was_killed_leaves_the_earlier_ones_and_can_be_made_again(
    case: Case, tmp_path: Path, pytestconfig: pytest.Config
) -> None:
    rows, files = read_typed(sqlite_of(case.folder)), read_files(case.folder)
    order = ("backup", str(case.to), "--secrets-apart")
    twin = copy(case.to, tmp_path / "twin")
    steps = die_in(case.folder, "backup", str(twin), "--secrets-apart", die_at=-1)
    outcomes = {}
    for point in choose_points(steps, is_full=pytestconfig.getoption("full")):
        die_in(case.folder, *order, die_at=point)
        newest = ask(case.new, "restore", str(case.to), "--secrets", str(case.folder))
        found = (newest.exit_code, read_typed(sqlite_of(case.new)) == rows, read_files(case.new) == files)
        shutil.rmtree(case.new)
        again = ask(case.folder, *order).exit_code
        left = [path.name for path in case.to.iterdir() if path.name.startswith(".")]
        outcomes[point] = (*found, again, left)
    assert {point: one for point, one in outcomes.items() if one != (0, True, True, 0, [])} == {}


def test_a_restore_that_was_killed_can_be_run_again(
    case: Case, tmp_path: Path, pytestconfig: pytest.Config
) -> None:
    rows, files = read_typed(sqlite_of(case.folder)), read_files(case.folder)
    order = ("restore", str(case.to), "--secrets", str(case.folder))
    steps = die_in(tmp_path / "undisturbed", *order, die_at=-1)
    outcomes = {}
    for point in choose_points(steps, is_full=pytestconfig.getoption("full")):
        die_in(case.new, *order, die_at=point)
        starts = ask(case.new, "staff", "list").exit_code == 0
        again = 0 if starts else ask(case.new, *order).exit_code
        outcomes[point] = (again, read_typed(sqlite_of(case.new)) == rows, read_files(case.new) == files)
        shutil.rmtree(case.new)
    assert {point: one for point, one in outcomes.items() if one != (0, True, True)} == {}


def test_a_restore_into_postgresql_that_was_killed_can_be_ended(case: Case, url: str) -> None:
    rows, files = read_typed(sqlite_of(case.folder)), read_files(case.folder)
    order = ("restore", str(case.to), "--secrets", str(case.folder))
    die_in(case.new, *order, url=url, die_at="rename secrets.json")
    assert ask(case.new, "staff", "list", url=url).exit_code == 1
    steps = die_in(case.new, *order, url=url, die_at=SETTLING)
    assert steps[-1] == "rename secrets.json"
    assert refuse(case.new, "staff", "list", url=url) == (
        "A move of this portal to PostgreSQL was cut off. Stop the portal and end the move with: "
        "portal move --to URL"
    )
    assert ask(case.new, "move", "--to", url).exit_code == 0
    assert (read_typed(url), read_files(case.new)) == (rows, files)


def test_a_restore_that_was_cut_off_is_not_begun_from(case: Case) -> None:
    (case.new / ".restoring").mkdir(parents=True)
    words = f"Restoring a portal into {case.new} was cut off. Run again: portal restore"
    assert (refuse(case.new, "staff", "list"), refuse(case.new, "serve", "--port", "1")) == (words, words)


def erase_one(folder: Path, name: str = "") -> tuple[str, set[str]]:
    """Erase a text, or one that has files; return its public id and their names."""
    app = make_own(settings_of(folder))
    with app.app_context(), transaction() as session:
        wanted = db.select(Submission).join(Attachment)
        piece = session.scalars(wanted.where(Submission.public_id == name) if name else wanted).first()
        assert piece is not None
        files = {one.public_id for one in piece.attachments}
        erase(session, piece, by=None, at=datetime.now(UTC))
        name = piece.public_id
    close_connections(app)
    return name, files


def test_a_text_that_is_erased_meanwhile_is_told_and_stops_nothing(unsaved: Case) -> None:
    app = make_own(settings_of(unsaved.folder))
    with app.app_context(), transaction() as session:
        piece = make_submission(session, datetime.now(UTC), Stage.STORY)
        keep_document(session, piece, at=datetime.now(UTC), words="Не чіпайте")
        name = piece.public_id
    close_connections(app)
    erased: set[str] = set()

    def erase_it(_connection: object, _cursor: object, words: str, *_: object) -> None:
        """Erase it once the rows are in the backup, before its file is."""
        if not erased and words.startswith("SELECT attachment.public_id, attachment.sha256"):
            erased.add(name)
            for file in erase_one(unsaved.folder, name)[1]:
                (unsaved.folder / "files" / file).unlink()

    event.listen(Engine, "before_cursor_execute", erase_it)
    try:
        said = unsaved.back_up()
    finally:
        event.remove(Engine, "before_cursor_execute", erase_it)
    assert "1 files were erased while the backup was made." in said.splitlines()
    restored = unsaved.restore().splitlines()
    assert "Texts erased after the backup was made, and erased again: 1" in restored
    assert read_files(unsaved.new) == read_files(unsaved.folder)


def test_what_was_erased_after_a_backup_does_not_come_back(case: Case) -> None:
    older = case.backup
    name, files = erase_one(case.folder)
    NightlyBackup(replace(settings_of(case.folder), backup_to=str(case.to))).note_erased()
    said = ask(case.new, "restore", str(older), **case.sealing)
    texts = {row[0]: row[1] for row in read_states(case.new)}
    assert "Texts erased after the backup was made, and erased again: 1" in said.output.splitlines()
    assert (texts[name], files & set(read_files(case.new)), files == set()) == ("erased", set(), False)
    assert ask(case.new, "audit", "verify").exit_code == 0


def test_nobody_else_has_texts_erased(case: Case) -> None:
    (case.to / "erased.json").write_text(json.dumps({"erased": ["a" * 32], "mac": "ab" * 32}))
    words = "What was erased after the backup is not known: erased.json was changed."
    assert words in case.restore().splitlines()
    assert read_typed(sqlite_of(case.new)) == read_typed(sqlite_of(case.folder))


def read_states(folder: Path) -> list[tuple[str, str]]:
    with make_engine(settings_of(folder)).connect() as connection:
        return [tuple(row) for row in connection.execute(text("SELECT public_id, state FROM submission"))]
