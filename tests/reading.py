"""Reading every page without a browser: what a server sends, taken apart as HTML5 says."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit
from xml.etree.ElementTree import Element

import html5lib
from flask import Flask
from flask.testing import FlaskClient

from portal.domain.languages import Locale
from tests.conftest import empty_tables
from tests.visits import STATES, Visit
from tests.walk import read_forms
from tests.world import World


@dataclass(frozen=True)
class Page:
    """A page that was walked over."""

    visit: Visit
    status: int
    text: str
    tree: Element

    @property
    def name(self) -> str:
        sent = f" sending {self.visit.form}" if self.visit.form else ""
        return f"{self.visit.path} as {self.visit.who or 'anybody'}{sent}"


def walk(world: World, visits: Sequence[Visit]) -> list[Page]:
    """Open these pages; every form that is sent stands on its page."""
    clients: dict[str, FlaskClient] = {}
    pages = []
    for visit in visits:
        client = clients.get(visit.who) or clients.setdefault(visit.who, world.open_client(visit.who))
        pages.append(open_page(client, visit, world.locale))
    return pages


def walk_states(app: Flask, locale: Locale) -> Iterator[Page]:
    """Open what is to be seen while nothing has arrived, a call is closed, something went wrong."""
    for build, list_visits in STATES.values():
        empty_tables(app)
        world = build(app, locale)
        yield from walk(world, list_visits(world))


def open_page(client: FlaskClient, visit: Visit, locale: Locale) -> Page:
    headers = {"Accept-Language": locale.tag}
    answer = client.get(visit.path, headers=headers, follow_redirects=True)
    if visit.form:
        target, values = find_sending(answer.text, visit)
        answer = client.post(target, data=values, headers=headers, follow_redirects=True)
    parser = html5lib.HTMLParser(strict=True, namespaceHTMLElements=False)
    return Page(visit, answer.status_code, answer.text, parser.parse(answer.text))


def find_sending(page: str, visit: Visit) -> tuple[str, dict[str, Any]]:
    """Return where the form of a visit goes and what a browser would send with it."""
    for form in read_forms(page):
        target = form["action"] or visit.path
        if urlsplit(target).path.endswith(visit.form) and form["names"] >= visit.values.keys():
            return target, {**form["values"], **visit.values}
    raise AssertionError(f"no form {visit.form} on {visit.path}")
