"""A deployment in order, every way to spoil it, and what the doctor says of each."""

import json
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from click.testing import CliRunner, Result
from sqlalchemy import select, text, update
from sqlalchemy.orm import Session

from portal.app import create_app
from portal.cli import portal
from portal.cli.doctor.findings import Finding, Kind
from portal.cli.schema import downgrade
from portal.config import Settings
from portal.database import transaction
from portal.extensions import db
from portal.models import Installation, OutboxMail
from portal.operations.retention import note_stop
from tests.conftest import close_connections
from tests.support.factories import make_submission
from tests.support.mail_server import HOST, find_port

MACHINE = Path(__file__).with_name("machine")
"""Programs that a machine in order has."""
IN_ORDER = (0, ["Everything is in order."])
OTHER_RING = json.dumps({"current": "0a0b0c0d", "0a0b0c0d": "ab" * 32})


@dataclass(frozen=True)
class Deployment:
    """A deployment in order: its instance with the database, and its settings."""

    folder: Path
    settings: dict[str, str] = field(default_factory=dict)

    def ask(self, *command: str) -> Result:
        """Run a command of the portal here."""
        path = f"{MACHINE}{os.pathsep}{os.environ['PATH']}"
        clean: dict[str, str | None] = {"FLASK_DEBUG": None, "PYTHONDEVMODE": None, "PATH": path}
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


def send_pitch(deployment: Deployment, *, at: datetime | None = None) -> None:
    with deployment.open() as session:
        make_submission(session, at or datetime.now(UTC))


def step_back(deployment: Deployment, schema: str) -> None:
    """Take the database back to what an earlier release left."""
    app = create_app(Settings.from_env(deployment.settings))
    with app.app_context():
        downgrade(schema)
        db.session.remove()
    close_connections(app)


@dataclass(frozen=True)
class Case:
    """How a deployment gets into a state, and what the doctor says of it; `{folder}` is the instance."""

    words: str
    settings: Mapping[str, str] = field(default_factory=dict)
    spoil: Callable[[Deployment], object] = lambda _deployment: None


def damage_log(deployment: Deployment) -> None:
    """Delete what the log must keep, as somebody with the file in their hands can."""
    send_pitch(deployment)
    with deployment.open() as session:
        guard = session.scalar(text("SELECT sql FROM sqlite_master WHERE name = 'audit_entry_kept'"))
        session.execute(text("DROP TRIGGER audit_entry_kept"))
        session.execute(text("DELETE FROM audit_entry"))
        session.connection().exec_driver_sql(str(guard))


def lift_guard(deployment: Deployment) -> None:
    with deployment.open() as session:
        session.execute(text("DROP TRIGGER audit_entry_never_changed"))


def age_schema(deployment: Deployment, version: str = "0001") -> None:
    with deployment.open() as session:
        session.execute(text("UPDATE alembic_version SET version_num = :version"), {"version": version})


def change_belonging(deployment: Deployment, **values: str) -> None:
    send_pitch(deployment)
    with deployment.open() as session:
        session.execute(update(Installation).values(values))


def see_more(deployment: Deployment) -> None:
    """Have the folder remember an entry that the database does not have."""
    path = deployment.folder / "instance.json"
    record = json.loads(path.read_text())
    path.write_text(json.dumps({**record, "seen": {"seq": 9, "mac": "ab" * 32}}))


def change_secret(deployment: Deployment) -> None:
    send_pitch(deployment)
    deployment.write_secret("secrets.json", receipt="0123456789abcdef" * 4)


def change_ring(deployment: Deployment) -> None:
    """Put a ring there that was never the one of this database."""
    send_pitch(deployment)
    (deployment.folder / "keyring.json").write_text(OTHER_RING)


def change_mail(deployment: Deployment, **values: Any) -> None:
    send_pitch(deployment)
    with deployment.open() as session:
        mail = session.scalars(select(OutboxMail)).one()
        for name, value in values.items():
            setattr(mail, name, value)


def give_up_mail(deployment: Deployment) -> None:
    change_mail(deployment, failed_at=datetime.now(UTC), last_error="SMTPDataError 554")


def forget_mail(deployment: Deployment) -> None:
    change_mail(deployment, run_at=datetime.now(UTC) - timedelta(hours=2))


def send_from_the_future(deployment: Deployment) -> None:
    send_pitch(deployment, at=datetime(2199, 3, 1, tzinfo=UTC))
    with deployment.open() as session:  # mail is not what this is about
        session.execute(OutboxMail.__table__.delete())  # type: ignore[attr-defined]  # a mapped class's table


def stop_erasing(deployment: Deployment) -> None:
    with deployment.open() as session:
        note_stop(session, at=datetime(2026, 3, 14, 9, 26, tzinfo=UTC))


def remove(name: str) -> Callable[[Deployment], object]:
    return lambda deployment: (deployment.folder / name).unlink()


def write(name: str, content: str) -> Callable[[Deployment], object]:
    return lambda deployment: (deployment.folder / name).write_text(content)


