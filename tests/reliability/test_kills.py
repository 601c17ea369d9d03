"""Web workers are killed while people send: what was acknowledged is there, whole, and there once."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import create_engine, make_url, text

from portal.config import Settings
from tests.conftest import DATABASES
from tests.reliability.load import Load, full_stock, take_stock
from tests.reliability.serving import serve


@pytest.fixture(params=DATABASES)
def address(request: pytest.FixtureRequest) -> Iterator[str]:
    """An empty database apart from that of other tests; no address means SQLite."""
    if request.param == "sqlite":
        yield ""
        return
    base = make_url(request.getfixturevalue("postgres_address")).set(drivername="postgresql+psycopg")
    engine = create_engine(base, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text("CREATE DATABASE kills"))
        yield base.set(database="kills").render_as_string(hide_password=False)
        connection.execute(text("DROP DATABASE kills WITH (FORCE)"))
    engine.dispose()


@pytest.fixture
def kills(request: pytest.FixtureRequest) -> int:
    """12 of them, or 200 with --full."""
    return 200 if request.config.getoption("--full") else 12


def test_killed_workers_lose_nothing_that_was_acknowledged(address: str, kills: int, tmp_path: Path) -> None:
    with serve(tmp_path, database_url=address) as served:
        database = Settings(instance=tmp_path, database_url=address).database
        load = Load(served.port, database, served.kill_one, kills)
        load.run()
    assert load.faults == []
    assert len(load.kept) >= kills
    assert load.repeats >= 1
    assert take_stock(tmp_path, address, load.kept) == full_stock(load.kept)
