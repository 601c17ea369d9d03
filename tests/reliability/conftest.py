"""What the tests of this package share: an open call, a mail server, processes that die when told to."""

import shutil
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import make_url

from portal.cli.database import upgrade_database
from portal.database import transaction
from portal.domain.languages import UKRAINIAN
from tests.conftest import close_connections, make_own, run_outside, show
from tests.reliability.backups import Case, make_case
from tests.reliability.mortals import Mortals
from tests.reliability.portals import MOVED_TO, copy, settings_of
from tests.support.bad_input import OPENED
from tests.support.factories import make_call
from tests.support.mail_server import Clock, Post, open_server
from tests.support.portal import build_world


@pytest.fixture(scope="package", autouse=True)
def light_passphrases() -> Iterator[None]:
    """Backups are sealed with little memory: a key of the right weight takes a fifth of a second."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("portal.sealing.passphrase._MEMORY_KIB", 64)
        yield


@pytest.fixture(scope="session")
def mortals() -> Iterator[Mortals]:
    """Processes that die at a chosen step."""
    with Mortals() as made:
        yield made


@pytest.fixture
def opened(app: Flask) -> Flask:
    """The application with an open call."""
    with app.app_context(), transaction() as session:
        make_call(session, OPENED)
    return app


@pytest.fixture
def post() -> Post:
    return Post()


@pytest.fixture
def port(post: Post) -> Iterator[int]:
    with open_server(post) as opened:
        yield opened


@pytest.fixture
def clock(at: datetime) -> Clock:
    return Clock(at)


@pytest.fixture(scope="session")
def world_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a portal with everything in it that people do, to be copied."""
    folder = tmp_path_factory.mktemp("world") / "instance"
    app = make_own(settings_of(folder))
    upgrade_database(app)
    build_world(app, UKRAINIAN)
    close_connections(app)
    return folder


@pytest.fixture
def small(world_folder: Path, tmp_path: Path) -> Path:
    """The folder of a portal of one's own."""
    return copy(world_folder, tmp_path / "instance")


@pytest.fixture
def server(postgres_address: str) -> str:
    return show(make_url(postgres_address).set(drivername="postgresql+psycopg"))


@pytest.fixture
def url(server: str) -> Iterator[str]:
    """The address of an empty database."""
    run_outside(make_url(server), f"CREATE DATABASE {MOVED_TO} STRATEGY FILE_COPY")
    yield show(make_url(server).set(database=MOVED_TO))
    run_outside(make_url(server), f"DROP DATABASE {MOVED_TO} WITH (FORCE)")


@pytest.fixture(scope="package")
def backed_up(world_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Case:
    """A portal that has been backed up, to be copied."""
    case = make_case(copy(world_folder, tmp_path_factory.mktemp("backed up") / "instance"))
    case.back_up()
    return case


@pytest.fixture
def case(backed_up: Case, tmp_path: Path) -> Case:
    """A portal of one's own that has been backed up."""
    shutil.copytree(backed_up.folder.parent, tmp_path, dirs_exist_ok=True)
    return make_case(tmp_path / "instance")


@pytest.fixture
def unsaved(small: Path) -> Case:
    """A portal of one's own without a backup."""
    return make_case(small)
