"""The queue's filters act at once, say in the address what is listed, and are there when one comes back."""

import re

import pytest
from playwright.sync_api import Page, expect

from portal.domain.permissions import Role
from tests.browser.conftest import Doors
from tests.support.world import World

pytestmark = [
    pytest.mark.browser,
    # The compression of static files leaves closing them to the garbage collector.
    pytest.mark.filterwarnings("ignore:unclosed file:ResourceWarning"),
]


@pytest.fixture
def page(world: World, doors: Doors) -> Page:
    return doors.open_for(world, Role.EDITOR)


def test_a_filter_acts_at_once_and_the_way_back_leads_to_it(page: Page) -> None:
    page.goto("/desk/")
    page.select_option("#filter-kind", "story")
    expect(page).to_have_url(re.compile(r"/desk/\?view=triage&kind=story&sort=due$"))
    expect(page.locator("#filter-kind")).to_be_focused()
    page.locator(".queue-more > summary").click()
    page.check("#filter-back")
    expect(page).to_have_url(re.compile(r"&kind=story&sort=due&back=1$"))
    expect(page.locator(".queue-more > summary .number")).to_have_text("1")
    page.goto("/desk/coverages/")
    page.locator(".desk-nav a").first.click()
    expect(page).to_have_url(re.compile(r"/desk/\?kind=story&back=1$"))


def test_a_list_moved_through_by_keys_waits_until_it_is_chosen_from(page: Page) -> None:
    page.goto("/desk/")
    page.locator("#filter-kind").focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    assert page.url.endswith("/desk/")
    with page.expect_navigation():
        page.keyboard.press("Enter")
    assert "kind=story" in page.url
