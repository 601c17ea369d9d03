"""`portal doctor` names everything that is unsafe or broken; `portal serve` refuses what must not run."""

import json
import socket
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from shutil import copytree
from typing import Any

import pytest
from click.testing import CliRunner, Result
from flask import Flask
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from portal.app import create_app
from portal.cli import portal
from portal.cli.before_start import (
    LEAST_FREE,
    examine_files,
    examine_settings,
    examine_sqlite,
    find_file_system,
    is_public,
)
from portal.cli.findings import WEIGHTS, Finding, Kind, Weight
from portal.cli.inside import examine_before_serving, examine_database
from portal.config import Settings
from portal.database import transaction
from portal.extensions import current_portal, db
from portal.instance import open_instance
from portal.models import OutboxMail
from portal.operations.retaining import note_stop
from portal.storage import BALLAST
from tests.conftest import close_connections
from tests.factories import make_submission
from tests.mail_server import HOST, Post, find_port, open_server

AFFECTED, FIXED = (3, 40, 1), (3, 51, 3)
ELSEWHERE = "127.0.0.2"
"""An address of this machine that the portal does not know for one."""
MOUNTS = "/dev/sda1 / ext4 rw 0 0\nserver:/srv /srv nfs4 rw 0 0\ntmpfs /srv/near\\040by tmpfs rw 0 0\n"
IN_ORDER = (0, ["Everything is in order."])


@pytest.fixture(scope="module")
def mail_url() -> Iterator[str]:
    """A mail server on this machine that takes everything."""
    with open_server(Post()) as port:
        yield f"smtp://{HOST}:{port}"


@dataclass(frozen=True)
class House:
    """An installation in order: its instance with the database, and its settings."""

    folder: Path
    settings: dict[str, str] = field(default_factory=dict)

    def ask(self, *command: str) -> Result:
        """Run a command of the portal here."""
        clean: dict[str, str | None] = {"FLASK_DEBUG": None, "PYTHONDEVMODE": None}
        return CliRunner(env=clean | self.settings).invoke(portal, list(command))

    def diagnose(self) -> tuple[int, list[str]]:
        """Return the exit code of the doctor and what it says."""
        asked = self.ask("doctor")
        return asked.exit_code, asked.output.splitlines()

    @contextmanager
    def open(self) -> Iterator[Session]:
        """Change something in the database, in one transaction."""
        app = create_app(Settings.from_env(self.settings))
        with app.app_context():
            with transaction() as session:
                yield session
            db.session.remove()
        close_connections(app)

    def write_secret(self, file: str, **values: str) -> None:
        """Replace values in one of the two files of secrets."""
        path = self.folder / file
        path.write_text(json.dumps({**json.loads(path.read_text()), **values}))


@pytest.fixture
def house(fresh_folder: Path, tmp_path: Path, mail_url: str) -> House:
    """A public portal on SQLite with everything as it should be."""
    folder = tmp_path / "instance"
    copytree(fresh_folder, folder)
    return House(
        folder,
        {
            "PORTAL_INSTANCE": str(folder),
            "PORTAL_BASE_URL": "https://stories.example.org",
            "PORTAL_SMTP_URL": mail_url,
            "PORTAL_MAIL_FROM": "desk@example.org",
            "PORTAL_PROXY_HOPS": "1",
            "PORTAL_UPLOAD_FLOOR_MIB": "0",
        },
    )


def send_pitch(house: House, *, at: datetime | None = None) -> None:
    with house.open() as session:
        make_submission(session, at or datetime.now(UTC))


@dataclass(frozen=True)
class Case:
    """How a house gets into a state, and what the doctor says of it; `{folder}` is the instance."""

    words: str
    settings: Mapping[str, str] = field(default_factory=dict)
    spoil: Callable[[House], object] = lambda _house: None


