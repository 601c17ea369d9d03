"""Portals that were used and are stopped: a folder and a database, and what commands say of the two."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from click.testing import CliRunner, Result
from flask import Flask

from portal.cli import portal
from portal.cli.worker import remember_log
from portal.config import Settings
from portal.database import transaction
from portal.domain.states import Stage
from tests.conftest import close_connections
from tests.reliability.test_migration_killed import read_rows
from tests.support.factories import make_submission
from tests.support.mail_server import find_port
from tests.support.photos import keep_picture

OLDER = (
    "The database is older than {folder}: what was done last is not in it. Put back the newest copy; if this "
    "is the newest, go on with: portal upgrade --anyway"
)


@dataclass
class UsedPortal:
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


SOME = (("serve",), ("erase-due", "--anyway"), ("staff", "list"), ("upgrade",))
"""One of each kind: they are all guarded at the same place."""


def add_port(command: tuple[str, ...]) -> tuple[str, ...]:
    return (*command, "--port", str(find_port())) if command == ("serve",) else command
