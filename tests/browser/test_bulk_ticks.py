"""Ticks of the queue in a browser: a range by Shift, the page by one box, and one thing done with all."""

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
def queue(world: World, doors: Doors) -> Page:
    page = doors.open_for(world, Role.EDITOR)
    page.goto("/desk/")
    return page


def test_shift_ticks_what_lies_between(queue: Page) -> None:
    ticks = queue.locator(".row-tick")
    ticks.nth(0).check()
    ticks.nth(3).click(modifiers=["Shift"])
    expect(queue.locator(".row-tick:checked")).to_have_count(4)


def test_one_box_ticks_the_page_and_is_off_when_one_is_left_out(queue: Page) -> None:
    ticks, whole = queue.locator(".row-tick"), queue.locator("#bulk-all")
    whole.check()
    expect(queue.locator(".row-tick:checked")).to_have_count(ticks.count())
    ticks.nth(1).uncheck()
    expect(whole).not_to_be_checked()


def test_ticked_texts_are_tagged_at_once(queue: Page) -> None:
    queue.locator(".row-tick").nth(0).check()
    queue.locator(".row-tick").nth(1).check()
    queue.locator("#bulk button[value=tag]").click()
    queue.locator("[name=names]").fill("2014")
    queue.locator("form[action$='/bulk/tag'] button.primary").click()
    expect(queue.locator(".badge.tag", has_text="2014")).to_have_count(2)


def test_rows_are_ticked_by_key_alone(queue: Page) -> None:
    for number, key in ((0, "t"), (1, ""), (2, "Shift+T")):
        queue.keyboard.press("j")
        expect(queue.locator(".queue-row").nth(number)).to_contain_class("current")
        if key:
            queue.keyboard.press(key)
    expect(queue.locator(".row-tick:checked")).to_have_count(3)
    expect(queue.locator("#bulk-count")).to_have_text("Позначено: 3")


def test_the_row_of_the_text_that_is_open_is_ticked_by_key(queue: Page) -> None:
    queue.locator(".queue-title").nth(1).click()
    queue.locator(".queue-title[aria-current]").wait_for()
    queue.keyboard.press("t")
    expect(queue.locator(".queue-row.current .row-tick")).to_be_checked()
