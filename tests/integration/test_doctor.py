"""`portal doctor` and `portal serve` refuse what is unsafe, and the doctor names what could be better."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import create_engine, make_url, text

from portal.cli import portal
from portal.cli.doctor import Finding, Weight, examine_database, examine_sqlite, is_public
from portal.config import Settings
from portal.database import transaction
from portal.instance import open_instance
from tests.conftest import close_connections, make_app
from tests.factories import make_submission

SAFE = {
    "PORTAL_BASE_URL": "https://stories.example.org",
    "PORTAL_SMTP_URL": "smtps://user:secret@mail.example.org",
    "PORTAL_MAIL_FROM": "desk@example.org",
    "PORTAL_PROXY_HOPS": "1",
}
AFFECTED, FIXED = (3, 40, 1), (3, 51, 3)
DEBUG_WORDS = "FLASK_DEBUG is set: error pages would show the program to strangers. Remove it."
HTTP_WORDS = "PORTAL_BASE_URL begins with http: what people send could be read. Use https."


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """An instance with its database, as `portal serve` leaves it."""
    made = tmp_path / "instance"
    close_connections(make_app(made))
    return made


def ask(folder: Path, *command: str, settings: Mapping[str, str] = SAFE) -> Result:
    environ = {"FLASK_DEBUG": None, "PYTHONDEVMODE": None, **settings, "PORTAL_INSTANCE": str(folder)}
    return CliRunner(env=environ).invoke(portal, list(command))


def diagnose(folder: Path, **changes: str) -> tuple[int, list[str]]:
    """Return the exit code of the doctor and what it says."""
    asked = ask(folder, "doctor", settings={**SAFE, **changes})
    return asked.exit_code, asked.output.splitlines()


def test_a_sound_installation_is_in_order(folder: Path) -> None:
    assert diagnose(folder) == (0, ["Everything is in order."])


def test_a_portal_for_this_machine_alone_may_do_without_https(folder: Path) -> None:
    assert diagnose(folder, PORTAL_BASE_URL="http://127.0.0.1:8000", PORTAL_PROXY_HOPS="0") == (
        0,
        ["Everything is in order."],
    )


REFUSED = {
    "http": ({"PORTAL_BASE_URL": "http://stories.example.org"}, HTTP_WORDS),
    "debug": ({"FLASK_DEBUG": "1"}, DEBUG_WORDS),
    "wildcard": (
        {"PORTAL_TRUSTED_HOSTS": "*.example.org"},
        "PORTAL_TRUSTED_HOSTS holds a wildcard: name every host.",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_an_unsafe_setting_is_refused(folder: Path, name: str) -> None:
    changes, words = REFUSED[name]
    assert diagnose(folder, **changes) == (1, [f"refuse: {words}"])


@pytest.mark.parametrize("name", REFUSED)
def test_the_portal_does_not_start_with_an_unsafe_setting(folder: Path, name: str) -> None:
    changes, words = REFUSED[name]
    started = ask(folder, "serve", settings={**SAFE, **changes})
    assert (started.exit_code, started.output) == (1, f"Error: {words}\n")


def test_an_onion_address_needs_no_https(folder: Path) -> None:
    onion = f"http://{'a' * 56}.onion"
    assert diagnose(folder, PORTAL_BASE_URL=onion, PORTAL_PROXY_HOPS="0") == (0, ["Everything is in order."])


@pytest.mark.parametrize("name", [".", "secrets.json", "keyring.json"])
def test_what_others_on_the_machine_can_read_is_refused(folder: Path, name: str) -> None:
    path = folder if name == "." else folder / name
    path.chmod(path.stat().st_mode | 0o040)
    assert diagnose(folder) == (
        1,
        [f"refuse: {path} can be read by other users of this machine. Run: chmod go= {path}"],
    )


@pytest.mark.parametrize("secret", ["", "short", "0" * 64])
def test_a_weak_secret_is_refused(folder: Path, secret: str) -> None:
    path = folder / "secrets.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), "session": secret}))
    assert diagnose(folder) == (
        1,
        [f"refuse: The secret 'session' in {path} is too weak."],
    )


def test_an_instance_where_web_servers_look_is_refused(tmp_path: Path) -> None:
    served = tmp_path / "htdocs" / "instance"
    close_connections(make_app(served))
    assert diagnose(served) == (
        1,
        [f"refuse: {served} lies where web servers look for files to send. Move it elsewhere."],
    )


WARNED = {
    "no mail server": (
        {"PORTAL_SMTP_URL": ""},
        "PORTAL_SMTP_URL is empty: mail is written to files and reaches nobody.",
    ),
    "no sender": (
        {"PORTAL_MAIL_FROM": "portal@localhost"},
        "PORTAL_MAIL_FROM is still portal@localhost: mail servers will refuse it.",
    ),
    "no proxy": (
        {"PORTAL_PROXY_HOPS": "0"},
        "PORTAL_PROXY_HOPS is 0 though the address is https: set it to 1 behind one proxy.",
    ),
}


@pytest.mark.parametrize("name", WARNED)
def test_what_could_be_better_is_named(folder: Path, name: str) -> None:
    changes, words = WARNED[name]
    assert diagnose(folder, **changes) == (0, [f"warn: {words}"])


def look_at_sqlite(folder: Path, version: tuple[int, ...]) -> list[Weight]:
    return [one.weight for one in examine_sqlite(Settings(instance=folder), version)]


def test_a_fixed_sqlite_is_in_order(folder: Path) -> None:
    assert look_at_sqlite(folder, FIXED) == []


def test_an_affected_sqlite_is_named(tmp_path: Path) -> None:
    assert look_at_sqlite(tmp_path, AFFECTED) == [Weight.WARN]


def test_an_affected_sqlite_on_a_database_in_wal_mode_is_refused(folder: Path) -> None:
    assert look_at_sqlite(folder, AFFECTED) == [Weight.REFUSE]


def test_the_version_of_sqlite_is_nothing_to_postgresql(folder: Path) -> None:
    settings = Settings(instance=folder, database_url="postgresql://localhost/portal")
    assert list(examine_sqlite(settings, AFFECTED)) == []


def test_a_database_of_an_older_release_is_refused(tmp_path: Path) -> None:
    open_instance(tmp_path)
    assert diagnose(tmp_path) == (
        1,
        ["refuse: The database is not at this release's state. Run: portal upgrade"],
    )


def test_a_database_that_does_not_answer_is_refused(folder: Path) -> None:
    exit_code, said = diagnose(folder, PORTAL_DATABASE_URL="postgresql://nobody@127.0.0.1:1/none")
    assert (exit_code, said) == (1, ["refuse: The database does not answer (OperationalError)."])


def test_a_damaged_audit_log_is_refused(tmp_path: Path) -> None:
    app = make_app(tmp_path)
    with app.app_context(), transaction() as session:
        make_submission(session, datetime.now(UTC))
    engine = create_engine(make_url(f"sqlite:///{tmp_path / 'portal.sqlite3'}"))
    with engine.begin() as connection:
        connection.execute(text("DROP TRIGGER audit_entry_kept"))
        connection.execute(text("DELETE FROM audit_entry"))
    engine.dispose()
    found = list(examine_database(app))
    close_connections(app)
    sentence = "The audit log is damaged at entry 1. Run: portal audit verify"
    assert found == [Finding(Weight.REFUSE, sentence)]


@pytest.mark.parametrize(
    ("address", "public"),
    [("http://127.0.0.1:8000", False), ("http://localhost", False), ("https://stories.example.org", True)],
)
def test_only_a_portal_for_others_is_held_to_the_strict_rules(address: str, *, public: bool) -> None:
    assert is_public(Settings(base_url=address)) is public
