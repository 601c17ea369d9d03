"""A colleague's name after an @ is offered by what stands in the page, taken by key or press, and told."""

import pytest
from playwright.sync_api import Locator, Page, Route, expect

from portal.domain.permissions import Role
from tests.browser.conftest import Doors
from tests.support.world import World

pytestmark = [
    pytest.mark.browser,
    # The compression of static files leaves closing them to the garbage collector.
    pytest.mark.filterwarnings("ignore:unclosed file:ResourceWarning"),
]
EDITOR = "Story editor"
NAMES = "[role=listbox] [role=option]"


def open_note(page: Page, world: World) -> Locator:
    """Open a text and return the field of a note on it."""
    page.goto(f"/desk/submission/{world.submissions['received']}")
    page.locator("section[aria-labelledby=notes] summary").first.click()
    return page.locator("section[aria-labelledby=notes] textarea")


def test_names_are_found_by_key_and_escape_leaves_what_is_typed(world: World, doors: Doors) -> None:
    page = doors.open_for(world, Role.MODERATOR)
    note, names = open_note(page, world), page.locator(NAMES)
    note.press_sequentially("Питаю @story e")
    expect(names).to_have_text([EDITOR])
    expect(note).to_have_attribute("aria-activedescendant", names.first.get_attribute("id") or "")
    note.press("Enter")
    expect(note).to_have_value(f"Питаю @{EDITOR} ")
    note.press("Control+z")
    expect(note).to_have_value("Питаю @story e")
    note.press_sequentially("d")
    expect(note).to_have_value("Питаю @story ed")
    note.press("Escape")
    expect(names).to_have_count(0)
    note.press("Enter")
    expect(note).to_have_value("Питаю @story ed\n")


def test_names_are_offered_to_who_typed_before_the_script_came(world: World, doors: Doors) -> None:
    page = doors.open_for(world, Role.MODERATOR)
    held: list[Route] = []
    page.route("**/js/mentions.mjs*", lambda route: held.append(route))  # noqa: PLW0108 -- Playwright takes no builtin
    with page.expect_request("**/js/mentions.mjs*"):
        open_note(page, world).press_sequentially("@story e")
    held[0].continue_()
    expect(page.locator(NAMES)).to_have_text([EDITOR])


def test_an_address_and_a_name_nobody_has_offer_nothing(world: World, doors: Doors) -> None:
    page = doors.open_for(world, Role.MODERATOR)
    note = open_note(page, world)
    for typed in ("ask@story", "@ніхто", f"@{EDITOR}"):
        note.fill("")
        note.press_sequentially(typed)
        expect(page.locator(NAMES)).to_have_count(0)


@pytest.mark.one_case("scripts", number=0)
@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without scripts"])
def test_who_is_named_in_a_note_is_told(world: World, doors: Doors, *, scripts: bool) -> None:
    page = doors.open_for(world, Role.MODERATOR, java_script_enabled=scripts)
    note = open_note(page, world)
    note.press_sequentially("Див. ＠story e" if scripts else f"Див. @{EDITOR}")
    if scripts:
        page.locator(NAMES).click()
        expect(note).to_have_value(f"Див. @{EDITOR} ")
    note.locator("xpath=ancestor::form").get_by_role("button").last.click()
    expect(page.get_by_text(f"Сповіщено: {EDITOR}.")).to_be_visible()
    told = doors.open_for(world, Role.EDITOR)
    told.goto("/desk/notices")
    expect(told.get_by_text("згадує вас у\u00a0нотатці.").first).to_be_visible()


def test_who_is_named_in_a_comment_is_led_to_it(world: World, doors: Doors) -> None:
    page = doors.open_for(world, Role.ADMIN)
    page.goto(f"/desk/coverages/draft/{world.drafts['edited']}")
    page.locator("details.talk-new summary").click()
    comment = page.locator('[name="comment"]')
    comment.press_sequentially("Чи так, @story e")
    expect(page.locator(NAMES)).to_have_text([EDITOR])
    comment.press("Tab")
    expect(comment).to_have_value(f"Чи так, @{EDITOR} ")
    page.locator('details.talk-new [formaction*="/comment"]').click()
    told = doors.open_for(world, Role.EDITOR)
    told.goto("/desk/notices")
    told.locator(".queue-row", has_text="згадує вас у\u00a0коментарі").get_by_role("link").click()
    expect(told.locator(".talk:target")).to_contain_text(f"Чи так, @{EDITOR}")
