"""Somebody who is writing at a form: what they type, what the page says about it, and what reached us."""

import time
from collections.abc import Callable
from typing import Any, TypeVar

from playwright.sync_api import Page, Route, expect
from sqlalchemy import select

from portal.domain.languages import ENGLISH, Locale
from portal.domain.states import Stage, State
from portal.extensions import current_portal, db
from portal.models import Revision, Submission, UnsentVersion
from portal.operations.contribute.unsent import read_typed
from tests.browser.people import Person, Portal, Words
from tests.browser.stories import TELLINGS

T = TypeVar("T")

PATIENCE_SECONDS = 10.0
LOOK_AGAIN = 50
"""Milliseconds."""

SAVED = "Saved with us."
ON_PHONE = "Saved on this device, not yet with us. We will try again."
ONLY_HERE = "No connection. Keep this page open: we will try again."
OTHER_VERSION = "Saved with us. There is another version. Both are kept on your private page."
WAITING = "Not sent. Kept on this device. We will try again when you are online; keep this tab open."
WAITING_HERE = "Not sent. We will try again when you are online; keep this tab open."
UNSENT = "Not sent yet. Answer the other questions again, then send."
RESTORED = "We restored your text from this device."
DELETED = "Deleted from this device."

BOXES = {Stage.PITCH: ("c_use", "c_age"), Stage.STORY: ("c_use", "c_age", "c_own", "c_lic")}
"""What is to be agreed to in each form."""

_STORAGE = "() => JSON.stringify(Object.values(localStorage)) + JSON.stringify(Object.values(sessionStorage))"
_COPIED = """() => Object.entries(localStorage).filter(([name]) => name.startsWith("copy:"))
  .map(([name, stored]) => JSON.parse(stored).texts)"""


_ANSWER = """([texts, choices]) => {
  const answer = (field, text) => {
    field.value = text;
    for (const kind of ["input", "change"]) field.dispatchEvent(new Event(kind, { bubbles: true }));
  };
  for (const [name, text] of texts) answer(document.querySelector(`[name="${name}"]`), text);
  for (const [name, value] of choices) {
    const box = document.querySelector(`input[name="${name}"][value="${value}"]`);
    if (!box.checked) box.click();
  }
}"""


class Writer(Person):
    """Somebody with a form open, on a phone."""

    def __init__(self, page: Page, portal: Portal, locale: Locale = ENGLISH) -> None:
        super().__init__(page, Words(portal.app, locale))
        self.locale = locale

    def open(self, kind: Stage = Stage.PITCH) -> None:
        self.page.goto(f"/{self.locale.url}/ukraine-taiwan/{kind}")

    def fill_in(self, kind: Stage = Stage.PITCH) -> None:
        """Answer every question that must be answered, and more: all at once, and the last one by hand.

        By hand all of it takes ten times as long; the journeys do it, and those who try single fields.
        """
        telling = TELLINGS[self.locale.url]
        consents = [(name, "y") for name in BOXES[kind]]
        if kind is Stage.PITCH:
            texts, choices = telling.pitch, (*telling.pitch_choices, *consents)
        else:
            texts = {"byline_text": telling.pitch["byline_text"], **telling.story}
            more = (("before", "no"), ("byline", "pen"), ("risk", "no"), ("reply", "private_page"))
            choices = (*telling.story_choices, *more, *consents)
        *at_once, last = texts.items()
        self.page.evaluate(_ANSWER, [at_once, choices])
        self.write(dict([last]))

    def send(self, kind: Stage = Stage.PITCH) -> None:
        """Press the button and do not wait: whether the page is left is what tests ask."""
        self.find_button("Send the pitch" if kind is Stage.PITCH else "Send the story").click()

    def go_on(self) -> None:
        """Open the newest unsent version from the private page."""
        self.go_by(self.page.locator(".versions a:not(.quiet)").first)

    def sees_faults(self) -> None:
        """Wait until the page says what is wrong with the form."""
        expect(self.page.locator(".error-summary")).to_be_focused(timeout=PATIENCE_SECONDS * 1500)

    def hears(self, sentence: str) -> None:
        """Wait until the line that is read out says a sentence."""
        expect(self.page.locator("#keep-state")).to_have_text(self.words(sentence))

    def reads_line(self) -> str:
        """Return what the line says now; it says so the moment a sending begins."""
        return self.page.locator("#keep-state").inner_text()

    def waits_for(self, read: Callable[[], T], expected: T) -> None:
        """Wait until something outside the page is as expected."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while (found := read()) != expected and time.monotonic() < deadline:
            self.page.wait_for_timeout(LOOK_AGAIN)
        assert found == expected

    def reads_code(self) -> str:
        """Return the code from the line under the form, once it is there."""
        code = self.page.locator("#keep-code strong")
        expect(code).to_be_visible()
        return code.inner_text()

    def reads_receipt(self) -> str:
        """Wait for the receipt and return the code on it."""
        self.page.wait_for_url("**/my/receipt")
        return self.page.locator("#receipt-code").inner_text()

    def find_field(self, name: str) -> Any:
        return self.page.locator(f'[name="{name}"]')

    def read_copies(self) -> list[dict[str, str]]:
        """Return the texts this device keeps, form by form."""
        copies: list[dict[str, str]] = self.page.evaluate(_COPIED)
        return copies

    def read_storage(self) -> str:
        """Return everything the browser stores for this site, in one string."""
        stored: str = self.page.evaluate(_STORAGE)
        return stored


def lose_answer(route: Route) -> None:
    """Let the server have the request, and lose what it answers."""
    route.fetch(max_redirects=0)
    route.abort("connectionreset")


def read_submissions(portal: Portal) -> list[tuple[State, int]]:
    """Return every submission there is: its state, and how many versions of it were sent."""
    with portal.app.app_context():
        submissions = db.session.scalars(select(Submission).order_by(Submission.id))
        return [(submission.state, len(submission.revisions)) for submission in submissions]


def read_sent(portal: Portal, name: str) -> list[str]:
    """Return one answer from every version that was sent, oldest first."""
    with portal.app.app_context():
        revisions = db.session.scalars(select(Revision).order_by(Revision.id))
        return [revision.answers.get(name, "") for revision in revisions]


def read_unsent(portal: Portal, name: str) -> list[str]:
    """Return one answer from every version that was saved and not sent, oldest first."""
    with portal.app.app_context():
        keys = current_portal().instance.keys
        rows = db.session.scalars(select(UnsentVersion).order_by(UnsentVersion.sequence))
        typed = [read_typed(row, keys) for row in rows]
        return [str({**one.answers, **one.sealed}.get(name, "")) for one in typed]
