"""Every page in every language, narrow and wide, by day and by night: for everybody, and never too wide."""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Browser

from portal.domain.languages import LOCALES, UKRAINIAN, Locale
from portal.domain.permissions import Role
from tests.browser.conftest import Doors
from tests.browser.looks import (
    HEIGHTS,
    LOOK_RULES,
    LOOKS,
    NARROW,
    TAGS,
    WIDE,
    Look,
    Screen,
    find_cuts,
    run_axe,
    turn_around,
)
from tests.browser.people import Portal
from tests.conftest import empty_tables
from tests.support.html_pages import Page, Site, read_site
from tests.support.page_list import ROOMS, STATES, Visit
from tests.support.portal import build_world
from tests.support.world import World

pytestmark = [
    pytest.mark.browser,
    # The compression of static files leaves closing them to the garbage collector.
    pytest.mark.filterwarnings("ignore:unclosed file:ResourceWarning"),
]

RIGHT_TO_LEFT = "right to left"
FACES = (*(locale.url for locale in LOCALES), RIGHT_TO_LEFT)
"""Each page is looked at in another look in each of these, so that all looks are had in the end."""


@pytest.fixture(scope="module")
def screen(chromium: Browser, served: Portal) -> Iterator[Screen]:
    with ExitStack() as stack:
        page = Doors(chromium, served, stack).open(bypass_csp=True)
        yield Screen.set_up(page, "/en/help")


@pytest.fixture(scope="module")
def world(served: Portal) -> Iterator[World]:
    """A portal in the middle of its work, in Ukrainian."""
    yield build_world(served.app, UKRAINIAN)
    empty_tables(served.app)


def faces_of(locale: Locale) -> list[str]:
    return [locale.url, RIGHT_TO_LEFT] if locale == UKRAINIAN else [locale.url]