def damage_log(house: House) -> None:
    """Delete what the log must keep, as somebody with the file in their hands can."""
    send_pitch(house)
    with house.open() as session:
        guard = session.scalar(text("SELECT sql FROM sqlite_master WHERE name = 'audit_entry_kept'"))
        session.execute(text("DROP TRIGGER audit_entry_kept"))
        session.execute(text("DELETE FROM audit_entry"))
        session.connection().exec_driver_sql(str(guard))


def lift_guard(house: House) -> None:
    with house.open() as session:
        session.execute(text("DROP TRIGGER audit_entry_never_changed"))


def age_schema(house: House) -> None:
    with house.open() as session:
        session.execute(text("UPDATE alembic_version SET version_num = '0001'"))


def change_secret(house: House) -> None:
    send_pitch(house)
    house.write_secret("secrets.json", receipt="0123456789abcdef" * 4)


def change_ring(house: House) -> None:
    """Put a ring there that was never the one of this database."""
    send_pitch(house)
    ring = {"current": "0a0b0c0d", "0a0b0c0d": "ab" * 32}
    (house.folder / "keyring.json").write_text(json.dumps(ring))


def change_mail(house: House, **values: Any) -> None:
    send_pitch(house)
    with house.open() as session:
        mail = session.scalars(select(OutboxMail)).one()
        for name, value in values.items():
            setattr(mail, name, value)


def give_up_mail(house: House) -> None:
    change_mail(house, failed_at=datetime.now(UTC), last_error="SMTPDataError 554")


def forget_mail(house: House) -> None:
    change_mail(house, run_at=datetime.now(UTC) - timedelta(minutes=20))


def send_from_the_future(house: House) -> None:
    send_pitch(house, at=datetime(2199, 3, 1, tzinfo=UTC))
    with house.open() as session:  # mail is not what this is about
        session.execute(OutboxMail.__table__.delete())  # type: ignore[attr-defined]  # a mapped class's table


def stop_erasing(house: House) -> None:
    with house.open() as session:
        note_stop(session, at=datetime(2026, 3, 14, 9, 26, tzinfo=UTC))


def remove(name: str) -> Callable[[House], object]:
    return lambda house: (house.folder / name).unlink()


def write(name: str, content: str) -> Callable[[House], object]:
    return lambda house: (house.folder / name).write_text(content)


def open_to_others(name: str, mode: int = 0o640) -> Callable[[House], object]:
    def spoil(house: House) -> None:
        path = house.folder / name
        path.touch()
        path.chmod(mode)

    return spoil


