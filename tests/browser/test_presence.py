"""Who has a text on the screen reads who else has, who writes, and that they have left."""

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
HALF_A_MINUTE = 30_000
MOST_TRIES = 20


@pytest.fixture
def text(world: World) -> str:
    return f"/desk/submission/{world.submissions['received']}"


def pass_half_a_minute(page: Page) -> None:
    with page.expect_response("**/presence"):
        page.clock.run_for(HALF_A_MINUTE)


def test_two_who_read_one_text_are_told_of_each_other(world: World, doors: Doors, text: str) -> None:
    one, other = (doors.open_for(world, who) for who in (Role.MODERATOR, Role.EDITOR))
    line = one.locator(".presence")
    for page in (one, other):
        page.clock.install()
        with page.expect_response("**/presence"):
            page.goto(text)
    pass_half_a_minute(one)
    expect(line).to_have_text("Це також читають: Story editor.")
    other.locator("section[aria-labelledby=notes] summary").first.click()
    other.locator("section[aria-labelledby=notes] textarea").fill("Ще думаю.")
    pass_half_a_minute(other)
    pass_half_a_minute(one)
    expect(line).to_have_text("Тут пишуть і ще не зберегли: Story editor.")
    other.on("dialog", lambda dialog: dialog.accept())
    other.goto("/account/")
    for _half_a_minute in range(MOST_TRIES):  # what a page sends while it goes may come a little later
        pass_half_a_minute(one)
        if not line.text_content():
            break
    expect(line).to_have_text("")
