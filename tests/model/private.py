"""What contributors do on the private page: write to the desk, show photos, approve, take back, erase."""

import io
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from portal.domain.states import State
from tests.model.browser import MY, Browser
from tests.model.room import Room, expect
from tests.model.words import find_words, words_of
from tests.model.world import Letter, Text
from tests.photographs import make_picture
from tests.walk import read_forms

_COLOURS = ("navy", "olive")


class Visitors(Room):
    """Rules on the private page."""

    @precondition(lambda self: self.sent_texts())
    @rule(which=st.integers(0, 5))
    def write_to_the_desk(self, which: int) -> None:
        text = self.choose(self.sent_texts(), which)
        browser, word = self.at_private_page(text), self.world.words.make()
        answer = browser.press(MY, "/reply", body=word) if browser else None
        if answer is None:
            return
        self.note(f"writes {word} to the desk about {text.name}")
        expect("Words", "the answer to a message the page had a box for", answer.status_code, 303)
        text.letters.append(Letter(word, from_desk=False, visible_at=self.world.at))
        text.reply = ""  # it stood in the box, and was written over
        text.spoken.add(word)
        self.world.touch(text)

    @precondition(lambda self: self.texts_in(State.AUTHOR_CHECK))
    @rule(which=st.integers(0, 3))
    def approve(self, which: int) -> None:
        text = self.choose(self.texts_in(State.AUTHOR_CHECK), which)
        browser = self.at_private_page(text)
        form = self.find_answer(browser, "approve")
        if browser is None or form is None:
            return
        answer = browser.client.post(form["action"] or f"{MY}/check", data={**form["values"], "approve": "1"})
        self.note(f"approves the edited {text.name}")
        expect("Words", "the answer to a yes", answer.status_code, 303)
        self.world.touch(text)

    @precondition(lambda self: self.texts_in(State.AUTHOR_CHECK))
    @rule(which=st.integers(0, 3))
    def object_to(self, which: int) -> None:
        text = self.choose(self.texts_in(State.AUTHOR_CHECK), which)
        browser, word = self.at_private_page(text), self.world.words.make()
        form = self.find_answer(browser, "objections")
        if browser is None or form is None:
            return
        self.note(f"objects to the edited {text.name}: {word}")
        answer = browser.client.post(
            form["action"] or f"{MY}/check", data={**form["values"], "objections": word}
        )
        expect("Words", "the answer to an objection", answer.status_code, 303)
        text.letters.append(Letter(word, from_desk=False, visible_at=self.world.at))
        text.spoken.add(word)
        self.world.touch(text)

    @precondition(lambda self: self.sent_texts())
    @rule(which=st.integers(0, 5))
    def withdraw(self, which: int) -> None:
        text = self.choose(self.sent_texts(), which)
        browser = self.at_private_page(text)
        if browser is None:
            return
        answer = browser.press(f"{MY}/withdraw", "/withdraw") or browser.press(
            f"{MY}/take-down", "/take-down"
        )
        if answer is not None:
            self.note(f"withdraws {text.name}: {answer.status_code}")
            expect("Words", "the answer to withdrawing", answer.status_code, 303)
            text.closed_at = self.world.at
            text.call_back("withdrawn")
            text.decided.clear()  # nothing the desk decided before can be undone any more
            self.world.touch(text)

    @precondition(lambda self: self.texts_in(State.WITHDRAWN))
    @rule(which=st.integers(0, 5))
    def take_the_withdrawal_back(self, which: int) -> None:
        """Within ten minutes, where the author has withdrawn it."""
        text = self.choose(self.texts_in(State.WITHDRAWN), which)
        browser = self.at_private_page(text)
        answer = browser.press(MY, "/withdraw/undo") if browser else None
        if answer is not None:
            self.note(f"takes the withdrawal of {text.name} back")
            expect("Words", "the answer to taking a withdrawal back", answer.status_code, 303)
            text.recalls.clear()
            text.closed_at = self.world.at
            self.world.touch(text)

    @precondition(lambda self: self.world.living())
    @rule(which=st.integers(0, 5))
    def erase(self, which: int) -> None:
        text = self.choose(self.world.living(), which)
        browser = self.at_private_page(text)
        if browser is None:
            return
        answer = browser.press(f"{MY}/erase", "/erase")
        if answer is None:
            return
        self.note(f"erases {text.name} in a {browser.name}")
        expect("Nothing over", f"the answer to erasing {text.name}", answer.status_code, 200)
        browser.page_of = ""
        beside = [one for one in self.world.living() if one.beside == text.name and not one.sent]
        for one in (text, *beside):
            self.believe_erased(one)
        gone = [
            one.name
            for one in self.world.texts
            if one not in self.world.living() or self.world.state_of(one) is State.ERASED
        ]
        believed = [one.name for one in self.world.texts if one.is_erased]
        expect("Nothing over", f"which texts are gone after {text.name} is erased", gone, believed)

    @precondition(lambda self: any(one.kept for one in self.world.living()))
    @rule(which=st.integers(0, 5), version=st.integers(0, 2))
    def delete_what_is_not_sent(self, which: int, version: int) -> None:
        text = self.choose([one for one in self.world.living() if one.kept], which)
        browser = self.at_private_page(text)
        page = browser.client.get(MY).text if browser else ""
        offered = [one for one in read_forms(page) if one["action"].endswith("/delete")]
        if browser is None or not offered:
            return
        form = self.choose(offered, version)
        held = find_words(browser.client.get(form["action"].removesuffix("delete") + "text").data)
        self.note(f"deletes the unsent version of {text.name} with {sorted(held)}")
        answer = browser.client.post(form["action"], data=form["values"])
        if answer.status_code == 200:  # the only version of a text that was never sent
            browser.page_of = ""
            self.believe_erased(text)
            return
        for tab, words in list(text.kept.items()):
            text.kept[tab] = words - held
        text.saved_at = text.begun_at  # what is left may be as old as that
        self.world.touch(text)

    @precondition(lambda self: self.sent_texts())
    @rule(which=st.integers(0, 5), captions=st.lists(st.booleans(), max_size=2), adds=st.booleans())
    def say_something_about_photos(self, which: int, captions: list[bool], adds: bool) -> None:  # noqa: FBT001  # drawn
        """Write captions and press Save, or add one more photo with the captions half written."""
        text = self.choose(self.sent_texts(), which)
        browser = self.at_private_page(text)
        page = browser.client.get(f"{MY}/photos").text if browser else ""
        form = next((one for one in read_forms(page) if "photo" in one["names"] or text.captions), None)
        adds = adds and len(text.captions) < len(_COLOURS)
        if browser is None or form is None or not (adds or text.captions):
            return
        written = {
            name: self.world.words.make()
            for name, is_written in zip(text.captions, captions, strict=False)
            if is_written
        }
        values = {**form["values"], **{name: word for name, word in written.items() if name in form["names"]}}
        values.pop("photo", None)
        values["add" if adds else "save"] = "1"
        if adds:
            values["photo"] = (io.BytesIO(make_picture(colour=_COLOURS[len(text.captions)])), "photo.jpg")
        self.note(f"photos of {text.name}: writes {sorted(written.values())}, adds one: {adds}")
        answer = browser.client.post(form["action"], data=values, content_type="multipart/form-data")
        if answer.status_code != 303:
            return
        text.captions.update(written)
        text.spoken |= set(written.values())
        shown = browser.client.get(f"{MY}/photos").text
        for name in sorted(set().union(*(one["names"] for one in read_forms(shown)))):
            if name.endswith("caption"):
                text.captions.setdefault(name, "")
        self.world.touch(text)

    @precondition(lambda self: any(one.page_of for one in self.world.browsers))
    @rule(which=st.integers(0, 1))
    def leave(self, which: int) -> None:
        """Leave the private page, as one does on a borrowed device."""
        browser = self.choose([one for one in self.world.browsers if one.page_of], which)
        browser.press(MY, "/leave")
        self.note(f"leaves the private page in a {browser.name}")
        browser.page_of = ""

    def find_answer(self, browser: Browser | None, field: str) -> dict[str, Any] | None:
        """Return one of the two forms beside the edited text; None while its author is not asked."""
        page = browser.client.get(f"{MY}/check", follow_redirects=True).text if browser else ""
        return next((one for one in read_forms(page) if field in one["names"]), None)

    def believe_erased(self, text: Text) -> None:
        """Believe that nothing is left of a text, nor of what the same browser kept of the same form."""
        text.call_back("erased")
        text.is_erased = True
        text.spoken |= words_of(text.now) | text.unsent
        for browser in self.world.browsers:
            browser.tabs = [one for one in browser.tabs if one.about != text.name]
            # Back to a form that is filled in again is left alone by its script until somebody types.
            browser.sent = [one for one in browser.sent if one.about != text.name]
        self.world.touch(text)
