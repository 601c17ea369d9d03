"""What has to be taken down is seen and recorded with a mouse: nothing lies over its row."""

import pytest
from playwright.sync_api import Page, expect

from portal.domain.permissions import Role
from tests.browser.conftest import Doors
from tests.support.plain_browser import send_form
from tests.support.world import World

pytestmark = [
    pytest.mark.browser,
    # The compression of static files leaves closing them to the garbage collector.
    pytest.mark.filterwarnings("ignore:unclosed file:ResourceWarning"),
]

WIDTHS = pytest.mark.parametrize("width", [390, 1280])


def open_list(doors: Doors, world: World, width: int) -> Page:
    """Return the list, whose last row is a published text that its author wants taken down."""
    send_form(world.open_client("published"), f"/{world.locale.url}/my/take-down", {})
    page = doors.open_for(world, Role.EDITOR, width=width)
    page.goto("/desk/take-downs")
    return page


@pytest.mark.one_case("width", number=0)
@WIDTHS
def test_what_was_done_is_written_down_with_a_mouse(world: World, doors: Doors, width: int) -> None:
    page = open_list(doors, world, width)
    page.locator("details.act summary").last.click()
    panel = page.locator("details.act[open]")
    panel.locator("label").first.click()
    with page.expect_navigation():
        panel.get_by_role("button").click()
    expect(page).to_have_url("/desk/take-downs")
    # Another row was of the same place: what was done there closes both.
    expect(page.locator("details.act")).to_have_count(1)


@pytest.mark.one_case("width", number=0)
@WIDTHS
def test_the_published_copy_is_opened_from_its_row(world: World, doors: Doors, width: int) -> None:
    link = open_list(doors, world, width).locator(".queue-meta a").last
    expect(link).to_have_attribute("href", "https://example.org/uk/polytsia")
    link.click(trial=True)


def test_a_press_on_the_site_is_not_covered(world: World, doors: Doors) -> None:
    page = doors.open_for(world, Role.EDITOR)
    page.goto("/desk/take-downs")
    buttons = page.locator(".queue-row > form button")
    expect(buttons).to_have_count(2)
    for button in buttons.all():
        button.click(trial=True, timeout=2_000)


def test_what_was_sent_is_compared_and_sent_again_with_a_mouse(world: World, doors: Doors) -> None:
    page = doors.open_for(world, Role.EDITOR, width=390)
    page.goto(f"/desk/coverages/{world.slug}/pushes?still=1")
    controls = page.locator(".queue-row").first.locator("a:not(.queue-title), button")
    expect(controls).to_have_count(4)
    for control in controls.all():
        control.click(trial=True, timeout=2_000)
