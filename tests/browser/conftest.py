"""A real browser in front of a real server: one of each for all tests, with empty tables for each."""

import os
import re
import shutil
import threading
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, sync_playwright
from werkzeug.serving import WSGIRequestHandler, make_server

from portal.config import Settings
from portal.database import transaction
from portal.domain.languages import LOCALES, UKRAINIAN, Locale
from portal.domain.permissions import Role
from tests.browser.people import Portal
from tests.conftest import empty_tables, make_own
from tests.support.error_pages import add_faults
from tests.support.factories import make_call, make_staff
from tests.support.kept_world import KeptWorld
from tests.support.ports import find_free_port
from tests.support.staff import give_access
from tests.support.world import World

ARGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
_REFUSAL = re.compile(r"the server responded with a status of 4\d\d")
_BROKEN = re.compile(
    r"^console: Failed to load resource: net::ERR_(INTERNET_DISCONNECTED|CONNECTION_|FAILED)"
)
PATIENCE = 15_000
"""Milliseconds before a step counts as failed."""


def find_chromium(*, keeps_pages: bool = False) -> str:
    """Return where Debian's Chromium is; without it tests skip, or fail where TESTS_NEED_BROWSER says so.

    The one without windows needs two thirds of the time; it keeps no pages for going back.
    """
    for name in ("chromium",) if keeps_pages else ("chromium-headless-shell", "chromium"):
        if found := shutil.which(name):
            return found
    if os.environ.get("TESTS_NEED_BROWSER") == "1":
        pytest.fail("chromium is not installed, and TESTS_NEED_BROWSER asks for it")
    pytest.skip("chromium is not installed")


@pytest.fixture(scope="package")
def chromium() -> Iterator[Browser]:
    """Return the browser all tests share."""
    found = find_chromium()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=ARGS)
        yield browser
        browser.close()


class QuietHandler(WSGIRequestHandler):
    """Answers without a line in the log for each request."""

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Say nothing: the log of a failed test is read for errors."""


@pytest.fixture(scope="package")
def served(fresh_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Portal]:
    """A portal that answers on a port of its own. Decisions reach the contributor at once."""
    port = find_free_port()
    address = f"http://localhost:{port}"  # a name: browsers make no passkeys for a number
    folder = tmp_path_factory.mktemp("browser-instance") / "instance"
    shutil.copytree(fresh_folder, folder)
    app = make_own(
        Settings(
            instance=folder,
            base_url=address,
            trusted_hosts="localhost",
            undo_minutes=0,
        )
    )
    add_faults(app)  # before the first request: later Flask takes no more routes
    server = make_server("127.0.0.1", port, app, threaded=True, request_handler=QuietHandler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield Portal(app, address)
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def portal(served: Portal) -> Iterator[Portal]:
    """The portal with an open call and nothing else."""
    with served.app.app_context(), transaction() as session:
        make_call(session, datetime.now(UTC))
    yield served
    empty_tables(served.app)


@pytest.fixture(scope="package")
def kept_world(served: Portal, tmp_path_factory: pytest.TempPathFactory) -> KeptWorld:
    """What `world` is filled with."""
    return KeptWorld(served.app, UKRAINIAN, tmp_path_factory.mktemp("kept-world"))


@pytest.fixture
def world(served: Portal, kept_world: KeptWorld) -> Iterator[World]:
    """The portal in the middle of its work, in Ukrainian."""
    yield kept_world.fill()
    empty_tables(served.app)


class Doors:
    """Opens browsers at the portal and notes what none of them may do."""

    def __init__(self, browser: Browser, portal: Portal, stack: ExitStack) -> None:
        self._browser, self._portal, self._stack = browser, portal, stack
        self.faults: list[str] = []

    def open(self, *, width: int = 1280, height: int = 900, **more: Any) -> Page:
        """Return a page of a browser of its own."""
        context = self._browser.new_context(
            base_url=self._portal.address,
            viewport={"width": width, "height": height},
            reduced_motion="reduce",
            **more,
        )
        context.set_default_timeout(PATIENCE)
        self._stack.callback(context.close)
        # A page that is closed saves what stands in it: not into the tables of the next test.
        self._stack.callback(context.set_offline, offline=True)
        self._watch(context)
        return context.new_page()

    def open_for(self, world: World, who: str, **more: Any) -> Page:
        """Return a page of a browser in which somebody of the world is signed in, in its language."""
        page = self.open(locale=world.locale.tag, **more)
        self.enter(page, world, who)
        return page

    def enter(self, page: Page, world: World, who: str) -> None:
        """Have somebody of the world sign in, as if in another tab of the page's browser."""
        cookie = world.open_client(who).get_cookie("portal")
        assert cookie is not None
        page.context.add_cookies([{"name": "portal", "value": cookie.value, "url": self._portal.address}])

    def _watch(self, context: BrowserContext) -> None:
        own = f"{self._portal.address}/"
        context.on("weberror", lambda error: self.faults.append(f"script: {error.error}"))
        context.on("console", self._note)
        context.on(
            "request",
            lambda asked: (
                None if asked.url.startswith(own) else self.faults.append(f"elsewhere: {asked.url}")
            ),
        )

    def _note(self, said: ConsoleMessage) -> None:
        """Note errors of the console; Chromium reports there what the content security policy stopped, too.

        A page that refuses something is an answer like another; a file of ours that is not there is not.
        """
        is_file = said.location["url"].startswith(f"{self._portal.address}/static/")
        if said.type == "error" and (is_file or not _REFUSAL.search(said.text)):
            self.faults.append(f"console: {said.text}")

    def find_unexpected(self, *, breaks_network: bool) -> list[str]:
        """Return what was noted; where a test breaks the network, broken connections are left out."""
        return [fault for fault in self.faults if not (breaks_network and _BROKEN.search(fault))]


@pytest.fixture
def doors(chromium: Browser, portal: Portal, request: pytest.FixtureRequest) -> Iterator[Doors]:
    """Browsers at the portal. Whatever a test is about, none may do what is noted."""
    breaks_network = request.node.get_closest_marker("breaks_network") is not None
    with ExitStack() as stack:
        opened = Doors(chromium, portal, stack)
        yield opened
        unexpected = opened.find_unexpected(breaks_network=breaks_network)
    assert unexpected == []


def make_account(app: Flask, role: Role, locale: Locale) -> str:
    """Make an account that can sign in, and return its address."""
    with app.app_context(), transaction() as session:
        staff = make_staff(session, role)
        staff.locale = locale.tag
        give_access(staff)
        return staff.email


def find_locale(url: str) -> Locale:
    return next(locale for locale in LOCALES if locale.url == url)
