"""Folders and databases that do not belong together: refused in one sentence, and nothing is changed."""

import json
import os
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from flask import Flask
from sqlalchemy import NullPool, create_engine, make_url, text

from portal.app import create_app
from portal.cli import belonging, portal
from portal.cli.belonging import describe_place
from portal.cli.database import upgrade_database
from portal.cli.schema import downgrade
from portal.cli.worker import remember_log
from portal.config import Settings, former_instance
from portal.database import transaction
from portal.domain.states import Stage
from portal.extensions import current_portal, db
from portal.instance import RECORD, open_instance, read_record
from tests.conftest import close_connections, run_outside, show
from tests.reliability.test_migration_killed import read_rows
from tests.support.factories import make_submission
from tests.support.mail_server import find_port
from tests.support.photos import keep_picture

pytestmark = pytest.mark.either_database

BEFORE_IDS = "0009"
OTHER_SECRETS = (
    "The database was written with another {folder}/secrets.json: codes of contributors would open nothing. "
    "Put it back from your copy."
)
OLDER = (
    "The database is older than {folder}: what was done last is not in it. Put back the newest copy; if this "
    "is the newest, go on with: portal upgrade --anyway"
)


@dataclass
class House:
    """A portal with a text and a photo, stopped: its folder and the address of its database."""

    folder: Path
    url: str
    more: dict[str, str] = field(default_factory=dict)

    @property
    def settings(self) -> Settings:
        """What it is set to."""
        return Settings(instance=self.folder, database_url=self.url, base_url="http://localhost")

    def ask(self, *command: str, **changes: str) -> Result:
        """Run a command of the portal here."""
        given = {"PORTAL_INSTANCE": str(self.folder), "PORTAL_DATABASE_URL": self.url, **self.more, **changes}
        return CliRunner(env={"FLASK_DEBUG": None, **given}).invoke(portal, list(command))

    def refuse(self, *command: str, **changes: str) -> str:
        """Run a command that must be refused; return the sentence."""
        asked = self.ask(*command, **changes)
        assert asked.exit_code == 1, asked.output
        return asked.output.strip().removeprefix("Error: ")

    def look(self) -> Mapping[str, object]:
        """Return everything there is: the bytes of every file, and every row."""
        files = {
            str(path.relative_to(self.folder)): path.read_bytes()
            for path in sorted(self.folder.rglob("*"))
            if path.is_file() and not path.name.startswith("portal.sqlite3") and path.suffix != ".mo"
        }
        address = self.settings.database
        return {**files, "rows": read_rows(address) if self.url or self.file.exists() else None}

    @property
    def file(self) -> Path:
        """Where SQLite keeps its rows."""
        return self.folder / "portal.sqlite3"


def fill(app: Flask) -> None:
    """Keep a story with a photo."""
    with app.app_context():
        with transaction() as session:
            submission = make_submission(session, datetime.now(UTC) - timedelta(minutes=1), Stage.STORY)
            keep_picture(session, submission, at=datetime.now(UTC))
        remember_log(app)
    close_connections(app)


@pytest.fixture
def used(own_app: Flask) -> House:
    """A portal in use, once on each database."""
    fill(own_app)
    with own_app.app_context():
        settings = current_portal().settings
    return House(settings.instance, settings.database_url)


@pytest.fixture
def empty_url(postgres_address: str) -> Iterator[str]:
    """The address of a PostgreSQL database with nothing in it."""
    address = make_url(postgres_address).set(drivername="postgresql+psycopg")
    run_outside(address, "CREATE DATABASE nothing")
    yield show(address.set(database="nothing"))
    run_outside(address, "DROP DATABASE nothing WITH (FORCE)")


@pytest.fixture
def other(fresh_folder: Path, tmp_path: Path) -> House:
    """Another portal in use, on SQLite."""
    folder = tmp_path / "other"
    shutil.copytree(fresh_folder, folder)
    for name in ("secrets.json", "keyring.json", "portal.sqlite3", RECORD):
        (folder / name).unlink()
    house = House(folder, "")
    app = create_app(house.settings)
    upgrade_database(app)
    fill(app)
    return house


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


