"""Folders and databases of different portals: refused in one sentence, and nothing is changed."""

import os
import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from flask import Flask

from portal.app import create_app
from portal.cli import portal
from portal.cli.database import upgrade_database
from portal.cli.schema import downgrade
from portal.database import transaction
from portal.domain.states import Stage
from portal.extensions import current_portal, db
from portal.instance import RECORD, read_record
from tests.conftest import close_connections
from tests.reliability.test_migration_killed import read_rows
from tests.support.factories import make_submission
from tests.support.mail_server import find_port
from tests.support.photos import keep_picture
from tests.support.used_portals import SOME, UsedPortal, add_port, fill

pytestmark = pytest.mark.either_database

BEFORE_IDS = "0009"
OTHER_SECRETS = (
    "The database was written with another {folder}/secrets.json: codes of contributors would open nothing. "
    "Put it back from your copy."
)


@pytest.fixture
def other(fresh_folder: Path, tmp_path: Path) -> UsedPortal:
    """Another portal in use, on SQLite."""
    folder = tmp_path / "other"
    shutil.copytree(fresh_folder, folder)
    for name in ("secrets.json", "keyring.json", "portal.sqlite3", RECORD):
        (folder / name).unlink()
    place = UsedPortal(folder, "")
    app = create_app(place.settings)
    upgrade_database(app)
    fill(app)
    return place


COMMANDS = (
    ("serve",),
    ("worker",),
    ("erase-due",),
    ("erase-due", "--anyway"),
    ("upgrade",),
    ("sample",),
    ("export", "--coverage", "a", "--format", "bundle", "--out", "out.zip", "--all-approved"),
    ("push", "--coverage", "a", "--target", "b", "--all-approved"),
    ("keys", "rotate"),
    ("keys", "list"),
    ("backup", "out", "--secrets-apart"),
    ("backup", "out", "--prove"),
    ("search", "reindex"),
    ("audit", "verify"),
    ("audit", "head"),
    ("staff", "list"),
    ("staff", "invite", "--role", "admin"),
    ("staff", "renew", "a@example.org"),
    ("staff", "deactivate", "a@example.org"),
    ("staff", "identity", "a@example.org", "--grant"),
)


def test_every_command_that_opens_the_portal_is_listed() -> None:
    names = {name for name in portal.lazy if name not in ("doctor", "i18n", "move", "proxy", "restore")}
    assert {command[0] for command in COMMANDS} == names


@pytest.mark.one_case("command")
@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_a_used_folder_beside_an_empty_database_is_refused(
    used: UsedPortal, empty_url: str, command: tuple[str, ...]
) -> None:
    before = used.look()
    said = used.refuse(*add_port(command), PORTAL_DATABASE_URL=empty_url)
    if used.url:
        expected = (
            f"The database of PORTAL_DATABASE_URL is empty, but {used.folder} is in use. Check the address, "
            "or put back the newest copy of the database."
        )
    else:
        expected = (
            f"{used.folder}/portal.sqlite3 holds a portal, but PORTAL_DATABASE_URL names another database. "
            "Bring it there with: portal move --to URL; or unset PORTAL_DATABASE_URL to go on with it; or, "
            "if PostgreSQL is the newer one, move that file out of the folder."
        )
    assert (said, used.look(), read_rows(empty_url)) == (expected, before, {})


def test_no_command_run_beside_an_empty_database_deletes_a_file(own_app: Flask, empty_url: str) -> None:
    with own_app.app_context():
        with transaction() as session:
            submission = make_submission(session, datetime.now(UTC) - timedelta(days=2), Stage.STORY)
            photo = keep_picture(session, submission, at=datetime.now(UTC)).public_id
        settings, path = current_portal().settings, current_portal().instance.files_folder / photo
    close_connections(own_app)
    yesterday = (datetime.now(UTC) - timedelta(hours=25)).timestamp()
    os.utime(path, (yesterday, yesterday))
    place, whole = UsedPortal(settings.instance, settings.database_url), path.read_bytes()
    for command in ("upgrade", "erase-due"):
        place.ask(command, PORTAL_DATABASE_URL=empty_url)
    assert path.read_bytes() == whole


