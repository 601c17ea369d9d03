"""Every page on a phone and on a desk, by day and by night: for everybody, and never too wide."""

from collections.abc import Iterator
from contextlib import ExitStack, closing

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page

from portal.domain.languages import LOCALES, TRADITIONAL_CHINESE, UKRAINIAN, Locale
from tests.browser.conftest import Doors
from tests.browser.people import Portal
from tests.conftest import empty_tables
from tests.visits import ROOMS, Visit
from tests.world import World, build_world

pytestmark = [
    pytest.mark.browser,
    # The compression of static files leaves closing them to the garbage collector.
    pytest.mark.filterwarnings("ignore:unclosed file:ResourceWarning"),
]

TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
PHONE, DESK, NARROWEST = 390, 1280, 320
HEIGHT = 844
LOOKS = (PHONE, "light"), (DESK, "dark"), (PHONE, "dark"), (DESK, "light")
"""Pages are looked at in turns: what everybody can open in two of these, the others in one."""
_WIDEST = """() => [...document.querySelectorAll("body *")]
  .filter(one => one.getBoundingClientRect().right > innerWidth + 1)
  .slice(0, 3).map(one => `${one.localName}.${one.className}`).join(" ")"""
_OVERFLOWS = "document.scrollingElement.scrollWidth > innerWidth"
_SEND = """([ending, values]) => {
  const goesThere = form => new URL(form.action || location.href).pathname.endsWith(ending);
  const asks = form => Object.keys(values).every(name => form.elements[name]);
  const form = [...document.forms].find(one => goesThere(one) && asks(one));
  for (const [name, value] of Object.entries(values)) form.elements[name].value = value;
  form.submit();
}"""


class Viewer:
    """Somebody with a browser, who looks at pages in several sizes and colours."""

    def __init__(self, doors: Doors, world: World, address: str) -> None:
        self._doors, self._world, self._address = doors, world, address
        self._pages: dict[str, Page] = {}

    def _page_of(self, who: str) -> Page:
        """Return the browser of a person, in which the person is signed in."""
        if who not in self._pages:
            page = self._doors.open(width=PHONE, height=HEIGHT, locale=self._world.locale.tag)
            cookie = self._world.open_client(who).get_cookie("portal")
            if cookie is not None:
                page.context.add_cookies([{"name": "portal", "value": cookie.value, "url": self._address}])
            self._pages[who] = page
        return self._pages[who]

    def open(self, visit: Visit) -> Page:
        page = self._page_of(visit.who)
        page.set_viewport_size({"width": PHONE, "height": HEIGHT})
        page.goto(visit.path)
        if visit.form:
            with page.expect_navigation():
                page.evaluate(_SEND, [visit.form, visit.values])
        return page


def choose_looks(room: str, turn: int) -> list[tuple[int, str]]:
    first = turn * 2 if room == "public" else turn
    return [LOOKS[(first + more) % len(LOOKS)] for more in range(2 if room == "public" else 1)]


def find_faults(page: Page, looks: list[tuple[int, str]]) -> Iterator[str]:
    """Yield what is wrong with the page that is open."""
    for width, scheme in looks:
        page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
        page.set_viewport_size({"width": width, "height": HEIGHT})
        for violation in Axe().run(page, options={"runOnly": TAGS}).response["violations"]:
            where = [" ".join(map(str, node["target"])) for node in violation["nodes"][:3]]
            yield f"{width} {scheme}: {violation['id']} at {', '.join(where)}"
    for width in (NARROWEST, PHONE, DESK):
        page.set_viewport_size({"width": width, "height": HEIGHT})
        yield from find_overflow(page, width)


def find_overflow(page: Page, width: int) -> Iterator[str]:
    if page.evaluate(_OVERFLOWS):
        yield f"{width}: wider than the screen: {page.evaluate(_WIDEST)}"


def test_the_check_notices_faults(chromium: Browser) -> None:
    with closing(chromium.new_page()) as page:
        page.set_content('<html lang="en"><title>A</title><main><h1>A</h1><img src="data:,"></main></html>')
        found = Axe().run(page, options={"runOnly": TAGS}).response["violations"]
    assert [one["id"] for one in found] == ["image-alt"]


@pytest.fixture(scope="module")
def world(request: pytest.FixtureRequest, served: Portal) -> Iterator[World]:
    """The portal in the middle of its work, whose staff read one language."""
    locale: Locale = request.param
    yield build_world(served.app, locale)
    empty_tables(served.app)


SEEN = [
    *((locale, "public") for locale in LOCALES),
    (UKRAINIAN, "private"),
    (UKRAINIAN, "desk"),
    (TRADITIONAL_CHINESE, "coverages"),
    (UKRAINIAN, "settings"),
    (TRADITIONAL_CHINESE, "account"),
]
"""What everybody can open in every language, the other rooms in one each."""


@pytest.mark.parametrize(
    ("world", "room"),
    SEEN,
    indirect=["world"],
    ids=[f"{room} in {locale.url}" for locale, room in SEEN],
)
def test_every_page_can_be_used_by_everybody(
    chromium: Browser, served: Portal, world: World, room: str
) -> None:
    with ExitStack() as stack:
        viewer = Viewer(Doors(chromium, served, stack), world, served.address)
        faults = [
            f"{visit.path} {visit.form} as {visit.who or 'anybody'}: {fault}"
            for turn, visit in enumerate(ROOMS[room](world))
            for fault in find_faults(viewer.open(visit), choose_looks(room, turn))
        ]
    assert faults == []
