"""A code of the desk, from its asking to its proof: two colleagues and the author, by the keys alone."""

import re

import pytest
from playwright.sync_api import Page, expect

from portal.domain.permissions import Role
from tests.browser.conftest import Doors
from tests.browser.hands import Keys
from tests.browser.people import Person, Portal, Words
from tests.support.desk_codes import REASON
from tests.support.factories import ADDRESS
from tests.support.world import World

pytestmark = [
    pytest.mark.browser,
    # The compression of static files leaves closing them to the garbage collector.
    pytest.mark.filterwarnings("ignore:unclosed file:ResourceWarning"),
    pytest.mark.one_case("scripts", "width"),
    pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without scripts"]),
    pytest.mark.parametrize("width", [390, 1280]),
]


@pytest.fixture
def words(world: World, portal: Portal) -> Words:
    return Words(portal.app, world.locale)


def test_two_colleagues_give_out_a_code(
    world: World, doors: Doors, words: Words, *, scripts: bool, width: int
) -> None:
    asking, confirming = (
        sit_down(doors.open_for(world, role, width=width, java_script_enabled=scripts), words)
        for role in (Role.MODERATOR, Role.EDITOR)
    )
    page = f"/desk/submission/{world.submissions['code lost']}"
    asking.page.goto(page)
    asking.follow("The author has lost the code")
    asking.write({"reason": REASON})
    asking.press("Ask for a new code")
    expect(asking.find_button("Confirm and show the code")).to_have_count(0)
    confirming.page.goto(f"{page}/code")
    confirming.press("Confirm and show the code")
    expect(confirming.page.locator("#receipt-code")).to_have_text(re.compile(r"^\d{4}( \d{4}){4}$"))


def test_an_author_who_comes_with_one_opens_the_rest_by_a_sealed_answer(
    world: World, doors: Doors, words: Words, *, scripts: bool, width: int
) -> None:
    author = sit_down(doors.open(width=width, java_script_enabled=scripts, locale=world.locale.tag), words)
    author.page.goto(f"/{world.locale.url}/my")
    author.write({"code": world.codes["code found"]})
    author.press("Open your page")
    everything = author.page.locator('a[href$="/my/data"]')
    expect(everything).to_have_count(0)
    author.write({"answer": ADDRESS.upper()})
    author.press("Open everything")
    author.press("Show a new code")
    own = author.page.locator(".receipt").inner_text()
    author.page.goto(f"/{world.locale.url}/my")
    expect(everything).to_have_count(1)
    assert own != world.codes["code found"]


def sit_down(page: Page, words: Words) -> Person:
    """Return somebody at this page who uses the keys alone."""
    return Person(page, words, Keys(page))