@pytest.mark.one_case("command")
@pytest.mark.parametrize("command", SOME, ids=" ".join)
def test_a_used_database_beside_a_fresh_folder_is_refused(
    used: UsedPortal, tmp_path: Path, command: tuple[str, ...]
) -> None:
    before, fresh = used.look(), tmp_path / "fresh"
    if not used.url:  # the database comes alone
        fresh.mkdir()
        shutil.copy(used.file, fresh)
    there = sorted(fresh.iterdir()) if fresh.exists() else None
    said = used.refuse(*add_port(command), PORTAL_INSTANCE=str(fresh))
    left = sorted(path for path in fresh.iterdir() if path.suffix != ".log") if fresh.exists() else None
    assert (used.look(), left) == (before, there)
    assert said == describe_fresh(used, fresh, command)


def describe_fresh(used: UsedPortal, fresh: Path, command: tuple[str, ...]) -> str:
    """Return what is said of a folder without secrets."""
    if not used.url and command == ("serve",):
        return "\n".join(
            f"{fresh / name} is gone, but the database is there: a new one opens nothing. "
            "Put it back from your copy."
            for name in ("secrets.json", "keyring.json")
        )
    if used.url and command not in (("serve",), ("upgrade",), ("sample",)):
        return (
            f"There is no portal in {fresh}. Set PORTAL_INSTANCE to the folder of yours, or begin a new one "
            "with: portal serve"
        )
    return (
        f"The database belongs to a portal whose folder is not {fresh}. Set PORTAL_INSTANCE to that folder, "
        "or put it back from your copy."
    )


def test_the_folder_of_another_portal_is_refused(used: UsedPortal, other: UsedPortal) -> None:
    if not used.url:
        shutil.copy(used.file, other.file)
    before = other.look()
    if used.url:
        other.file.unlink()
    said = used.refuse("serve", "--port", str(find_port()), PORTAL_INSTANCE=str(other.folder))
    assert said == (
        f"{other.folder} and the database belong to two different portals. Check PORTAL_INSTANCE and "
        "PORTAL_DATABASE_URL."
    )
    after = other.look()
    assert {name: after[name] for name in before if name != "rows"} == {
        name: before[name] for name in before if name != "rows"
    }


def test_what_one_portal_wrote_before_there_were_ids_is_bound_by_its_first_upgrade(used: UsedPortal) -> None:
    forget_ids(used)
    assert used.ask("upgrade").exit_code == 0
    record = read_record(used.folder)
    assert record is not None
    rows = read_rows(used.settings.database)["installation"]
    assert [row["instance_id"] for row in rows] == [record.instance_id]


def forget_ids(place: UsedPortal) -> None:
    """Take the portal back to the release before ids."""
    app = create_app(place.settings)
    with app.app_context():
        downgrade(BEFORE_IDS)
        db.session.remove()
    close_connections(app)
    (place.folder / RECORD).unlink()


@pytest.mark.one_case("command")
@pytest.mark.parametrize("command", SOME, ids=" ".join)
def test_before_there_were_ids_other_secrets_tell_it_apart(
    used: UsedPortal, other: UsedPortal, command: tuple[str, ...]
) -> None:
    forget_ids(used)
    shutil.copy(other.folder / "secrets.json", used.folder)
    before = used.look()
    said = used.refuse(*add_port(command))
    assert (said, used.look()) == (OTHER_SECRETS.format(folder=used.folder), before)


@pytest.mark.one_case("command")
@pytest.mark.parametrize("command", SOME, ids=" ".join)
def test_before_there_were_ids_a_used_folder_beside_an_empty_database_is_refused(
    used: UsedPortal, empty_url: str, command: tuple[str, ...]
) -> None:
    forget_ids(used)
    before = used.look()
    used.refuse(*add_port(command), PORTAL_DATABASE_URL=empty_url)
    assert (used.look(), read_rows(empty_url)) == (before, {})


def test_secrets_that_were_replaced_are_told_apart(used: UsedPortal, other: UsedPortal) -> None:
    shutil.copy(other.folder / "secrets.json", used.folder)
    assert used.refuse("upgrade") == OTHER_SECRETS.format(folder=used.folder)