CASES: Mapping[Kind, Case] = {
    Kind.DEBUG: Case(
        "FLASK_DEBUG is set: error pages would show the program to strangers. Remove it.",
        {"FLASK_DEBUG": "1"},
    ),
    Kind.PLAIN_HTTP: Case(
        "PORTAL_BASE_URL begins with http: what people send could be read. Use https.",
        {"PORTAL_BASE_URL": "http://stories.example.org"},
    ),
    Kind.WILDCARD_HOST: Case(
        "PORTAL_TRUSTED_HOSTS holds a wildcard: name every host.",
        {"PORTAL_TRUSTED_HOSTS": "*.example.org"},
    ),
    Kind.NO_HOST: Case(
        "PORTAL_BASE_URL names no host, and PORTAL_TRUSTED_HOSTS is empty. Name one.",
        {"PORTAL_BASE_URL": "https://:443"},
    ),
    Kind.OPEN_FILE: Case(
        "{folder}/portal.sqlite3 can be read by other users of this machine. "
        "Run: chmod go= {folder}/portal.sqlite3",
        spoil=open_to_others("portal.sqlite3"),
    ),
    Kind.WEAK_SECRET: Case(
        "The secret 'session' in {folder}/secrets.json is too weak.",
        spoil=lambda house: house.write_secret("secrets.json", session="short"),
    ),
    Kind.UNREADABLE_SECRETS: Case(
        "{folder}/secrets.json cannot be read (JSONDecodeError). Put it back from your copy.",
        spoil=write("secrets.json", "{"),
    ),
    Kind.UNREADABLE_RING: Case(
        "{folder}/keyring.json cannot be used (JSONDecodeError): nothing sealed could be opened. "
        "Put it back from your copy.",
        spoil=write("keyring.json", "{"),
    ),
    Kind.LOST_FILE: Case(
        "{folder}/keyring.json is gone, but the database is there: a new one opens nothing. "
        "Put it back from your copy.",
        spoil=remove("keyring.json"),
    ),
    Kind.NO_DATABASE: Case(
        "The database does not answer (OperationalError).",
        {"PORTAL_DATABASE_URL": "postgresql://nobody@127.0.0.1:1/none"},
    ),
    Kind.OTHER_SECRETS: Case(
        "The database was written with another {folder}/secrets.json: codes of contributors would open "
        "nothing. Put it back from your copy.",
        spoil=change_secret,
    ),
    Kind.DATABASE_BEHIND: Case(
        "The database is not at this release's state. Run: portal upgrade", spoil=age_schema
    ),
    Kind.AUDIT_DAMAGED: Case(
        "The audit log is damaged at entry 1. Run: portal audit verify", spoil=damage_log
    ),
    Kind.AUDIT_UNGUARDED: Case(
        "Somebody has taken away what keeps the audit log from being changed. "
        "Run: portal audit verify, then: portal upgrade",
        spoil=lift_guard,
    ),
    Kind.NO_MAIL_SERVER: Case(
        "PORTAL_SMTP_URL is empty: mail is written to files and reaches nobody.", {"PORTAL_SMTP_URL": ""}
    ),
    Kind.NO_SENDER: Case(
        "PORTAL_MAIL_FROM is still portal@localhost: mail servers will refuse it.",
        {"PORTAL_MAIL_FROM": "portal@localhost"},
    ),
    Kind.NO_PROXY: Case(
        "PORTAL_PROXY_HOPS is 0 though the address is https: set it to 1 behind one proxy.",
        {"PORTAL_PROXY_HOPS": "0"},
    ),
    Kind.LITTLE_SPACE: Case(
        "Little space is free where {folder} lies: texts are taken, photos and documents are not. Make room.",
        {"PORTAL_UPLOAD_FLOOR_MIB": str(2**40)},
    ),
    Kind.MAIL_SERVER_AWAY: Case(
        "The server of PORTAL_SMTP_URL does not take mail (ConnectionRefusedError). "
        "Until it does, mail waits.",
        {"PORTAL_SMTP_URL": f"smtp://{HOST}:{find_port()}"},
    ),
    Kind.MAIL_GIVEN_UP: Case("1 mails were given up. An admin sees them under Settings.", spoil=give_up_mail),
    Kind.MAIL_WAITS: Case(
        "1 mails have been due for more than 15 minutes: the worker does not run, or the mail server is too "
        "slow. `portal serve` starts a worker; without it run: portal worker",
        spoil=forget_mail,
    ),
    Kind.ERASING_STOPPED: Case(
        "Since 2026-03-14 09:26 UTC nothing is erased by the clock, because it may be wrong. "
        "Check it, then run: portal erase-due",
        spoil=stop_erasing,
    ),
}
"""What the doctor finds where it is asked; the others have tests of their own below."""

ON_THEIR_OWN = frozenset(
    {
        Kind.WEB_ROOT,
        Kind.DISK_FULL,
        Kind.WAL_FAULT,
        Kind.SLOW_JOURNAL,
        Kind.NETWORK_DISK,
        Kind.LOST_KEY,
        Kind.MAIL_IN_CLEAR,
        Kind.CLOCK_BEHIND,
        Kind.MIGHTY_ROLE,
    }
)


def list_untested() -> set[Kind]:
    """Return the kinds of finding that no test brings about."""
    return set(Kind) - set(CASES) - ON_THEIR_OWN


