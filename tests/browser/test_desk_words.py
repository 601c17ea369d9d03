"""Words typed at the desk are not left behind by another act, a prepared text or a link: the browser asks."""

import pytest
from playwright.sync_api import Dialog, Page, expect

from portal.domain.languages import UKRAINIAN
from portal.domain.permissions import Role
from tests.browser.conftest import Doors
from tests.browser.people import Editor, Portal, Words
from tests.support.world import World

pytestmark = [
    pytest.mark.browser,
    # The compression of static files leaves closing them to the garbage collector.
    pytest.mark.filterwarnings("ignore:unclosed file:ResourceWarning"),
]

HOLD = 121_000
"""Milliseconds after which a page in use keeps its claim."""
KEPT = 204


class Asked:
    """Stays on the page whenever the browser asks, and notes that it did."""

    def __init__(self, page: Page) -> None:
        self.questions: list[str] = []
        page.on("dialog", self._stay)

    def _stay(self, dialog: Dialog) -> None:
        self.questions.append(dialog.type)
        dialog.dismiss()


@pytest.fixture
def editor(world: World, served: Portal, doors: Doors) -> Editor:
    return Editor(doors.open_for(world, Role.EDITOR), Words(served.app, UKRAINIAN))


def test_an_own_message_is_not_replaced_by_a_prepared_one(editor: Editor, world: World) -> None:
    editor.page.goto(f"/desk/submission/{world.submissions['received']}")
    panel = editor.open_panel("decline")
    reasons, body = panel.locator('input[name="reason"]'), panel.locator('[name="body"]')
    reasons.first.check()
    prepared = body.input_value()
    body.fill("Дякую, що написали.")
    reasons.last.check()
    assert (bool(prepared), body.input_value()) == (True, "Дякую, що написали.")


def test_saving_an_edit_asks_nothing(editor: Editor, world: World) -> None:
    editor.page.goto(f"/desk/coverages/draft/{world.drafts['edited']}")
    asked = Asked(editor.page)
    editor.write({"body": "Абзац, якого ще ніхто не бачив."})
    editor.press("Save")
    assert (asked.questions, editor.page.locator('[name="body"]').input_value()) == (
        [],
        "Абзац, якого ще ніхто не бачив.",
    )


def test_a_claim_is_kept_past_an_old_token_and_the_page_says_when_it_is_not(
    editor: Editor, world: World
) -> None:
    page = editor.page
    page.clock.install()
    page.goto(f"/desk/submission/{world.submissions['received']}")
    page.locator('form[action$="/claim"] button').click()
    line = page.locator("form[data-hold] + [role=status]")
    expect(line).to_be_attached()
    page.evaluate("for (const one of document.getElementsByName('csrf_token')) one.value = 'old'")
    with page.expect_response(lambda answer: answer.status == KEPT):
        page.clock.fast_forward(HOLD)
    expect(page.locator('form[action$="/release"] [name="csrf_token"]')).not_to_have_value("old")
    page.route("**/hold", lambda route: route.fulfill(status=409, json={}))
    page.keyboard.press("Shift")
    page.clock.fast_forward(HOLD)
    expect(line).not_to_be_empty()
    page.route("**/hold", lambda route: route.fulfill(json={"said": "Ірина is reading it now."}))
    page.clock.fast_forward(HOLD)
    expect(line).to_have_text("Ірина is reading it now.")
    expect(page.locator("#mine")).to_be_hidden()
    page.unroute("**/hold")
    page.clock.fast_forward(HOLD)
    expect(line).to_be_empty()
    expect(page.locator("#mine")).to_be_visible()
    page.locator('form[action$="/release"] button').click()
