"""The editor of a draft in a browser: saved by key, kept in the background, sent with its acts."""

import re

import pytest
from playwright.sync_api import Page, expect

from portal.domain.permissions import Role
from tests.browser.conftest import Doors
from tests.support.portal import World

pytestmark = [
    pytest.mark.browser,
    # The compression of static files leaves closing them to the garbage collector.
    pytest.mark.filterwarnings("ignore:unclosed file:ResourceWarning"),
]

WORDS = "Світло зникло. Це дописано."
PRESS = """code => document.activeElement.dispatchEvent(new KeyboardEvent("keydown",
    {key: "і", code, ctrlKey: true, bubbles: true, cancelable: true}))"""


def open_draft(doors: Doors, world: World, *, scripts: bool = True) -> Page:
    """Return a page with a draft open that is being edited."""
    page = doors.open_for(world, Role.EDITOR, java_script_enabled=scripts)
    page.goto(f"/desk/coverages/draft/{world.drafts['edited']}")
    return page


def test_a_draft_is_saved_by_key_on_a_ukrainian_keyboard(world: World, doors: Doors) -> None:
    page = open_draft(doors, world)
    page.locator('[name="title"]').fill("Нова назва")
    with page.expect_navigation():
        page.evaluate(PRESS, "KeyS")
    expect(page.locator("h1")).to_have_text("Нова назва")


def test_what_is_typed_is_kept_and_stands_there_again(world: World, doors: Doors) -> None:
    page = open_draft(doors, world)
    page.locator('[name="body"]').fill(WORDS)
    expect(page.locator("#keep-state")).not_to_be_empty()
    page.goto("about:blank")
    page.goto(f"/desk/coverages/draft/{world.drafts['edited']}")
    expect(page.locator('[name="body"]')).to_have_value(WORDS)
    page.locator('form[action$="/drop-unsaved"] button').click()
    expect(page.locator('[name="body"]')).not_to_have_value(WORDS)


def test_a_page_whose_token_does_not_hold_any_more_goes_on_keeping(world: World, doors: Doors) -> None:
    page = open_draft(doors, world)
    page.evaluate("document.querySelector('#edited-text [name=csrf_token]').value = 'old'")
    page.locator('[name="body"]').fill(WORDS)
    expect(page.locator("#keep-state")).not_to_be_empty()
    page.goto("about:blank")
    page.goto(f"/desk/coverages/draft/{world.drafts['edited']}")
    expect(page.locator('[name="body"]')).to_have_value(WORDS)
    page.locator('form[action$="/drop-unsaved"] button').click()


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without scripts"])
def test_an_approval_takes_the_typed_text_along(world: World, doors: Doors, *, scripts: bool) -> None:
    page = open_draft(doors, world, scripts=scripts)
    page.locator('[name="body"]').fill(WORDS)
    page.locator('[name="title"]').fill("Назва разом")
    panel = page.locator("details.act").filter(has=page.locator('form[action$="/approval"]'))
    panel.locator("summary").click()
    panel.locator('[name="message"]').fill("Ось текст.")
    panel.get_by_role("button").click()
    expect(page.locator("h1")).to_have_text("Назва разом")
    expect(page.locator("article.story")).to_have_text(re.compile(WORDS))
    expect(page.locator('[name="body"]')).to_have_count(0)


def test_words_of_an_act_are_sent_by_key_with_the_text(world: World, doors: Doors) -> None:
    page = open_draft(doors, world)
    page.locator('[name="title"]').fill("Назва за клавішею")
    page.locator("h1").click()
    page.keyboard.press("s")
    message = page.locator('details[open] [name="message"]')
    message.fill("Ось текст.")
    with page.expect_navigation():
        message.press("Control+Enter")
    expect(page.locator("h1")).to_have_text("Назва за клавішею")
    expect(page.locator('[name="body"]')).to_have_count(0)
