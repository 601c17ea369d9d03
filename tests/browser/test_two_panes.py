"""List and text beside each other: what changes without a load, and what happens when something fails."""

import gzip
import re

import pytest
from playwright.sync_api import Dialog, Page, Response, expect

from portal.domain.states import Stage
from portal.queries.desk.queue import PAGE_SIZE
from tests.browser.conftest import Doors
from tests.browser.people import Portal
from tests.browser.waiting_texts import open_editor, send_texts

pytestmark = [
    pytest.mark.browser,
    # The compression of static files leaves closing them to the garbage collector.
    pytest.mark.filterwarnings("ignore:unclosed file:ResourceWarning"),
]

KILOBYTE = 1024
MOST = {"document": 80 * KILOBYTE, "script": 12 * KILOBYTE}
ROWS, FIRST_ROW = 12, 300
"""Whole rows on a screen of 1280 by 900; pixels above which the first one begins on one of 390 by 844."""
QUESTION = "Де це було?"
_WHOLE_ROWS = """() => {
  const pane = document.querySelector(".queue-pane").getBoundingClientRect();
  const boxes = [...document.querySelectorAll(".queue-row")].map(row => row.getBoundingClientRect());
  const end = Math.min(pane.bottom, innerHeight);
  return boxes.filter(({ top, bottom }) => top >= pane.top && bottom <= end).length;
}"""


@pytest.fixture
def queue(portal: Portal) -> list[str]:
    """Return the public ids of the texts that wait, oldest first."""
    return send_texts(portal, [Stage.PITCH] * 20)


@pytest.fixture
def desk(portal: Portal, queue: list[str], doors: Doors) -> Page:
    page = open_editor(doors, portal)
    page.goto("/desk/")
    return page


def sees(page: Page, public_id: str) -> None:
    """Wait until a text stands beside the list, and the address and the list say so."""
    expect(page.locator("#text")).to_have_attribute("data-id", public_id)
    expect(page).to_have_url(re.compile(f"/desk/submission/{public_id}"))
    expect(page.locator("#rows [aria-current]")).to_have_attribute("href", re.compile(public_id))


def ask(page: Page) -> None:
    page.keyboard.press("q")
    page.locator('form[action$="/ask"] textarea').fill(QUESTION)
    page.keyboard.press("Control+Enter")


def test_the_list_has_room(portal: Portal, queue: list[str], doors: Doors, desk: Page) -> None:
    phone = open_editor(doors, portal, width=390, height=844)
    phone.goto("/desk/")
    box = phone.locator(".queue-row").first.bounding_box()
    assert box is not None
    assert (desk.evaluate(_WHOLE_ROWS) >= ROWS, box["y"] < FIRST_ROW) == (True, True)


def test_pages_of_the_desk_are_light(portal: Portal, queue: list[str], doors: Doors) -> None:
    page = open_editor(doors, portal)
    answers: list[Response] = []
    page.on("response", lambda answer: answers.append(answer))  # noqa: PLW0108  # Playwright wraps no built-in
    page.goto(f"/desk/submission/{queue[0]}")
    page.wait_for_load_state("networkidle")
    weighed = dict.fromkeys(MOST, 0)
    for answer in answers:
        if answer.request.resource_type in MOST:
            weighed[answer.request.resource_type] += len(gzip.compress(answer.body(), 9))
    assert {kind: size for kind, size in weighed.items() if size > MOST[kind]} == {}


def test_the_back_button_and_the_address_follow(desk: Page, queue: list[str]) -> None:
    desk.keyboard.press("j")
    sees(desk, queue[0])
    desk.keyboard.press("j")
    sees(desk, queue[1])
    desk.go_back()
    sees(desk, queue[0])
    desk.keyboard.press("j")
    sees(desk, queue[1])
    desk.reload()
    sees(desk, queue[1])


def test_a_text_fetched_ahead_stands_there_without_the_server(desk: Page, queue: list[str]) -> None:
    with desk.expect_response(re.compile(queue[2])):
        desk.keyboard.press("j")
    sees(desk, queue[0])
    desk.route("**/desk/**", lambda _route: None)  # from now on the server says nothing
    desk.keyboard.press("j")
    sees(desk, queue[1])


