"""What is typed into a draft outlives a lost line, an ended session, a second tab and a colleague."""

import pytest
from playwright.sync_api import Error, Page, Route, expect

from portal.domain.permissions import Role
from tests.browser.conftest import Doors
from tests.support.world import World

pytestmark = [
    pytest.mark.browser,
    pytest.mark.breaks_network,
    # The compression of static files leaves closing them to the garbage collector.
    pytest.mark.filterwarnings("ignore:unclosed file:ResourceWarning"),
]
WORDS, MORE, THEIRS = "Світло зникло.", "Світло зникло. Це дописано.", "Слова колеги."


@pytest.fixture
def address(world: World) -> str:
    return f"/desk/coverages/draft/{world.drafts['edited']}"


def open_draft(doors: Doors, world: World, address: str, who: str = Role.EDITOR) -> Page:
    page = doors.open_for(world, who)
    page.goto(address)
    return page


def write(page: Page, words: str) -> None:
    page.locator('[name="body"]').fill(words)


def save(page: Page) -> None:
    with page.expect_navigation():
        page.keyboard.press("Control+S")


def expect_offered(page: Page, address: str, words: str) -> None:
    """Hold that another page finds what was typed."""
    other = page.context.new_page()
    other.goto(address)
    expect(other.locator('[name="body"]')).to_have_value(words)
    other.close()


def test_a_lost_line_is_said_and_what_was_typed_is_kept_when_it_is_back(
    world: World, doors: Doors, address: str
) -> None:
    page = open_draft(doors, world, address)
    page.context.set_offline(offline=True)
    write(page, WORDS)
    line = page.locator("#keep-state")
    expect(line).to_contain_text(line.get_attribute("data-failed") or "")
    page.keyboard.press("Control+S")
    expect(page.locator('[name="body"]')).to_have_value(WORDS)
    with page.expect_response("**/keep"):
        page.context.set_offline(offline=False)
    expect(line).not_to_contain_text(line.get_attribute("data-failed") or "")
    expect_offered(page, address, WORDS)
    save(page)
    expect(page.locator('[name="body"]')).to_have_value(WORDS)


def test_a_save_that_finds_no_server_is_sent_by_loading_the_page_again(
    world: World, doors: Doors, address: str
) -> None:
    page = open_draft(doors, world, address)

    def lose(route: Route) -> None:
        if route.request.method == "POST":
            route.abort("connectionfailed")
        else:
            route.continue_()

    page.route("**/desk/coverages/**", lose)
    write(page, MORE)
    with pytest.raises(Error, match="ERR_CONNECTION_FAILED"), page.expect_navigation():
        page.keyboard.press("Control+S")
    page.unroute("**/desk/coverages/**")
    page.reload()
    expect(page.locator('[name="body"]')).to_have_value(MORE)


def test_a_session_that_ends_is_said_and_signing_in_beside_it_loses_nothing(
    world: World, doors: Doors, address: str
) -> None:
    page = open_draft(doors, world, address)
    page.context.clear_cookies()
    write(page, WORDS)
    line = page.locator("#keep-state")
    expect(line).to_contain_text(line.get_attribute("data-out") or "")
    doors.enter(page, world, Role.EDITOR)
    write(page, MORE)
    expect(line).not_to_contain_text(line.get_attribute("data-out") or "")
    expect_offered(page, address, MORE)
    save(page)
    expect(page.locator('[name="body"]')).to_have_value(MORE)


def test_two_tabs_of_one_editor_lose_neither_text(world: World, doors: Doors, address: str) -> None:
    page = open_draft(doors, world, address)
    other = page.context.new_page()
    other.goto(address)
    with page.expect_response("**/keep"):
        write(page, WORDS)
    write(other, MORE)
    line = other.locator("#keep-state")
    expect(line).to_contain_text(line.get_attribute("data-elsewhere") or "")
    save(page)
    save(other)
    expect(other.locator('[name="body"]')).to_have_value(MORE)
    expect(other.get_by_text(WORDS).first).to_be_attached()


def test_two_editors_read_of_each_other_and_of_a_newer_save(world: World, doors: Doors, address: str) -> None:
    mine, theirs = (open_draft(doors, world, address, who) for who in (Role.EDITOR, Role.ADMIN))
    with mine.expect_response("**/keep"):
        write(mine, WORDS)
    with theirs.expect_response("**/keep"):
        write(theirs, THEIRS)
    expect(theirs.locator("#colleagues")).to_contain_text("Story editor")
    save(mine)
    with theirs.expect_response("**/keep"):
        write(theirs, f"{THEIRS} Ще.")
    expect(theirs.locator("#colleagues")).to_contain_text("Story editor")
    save(theirs)
    expect(theirs.locator('[name="body"]')).to_have_value(f"{THEIRS} Ще.")
    save(theirs)
    expect(theirs.locator('[name="body"]')).to_have_value(f"{THEIRS} Ще.")