def test_every_kind_of_finding_is_brought_about() -> None:
    assert (list_untested(), set(CASES) & ON_THEIR_OWN) == (set(), set())


def test_a_kind_nobody_tests_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(CASES, Kind.DEBUG)
    assert list_untested() == {Kind.DEBUG}


def spoil(house: House, case: Case) -> str:
    """Bring about a case; return its sentence."""
    case.spoil(house)
    house.settings.update(case.settings)
    return case.words.format(folder=house.folder)


def test_a_sound_installation_is_in_order(house: House) -> None:
    assert house.diagnose() == IN_ORDER


@pytest.mark.parametrize("kind", CASES)
def test_the_doctor_says_what_is_wrong(house: House, kind: Kind) -> None:
    words = spoil(house, CASES[kind])
    assert house.diagnose() == (WEIGHTS[kind] is not Weight.WARN, [f"{WEIGHTS[kind]}: {words}"])


@pytest.mark.parametrize("kind", CASES)
def test_the_portal_starts_unless_the_doctor_refuses(house: House, kind: Kind) -> None:
    words = spoil(house, CASES[kind])
    assert find_what_stops(house) == ([words] if WEIGHTS[kind] is Weight.REFUSE else [])


def find_what_stops(house: House) -> list[str]:
    """Start the portal where its port is taken; return what it says before it comes to that."""
    with socket.create_server((HOST, 0)) as taken:
        port = taken.getsockname()[1]
        started = house.ask("serve", "--port", str(port))
    said = started.output.removeprefix("Error: ").splitlines()
    assert started.exit_code == 1
    if said != [f"{HOST}:{port} is not free. Choose another port with --port."]:
        return said
    # What comes after the port: the look inside.
    if "PORTAL_DATABASE_URL" in house.settings:
        stopped = house.ask("serve", "--port", str(find_port()))
        return stopped.output.removeprefix("Error: ").splitlines()
    house.ask("upgrade")
    app = create_app(Settings.from_env(house.settings))
    found = examine_before_serving(app)
    close_connections(app)
    return [one.sentence for one in found]


def test_a_portal_for_this_machine_alone_may_do_without_https(house: House) -> None:
    house.settings.update({"PORTAL_BASE_URL": "http://127.0.0.1:8000", "PORTAL_PROXY_HOPS": "0"})
    assert house.diagnose() == IN_ORDER


def test_an_onion_address_needs_no_https(house: House) -> None:
    house.settings.update({"PORTAL_BASE_URL": f"http://{'a' * 56}.onion", "PORTAL_PROXY_HOPS": "0"})
    assert house.diagnose() == IN_ORDER


@pytest.mark.parametrize(
    ("name", "mode"),
    [
        (".", 0o750),
        ("files", 0o755),
        ("mail", 0o701),
        ("secrets.json", 0o640),
        ("keyring.json", 0o604),
        ("portal.sqlite3-wal", 0o644),
        ("backup-2026-03-14.tar", 0o644),
    ],
)
def test_what_others_on_the_machine_can_read_is_refused(house: House, name: str, mode: int) -> None:
    open_to_others(name, mode)(house)
    path = house.folder / name
    assert find_kinds(examine_files(Settings.from_env(house.settings))) == [Kind.OPEN_FILE]
    assert f"chmod go= {path}" in house.diagnose()[1][0]


def find_kinds(found: Iterator[Finding]) -> list[Kind]:
    return [one.kind for one in found]


def test_the_portal_itself_leaves_nothing_open_to_others(house: House) -> None:
    send_pitch(house)
    inside = [path for path in house.folder.rglob("*") if path.is_file() and path.suffix != ".mo"]
    assert [path.name for path in inside if path.stat().st_mode & 0o077] == []


@pytest.mark.parametrize("secret", ["", "short", "0" * 64])
@pytest.mark.parametrize("name", ["session", "receipt", "password_salt", "totp"])
def test_a_weak_secret_is_refused(house: House, name: str, secret: str) -> None:
    house.write_secret("secrets.json", **{name: secret})
    assert find_kinds(examine_files(Settings.from_env(house.settings))) == [Kind.WEAK_SECRET]


