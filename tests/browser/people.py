"""The people of a story, each with the steps they would name themselves."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from flask import Flask
from flask_babel import force_locale, gettext
from playwright.sync_api import Locator, Page

from portal.domain.languages import Locale
from tests.browser.hands import Hand, Pointer
from tests.browser.stories import Telling, join
from tests.support.staff import PASSWORD, read_code

_ADDED = """inserted => inserted.map(one => {
  const copy = one.cloneNode(true);
  copy.querySelectorAll(".unseen").forEach(mark => mark.remove());
  return copy.textContent;
})"""
_BESIDE = "() => document.documentElement.dataset.panes === 'on'"
_MARK = "() => { document.getElementById('text').dataset.left = ''; }"
_IS_LEFT = "() => document.readyState === 'complete' && !document.querySelector('[data-left]')"
_NAMES = "controls => controls.map(({ name }) => name)"


@dataclass(frozen=True)
class Portal:
    """A portal that answers at an address."""

    app: Flask
    address: str


class Words:
    """What the interface says in one language."""

    def __init__(self, app: Flask, locale: Locale) -> None:
        self._app, self._locale = app, locale

    def __call__(self, english: str, **values: str) -> str:
        """Return the text that stands on the page for an English one."""
        with self._app.app_context(), force_locale(self._locale.babel):
            return str(gettext(english, **values))


class Person:
    """Somebody at a page, who presses what is written on it."""

    def __init__(self, page: Page, words: Words, hand: Hand | None = None) -> None:
        self.page, self.words = page, words
        self.hand = hand or Pointer(page)

    def find_button(self, english: str) -> Locator:
        return self.page.get_by_role("button", name=self.words(english), exact=True)

    def press(self, english: str) -> None:
        self.go_by(self.find_button(english))

    def follow(self, english: str) -> None:
        self.go_by(self.page.get_by_role("link", name=self.words(english), exact=True).first)

    def go_by(self, control: Locator) -> None:
        """Press what leads to another page, or to another text beside the list, and wait for it."""
        if self.page.evaluate(_BESIDE):
            self.page.evaluate(_MARK)
            self.hand.press(control)
            self.page.wait_for_function(_IS_LEFT)
            return
        with self.page.expect_navigation():
            self.hand.press(control)

    def write(self, answers: Mapping[str, str]) -> None:
        """Type into the fields of these names."""
        for name, text in answers.items():
            self.hand.fill(self.page.locator(f'[name="{name}"]'), text)

    def choose(self, *answers: tuple[str, str]) -> None:
        """Tick answers of questions: (name, value)."""
        for name, value in answers:
            self.hand.choose(self.page.locator(f'input[name="{name}"][value="{value}"]'))

    @property
    def heading(self) -> str:
        return self.page.locator("h1").inner_text()

    def read_answers(self) -> list[str]:
        """Return what people wrote, as the page shows it, paragraph after paragraph."""
        return [
            join(*(part.text_content() or "" for part in text.locator("p").all()))
            for text in self.page.locator(".user-text").all()
        ]


class Contributor(Person):
    """Somebody with a story, a phone and no account."""

    def __init__(
        self, page: Page, words: Words, locale: Locale, telling: Telling, hand: Hand | None = None
    ) -> None:
        super().__init__(page, words, hand)
        self.locale, self.telling = locale, telling
        self.code = ""

    def send_pitch(self) -> None:
        self.page.goto(f"/{self.locale.url}/")
        self.go_by(self.page.locator(".door").first)
        self.choose(*self.telling.pitch_choices, ("c_use", "y"), ("c_age", "y"))
        self.write(self.telling.pitch)
        self.press("Send the pitch")

    def answer_after_pitch(self) -> None:
        """Answer what is asked after the receipt, from the page that has just said it."""
        self.go_by(self.page.locator("main a.button.primary"))
        self.choose(*self.telling.after_pitch_choices)
        self.write(self.telling.after_pitch)
        self.press("Send the answers")

    def answer_after_story(self) -> None:
        self.go_by(self.page.locator("main a.button.primary"))
        self.write(self.telling.after_story)
        self.press("Send the answers")

    def keep_code(self) -> None:
        self.code = self.page.locator("#receipt-code").inner_text()

    def sees_copy_buttons(self) -> bool:
        """Say whether a button offers what only a script can do."""
        return any(button.is_visible() for button in self.page.locator("button[data-copy]").all())

    def leave(self) -> None:
        self.follow("Open my private page")
        self.press("Leave")

    def open_private_page(self) -> None:
        self.page.goto(f"/{self.locale.url}/my")
        self.write({"code": self.code})
        self.press("Open your page")

    def look_again(self) -> None:
        """Come back to the page that this browser still has open."""
        self.page.goto(f"/{self.locale.url}/my")

    def read_status(self) -> str:
        return self.page.locator(".status-word").inner_text()

    def answer_question(self) -> None:
        self.write({"body": self.telling.answer})
        self.press("Send your answer")

    def send_full_story(self) -> None:
        self.follow("Send the full story")
        self.choose(*self.telling.story_choices, ("c_own", "y"), ("c_lic", "y"))
        self.write(self.telling.story)
        self.press("Send the story")

    def read_edited_text(self) -> list[str]:
        """Open the edited text and return what was added to it."""
        self.follow("Read the edited text")
        inserted = self.page.locator(".change .new ins")
        added: list[str] = inserted.evaluate_all(_ADDED)
        return added

    def approve(self) -> None:
        """Accept every change, and send that."""
        names: list[str] = self.page.locator(".change input[value=accept]").evaluate_all(_NAMES)
        self.choose(*((name, "accept") for name in names))
        self.go_by(self.page.locator("#answer"))


class Staff(Person):
    """Somebody of the newsroom, who signs in through the pages."""

    def sign_in(self, email: str) -> None:
        self.page.goto("/desk/")
        self.write({"email": email, "password": PASSWORD})
        self.press("Sign in")
        self.write({"code": read_code()})
        self.press("Sign in")

    def open_first_in_queue(self) -> None:
        self.page.goto("/desk/")
        self.go_by(self.page.locator(".queue-title").first)

    def open_panel(self, address: str) -> Locator:
        """Open the panel whose form goes to an address that ends so, and return it."""
        panel = self.page.locator("details.act").filter(has=self.page.locator(f'form[action$="/{address}"]'))
        self.hand.press(panel.locator("summary"))
        return panel

    def decide(self, address: str, answers: dict[str, str]) -> None:
        panel = self.open_panel(address)
        for name, text in answers.items():
            self.hand.fill(panel.locator(f'[name="{name}"]'), text)
        self.go_by(panel.get_by_role("button"))


class Moderator(Staff):
    """Reads first, asks and sums up."""

    def sum_up(self, gist: str) -> None:
        self.decide("gist", {"body": gist})

    def ask(self, question: str) -> None:
        self.decide("ask", {"body": question})


class Editor(Staff):
    """Decides, edits and takes the story away."""

    def invite(self, message: str, due: date) -> None:
        self.decide("invite", {"body": message, "due": due.isoformat()})

    def accept(self, message: str) -> None:
        self.decide("accept", {"body": message})

    def open_draft(self) -> None:
        self.page.goto("/desk/coverages/")
        self.go_by(self.page.locator(".queue-title").first)
        self.go_by(self.page.locator(".queue-title").first)

    def read_draft(self, *names: str) -> dict[str, str]:
        """Return what stands in the fields of the draft."""
        return {name: self.page.locator(f'[name="{name}"]').input_value() for name in names}

    def edit(self, telling: Telling) -> None:
        self.write(telling.edited)
        self.choose(*(("topics", slug) for slug in telling.topics))
        self.press("Save")

    def send_for_approval(self, message: str) -> None:
        self.decide("approval", {"message": message})

    def send_new_stories(self) -> None:
        """Send all that is new to newsrooms' sites, from the page that is open after signing in."""
        self.follow("Coverages")
        self.go_by(self.page.locator(".queue-title").first)
        self.follow("Export")
        self.go_by(self.page.locator('button[name="all_new"]'))

    def download_bundle(self) -> Path:
        self.page.goto("/desk/coverages/")
        self.go_by(self.page.locator(".queue-title").first)
        self.follow("Export")
        self.hand.choose(self.page.locator('input[name="all_approved"]'))
        with self.page.expect_download() as waiting:
            self.hand.press(self.find_button("Download the bundle"))
        return Path(waiting.value.path())
