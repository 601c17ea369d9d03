"""Every form of every page, as whoever opens the page sees it; and everything the database holds."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from portal.domain.permissions import Role
from portal.extensions import db
from portal.models import Base
from tests.security.routes import Visitors
from tests.visits import all_pages
from tests.walk import read_forms

_OF_ITSELF = frozenset({"rate_bucket", "job_run"})
"""Tables of the portal about its own work: nobody's words, nobody's rights."""


@dataclass(frozen=True)
class SeenForm:
    """A form that changes something, and the browser it was seen in."""

    who: str
    endpoint: str
    address: str
    values: dict[str, Any]
    names: frozenset[str]
    has_token: bool


class Browsers:
    """A browser for everybody the walk through the pages knows."""

    def __init__(self, visitors: Visitors) -> None:
        self.visitors = visitors
        self._open: dict[str, FlaskClient] = {}

    def open(self, who: str) -> FlaskClient:
        """Return somebody's browser, the same one each time."""
        if who not in self._open:
            known = who in set(Role)
            self._open[who] = self.visitors.client_of(who) if known else self.visitors.world.open_client(who)
        return self._open[who]


def find_forms(browsers: Browsers) -> list[SeenForm]:
    """Return one form of each kind: the same view and the same fields are one kind."""
    found: dict[tuple[str, frozenset[str]], SeenForm] = {}
    for visit in all_pages(browsers.visitors.world):
        if visit.form:
            continue
        page = browsers.open(visit.who).get(visit.path).text
        for form in read_post_forms(page):
            address = form["action"] or visit.path
            endpoint = name_endpoint(browsers.visitors.world.app, address)
            names = frozenset(form["names"])
            seen = SeenForm(visit.who, endpoint, address, form["values"], names, "csrf_token" in names)
            found.setdefault((endpoint, names), seen)
    return list(found.values())


def read_post_forms(page: str) -> Iterator[dict[str, Any]]:
    """Give the forms of a page that are sent by POST."""
    for part in page.split("<form")[1:]:
        tag, _, _ = part.partition(">")
        if 'method="post"' in tag:
            yield from read_forms(f"<form{part.partition('</form>')[0]}</form>")


def name_endpoint(app: Flask, address: str) -> str:
    """Return the view a form is sent to."""
    endpoint, _values = app.url_map.bind("localhost").match(urlsplit(address).path, method="POST")
    return str(endpoint)


def read_everything(app: Flask) -> dict[str, list[Any]]:
    """Return every row of every table."""
    with app.app_context():
        return {
            table.name: sorted((tuple(row) for row in db.session.execute(select(table))), key=repr)
            for table in Base.metadata.sorted_tables
            if table.name not in _OF_ITSELF
        }


def find_changes(before: dict[str, list[Any]], after: dict[str, list[Any]]) -> list[str]:
    """Return the names of the tables in which something changed."""
    return [name for name, rows in before.items() if rows != after[name]]


def send(browsers: Browsers, form: SeenForm, **extra: str) -> TestResponse:
    """Send a form as it stands, with more fields than it has."""
    return browsers.open(form.who).post(form.address, data={**form.values, **extra}, buffered=True)
