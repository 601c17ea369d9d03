"""What is kept while somebody writes: a form in another language, an unsent answer; and a lost file."""

from datetime import timedelta
from pathlib import Path

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule
from sqlalchemy import select

from portal.extensions import current_portal, db
from portal.models import Attachment, Submission
from tests.model.browser import MY, SCRIPT, Browser, Tab
from tests.model.looking import look_at_desk, take_own_data
from tests.model.room import Room, expect, expect_that
from tests.model.words import find_words
from tests.model.world import Text
from tests.model.writing import WRITTEN, Writers
from tests.walk import find_form

_KEPT = timedelta(days=13)
"""What is not sent is kept for fourteen days, dated to its hour."""


class Keepers(Writers):
    """Rules of what is kept without being sent."""

    @precondition(lambda self: self.forms_in_two_languages())
    @rule(which=st.integers(0, 5), written=WRITTEN)
    def change_the_language(self, which: int, written: frozenset[str]) -> None:
        """Go on in another language with a half-filled form: same text, same code, every word."""
        browser, tab = self.choose(self.forms_in_two_languages(), which)
        self.fill_in(tab, written, frozenset(), "")
        self.note(f"changes the language of {sorted(find_words(tab.values))}: {tab.switches[0]}")
        answer = browser.client.post(tab.switches[0], data=tab.values)
        if answer.status_code != 200:
            self.expect_words_back(answer, tab)
            return
        there = browser.read_tab(_in_other_language(tab.address), answer)
        expect(
            "Words",
            "words that do not come along into another language",
            find_words(tab.values) - find_words(there.values),
            frozenset(),
        )
        expect("Code", "the key of a form in another language", there.form_key, tab.form_key)
        browser.tabs.remove(tab)
        there.about = tab.about
        self.believe_carried(browser, tab, there, answer.text)

    def forms_in_two_languages(self) -> list[tuple[Browser, Tab]]:
        """Return the open forms with a button for another language: new ones, and those of the open page."""
        return [
            (browser, tab)
            for browser, tab in self.all_tabs()
            if tab.switches and (tab.is_new or browser.page_of == tab.about)
        ]

    def believe_carried(self, browser: Browser, before: Tab, there: Tab, page: str) -> None:
        """Believe that the words are kept where the form goes on with a version of its own."""
        text = self.find_text(before)
        if text is not None and before in text.kept:
            text.kept[there] = text.kept.pop(before)
        numbers = [(one.values.get("writing"), one.values.get("sequence")) for one in (before, there)]
        if numbers[0] == numbers[1] or not numbers[1][0] or not self.world.find_public_id(there.form_key):
            return
        text = text or self.make_text(browser, there)
        self.believe_saved(text, there, browser)
        self.read_code(text, page)

    @precondition(lambda self: self.sent_texts())
    @rule(which=st.integers(0, 5))
    def begin_an_answer(self, which: int) -> None:
        """Write into the box of the private page, and leave it there: the page keeps it."""
        text = self.choose(self.sent_texts(), which)
        browser, word = self.at_private_page(text), self.world.words.make()
        if browser is None:
            return
        try:
            form = find_form(browser.client.get(MY).text, field="body")
        except AssertionError:
            return
        self.note(f"writes {word} about {text.name} and does not send it")
        values = {**form["values"], "body": word}
        answer = browser.client.post(f"{MY}/words/thread", data=values, headers=SCRIPT)
        expect("Words", "the answer to a kept answer", (answer.status_code, answer.is_json), (200, True))
        text.reply, text.replied_at = word, self.world.at
        text.spoken.add(word)
        self.world.touch(text)

    @precondition(lambda self: any(one.captions for one in self.sent_texts()))
    @rule(which=st.integers(0, 5))
    def take_along_without_a_photo_file(self, which: int) -> None:
        """A file of a photo is gone for a while: the own data name it."""
        text = self.choose([one for one in self.sent_texts() if one.captions], which)
        browser = self.at_private_page(text)
        path = self.find_photo_file(text) if browser else None
        if browser is None or path is None:
            return
        self.note(f"a photo file of {text.name} is missing")
        aside = path.rename(path.with_suffix(".away"))
        try:
            named = take_own_data(browser)["missing_files"]
        finally:
            aside.rename(path)
        expect("Told", f"how many missing files the own data of {text.name} name", len(named), 1)

    def find_photo_file(self, text: Text) -> Path | None:
        """Return where the first photo of a text is stored."""
        with self.world.app.app_context():
            mine = select(Submission.id).where(Submission.public_id == text.public_id)
            name = db.session.scalar(
                select(Attachment.public_id)
                .where(Attachment.submission_id == mine.scalar_subquery())
                .limit(1)
            )
            return current_portal().instance.files_folder / name if name else None


def _in_other_language(address: str) -> str:
    before, after = ("/en/", "/uk/") if address.startswith("/en/") else ("/uk/", "/en/")
    return address.replace(before, after, 1)


def hold_kept_reply(room: Room, text: Text) -> None:
    """An answer that was written and not sent stands in its box and in the own data, and not on the desk."""
    if text.is_erased or not text.reply or text.replied_at is None:
        return
    if room.world.at - text.replied_at > _KEPT:
        text.reply = ""
        return
    desk = find_words(look_at_desk(room.world.colleague(0, edits=True).browser, text.public_id))
    expect_that("Now", f"the desk does not read {text.reply} before it is sent", text.reply not in desk)
    browser, page = room.open_private_page(text, text.reader) if text.code else (None, "")
    if browser is None:
        return
    held = find_words(take_own_data(browser))
    found = (text.reply in find_words(page), text.reply in held)
    expect(
        "Words",
        f"whether {text.reply} about {text.name} is on the page and in the own data",
        found,
        (True, True),
    )
