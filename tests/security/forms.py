"""Every form of every page, as whoever opens the page sees it; and everything the database holds."""

from collections.abc import Iterable, Iterator
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
from tests.support.page_list import all_pages
from tests.support.plain_browser import read_forms

_OF_ITSELF = frozenset({"rate_bucket", "job_run"})
"""Tables of the portal about its own work: nobody's words, nobody's rights."""


@dataclass(frozen=True)
class SeenForm:
    """A form that changes something, and the browser it was seen in."""

    who: str
    page: str
    endpoint: str
    address: str
    values: dict[str, Any]
    names: frozenset[str]
    hidden: frozenset[str]
    areas: frozenset[str]
    """Fields for long texts."""

    @property
    def has_token(self) -> bool:
        """Say whether it carries the token of its browser."""
        return "csrf_token" in self.names


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


def choose_kinds(forms: Iterable[SeenForm]) -> list[SeenForm]:
    """Return the first form of each kind: the same view and the same fields are one kind."""
    found: dict[tuple[str, frozenset[str]], SeenForm] = {}
    for seen in forms:
        found.setdefault((seen.endpoint, seen.names), seen)
    return list(found.values())


def list_forms(browsers: Browsers) -> list[SeenForm]:
    """Return every form of every page that is only opened."""
    visits = (visit for visit in all_pages(browsers.visitors.world) if not visit.form)
    return [form for visit in visits for form in open_forms(browsers, visit.who, visit.path)]


def open_forms(browsers: Browsers, who: str, path: str) -> Iterator[SeenForm]:
    """Give the forms of a page as it stands now."""
    for form in read_post_forms(browsers.open(who).get(path).text):
        address = form["action"] or path
        endpoint = name_endpoint(browsers.visitors.world.app, address)
        kinds = (frozenset(form[kind]) for kind in ("names", "hidden", "areas"))
        yield SeenForm(who, path, endpoint, address, form["values"], *kinds)


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
