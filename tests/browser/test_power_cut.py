"""The server dies and comes back: before it could take a text, or after it has kept one, unanswered."""

import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Error

from portal.app import create_app
from portal.config import Settings
from portal.database import transaction
from portal.domain.states import Stage, State
from tests.browser.conftest import Doors
from tests.browser.people import Portal
from tests.browser.stories import TELLINGS
from tests.browser.writers import WAITING, Writer, read_submissions
from tests.conftest import close_connections
from tests.support.factories import make_call
from tests.support.ports import find_free_port

pytestmark = [
    pytest.mark.browser,
    # The compression of static files leaves closing them to the garbage collector.
    pytest.mark.filterwarnings("ignore:unclosed file:ResourceWarning"),
]

START_SECONDS = 30.0
ROOT = Path(__file__).parents[2]


@contextmanager
def run_server(instance: Path, port: int, fate: str) -> Iterator[subprocess.Popen[bytes]]:
    """Run a server until the block ends; `fate` as tests.browser.dying_server takes it."""
    command = [sys.executable, "-m", "tests.browser.dying_server", str(instance), str(port), fate]
    with subprocess.Popen(command, cwd=ROOT) as server:
        try:
            wait_for_port(port)
            yield server
        finally:  # a test that fails would wait for it without an end
            server.kill()


def wait_for_port(port: int) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        with closing(socket.socket()) as probe:
            probe.settimeout(1)
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    pytest.fail("the server did not start")


@pytest.fixture
def far(fresh_folder: Path, tmp_path: Path) -> Iterator[Portal]:
    """A portal whose server does not run yet, with an open call."""
    address = f"http://127.0.0.1:{find_free_port()}"
    shutil.copytree(fresh_folder, tmp_path, dirs_exist_ok=True)
    app = create_app(Settings(instance=tmp_path, base_url=address, trusted_hosts="localhost"))
    with app.app_context(), transaction() as session:
        make_call(session, datetime.now(UTC))
    yield Portal(app, address)
    close_connections(app)


def test_a_server_that_dies_before_its_answer_gives_the_same_receipt_later(
    chromium: Browser, far: Portal, tmp_path: Path
) -> None:
    port = int(far.address.rpartition(":")[2])
    with ExitStack() as stack:
        writer = Writer(Doors(chromium, far, stack).open(locale="en"), far)
        with run_server(tmp_path, port, "dies") as server:
            writer.open()
            writer.fill_in()
            noted = writer.reads_code()
            writer.send()
            writer.hears(WAITING)
            assert server.wait(START_SECONDS) == 1
        assert read_submissions(far) == [(State.SUBMITTED, 1)]
        with run_server(tmp_path, port, "stays"):
            assert writer.reads_receipt() == noted
        assert read_submissions(far) == [(State.SUBMITTED, 1)]


@pytest.mark.breaks_network
@pytest.mark.one_case("kind")
@pytest.mark.parametrize("kind", Stage)
def test_without_scripts_a_server_that_dies_at_the_sending_costs_no_word(
    chromium: Browser, far: Portal, tmp_path: Path, kind: Stage
) -> None:
    port = int(far.address.rpartition(":")[2])
    field, told = ("idea", TELLINGS["en"].pitch) if kind is Stage.PITCH else ("story", TELLINGS["en"].story)
    with ExitStack() as stack:
        writer = Writer(Doors(chromium, far, stack).open(locale="en", java_script_enabled=False), far)
        with run_server(tmp_path, port, "stays"):
            writer.open(kind)
            writer.fill_in(kind)
        with pytest.raises(Error, match="ERR_CONNECTION_REFUSED"), writer.page.expect_navigation():
            writer.send(kind)
        with run_server(tmp_path, port, "stays"):
            writer.page.go_back()
            assert writer.find_field(field).input_value() == told[field]
            writer.send(kind)
            writer.reads_receipt()
        assert read_submissions(far) == [(State.SUBMITTED, 1)]
