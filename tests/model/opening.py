"""A portal for walks: emptied after each, and started anew on the same instance when a walk says so."""

import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path

from flask import Flask
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from hypothesis.stateful import get_state_machine_test

from portal.config import Settings
from portal.extensions import current_portal
from tests.conftest import close_connections, make_own
from tests.model.machine import Walk
from tests.model.texts import SITES
from tests.model.world import World
from tests.security.headers import WatchedClient
from tests.support.certificates import Authority
from tests.support.newsroom_site import NETWORK, NewsroomSite, run_newsroom_site
from tests.support.search import empty_search

_ONE = 1
"""Hypothesis would go on with walks that differ from the last one in a step: each is begun anew instead."""


class Opening:
    """Begins and ends walks on one portal."""

    def __init__(self, app: Flask, newsrooms: Mapping[str, NewsroomSite]) -> None:
        self.app, self.newsrooms = app, newsrooms
        self.started: list[Flask] = []
        with app.app_context():
            portal = current_portal()
            self.settings: Settings = portal.settings
            self.instance = portal.instance

    def begin(self) -> World:
        return World(self.app, self.start_anew, self.newsrooms)

    def start_anew(self) -> Flask:
        """Return another server of the same portal."""
        made = make_own(self.settings)
        made.testing = True
        made.test_client_class = WatchedClient
        self.started.append(made)
        return made

    def end(self, world: World) -> None:
        """Leave nothing for the next walk."""
        world.stop()
        for newsroom in self.newsrooms.values():
            newsroom.empty()
        for one in self.started:
            close_connections(one)
        self.started.clear()
        empty_search(self.app)
        for folder in (self.instance.files_folder, self.instance.mail_folder):
            for left in folder.iterdir():
                shutil.rmtree(left) if left.is_dir() else left.unlink()


def walk(
    app: Flask,
    *,
    walks: int,
    steps: int,
    begin: int,
    shrinks: bool = True,
    only: Mapping[str, int] | None = None,
) -> None:
    """Walk so often and so far; the same number to `begin` with walks the same ways again.

    A failure is shrunk to the steps it needs. `only` these rules are tried, each as often as it says.
    """
    with run_newsrooms() as newsrooms, reaching(app, newsrooms):
        _walk(Opening(app, newsrooms), walks, steps, begin, shrinks=shrinks, only=only)


def act_out(app: Flask, acts: Callable[[Walk], None]) -> None:
    """Walk one way that is written down; `acts` calls rules, and `promises_hold` where it wants."""
    with run_newsrooms() as newsrooms, reaching(app, newsrooms):
        opening = Opening(app, newsrooms)
        own = {"begin": staticmethod(opening.begin), "end": staticmethod(opening.end)}
        machine = type("Walk", (Walk,), own)

        @settings(max_examples=_ONE, deadline=None, database=None, suppress_health_check=list(HealthCheck))
        @given(nothing=st.none())
        def walk_once(nothing: None) -> None:
            walker = machine()
            try:
                acts(walker)
            finally:
                walker.teardown()

        walk_once()


@contextmanager
def run_newsrooms() -> Iterator[Mapping[str, NewsroomSite]]:
    """Run the sites of newsrooms until the block ends."""
    with ExitStack() as stack:
        authority = Authority(Path(stack.enter_context(tempfile.TemporaryDirectory())))
        yield {
            name: stack.enter_context(run_newsroom_site(authority, f"https://{name.lower()}.example"))
            for name in SITES
        }


@contextmanager
def reaching(app: Flask, newsrooms: Mapping[str, NewsroomSite]) -> Iterator[None]:
    """Let a portal speak to the newsrooms' sites until the block ends."""
    whole = app.extensions["portal"]
    authority = next(iter(newsrooms.values())).authority
    settings = replace(whole.settings, target_networks=NETWORK, target_ca_file=str(authority.file))
    app.extensions["portal"] = replace(whole, settings=settings)
    try:
        yield
    finally:
        app.extensions["portal"] = whole


def _walk(
    opening: Opening,
    walks: int,
    steps: int,
    begin: int,
    *,
    shrinks: bool,
    only: Mapping[str, int] | None,
) -> None:
    weighed = {} if only is None else {"weights": only, "usual": 0}
    own = {"begin": staticmethod(opening.begin), "end": staticmethod(opening.end), **weighed}
    phases = (Phase.generate, Phase.shrink) if shrinks else (Phase.generate,)
    chosen = settings(
        max_examples=_ONE,
        stateful_step_count=steps,
        deadline=None,
        database=None,
        phases=phases,
        report_multiple_bugs=False,
        print_blob=False,
        suppress_health_check=list(HealthCheck),
    )
    machine = type("Walk", (Walk,), own)
    for number in range(walks):
        seed(f"{begin}.{number}")(get_state_machine_test(machine, settings=chosen))()