def test_a_missing_secret_is_refused(house: House) -> None:
    path = house.folder / "secrets.json"
    kept = json.loads(path.read_text())
    del kept["totp"]
    path.write_text(json.dumps(kept))
    assert house.diagnose() == (1, [f"refuse: The secret 'totp' in {path} is too weak."])


@pytest.mark.parametrize(
    "content", ["[]", '{"current": "00"}', '{"current": "00", "00": "ab"}', '{"current": 1}']
)
def test_a_ring_that_holds_no_keys_is_refused(house: House, content: str) -> None:
    write("keyring.json", content)(house)
    assert find_kinds(examine_files(Settings.from_env(house.settings))) == [Kind.UNREADABLE_RING]


def test_lost_secrets_are_not_made_anew(house: House) -> None:
    remove("secrets.json")(house)
    stopped = house.ask("serve", "--port", str(find_port()))
    assert (stopped.exit_code, (house.folder / "secrets.json").exists()) == (1, False)


def test_a_first_start_finds_nothing_lost(tmp_path: Path) -> None:
    assert list(examine_files(Settings(instance=tmp_path, upload_floor_mib=0))) == []


@pytest.mark.parametrize("name", ["htdocs", "static", "public_html"])
def test_an_instance_where_web_servers_look_is_refused(tmp_path: Path, name: str) -> None:
    served = tmp_path / name / "instance"
    open_instance(served)
    found = list(examine_files(Settings(instance=served, upload_floor_mib=0)))
    sentence = f"{served} lies where web servers look for files to send. Move it elsewhere."
    assert found == [Finding(Kind.WEB_ROOT, sentence)]


def test_a_disk_that_is_almost_full_is_refused(house: House) -> None:
    found = list(examine_files(Settings.from_env(house.settings), least_free=2**60))
    sentence = f"Less than {2**40} MB are free where {house.folder} lies: nothing could be kept safely."
    assert (found, LEAST_FREE) == ([Finding(Kind.DISK_FULL, sentence)], 200 * 2**20)


def test_on_a_disk_that_is_almost_full_the_ballast_is_named(house: House) -> None:
    (house.folder / BALLAST).touch(mode=0o600)
    found = list(examine_files(Settings.from_env(house.settings), least_free=2**60))
    assert [one.sentence.partition("safely. ")[2] for one in found] == [
        f"Deleting {house.folder / BALLAST} gives 64 MB back."
    ]


def look_at_sqlite(folder: Path, version: tuple[int, ...], mounts: str = "") -> list[Kind]:
    return find_kinds(examine_sqlite(Settings(instance=folder), version, mounts=mounts))


def test_a_fixed_sqlite_is_in_order(house: House) -> None:
    assert look_at_sqlite(house.folder, FIXED) == []


def test_an_affected_sqlite_is_named(tmp_path: Path) -> None:
    assert look_at_sqlite(tmp_path, AFFECTED) == [Kind.SLOW_JOURNAL]


def test_an_affected_sqlite_on_a_database_in_wal_mode_is_refused(house: House) -> None:
    assert look_at_sqlite(house.folder, AFFECTED) == [Kind.WAL_FAULT]


def test_the_version_of_sqlite_is_nothing_to_postgresql(tmp_path: Path) -> None:
    settings = Settings(instance=tmp_path, database_url="postgresql://localhost/portal")
    assert list(examine_sqlite(settings, AFFECTED, mounts="x / nfs rw 0 0")) == []


def test_a_database_on_a_network_disk_is_refused() -> None:
    assert look_at_sqlite(Path("/srv/portal"), FIXED, MOUNTS) == [Kind.NETWORK_DISK]


