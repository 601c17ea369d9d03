"""The desk while people work at it: usable by everybody, on a phone and a wide screen, by day and by night.

`test_pages` judges each page as it is sent. These are what scripts and acts make of them.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack

import pytest
from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Browser, Page

from portal.domain.languages import LOCALES, Locale
from portal.domain.permissions import Role
from tests.browser.conftest import Doors
from tests.browser.looks import UNROLLED, Look, find_cuts, run_axe
from tests.browser.people import Portal
from tests.conftest import empty_tables
from tests.support.portal import build_world
from tests.support.world import World

pytestmark = [
    pytest.mark.browser,
    # The compression of static files leaves closing them to the garbage collector.
    pytest.mark.filterwarnings("ignore:unclosed file:ResourceWarning"),
]

PHONE, DESKTOP = 390, 1280
HEIGHTS = {PHONE: 844, DESKTOP: 900}
LOOKS = (Look(PHONE, "light"), Look(DESKTOP, "dark"), Look(PHONE, "dark"), Look(DESKTOP, "light"))
Scene = Callable[[Page, World], object]


def open_list(page: Page, _world: World) -> None:
    page.goto("/desk/")


def open_text(page: Page, world: World) -> None:
    open_list(page, world)
    page.locator(".queue-title").first.click()
    page.locator("#text[data-id]").wait_for()


def open_decline(page: Page, world: World) -> None:
    page.goto(f"/desk/submission/{world.submissions['received']}")
    page.keyboard.press("d")
    page.keyboard.press("1")


def search(page: Page, _world: World) -> None:
    page.goto("/desk/?q=2014")


def find_nothing(page: Page, _world: World) -> None:
    page.goto("/desk/?q=nothing+like+it")


def open_filters(page: Page, world: World) -> None:
    open_list(page, world)
    page.locator(".queue-more summary").click()


def open_keys(page: Page, world: World) -> None:
    open_list(page, world)
    page.keyboard.press("?")


def tick(page: Page, world: World) -> None:
    open_list(page, world)
    page.locator("#bulk-all").check()


def choose(act: str) -> Scene:
    def scene(page: Page, world: World) -> None:
        tick(page, world)
        with page.expect_navigation():
            page.locator(f"#bulk button[value={act}]").click()

    return scene


def choose_reason(page: Page, world: World) -> None:
    choose("decline")(page, world)
    page.locator("[name=reason]").nth(1).check()
    with page.expect_navigation():
        page.locator("button[formaction]").click()


def tag_nothing(page: Page, world: World) -> None:
    choose("tag")(page, world)
    page.locator("form[action$='/bulk/tag'] button.primary").click()
    page.locator(".error-summary").wait_for()


def tag(page: Page, world: World) -> None:
    choose("tag")(page, world)
    page.locator("[name=names]").fill("2014")
    page.locator("form[action$='/bulk/tag'] button.primary").click()
    page.locator(".badge.tag").first.wait_for()


def edit(page: Page, world: World) -> None:
    page.goto(f"/desk/coverages/draft/{world.drafts['edited']}")


def go_to(address: Callable[[World], str]) -> Scene:
    return lambda page, world: page.goto(address(world))


SCENES: Mapping[str, tuple[str, Scene]] = {
    "list": (Role.EDITOR, open_list),
    "text beside the list": (Role.EDITOR, open_text),
    "decline with prepared words": (Role.EDITOR, open_decline),
    "hits of a search": (Role.EDITOR, search),
    "filters open": (Role.EDITOR, open_filters),
    "keys": (Role.MODERATOR, open_keys),
    "rows ticked": (Role.EDITOR, tick),
    **{f"bulk {act}": (Role.EDITOR, choose(act)) for act in ("tag", "assign", "recommend", "mark_spam")},
    "bulk decline with words": (Role.EDITOR, choose_reason),
    "bulk refused": (Role.EDITOR, tag_nothing),
    "tagged": (Role.EDITOR, tag),
    "draft editor": (Role.EDITOR, edit),
}
OPENED: Mapping[str, tuple[str, Scene]] = {
    "nothing found": (Role.EDITOR, find_nothing),
    "tags of a coverage": (Role.EDITOR, go_to(lambda world: f"/desk/coverages/{world.slug}/tags")),
    "saved views": (Role.EDITOR, go_to(lambda _world: "/desk/views")),
    "a new view": (Role.EDITOR, go_to(lambda _world: "/desk/views/new?view=open&kind=story")),
    "notices": (Role.MODERATOR, go_to(lambda _world: "/desk/notices")),
    "settings of calls": (Role.ADMIN, go_to(lambda _world: "/desk/settings/calls")),
}
"""What an address alone opens: `test_pages` judges these pages in a short run, too."""


@pytest.fixture
def world(served: Portal, locale: Locale) -> Iterator[World]:
    """A portal in the middle of its work."""
    yield build_world(served.app, locale)
    empty_tables(served.app)


def judge(doors: Doors, world: World, look: Look, scenes: Mapping[str, tuple[str, Scene]]) -> Iterator[str]:
    """Yield what axe finds in these scenes, and what does not fit."""
    people: dict[str, Page] = {}
    for name, (who, scene) in scenes.items():
        if who not in people:
            people[who] = doors.open_for(
                world, who, width=look.width, height=HEIGHTS[look.width], color_scheme=look.scheme
            )
        page = people[who]
        page.set_viewport_size({"width": look.width, "height": HEIGHTS[look.width]})
        scene(page, world)
        fits = find_cuts(page)
        page.set_viewport_size({"width": look.width, "height": UNROLLED})
        page.evaluate(AXE_SCRIPT)
        yield from (f"{name}, {look.width} {look.scheme}: {one}" for one in (*run_axe(page), *fits))


@pytest.mark.one_case("locale", number=1)
@pytest.mark.parametrize("locale", LOCALES, ids=lambda locale: locale.url)
def test_everybody_can_work_at_the_desk(
    chromium: Browser, served: Portal, world: World, locale: Locale, pytestconfig: pytest.Config
) -> None:
    full = bool(pytestconfig.getoption("full"))
    scenes = {**SCENES, **OPENED} if full else SCENES
    faults: list[str] = []
    with ExitStack() as stack:
        doors = Doors(chromium, served, stack)
        for number, look in enumerate(LOOKS):
            turn = {
                name: scene
                for place, (name, scene) in enumerate(scenes.items())
                if full or place % len(LOOKS) == number
            }
            faults += judge(doors, world, look, turn)
    assert not faults, "\n".join(["", *faults])