def open_to_others(name: str, mode: int = 0o640) -> Callable[[Deployment], object]:
    def spoil(deployment: Deployment) -> None:
        path = deployment.folder / name
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
        "{folder}/keyring.json can be read by other users of this machine. "
        "Run: chmod go= {folder}/keyring.json",
        spoil=open_to_others("keyring.json"),
    ),
    Kind.OPEN_DATABASE: Case(
        "{folder}/portal.sqlite3 can be read by other users of this machine. "
        "The next start closes it to them.",
        spoil=open_to_others("portal.sqlite3"),
    ),
    Kind.WEAK_SECRET: Case(
        "The secret 'session' in {folder}/secrets.json is too weak.",
        spoil=lambda deployment: deployment.write_secret("secrets.json", session="short"),
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
        "The database does not answer (OperationalError). "
        "Check that PostgreSQL runs and what PORTAL_DATABASE_URL says.",
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
        "PORTAL_SMTP_URL is empty: e-mails are written to files and reach nobody.", {"PORTAL_SMTP_URL": ""}
    ),
    Kind.NO_SENDER: Case(
        "PORTAL_MAIL_FROM is still portal@localhost: mail servers will refuse it.",
        {"PORTAL_MAIL_FROM": "portal@localhost"},
    ),
    Kind.NO_PROXY: Case(
        "PORTAL_PROXY_HOPS is 0 though the address is https: set it to 1 behind one proxy.",
        {"PORTAL_PROXY_HOPS": "0"},
    ),
    Kind.NO_AUTHORITIES: Case(
        "PORTAL_TARGET_CA_FILE is no file with certificates that can be read: nothing can be pushed.",
        {"PORTAL_TARGET_CA_FILE": "/none.pem"},
    ),
    Kind.NO_FONT: Case(
        "Pictures of shared links have no words in en, uk, zh-Hant-TW: no font we know has these letters. "
        "Install fontconfig, fonts-noto-core and fonts-noto-cjk, as Debian calls them.",
        {"PATH": ""},
    ),
    Kind.LITTLE_SPACE: Case(
        "Little space is free where {folder} lies: texts are taken, photos and documents are not. Make room.",
        {"PORTAL_UPLOAD_FLOOR_MIB": str(2**40)},
    ),
    Kind.MAIL_SERVER_AWAY: Case(
        "The server of PORTAL_SMTP_URL does not take e-mails (ConnectionRefusedError). "
        "Until it does, e-mails wait.",
        {"PORTAL_SMTP_URL": f"smtp://{HOST}:{find_port()}"},
    ),
    Kind.MAIL_GIVEN_UP: Case(
        "1 e-mail was given up. An admin sees which under Settings.", spoil=give_up_mail
    ),
    Kind.MAIL_WAITS: Case(
        "1 e-mail has been due for more than 15 minutes, or up to an hour more, as times lie on the hour: "
        "the worker does not run, or the mail server is too slow. `portal serve` starts a worker; without it "
        "run: portal worker",
        spoil=forget_mail,
    ),
    Kind.UNREADABLE_RECORD: Case(
        "{folder}/secrets.json or {folder}/instance.json cannot be read (JSONDecodeError). "
        "Put it back from your copy.",
        spoil=write("instance.json", "{"),
    ),
    Kind.OTHER_INSTANCE: Case(
        "{folder} and the database belong to two different portals. Check PORTAL_INSTANCE and "
        "PORTAL_DATABASE_URL.",
        spoil=lambda deployment: change_belonging(deployment, instance_id="f" * 32),
    ),
    Kind.ON_POSTGRESQL: Case(
        "The portal of {folder} has its database in PostgreSQL. Set PORTAL_DATABASE_URL to its address.",
        spoil=lambda deployment: change_belonging(deployment, standing="moved"),
    ),
    Kind.EMPTY_DATABASE: Case(
        "{folder} is in use, but its portal.sqlite3 is gone or empty. Put it back from your copy, or, if the "
        "database is in PostgreSQL, set PORTAL_DATABASE_URL.",
        spoil=remove("portal.sqlite3"),
    ),
    Kind.NEWER_DATABASE: Case(
        "The database was used with a newer release of the portal. Install that one.",
        spoil=lambda deployment: age_schema(deployment, "9999"),
    ),
    Kind.OLDER_DATABASE: Case(
        "The database is older than {folder}: what was done last is not in it. Put back the newest copy; if "
        "this is the newest, go on with: portal upgrade --anyway",
        spoil=see_more,
    ),
    Kind.ERASING_STOPPED: Case(
        "Since 2026-03-14 09:26 UTC nothing is erased by the clock, because it may be wrong. "
        "Check it, then run: portal erase-due",
        spoil=stop_erasing,
    ),
}
"""What the doctor finds where it is asked; the others have tests of their own."""


def spoil(deployment: Deployment, case: Case) -> str:
    """Bring about a case; return its sentence."""
    case.spoil(deployment)
    deployment.settings.update(case.settings)
    return case.words.format(folder=deployment.folder)


def find_kinds(found: Iterator[Finding]) -> list[Kind]:
    return [one.kind for one in found]