def test_words_left_behind_are_there_when_one_comes_back(desk: Page, queue: list[str]) -> None:
    desk.keyboard.press("j")
    sees(desk, queue[0])
    desk.keyboard.press("n")
    note = desk.locator('form[action$="/note"] textarea')
    note.fill(QUESTION)
    desk.locator(".queue-title").nth(1).click()
    sees(desk, queue[1])
    expect(desk.locator(".queue-row").first).to_have_class(re.compile("has-words"))
    desk.locator(".queue-title").nth(0).click()
    sees(desk, queue[0])
    expect(note).to_have_value(QUESTION)


def test_the_list_goes_on_with_the_text_after_its_last_row(portal: Portal, doors: Doors) -> None:
    ids = send_texts(portal, [Stage.PITCH] * (PAGE_SIZE + 2))
    page = open_editor(doors, portal)
    page.goto(f"/desk/submission/{ids[PAGE_SIZE - 1]}")
    page.keyboard.press("s")
    sees(page, ids[PAGE_SIZE])
    page.keyboard.press("j")
    sees(page, ids[PAGE_SIZE + 1])


@pytest.mark.breaks_network
def test_a_lost_line_loses_no_word(desk: Page, queue: list[str]) -> None:
    desk.keyboard.press("j")
    sees(desk, queue[0])
    desk.context.set_offline(offline=True)
    ask(desk)
    expect(desk.locator("#pane-status")).to_have_text(re.compile("gave no answer"))
    expect(desk.locator('form[action$="/ask"] textarea')).to_have_value(QUESTION)
    desk.context.set_offline(offline=False)
    desk.locator('form[action$="/ask"] button').click()
    sees(desk, queue[1])


def test_a_session_that_has_ended_gives_the_words_back_and_asks_nothing(desk: Page, queue: list[str]) -> None:
    desk.keyboard.press("j")
    sees(desk, queue[0])
    asked: list[str] = []

    def leave(dialog: Dialog) -> None:
        asked.append(dialog.type)
        dialog.accept()

    desk.on("dialog", leave)
    desk.context.clear_cookies()
    ask(desk)
    expect(desk.get_by_text(QUESTION)).to_be_visible()
    expect(desk.locator("main.panes")).to_have_count(0)
    assert asked == []


@pytest.mark.breaks_network
@pytest.mark.parametrize("missing", ["panes.mjs", "words.mjs"])
def test_scripts_that_loaded_by_half_leave_links_and_forms(
    portal: Portal, queue: list[str], doors: Doors, missing: str
) -> None:
    page = open_editor(doors, portal)
    page.route(f"**/{missing}*", lambda route: route.abort())
    page.goto("/desk/")
    with page.expect_navigation():
        page.locator(".queue-title").first.click()
    page.locator('summary[aria-keyshortcuts="q"]').click()
    page.locator('form[action$="/ask"] textarea').fill(QUESTION)
    with page.expect_navigation():
        page.locator('form[action$="/ask"] button').click()
    sees(page, queue[1])


def test_keys_work_on_a_layout_for_zhuyin_and_rest_while_a_word_is_composed(
    desk: Page, queue: list[str]
) -> None:
    desk.keyboard.press("j")
    sees(desk, queue[0])
    session = desk.context.new_cdp_session(desk)
    session.send(
        "Input.dispatchKeyEvent",
        {"type": "rawKeyDown", "key": "Process", "code": "KeyD", "windowsVirtualKeyCode": 229},
    )
    expect(desk.locator("details.act[open]")).to_have_count(0)
    for key, code in (("ㄎ", "KeyD"), ("ㄉ", "Digit2")):
        session.send("Input.dispatchKeyEvent", {"type": "rawKeyDown", "key": key, "code": code})
    expect(desk.locator('input[name="reason"]').nth(1)).to_be_checked()
    expect(desk.locator('form[action$="/decline"] textarea')).not_to_have_value("")
