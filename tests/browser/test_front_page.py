"""The front page as a reader sees it: both doors on the first screen, nothing axe finds, light to load."""

import gzip
from datetime import UTC, datetime, timedelta

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, Response
from sqlalchemy import select

from portal.database import transaction
from portal.domain.languages import LOCALES, Locale
from portal.models import Call
from tests.browser.conftest import Doors
from tests.browser.looks import LOOK_RULES, TAGS
from tests.browser.people import Portal
from tests.browser.test_budget import MOST
from tests.support.front_portal import LONG_STORIES
from tests.support.published import EXAMPLES, publish_examples

pytestmark = [
    pytest.mark.browser,
    # The compression of static files leaves closing them to the garbage collector.
    pytest.mark.filterwarnings("ignore:unclosed file:ResourceWarning"),
]

PHONE, DESK = (390, 844), (1280, 900)
WIDTHS = (320, 390, 1280)
_BOTTOMS = "names => [...document.querySelectorAll(names)].map(one => one.getBoundingClientRect().bottom)"
_SIDEWAYS = "document.scrollingElement.scrollWidth - innerWidth"
in_each_language = pytest.mark.parametrize("locale", LOCALES, ids=lambda locale: locale.url)


@pytest.fixture
def full(portal: Portal) -> Portal:
    """The portal with two pages of published stories, some with titles of many lines."""
    at = datetime.now(UTC)
    with portal.app.app_context(), transaction() as session:
        call = session.scalars(select(Call)).one()
        call.opens_at, call.closes_at = at - timedelta(days=40), at + timedelta(days=33, hours=1)
        publish_examples(session, at - timedelta(days=20), (*LONG_STORIES, *EXAMPLES))
    return portal


def open_front(doors: Doors, locale: Locale, size: tuple[int, int]) -> Page:
    page = doors.open(width=size[0], height=size[1])
    page.goto(f"/{locale.url}/")
    return page


@pytest.mark.one_case("locale", number=1)
@in_each_language
def test_both_doors_stand_on_the_first_screen(doors: Doors, full: Portal, locale: Locale) -> None:
    phone = open_front(doors, locale, PHONE).evaluate(_BOTTOMS, ".door")
    desk = open_front(doors, locale, DESK).evaluate(_BOTTOMS, ".door, .key-facts")
    assert [len(phone), len(desk)] == [2, 3]
    assert (max(phone) <= PHONE[1], max(desk) <= DESK[1]) == (True, True), (phone, desk)


@pytest.mark.one_case("locale")
@in_each_language
def test_nobody_is_kept_out_of_the_front_page(doors: Doors, full: Portal, locale: Locale) -> None:
    page, found = open_front(doors, locale, PHONE), {}
    rules = TAGS
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": PHONE[1]})
            wrong = Axe().run(page, options={"runOnly": rules}).response["violations"]
            named = [(one["id"], node["target"]) for one in wrong for node in one["nodes"]]
            if named or page.evaluate(_SIDEWAYS) > 0:
                found[width, scheme] = named, page.evaluate(_SIDEWAYS)
            rules = LOOK_RULES
    assert found == {}


@pytest.mark.one_case("locale")
@in_each_language
def test_the_front_page_is_light(doors: Doors, full: Portal, locale: Locale) -> None:
    page = doors.open(width=PHONE[0], height=PHONE[1])
    answers: list[Response] = []
    page.on("response", lambda answer: answers.append(answer))  # noqa: PLW0108  # no built-in one is taken
    page.goto(f"/{locale.url}/")
    page.wait_for_load_state("networkidle")
    # Photos of stories come when a reader scrolls to them.
    first = [one for one in answers if "/picture/story/" not in one.url]
    weighed = {"requests": len(first)}
    for one in first:
        kind = one.request.resource_type
        weighed[kind] = weighed.get(kind, 0) + len(gzip.compress(one.body(), 9))
    too_much = {kind: weighed[kind] for kind, most in MOST.items() if weighed.get(kind, 0) > most}
    assert too_much == {}, weighed
