"""Every page asked again days later shows the dates of that day, whatever was kept from the day before."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from flask import Flask

from portal.config import Settings
from portal.domain.languages import ENGLISH
from portal.extensions import Portal
from tests.conftest import close_connections, make_own
from tests.support.bad_input import ONE_DATABASE
from tests.support.page_list import Visit, all_pages
from tests.support.portal import build_world
from tests.support.world import World

FIRST = datetime(2031, 1, 5, 22, 30, tzinfo=UTC)
UNDO_IS_OVER = timedelta(hours=1)
BETWEEN = timedelta(days=3)
_OWN = re.compile(
    r'(value|content|data-options)="[^"]*"|[0-9a-f]{32}|\d{4} \d{4} \d{4} \d{4} \d{4}'
    r'|(?<=for="human_answer">)<span lang="[^<]+</span>|(?<=for="human_answer"><span lang=")[^<]+'
)
"""What is another one at every visit: tokens, keys, the question for people, codes on pictures."""
_LISTS_VISITS = frozenset({"/account/"})
"""Pages that name the browsers one is signed in with."""


@pytest.fixture
def fresh(app: Flask) -> Iterator[Flask]:
    """Another node of the same portal, which has kept nothing."""
    portal: Portal = app.extensions["portal"]
    settings = portal.settings
    made = make_own(
        Settings(instance=settings.instance, database_url=settings.database_url, base_url=settings.base_url)
    )
    made.testing = True
    yield made
    close_connections(made)


def choose_visits(world: World, *, every: bool) -> list[Visit]:
    """Return the pages that are only opened: every one, or the first of each view."""
    adapter = world.app.url_map.bind("localhost")
    visits = [one for one in all_pages(world) if not one.form and one.path not in _LISTS_VISITS]
    if every:
        return visits
    found: dict[str, Visit] = {}
    for visit in visits:
        path = visit.path.partition("?")[0]
        view = adapter.match(path)[0] if adapter.test(path) else path
        found.setdefault(view, visit)
    return list(found.values())


def read_all(world: World, visits: Sequence[Visit], at: datetime) -> dict[tuple[str, str], str]:
    """Return these pages as they are found at this moment, by who opens them and where."""
    with time_machine.travel(at, tick=False):
        clients = {who: world.open_client(who) for who in dict.fromkeys(one.who for one in visits)}
        return {(one.who, one.path): _OWN.sub("", clients[one.who].get(one.path).text) for one in visits}


@ONE_DATABASE
def test_every_page_shows_the_dates_of_its_own_day(
    app: Flask, fresh: Flask, pytestconfig: pytest.Config
) -> None:
    with time_machine.travel(FIRST, tick=False):
        world = build_world(app, ENGLISH)
    visits = choose_visits(world, every=pytestconfig.getoption("full"))
    read_all(world, visits, FIRST + UNDO_IS_OVER)
    later = read_all(world, visits, FIRST + BETWEEN)
    rendered = read_all(replace(world, app=fresh), visits, FIRST + BETWEEN)
    assert [name for name, page in later.items() if page != rendered[name]] == []
