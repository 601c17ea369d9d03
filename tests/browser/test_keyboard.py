"""Without a mouse: what is done at the desk in a hurry, and a check that notices what cannot be done."""

from collections.abc import Iterator
from contextlib import closing

import pytest
from playwright.sync_api import Browser, Page

from portal.domain.languages import UKRAINIAN
from portal.domain.permissions import Role
from tests.browser.conftest import Doors
from tests.browser.hands import Keys
from tests.browser.people import Editor, Moderator, Portal, Words
from tests.support.world import World

pytestmark = [
    pytest.mark.browser,
    # The compression of static files leaves closing them to the garbage collector.
    pytest.mark.filterwarnings("ignore:unclosed file:ResourceWarning"),
]


def open_desk(doors: Doors, world: World, role: Role, submission: str, *, scripts: bool = True) -> Page:
    """Return a page with a submission open, in which somebody is signed in."""
    page = doors.open_for(world, role, java_script_enabled=scripts)
    page.goto(f"/desk/submission/{world.submissions[submission]}")
    return page


def test_a_moderator_takes_a_question_back(world: World, served: Portal, doors: Doors) -> None:
    page = open_desk(doors, world, Role.MODERATOR, "undoable")
    words = Words(served.app, UKRAINIAN)
    moderator = Moderator(page, words, hand := Keys(page))
    moderator.press("Undo")
    assert (page.locator(".kicker .dotted > span").last.inner_text(), hand.faults) == (
        words("Submitted"),
        set(),
    )


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without scripts"])
def test_keys_are_named_where_they_work(world: World, served: Portal, doors: Doors, *, scripts: bool) -> None:
    page = open_desk(doors, world, Role.MODERATOR, "undoable", scripts=scripts)
    assert any(key.is_visible() for key in page.locator("kbd, .key-help").all()) is scripts


def test_an_editor_declines(world: World, served: Portal, doors: Doors) -> None:
    page = open_desk(doors, world, Role.EDITOR, "received")
    words = Words(served.app, UKRAINIAN)
    editor = Editor(page, words, hand := Keys(page))
    panel = editor.open_panel("decline")
    hand.choose(panel.locator('input[name="reason"][value="other"]'))
    hand.fill(panel.locator('[name="body"]'), "Дякуємо.")
    editor.go_by(panel.get_by_role("button"))
    page.goto(f"/desk/submission/{world.submissions['received']}")
    assert (page.locator(".kicker .dotted > span").last.inner_text(), hand.faults) == (
        words("Declined"),
        set(),
    )


SOUND = """<!doctype html><html lang="en"><title>A</title>
<style>:focus-visible {{ outline: 3px solid }}</style>
<input id="first"><input type="radio" name="one"><input type="radio" name="one" id="second">
{more}<button id="last">A</button></html>"""
FAULTS = {
    "<style>#first:focus { outline: 0 }</style>": "no sign of focus on input#first",
    '<div style="position: fixed; inset: 0; background: white">A</div>': (
        "input#first has focus and is covered"
    ),
    '<a href="#" tabindex="2">A</a>': "a is reached out of order",
}


@pytest.fixture
def page(chromium: Browser) -> Iterator[Page]:
    with closing(chromium.new_page()) as opened:
        yield opened


@pytest.mark.parametrize(("more", "fault"), FAULTS.items(), ids=FAULTS.values())
def test_the_keys_notice(page: Page, more: str, fault: str) -> None:
    page.set_content(SOUND.format(more=more))
    hand = Keys(page)
    hand.press(page.locator("#last"))
    assert fault in hand.faults


def test_the_keys_notice_what_they_cannot_reach(page: Page) -> None:
    page.set_content(SOUND.format(more='<div role="button" id="gone">A</div>'))
    with pytest.raises(AssertionError, match="does not reach"):
        Keys(page).press(page.locator("#gone"))


def test_the_keys_work_a_sound_page(page: Page) -> None:
    page.set_content(SOUND.format(more=""))
    hand = Keys(page)
    hand.fill(page.locator("#first"), "A")
    hand.choose(page.locator("#second"))
    hand.press(page.locator("#last"))
    done = (page.locator("#first").input_value(), page.locator("#second").is_checked(), hand.faults)
    assert done == ("A", True, set())