SOME = (("serve",), ("erase-due", "--anyway"), ("staff", "list"), ("upgrade",))
"""One of each kind: they are all guarded at the same place."""


def add_port(command: tuple[str, ...]) -> tuple[str, ...]:
    return (*command, "--port", str(find_port())) if command == ("serve",) else command


def test_every_command_that_opens_the_portal_is_listed() -> None:
    names = {name for name in portal.lazy if name not in ("doctor", "i18n", "move", "proxy", "restore")}
    assert {command[0] for command in COMMANDS} == names


@pytest.mark.one_case("command")
@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_a_used_folder_beside_an_empty_database_is_refused(
    used: House, empty_url: str, command: tuple[str, ...]
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
    house, whole = House(settings.instance, settings.database_url), path.read_bytes()
    for command in ("upgrade", "erase-due"):
        house.ask(command, PORTAL_DATABASE_URL=empty_url)
    assert path.read_bytes() == whole


@pytest.mark.one_case("command")
@pytest.mark.parametrize("command", SOME, ids=" ".join)
def test_a_used_database_beside_a_fresh_folder_is_refused(
    used: House, tmp_path: Path, command: tuple[str, ...]
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


def describe_fresh(used: House, fresh: Path, command: tuple[str, ...]) -> str:
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


def test_the_folder_of_another_portal_is_refused(used: House, other: House) -> None:
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


def test_what_one_portal_wrote_before_there_were_ids_is_bound_by_its_first_upgrade(used: House) -> None:
    forget_ids(used)
    assert used.ask("upgrade").exit_code == 0
    record = read_record(used.folder)
    assert record is not None
    rows = read_rows(used.settings.database)["installation"]
    assert [row["instance_id"] for row in rows] == [record.instance_id]


def forget_ids(house: House) -> None:
    """Take the portal back to the release before ids."""
    app = create_app(house.settings)
    with app.app_context():
        downgrade(BEFORE_IDS)
        db.session.remove()
    close_connections(app)
    (house.folder / RECORD).unlink()


@pytest.mark.one_case("command")
@pytest.mark.parametrize("command", SOME, ids=" ".join)
def test_before_there_were_ids_other_secrets_tell_it_apart(
    used: House, other: House, command: tuple[str, ...]
) -> None:
    forget_ids(used)
    shutil.copy(other.folder / "secrets.json", used.folder)
    before = used.look()
    said = used.refuse(*add_port(command))
    assert (said, used.look()) == (OTHER_SECRETS.format(folder=used.folder), before)


@pytest.mark.one_case("command")
@pytest.mark.parametrize("command", SOME, ids=" ".join)
def test_before_there_were_ids_a_used_folder_beside_an_empty_database_is_refused(
    used: House, empty_url: str, command: tuple[str, ...]
) -> None:
    forget_ids(used)
    before = used.look()
    used.refuse(*add_port(command), PORTAL_DATABASE_URL=empty_url)
    assert (used.look(), read_rows(empty_url)) == (before, {})


def test_secrets_that_were_replaced_are_told_apart(used: House, other: House) -> None:
    shutil.copy(other.folder / "secrets.json", used.folder)
    assert used.refuse("upgrade") == OTHER_SECRETS.format(folder=used.folder)


@pytest.fixture
def older(used: House, postgres_address: str) -> House:
    """A portal whose database was put back from a copy made before its newest texts."""
    address = make_url(postgres_address).set(drivername="postgresql+psycopg")
    dump = used.folder.with_name("dump.sqlite3")
    own = make_url(used.url).database if used.url else ""
    if used.url:
        run_outside(address, f'CREATE DATABASE dump TEMPLATE "{own}"')
    else:
        shutil.copy(used.file, dump)
    app = create_app(used.settings)
    fill(app)
    if used.url:
        run_outside(address, f'DROP DATABASE "{own}" WITH (FORCE)')
        run_outside(address, f'ALTER DATABASE dump RENAME TO "{own}"')
    else:
        shutil.copy(dump, used.file)
    return used


@pytest.mark.one_case("command")
@pytest.mark.parametrize("command", SOME, ids=" ".join)
def test_a_database_older_than_its_folder_is_refused(older: House, command: tuple[str, ...]) -> None:
    before = older.look()
    assert (older.refuse(*add_port(command)), older.look()) == (OLDER.format(folder=older.folder), before)


def test_the_doctor_says_that_a_database_is_older(older: House) -> None:
    said = older.ask("doctor")
    words = OLDER.format(folder=older.folder)
    assert (said.exit_code, said.output.splitlines()[-1]) == (1, f"refuse: {words}")


def test_an_older_database_is_used_when_a_person_says_so(older: House) -> None:
    first = older.ask("upgrade", "--anyway").exit_code
    assert (first, older.ask("staff", "list").exit_code) == (0, 0)


def test_anyway_forgives_nothing_else(used: House, tmp_path: Path) -> None:
    shutil.rmtree(used.folder / "files")
    for name in ("secrets.json", RECORD):
        (used.folder / name).unlink()
    assert used.ask("upgrade", "--anyway").exit_code == 1


def test_a_copy_that_went_its_own_way_is_refused(used: House, postgres_address: str) -> None:
    """It has as many entries, and they are others."""
    record = json.loads((used.folder / RECORD).read_text())
    record["seen"]["mac"] = "0" * 64
    (used.folder / RECORD).write_text(json.dumps(record))
    assert used.refuse("staff", "list") == OLDER.format(folder=used.folder)


def test_tables_of_another_program_are_left_alone(empty_url: str, tmp_path: Path) -> None:
    engine = create_engine(empty_url, poolclass=NullPool)
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE posts (id integer)"))
    house = House(tmp_path / "new", empty_url)
    assert house.refuse("serve", "--port", str(find_port())) == (
        "The database of PORTAL_DATABASE_URL holds tables of another program. Give the portal one of its own."
    )
    assert (set(read_rows(empty_url)), house.folder.exists()) == ({"posts"}, False)


def test_a_database_of_a_newer_release_is_refused(used: House) -> None:
    engine = create_engine(used.settings.database, poolclass=NullPool)
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    assert used.refuse("staff", "list") == (
        "The database was used with a newer release of the portal. Install that one."
    )


def test_a_lost_database_is_not_made_anew(used: House, empty_url: str) -> None:
    if used.url:
        said = used.refuse("upgrade", PORTAL_DATABASE_URL="")
        assert said == (
            f"The portal of {used.folder} has its database in PostgreSQL. "
            "Set PORTAL_DATABASE_URL to its address."
        )
    else:
        used.file.unlink()
        said = used.refuse("upgrade")
        assert said == (
            f"{used.folder} is in use, but its portal.sqlite3 is gone or empty. Put it back from your copy, "
            "or, if the database is in PostgreSQL, set PORTAL_DATABASE_URL."
        )
    assert used.file.exists() is False


@pytest.mark.parametrize("content", ["{", "[]", '{"id": 1}', '{"id": "a", "database": "b", "seen": {}}'])
def test_a_record_that_cannot_be_read_is_refused(used: House, content: str) -> None:
    (used.folder / RECORD).write_text(content)
    said = used.refuse("staff", "list")
    assert said.startswith(f"{used.folder}/secrets.json or {used.folder}/instance.json cannot be read (")


@pytest.mark.parametrize(
    "url", ["postgresql://nobody@127.0.0.1:1/none", "postgres://nobody@127.0.0.1:1/none?connect_timeout=1"]
)
@pytest.mark.parametrize(
    "command", [("upgrade",), ("staff", "list"), ("erase-due",), ("sample",), ("serve",)]
)
def test_a_mistyped_address_is_refused_in_one_sentence(
    tmp_path: Path, url: str, command: tuple[str, ...]
) -> None:
    house = House(tmp_path / "new", url)
    said = house.refuse(*add_port(command))
    if command in (("upgrade",), ("sample",), ("serve",)):
        assert said == (
            "The database does not answer (OperationalError). "
            "Check that PostgreSQL runs and what PORTAL_DATABASE_URL says."
        )
    assert house.folder.exists() is False


def test_the_doctor_makes_nothing_where_there_is_nothing(tmp_path: Path) -> None:
    house = House(tmp_path / "mistyped", "")
    said = house.ask("doctor")
    words = (
        f"mend: There is no portal in {house.folder}. Set PORTAL_INSTANCE to the folder of yours, or begin a "
        "new one with: portal serve\n"
    )
    assert (said.exit_code, said.output, house.folder.exists()) == (1, words, False)


@pytest.mark.parametrize("begin", ["upgrade", "sample"])
def test_a_first_start_binds_folder_and_database(tmp_path: Path, begin: str) -> None:
    house = House(tmp_path / "new", "")
    assert house.ask(begin).exit_code == 0
    app = create_app(house.settings)
    with app.app_context():
        own = current_portal().instance.instance_id
    close_connections(app)
    record = read_record(house.folder)
    assert record is not None
    assert (record.instance_id, record.kind) == (own, "sqlite")
    assert [row["instance_id"] for row in read_rows(house.settings.database)["installation"]] == [own]


def test_the_record_is_for_its_owner_alone(used: House) -> None:
    assert (used.folder / RECORD).stat().st_mode & 0o777 == 0o600


def test_a_first_start_that_was_cut_off_goes_on(used: House) -> None:
    """The database was bound, the folder not yet."""
    (used.folder / RECORD).unlink()
    assert (used.ask("staff", "list").exit_code, (used.folder / RECORD).exists()) == (0, True)


def test_where_the_portal_is_says_no_password(tmp_path: Path) -> None:
    settings = Settings(instance=tmp_path, database_url="postgresql://desk:secret@db.example.org/stories")
    assert describe_place(settings) == f"Folder: {tmp_path}\nDatabase: PostgreSQL, stories on db.example.org"


def test_where_the_portal_is_on_sqlite(tmp_path: Path) -> None:
    assert describe_place(Settings(instance=tmp_path)) == (
        f"Folder: {tmp_path}\nDatabase: SQLite, {tmp_path}/portal.sqlite3"
    )


def open_former(folder: Path, monkeypatch: pytest.MonkeyPatch, *, prefix: Path) -> None:
    """Have a portal lie where releases before kept that of a wheel, and none in `folder`."""
    open_instance(prefix / "var" / "portal-instance")
    monkeypatch.setattr(belonging, "CHECKOUT", None)
    monkeypatch.setattr(belonging, "default_instance", lambda _environ: folder)
    monkeypatch.setattr(belonging, "former_instance", lambda: former_instance(prefix=str(prefix)))


@pytest.mark.parametrize("command", [("serve",), ("doctor",), ("staff", "list")], ids=" ".join)
def test_a_portal_left_where_releases_before_kept_it_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: tuple[str, ...]
) -> None:
    house, former = House(tmp_path / "new", ""), tmp_path / "env" / "var" / "portal-instance"
    open_former(house.folder, monkeypatch, prefix=tmp_path / "env")
    said = house.refuse(*add_port(command)).removeprefix("refuse: ")
    words = (
        f"Your portal lies in {former}, which goes when the program is renewed. "
        f"Run: mkdir -p {tmp_path} && mv {former} {house.folder}"
    )
    assert (said, house.folder.exists()) == (words, False)


def test_once_moved_it_is_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    house, former = House(tmp_path / "new", ""), tmp_path / "env" / "var" / "portal-instance"
    open_former(house.folder, monkeypatch, prefix=tmp_path / "env")
    former.rename(house.folder)
    assert house.ask("upgrade").exit_code == 0