def show_all(screen: Screen, pages: list[Page], face: str, *, full: bool) -> Iterator[str]:
    """Yield the faults of pages in one language: each in the look whose turn it is, or in all of them.

    Axe judges each page whole in one look, and in the opposite one what a look changes, where shapes are new.
    Every four pages day and night change places, so that both are had in one language.
    """
    place = FACES.index(face)
    for number, look in enumerate(LOOKS):
        screen.choose(look)
        for turn, page in enumerate(pages):
            if not full and (turn + place + turn // len(LOOKS) * 2) % len(LOOKS) != number:
                continue
            html = turn_around(page.text) if face == RIGHT_TO_LEFT else page.text
            rules = TAGS if full else (TAGS, LOOK_RULES, (), ())[(place - turn) % len(FACES)]
            yield from (f"{page.name} {face} {fault}" for fault in screen.find_faults(html, rules))


@pytest.mark.one_case("locale", number=2)
@pytest.mark.parametrize("locale", LOCALES, ids=lambda locale: locale.url)
@pytest.mark.parametrize("room", [*ROOMS, *STATES])
def test_every_page_can_be_used_by_everybody(
    screen: Screen,
    site_folder: Path,
    fresh_folder: Path,
    locale: Locale,
    room: str,
    pytestconfig: pytest.Config,
) -> None:
    pages = read_site(site_folder, locale, fresh_folder)[room]
    full = bool(pytestconfig.getoption("full"))
    faults = [fault for face in faces_of(locale) for fault in show_all(screen, pages, face, full=full)]
    assert faults == []


_LINES_BEYOND_THE_LIST = """() => {
  const end = document.querySelector(".queue-pane").getBoundingClientRect().right;
  return [...document.querySelectorAll(".queue-row :is(bdi, span)")]
    .filter(one => one.checkVisibility() && one.getBoundingClientRect().right > end + 1)
    .map(one => one.textContent);
}"""
_OVER_THE_DRAFT = """() => document.querySelector(".act[open] > form").getBoundingClientRect().bottom
  - document.querySelector(".editor").getBoundingClientRect().top"""

_HINTS_NEAR_THEIR_BUTTONS = """() => [...document.querySelectorAll(".queue-row > form > .button + .hint")]
  .map(hint => [hint.previousElementSibling, hint, hint.parentElement.nextElementSibling]
    .map(one => one.getBoundingClientRect()))
  .map(([button, hint, next]) => hint.top - button.bottom < next.top - hint.bottom)"""


def find_page(site: Site, room: str, address: str, form: str = "") -> str:
    return next(page.text for page in site[room] if address in page.visit.path and page.visit.form == form)


def test_a_long_line_of_the_queue_ends_in_it(screen: Screen, site_folder: Path, fresh_folder: Path) -> None:
    """What is cut for the eye alone lies over the text beside the list, and nobody can tell its ground."""
    screen.choose(Look(WIDE, "light"))
    screen.show(find_page(read_site(site_folder, LOCALES[-1], fresh_folder), "desk", "/desk/submission/"))
    assert screen.page.evaluate(_LINES_BEYOND_THE_LIST) == []


def test_a_refused_act_lies_over_nothing_of_the_draft(
    screen: Screen, site_folder: Path, fresh_folder: Path
) -> None:
    screen.choose(Look(WIDE, "light"))
    site = read_site(site_folder, LOCALES[-1], fresh_folder)
    screen.show(find_page(site, "coverages", "/coverages/draft/", form="/waive"))
    assert screen.page.evaluate(_OVER_THE_DRAFT) <= 0


def test_what_a_button_does_is_said_nearer_to_it_than_to_the_next(
    screen: Screen, site_folder: Path, fresh_folder: Path
) -> None:
    screen.choose(Look(WIDE, "light"))
    pages = read_site(site_folder, LOCALES[-1], fresh_folder)["desk"]
    screen.show(next(page.text for page in pages if page.visit == Visit(Role.EDITOR, "/desk/take-downs")))
    assert set(screen.page.evaluate(_HINTS_NEAR_THEIR_BUTTONS)) == {True}


_NOTE_AS_SENT = """document.addEventListener("readystatechange", () => {
  window.asSent ??= document.documentElement.outerHTML;
});
window.asSent = undefined;"""
"""Scripts of ours run when all is read, which is said before."""


def choose_one_of_each(world: World, room: str) -> dict[str, Visit]:
    """Return the first visit to each page of a room that is opened by its address alone."""
    adapter = world.app.url_map.bind("localhost")
    chosen: dict[str, Visit] = {}
    for visit in ROOMS[room](world):
        if not visit.form and "/nowhere/" not in visit.path:
            chosen.setdefault(adapter.match(visit.path.partition("?")[0])[0], visit)
    return chosen


@pytest.mark.parametrize("room", ROOMS)
def test_every_page_can_be_used_with_its_scripts(
    chromium: Browser, served: Portal, world: World, room: str
) -> None:
    with ExitStack() as stack:
        doors = Doors(chromium, served, stack)
        page = doors.open(width=NARROW, height=HEIGHTS[WIDE], locale=world.locale.tag)
        page.add_init_script(_NOTE_AS_SENT)
        chosen = choose_one_of_each(world, room).values()
        cookies = {who: world.open_client(who).get_cookie("portal") for who in {one.who for one in chosen}}
        faults = []
        for visit in chosen:
            page.context.clear_cookies()
            if cookie := cookies[visit.who]:
                page.context.add_cookies([{"name": "portal", "value": cookie.value, "url": served.address}])
            page.goto(visit.path)
            if page.evaluate("window.asSent === document.documentElement.outerHTML"):
                continue  # and judged as that
            page.evaluate(AXE_SCRIPT)
            faults += [f"{visit.path} {fault}" for fault in (*run_axe(page), *find_cuts(page))]
        # What a refusal answers is said by the page; what a script does wrong is not.
        faults += [fault for fault in doors.faults if "Failed to load resource" not in fault]
    assert faults == []


SOUND = """<!doctype html><html lang="en"><head><title>A</title>
<link rel="stylesheet" href="/static/css/portal.css"></head>
<body><main><h1>A</h1>{more}</main></body></html>"""


@pytest.mark.parametrize(
    ("more", "fault"),
    [
        ('<img src="data:,">', "320 light: image-alt at img"),
        ('<p style="color: var(--line)">Words</p>', "320 light: color-contrast at p"),
        ('<p style="inline-size: 400px">A</p>', "narrow: wider than the screen: p"),
        (
            '<details><summary>A</summary><p style="inline-size: 400px">A</p></details>',
            "spaced: wider than the screen: p",
        ),
        (
            '<p style="inline-size: 7em; white-space: nowrap; overflow: hidden">Fourteen words</p>',
            "spaced: cut off: p",
        ),
        (
            '<p style="position: absolute; inset-inline-start: 0">A</p>',
            "narrow: at the edge of the screen: p",
        ),
    ],
)
def test_the_screen_notices(screen: Screen, more: str, fault: str) -> None:
    screen.choose(LOOKS[0])
    faults = list(screen.find_faults(SOUND.format(more=more), TAGS))
    assert [one for one in faults if one == fault][:1] == [fault]


def test_the_screen_is_content_with_a_sound_page(screen: Screen) -> None:
    screen.choose(LOOKS[1])
    assert list(screen.find_faults(SOUND.format(more="<p>A</p>"), TAGS)) == []


def test_a_shape_is_judged_once_in_a_look(screen: Screen) -> None:
    screen.choose(LOOKS[3])
    page = SOUND.format(more='<p class="seeded" style="color: var(--line)">Words</p>')
    counts = [len(list(screen.find_faults(page, LOOK_RULES))) for _ in range(2)]
    assert counts == [1, 0]


def test_a_ukrainian_page_is_turned_around() -> None:
    page = '<html lang="uk" dir="ltr"><p lang="uk">Та</p><p lang="en" dir="ltr">A</p>'
    assert turn_around(page) == '<html lang="ar" dir="rtl"><p lang="ar">لا</p><p lang="en" dir="ltr">A</p>'
