"""A real browser at every page of a portal in which each word is hostile: nothing of it runs."""

import re
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import pytest
from flask import current_app
from playwright.sync_api import Browser

from portal.domain.languages import UKRAINIAN
from portal.story.normalise import clean_text
from portal.web.site.access import access
from tests.browser.conftest import Doors
from tests.browser.people import Portal
from tests.conftest import empty_tables
from tests.support.hostile_portal import build_hostile_world
from tests.support.hostile_text import clean_texts
from tests.support.page_list import Visit, all_pages
from tests.support.world import PASSER_BY, World

pytestmark = [
    pytest.mark.browser,
    # The compression of static files leaves closing them to the garbage collector.
    pytest.mark.filterwarnings("ignore:unclosed file:ResourceWarning"),
]

MOST_OF_A_KIND = 1
"""Pages of one address but for the ids in it, and for one member of staff; the long form looks at all, and at
what is sent back with forms that are refused: what that has in it, test_hostile_pages of security reads."""

_CHANGING = re.compile("[0-9a-f]{32}|[\\w-]{43}|=[^&]*")
_ERROR_PAGE = "Failed to load resource"
"""What Chromium says of every page with an error of ours in it."""

_WATCH = """
window.ran = [];
for (const name of ["alert", "confirm", "prompt", "print", "open"]) window[name] = () => { ran.push(name); };
addEventListener("securitypolicyviolation", stopped =>
  ran.push(`stopped: ${stopped.effectiveDirective} ${stopped.blockedURI} ${stopped.sample}`), true);
"""
_LOOK = """() => {
  const isFacts = one => {
    if (one.getAttributeNames().join() !== "type" || one.type !== "application/ld+json") return false;
    try { return Boolean(JSON.parse(one.textContent)); } catch { return false; }
  };
  return [...ran, ...[...document.querySelectorAll("*")].flatMap(one => [
  ...[...one.attributes].map(had => had.name).filter(name => name.startsWith("on") || name === "srcdoc"),
  ...["iframe", "object", "embed", "base", "style", "template", "math", "audio", "video", "plaintext"]
    .filter(name => one.localName === name),
  ...(one.localName === "script" && !one.src && !isFacts(one) ? ["script in the page"] : []),
])]}"""
"""The only script in a page are its facts for search engines, which are data and not run."""
_SEND = """([ending, values]) => {
  const goesThere = form => new URL(form.action || location.href).pathname.endsWith(ending);
  const asks = form => Object.keys(values).every(name => form.elements[name]);
  const form = [...document.forms].find(one => goesThere(one) && asks(one));
  for (const [name, value] of Object.entries(values)) form.elements[name].value = value;
  form.submit();
}"""


class Onlooker:
    """Opens pages as one person after another, in a browser that tells everything that runs in it."""

    def __init__(self, doors: Doors, world: World, address: str) -> None:
        self._world, self._address = world, address
        self._page = doors.open(locale=world.locale.tag)
        self._page.add_init_script(_WATCH)
        self._who = PASSER_BY
        self._cookies: dict[str, list[Any]] = {PASSER_BY: []}

    def watch(self, visit: Visit) -> list[str]:
        """Open a page and return what ran there, or tried to."""
        self._become(visit.who)
        self._page.goto(visit.path, wait_until="domcontentloaded")
        if visit.form:
            with self._page.expect_navigation(wait_until="domcontentloaded"):
                self._page.evaluate(_SEND, [visit.form, visit.values])
        ran: list[str] = self._page.evaluate(_LOOK)
        return ran

    def _become(self, who: str) -> None:
        """Put the cookies of one person aside and take those of the next."""
        if who == self._who:
            return
        context = self._page.context
        self._cookies[self._who] = context.cookies()
        if who not in self._cookies:
            cookie = self._world.open_client(who).get_cookie("portal")
            given = {"name": "portal", "value": cookie.value, "url": self._address} if cookie else None
            self._cookies[who] = [given] if given else []
        context.clear_cookies()
        context.add_cookies(self._cookies[who])
        self._who = who


def choose_visits(world: World, *, most: int, sends: bool) -> Iterator[Visit]:
    """Give at most so many visits of pages whose addresses differ by ids alone; some that `sends` a form."""
    seen: Counter[tuple[str, str, str]] = Counter()
    for visit in all_pages(world):
        if visit.form and not sends:
            continue
        kind = (visit.who if visit.who in world.emails else "", _CHANGING.sub("", visit.path), visit.form)
        seen[kind] += 1
        if seen[kind] <= most:
            yield visit


@pytest.fixture
def hostile_world(served: Portal) -> Iterator[World]:
    yield build_hostile_world(served.app, UKRAINIAN)[0]
    empty_tables(served.app)


@access("open")
def print_raw(**_named: object) -> str:
    """Stand in for a page that forgets to escape."""
    template = current_app.jinja_env.from_string(
        "<!doctype html>{% for text in all %}{{ text | safe }}{% endfor %}"
    )
    return template.render(all=clean_texts(clean_text))


def test_nothing_hostile_runs_in_a_browser(
    chromium: Browser, served: Portal, hostile_world: World, pytestconfig: pytest.Config
) -> None:
    full = bool(pytestconfig.getoption("full"))
    most = 1_000 if full else MOST_OF_A_KIND
    with ExitStack() as stack:
        doors = Doors(chromium, served, stack)
        onlooker = Onlooker(doors, hostile_world, served.address)
        ran = {
            f"{visit.path} {visit.form} as {visit.who}": found
            for visit in choose_visits(hostile_world, most=most, sends=full)
            if (found := onlooker.watch(visit))
        }
        faults = [fault for fault in doors.faults if _ERROR_PAGE not in fault]
    assert (ran, faults) == ({}, [])


def test_a_page_that_forgets_to_escape_is_found(chromium: Browser, portal: Portal) -> None:
    world = World(portal.app, UKRAINIAN)
    whole = portal.app.view_functions["public.coverages"]
    portal.app.view_functions["public.coverages"] = print_raw
    try:
        with ExitStack() as stack:
            doors = Doors(chromium, portal, stack)
            ran = Onlooker(doors, world, portal.address).watch(Visit(PASSER_BY, "/uk/"))
    finally:
        portal.app.view_functions["public.coverages"] = whole
    assert (any(one.startswith("stopped: script-src") for one in ran), doors.faults == []) == (True, False)
