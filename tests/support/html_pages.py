"""Reading every page without a browser: what a server sends, taken apart as HTML5 says."""

import fcntl
import pickle
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from xml.etree.ElementTree import Element

import html5lib
import time_machine
from flask import Flask, template_rendered
from flask.testing import FlaskClient

from portal.domain.languages import Locale
from tests.conftest import close_connections, empty_tables, make_tested
from tests.support.error_pages import add_faults
from tests.support.page_list import ROOMS, STATES, Visit
from tests.support.plain_browser import read_forms
from tests.support.portal import build_world
from tests.support.world import World

AT = datetime(2026, 3, 14, 9, 5, tzinfo=UTC)
"""When the site is read: it says and lists the same on every day."""


@dataclass(frozen=True)
class Page:
    """A page that was walked over."""

    visit: Visit
    status: int
    text: str
    templates: frozenset[str]
    """What it was rendered from; a page that is kept was rendered for whoever came first."""

    @cached_property
    def tree(self) -> Element:
        """Take it apart, 20 ms of work; ParseError where it is not HTML5."""
        return read_tree(self.text)

    @property
    def name(self) -> str:
        sent = f" sending {self.visit.form}" if self.visit.form else ""
        return f"{self.visit.path} as {self.visit.who or 'anybody'}{sent}"


def read_tree(text: str) -> Element:
    """Take a page apart; ParseError where it is not HTML5."""
    root: Element = html5lib.HTMLParser(strict=True, namespaceHTMLElements=False).parse(text)
    return root


def walk(world: World, visits: Sequence[Visit]) -> list[Page]:
    """Open these pages; every form that is sent stands on its page."""
    clients: dict[str, FlaskClient] = {}
    pages = []
    for visit in visits:
        client = clients.get(visit.who) or clients.setdefault(visit.who, world.open_client(visit.who))
        pages.append(open_page(client, visit, world.locale))
    return pages


Site = dict[str, list[Page]]
"""Every page in one language, by the room it is in, or the state of the portal in which it is seen."""


def read_site(folder: Path, locale: Locale, fresh: Path) -> Site:
    """Return every page, opened once in a run: whoever comes first writes it down for all processes.

    `fresh` is an instance with an empty database.
    """
    folder.mkdir(exist_ok=True)
    with (folder / f"{locale.url}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        kept = folder / f"{locale.url}.pickle"
        if not kept.exists():
            kept.write_bytes(pickle.dumps(_walk_site(shutil.copytree(fresh, folder / locale.url), locale)))
        site: Site = pickle.loads(kept.read_bytes())  # our own file
        return site


@time_machine.travel(AT)
def _walk_site(folder: Path, locale: Locale) -> Site:
    app = make_tested(folder)
    add_faults(app)
    world = build_world(app, locale)
    site = {room: walk(world, list_visits(world)) for room, list_visits in ROOMS.items()}
    for state, (build, list_visits) in STATES.items():
        empty_tables(app)
        world = build(app, locale)
        site[state] = walk(world, list_visits(world))
    close_connections(app)
    return site


def open_page(client: FlaskClient, visit: Visit, locale: Locale) -> Page:
    headers = {"Accept-Language": locale.tag}
    rendered: set[str] = set()

    def note(_app: Flask, template: Any, **_more: Any) -> None:
        rendered.add(template.name)

    with template_rendered.connected_to(note, client.application):
        answer = client.get(visit.path, headers=headers, follow_redirects=True)
        if visit.form:
            rendered.clear()
            target, values = find_sending(answer.text, visit)
            answer = client.post(target, data=values, headers=headers, follow_redirects=True)
    return Page(visit, answer.status_code, answer.text, frozenset(rendered))


def find_sending(page: str, visit: Visit) -> tuple[str, dict[str, Any]]:
    """Return where the form of a visit goes and what a browser would send with it."""
    for form in read_forms(page):
        target = form["action"] or visit.path
        if urlsplit(target).path.endswith(visit.form) and form["names"] >= visit.values.keys():
            return target, {**form["values"], **visit.values}
    raise AssertionError(f"no form {visit.form} on {visit.path}")
