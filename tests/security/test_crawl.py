"""A stranger who tries everything: every route, every field of every form, with texts that break programs."""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any
from urllib.parse import quote, quote_from_bytes

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from portal.domain.languages import LOCALES
from portal.domain.permissions import Role
from portal.extensions import db
from portal.web.site.access import access
from tests.security.routes import PEOPLE, Row, Visitors, gather, list_rows
from tests.support.bad_input import ONE_DATABASE
from tests.support.hostile_text import HOSTILE
from tests.support.page_list import all_pages
from tests.support.plain_browser import read_forms
from tests.support.world import World

SEEDS = {"sqlite": 20260314, "postgresql": 20260315}
"""What is tried on one database is not tried on the other."""
IN_CI, IN_FULL = 2_000, 20_000
"""Requests in all, half of them on each database; in the full run as many on each."""
BROKEN = 500
QUERY = (
    "after",
    "age",
    "all",
    "assignee",
    "back",
    "before",
    "bulk",
    "done",
    "draft",
    "due",
    "find",
    "from",
    "gist",
    "kind",
    "lang",
    "made",
    "mine",
    "name",
    "new",
    "next",
    "photos",
    "place",
    "q",
    "reader",
    "reason",
    "risk",
    "sort",
    "state",
    "still",
    "tag",
    "ticket",
    "to",
    "version",
    "view",
    "write",
)
"""Names our pages read from an address."""


@dataclass(frozen=True)
class Found:
    """A form somebody has seen."""

    who: str
    address: str
    values: dict[str, Any]
    names: tuple[str, ...]


class Stranger:
    """Asks for what is there with what should not be, the same each time on the same database."""

    def __init__(self, visitors: Visitors) -> None:
        self.visitors = visitors
        with visitors.world.app.app_context():
            self.choose = random.Random(SEEDS[db.engine.dialect.name])
        for who in visitors.known:  # signs everybody in before anything here can end an account
            visitors.client_of(who)
        self._browsers: dict[str, FlaskClient] = {}
        self.rows = [row for row in list_rows(visitors.world.app) if row.endpoint != "static"]
        self.broken: list[tuple[str, str, int]] = []

    @cached_property
    def forms(self) -> list[Found]:
        """The forms of all pages."""
        return list(self._find_forms())

    def _find_forms(self) -> Iterator[Found]:
        """Give every form of every page, as whoever opens the page sees it."""
        for visit in all_pages(self.visitors.world):
            if visit.form:
                continue
            client = self._open_browser(visit.who)
            for form in read_forms(client.get(visit.path).text):
                if not form["names"]:
                    continue
                yield Found(visit.who, form["action"] or visit.path, form["values"], tuple(form["names"]))

    def try_route(self) -> None:
        """Ask for a route with a hostile question behind it, and sometimes hostile names inside it."""
        row, who = self.choose.choice(self.rows), self.choose.choice(PEOPLE)
        address = self.visitors.address(row, missing=self.choose.random() < 0.3)
        if self.choose.random() < 0.3:
            parts = address.split("/")
            parts[self.choose.randrange(1, len(parts))] = self._quote()
            address = "/".join(parts)
        asked = "&".join(f"{quote(name)}={self._quote()}" for name in self.choose.sample(QUERY, 3))
        self._note(row.method, address, self._open(who, row, f"{address}?{asked}"))

    def try_form(self) -> None:
        """Send a form as it stands but for one to all of its fields."""
        found = self.choose.choice(self.forms)
        changed = self.choose.sample(found.names, self.choose.randint(1, len(found.names)))
        values = {name: value for name, value in found.values.items() if name not in changed}
        kept = [
            f"{quote(name)}={quote(str(one))}"
            for name, value in values.items()
            for one in (value if isinstance(value, list) else [value])
        ]
        sent = [f"{quote(name)}={self._quote()}" for name in changed]
        answer = self._open_browser(found.who).post(
            found.address,
            data="&".join([*kept, *sent]),
            content_type="application/x-www-form-urlencoded",
            buffered=True,
        )
        self._note("POST", found.address, answer)

    def _open_browser(self, who: str) -> FlaskClient:
        """Return a browser of somebody the walk through the pages knows."""
        if who in set(Role):
            return self.visitors.client_of(who)
        if who not in self._browsers:
            self._browsers[who] = self.visitors.world.open_client(who)
        return self._browsers[who]

    def _quote(self) -> str:
        return quote_from_bytes(self.choose.choice(list(HOSTILE.values())), safe="")

    def _open(self, who: str, row: Row, address: str) -> TestResponse:
        return self.visitors.client_of(who).open(address, method=row.method, buffered=True)

    def _note(self, method: str, address: str, answer: TestResponse) -> None:
        if answer.status_code >= BROKEN:
            self.broken.append((method, address, answer.status_code))


@access("open")
def break_down(**_named: object) -> str:
    """Stand in for a page with a fault."""
    raise ZeroDivisionError


@pytest.fixture
def requests_in_all(request: pytest.FixtureRequest) -> int:
    return IN_FULL if request.config.getoption("--full") else IN_CI // 2


@pytest.fixture
def unguarded(app: Flask) -> Iterator[Flask]:
    """The application without the check of tokens: what lies behind it is to be tried, too."""
    app.config["WTF_CSRF_ENABLED"] = False
    app.testing = False
    yield app
    app.testing = True
    app.config["WTF_CSRF_ENABLED"] = True


@pytest.mark.either_database
def test_nothing_a_stranger_tries_breaks_the_portal(unguarded: Flask, requests_in_all: int) -> None:
    stranger = Stranger(gather(unguarded))
    for _ in range(requests_in_all // 2):
        stranger.try_route()
        stranger.try_form()
    assert stranger.broken == []


@ONE_DATABASE
def test_a_page_that_breaks_is_found(unguarded: Flask) -> None:
    clients = dict.fromkeys(PEOPLE, unguarded.test_client())
    stranger = Stranger(Visitors(World(unguarded, LOCALES[0]), {}, clients, {}))
    stranger.rows = [Row("public.help_page", "GET", "/<lang:lang>/help")]
    whole = unguarded.view_functions["public.help_page"]
    unguarded.view_functions["public.help_page"] = break_down
    try:
        for _ in range(20):
            stranger.try_route()
    finally:
        unguarded.view_functions["public.help_page"] = whole
    assert {status for _method, _address, status in stranger.broken} == {BROKEN}
