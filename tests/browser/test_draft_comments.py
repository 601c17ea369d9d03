"""A comment on a paragraph of a draft stays at it, whatever happens around it, or says that it is gone."""

import pytest
from playwright.sync_api import Locator, Page, expect

from portal.domain.permissions import Role
from tests.browser.conftest import Doors
from tests.support.world import World

pytestmark = [
    pytest.mark.browser,
    # The compression of static files leaves closing them to the garbage collector.
    pytest.mark.filterwarnings("ignore:unclosed file:ResourceWarning"),
]
FIRST, COFFEE, LAST = "Вечір.", "Пані Чень варила каву на газовому пальнику.", "Світанок."
NEW = "Цей абзац дописано зверху."
SELECTED = "area => area.value.slice(area.selectionStart, area.selectionEnd)"


def write(page: Page, *paragraphs: str) -> None:
    page.locator('[name="body"]').fill("\n\n".join(paragraphs))


def save(page: Page) -> None:
    with page.expect_navigation():
        page.locator(".draft-acts .save").click()


def comment_at(page: Page, words: str, comment: str) -> None:
    """Put the cursor into a paragraph, as a press does, and say something about it."""
    page.locator('[name="body"]').evaluate(
        """(area, words) => {
            const at = area.value.indexOf(words);
            area.focus();
            area.setSelectionRange(at, at);
        }""",
        words,
    )
    page.locator(".talk-new > summary").click()
    page.locator('[name="comment"]').fill(comment)
    with page.expect_navigation():
        page.locator('.talk-new button[type="submit"]').click()


def find_talk(page: Page, comment: str) -> Locator:
    return page.locator(".talk").filter(has_text=comment)


def test_a_comment_goes_with_its_paragraph_through_edits_undo_and_versions(
    world: World, doors: Doors
) -> None:
    page = doors.open_for(world, Role.EDITOR)
    address = f"/desk/coverages/draft/{world.drafts['edited']}"
    page.goto(address)
    write(page, FIRST, COFFEE, LAST)
    save(page)
    comment_at(page, COFFEE[5:], "Чи справді на газі?")
    body, place = (
        page.locator('[name="body"]'),
        find_talk(page, "Чи справді").locator("[data-stretch] button"),
    )
    expect(place).to_have_text("Абзац 2")

    body.press("Control+Home")
    page.keyboard.insert_text(f"{NEW}\n\n")  # not saved yet
    place.click()
    assert body.evaluate(SELECTED) == COFFEE
    body.press("Control+z")
    place.click()
    assert body.evaluate(SELECTED) == COFFEE

    write(page, NEW, FIRST, COFFEE.replace("варила", "зварила"), LAST)
    save(page)
    expect(place).to_have_text("Абзац 3")
    write(page, NEW, FIRST, LAST)
    save(page)
    talk = find_talk(page, "Чи справді")
    expect(talk.locator(".talk-place")).to_contain_text("Абзац, якого вже немає")
    page.goto(f"{address}/revisions")
    page.locator('form[action$="/bring-back"] button').nth(1).click()
    expect(body).to_have_value("\n\n".join((FIRST, COFFEE, LAST)))
    expect(place).to_have_text("Абзац 2")


def test_a_comment_on_a_paragraph_below_one_that_is_not_saved_is_about_that_one(
    world: World, doors: Doors
) -> None:
    page = doors.open_for(world, Role.EDITOR)
    page.goto(f"/desk/coverages/draft/{world.drafts['edited']}")
    write(page, FIRST, COFFEE, LAST)
    save(page)
    page.locator('[name="body"]').press("Control+Home")
    page.keyboard.insert_text(f"{NEW}\n\n")
    comment_at(page, LAST[3:], "Яка це година?")
    expect(find_talk(page, "Яка це година").locator(".talk-place")).to_contain_text(LAST)
    expect(find_talk(page, "Яка це година").locator("[data-stretch]")).to_have_text("Абзац 4")
