"""Words typed at the desk are not left behind by another act, a prepared text or a link: the browser asks."""

import pytest
from playwright.sync_api import Dialog, Page

from portal.domain.languages import UKRAINIAN
from portal.domain.permissions import Role
from tests.browser.conftest import Doors
from tests.browser.people import Editor, Portal, Words
from tests.world import World

pytestmark = [
    pytest.mark.browser,
    # The compression of static files leaves closing them to the garbage collector.
    pytest.mark.filterwarnings("ignore:unclosed file:ResourceWarning"),
]


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


def test_an_own_message_is_not_left_behind_by_a_prepared_text(editor: Editor, world: World) -> None:
    editor.page.goto(f"/desk/submission/{world.pieces['received']}")
    asked = Asked(editor.page)
    panel = editor.open_panel("decline")
    panel.locator('[name="body"]').fill("Дякую, що написали.")
    panel.locator("li a").first.click(no_wait_after=True)
    editor.page.wait_for_function("document.readyState === 'complete'")
    kept = panel.locator('[name="body"]').input_value()
    assert (asked.questions, kept) == (["beforeunload"], "Дякую, що написали.")


def test_saving_an_edit_asks_nothing(editor: Editor, world: World) -> None:
    editor.page.goto(f"/desk/coverages/draft/{world.drafts['edited']}")
    asked = Asked(editor.page)
    editor.write({"body": "Абзац, якого ще ніхто не бачив."})
    editor.press("Save")
    assert (asked.questions, editor.page.locator('[name="body"]').input_value()) == (
        [],
        "Абзац, якого ще ніхто не бачив.",
    )