@pytest.mark.parametrize(
    ("path", "kind"),
    [("/srv", "nfs4"), ("/srv/a/b", "nfs4"), ("/srvant", "ext4"), ("/srv/near by/a", "tmpfs"), ("/", "ext4")],
)
def test_a_path_is_on_the_nearest_disk_above_it(path: str, kind: str) -> None:
    assert find_file_system(Path(path), MOUNTS) == kind


def test_a_lost_key_is_refused_before_anybody_is_served(house: House) -> None:
    change_ring(house)
    sentence = (
        f"{house.folder / 'keyring.json'} lacks the key LOST: what it sealed cannot be opened. "
        "Put the ring back from your copy."
    )
    app = create_app(Settings.from_env(house.settings))
    found = [*examine_database(app), *examine_before_serving(app)]
    close_connections(app)
    before, after = sentence.split("LOST")
    assert [one.kind for one in found] == [Kind.LOST_KEY, Kind.LOST_KEY]
    assert (found[0].sentence.startswith(before), found[0].sentence.endswith(after)) == (True, True)


def test_a_clock_that_is_behind_the_log_is_named(house: House) -> None:
    send_from_the_future(house)
    exit_code, (said,) = house.diagnose()
    assert (exit_code, said.partition(", but ")[2]) == (
        0,
        "the audit log has an entry of 2199-03-01 00:00 UTC. Set the clock.",
    )


def test_addresses_that_would_travel_in_the_open_are_named(house: House) -> None:
    with open_server(Post(), host=ELSEWHERE) as port:
        house.settings["PORTAL_SMTP_URL"] = f"smtp://{ELSEWHERE}:{port}"
        found = house.diagnose()
    sentence = (
        "The server of PORTAL_SMTP_URL offers no encryption: who listens reads the addresses of "
        "contributors. Use smtps."
    )
    assert found == (0, [f"warn: {sentence}"])


def examine(app: Flask) -> list[Kind]:
    return [one.kind for one in examine_database(app)]


@pytest.mark.parametrize("own_app", ["postgresql"], indirect=True)
def test_a_role_nothing_stops_is_named(own_app: Flask) -> None:
    assert examine(own_app) == [Kind.MIGHTY_ROLE]


@pytest.mark.parametrize("own_app", ["postgresql"], indirect=True)
def test_the_doctor_finds_on_postgresql_what_it_finds_on_sqlite(own_app: Flask) -> None:
    with own_app.app_context(), transaction() as session:
        for minutes in (60, 0):
            make_submission(session, datetime.now(UTC) - timedelta(minutes=minutes))
    with own_app.app_context(), transaction() as session:
        session.execute(text("ALTER TABLE audit_entry DISABLE TRIGGER ALL"))
        session.execute(text("UPDATE audit_entry SET act = 'accept' WHERE seq = 1"))
        ring = current_portal().instance.ring_file.path
    ring.write_text(json.dumps({"current": "0a0b0c0d", "0a0b0c0d": "ab" * 32}))
    again = create_app(current_settings(own_app))
    found = examine(again)
    close_connections(again)
    assert found == [
        Kind.LOST_KEY,
        Kind.AUDIT_DAMAGED,
        Kind.AUDIT_UNGUARDED,
        Kind.MIGHTY_ROLE,
        Kind.MAIL_WAITS,
    ]


def current_settings(app: Flask) -> Settings:
    with app.app_context():
        return current_portal().settings


@pytest.mark.parametrize(
    ("address", "public"),
    [("http://127.0.0.1:8000", False), ("http://localhost", False), ("https://stories.example.org", True)],
)
def test_only_a_portal_for_others_is_held_to_the_strict_rules(address: str, *, public: bool) -> None:
    assert is_public(Settings(base_url=address)) is public


def test_debugging_is_nobodys_business_on_this_machine_alone() -> None:
    settings = Settings(base_url="http://127.0.0.1:8000")
    assert list(examine_settings(settings, {"FLASK_DEBUG": "1"})) == []
