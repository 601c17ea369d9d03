"""What contributors do on the private page: write to the desk, show photos, approve, take back, erase."""

import io
import re
from collections.abc import Iterable, Mapping
from itertools import zip_longest
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule
from werkzeug.test import TestResponse

from portal.domain.states import State
from tests.model.browser import MY, Browser
from tests.model.drafts import Photo
from tests.model.room import Room, expect
from tests.model.texts import EnteredAnswers, Letter, Text
from tests.model.words import find_words, words_of
from tests.support.photos import make_picture
from tests.support.plain_browser import read_forms

_COLOURS = ("navy", "olive", "maroon", "teal")
_MOST_PHOTOS = 2
SAID = ("description", "caption", "credit")
"""Fields of a photo that take words."""
_PERMISSIONS = {
    "may leave": {"people": "nobody", "licence": "own"},
    "must not leave": {"people": "nobody", "licence": "editors_only"},
}
_PHOTO = re.compile(r"/photos/([0-9a-f]{32})/picture")


_ANSWERS = ("accept", "restore", "object", "comment")
_WITH_WORDS = frozenset({"object", "comment"})


def list_choices(names: Iterable[str]) -> list[str]:
    """Return those of these fields in which an answer to a change is chosen."""
    return sorted(name for name in names if name.endswith("-choice"))


def list_remarks(names: Iterable[str]) -> list[str]:
    """Return those of these fields in which an author writes about a change."""
    return sorted(name for name in names if name.endswith("-words"))


def list_said(names: Iterable[str]) -> list[str]:
    """Return those of these fields that describe photos."""
    return sorted(name for name in names if name.rpartition("-")[2] in SAID)


def _may_leave(sent: Mapping[str, Any]) -> bool:
    return sent["people"] in {"nobody", "agreed"} and sent["licence"] in {"own", "allowed"}


class Visitors(Room):
    """Rules on the private page."""

    @precondition(lambda self: self.sent_texts())
    @rule(which=st.integers(0, 5))
    def write_to_the_desk(self, which: int) -> None:
        text = self.choose(self.sent_texts(), which)
        browser, word = self.at_private_page(text), self.world.words.make()
        page = browser.client.get(MY).text if browser else ""
        form = next((one for one in read_forms(page) if one["action"].endswith("/reply")), None)
        if browser is None or form is None:
            return
        values = {**form["values"], "body": word}
        answer = browser.client.post(form["action"], data=values)
        self.note(f"writes {word} to the desk about {text.name}")
        expect("Words", "the answer to a message the page had a box for", answer.status_code, 303)
        text.letters.append(Letter(word, from_desk=False, visible_at=self.world.at))
        text.believe_sent("thread", values)
        text.spoken.add(word)
        self.world.touch(text)

    @precondition(lambda self: self.texts_in(State.AUTHOR_CHECK))
    @rule(which=st.integers(0, 3))
    def approve(self, which: int) -> None:
        text = self.choose(self.texts_in(State.AUTHOR_CHECK), which)
        browser = self.at_private_page(text)
        form = self.find_answers(browser)
        if browser is None or form is None:
            return
        values = {**form["values"], **dict.fromkeys(list_choices(form["names"]), "accept"), "objections": ""}
        values |= dict.fromkeys(list_remarks(form["names"]), "")
        answer = browser.client.post(form["action"], data=values)
        self.note(f"approves the edited {text.name}")
        expect("Words", "the answer to a yes", answer.status_code, 303)
        if text.draft is not None:
            text.draft.believe_agreed(text.draft.shown_to_author[-1], text.draft.name_shown)
        self.world.touch(text)

    @precondition(lambda self: self.texts_in(State.AUTHOR_CHECK))
    @rule(which=st.integers(0, 3), answers=st.lists(st.sampled_from(_ANSWERS), max_size=6))
    def object_to(self, which: int, answers: list[str]) -> None:
        """Answer the changes one by one, some not at all, and say something about the whole."""
        text = self.choose(self.texts_in(State.AUTHOR_CHECK), which)
        browser, word = self.at_private_page(text), self.world.words.make()
        form = self.find_answers(browser)
        if browser is None or form is None:
            return
        values = {**form["values"], "objections": word}
        said = []
        for name, answer in zip_longest(list_choices(form["names"]), answers):
            remark = str(name).replace("-choice", "-words")
            if name is not None and answer is not None:
                values |= {name: answer, remark: self.world.words.make() if answer in _WITH_WORDS else ""}
            elif values.get(remark):  # written before, and an answer of its own by now
                values[name] = "comment"
            said += [values[remark]] if values.get(remark) else []
        said.append(word)
        self.note(f"objects to the edited {text.name}: {answers} {said}")
        answer = browser.client.post(form["action"], data=values)
        expect("Words", "the answer to an objection", answer.status_code, 303)
        text.believe_sent("check", values)
        text.letters.append(Letter(" ".join(said), from_desk=False, visible_at=self.world.at))
        text.spoken |= words_of(values)
        self.world.touch(text)

    @precondition(lambda self: self.sent_texts())
    @rule(which=st.integers(0, 5))
    def withdraw(self, which: int) -> None:
        text = self.choose(self.sent_texts(), which)
        browser = self.at_private_page(text)
        if browser is None:
            return
        answer = self.press_withdraw(browser)
        if answer is not None:
            self.note(f"withdraws {text.name}: {answer.status_code}")
            expect("Words", "the answer to withdrawing", answer.status_code, 303)
            self.believe_withdrawn(text)

    @staticmethod
    def press_withdraw(browser: Browser) -> TestResponse | None:
        """Press the button; None where the private page has none."""
        return browser.press(f"{MY}/withdraw", "/withdraw") or browser.press(f"{MY}/take-down", "/take-down")

    def believe_withdrawn(self, text: Text) -> None:
        """Believe that a text must come back; what was decided before cannot be undone while it is away."""
        text.closed_at = self.world.at
        text.call_back("withdrawn", at=self.world.at)
        text.left_behind, text.decided = text.decided, []
        text.withhold_letters(at=self.world.at)
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
            text.decided, text.left_behind = text.left_behind, []
            text.show_letters(at=self.world.at)
            text.forget_recalls("withdrawn")
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
    @rule(
        which=st.integers(0, 5),
        written=st.lists(st.booleans(), max_size=6),
        permission=st.sampled_from(["", *_PERMISSIONS]),
        adds=st.booleans(),
    )
    def say_something_about_photos(
        self,
        which: int,
        written: list[bool],
        permission: str,
        adds: bool,  # noqa: FBT001  # drawn
    ) -> None:
        """Describe photos and press Save, or add one more photo with the descriptions half written."""
        text = self.choose(self.sent_texts(), which)
        browser, form = self.open_photos(text)
        adds = adds and len(text.photos) < _MOST_PHOTOS
        if browser is None or form is None or not (adds or text.photos):
            return
        fields = list_said(form["names"])
        if not fields and not adds:
            return
        made = {name: self.world.words.make() for name, one in zip(fields, written, strict=False) if one}
        chosen = {
            f"{public_id}-{name}": one
            for public_id in text.photos
            for name, one in _PERMISSIONS.get(permission, {}).items()
        }
        values = {
            **form["values"],
            **made,
            **{name: one for name, one in chosen.items() if name in form["names"]},
        }
        values.pop("photo", None)
        sent = {**values, "add" if adds else "save": "1"}
        if adds:
            sent["photo"] = (io.BytesIO(make_picture(colour=self.find_new_colour(text))), "photo.jpg")
        self.note(
            f"photos of {text.name}: {sorted(made.values())}, {permission or 'as before'}, adds one: {adds}"
        )
        answer = browser.client.post(form["action"], data=sent, content_type="multipart/form-data")
        if answer.status_code != 303:
            lost = words_of(values) - find_words(answer.text)
            expect("Words", "words about photos an answer does not give back", lost, frozenset())
            return
        self.believe_described(text, values)
        shown = browser.client.get(f"{MY}/photos").text
        for public_id in _PHOTO.findall(shown):
            text.photos.setdefault(public_id, Photo(self.world.at.replace(minute=0, second=0, microsecond=0)))

    @precondition(lambda self: any(one.photos for one in self.sent_texts()))
    @rule(which=st.integers(0, 5), photo=st.integers(0, 1))
    def remove_a_photo(self, which: int, photo: int) -> None:
        text = self.choose([one for one in self.sent_texts() if one.photos], which)
        browser, form = self.open_photos(text)
        if browser is None or form is None:
            return
        public_id = self.choose(list(text.photos), photo)
        self.note(f"removes a photo of {text.name}")
        values = {name: one for name, one in form["values"].items() if name != "photo"}
        answer = browser.client.post(form["action"], data={**values, "remove": public_id})
        expect("Words", "the answer to removing a photo", answer.status_code, 303)
        self.believe_described(text, values)
        removed = text.photos.pop(public_id)
        if removed.may_leave:
            text.call_photo_back(removed, at=self.world.at)
        text.photo_removed_at = self.world.at.replace(minute=0, second=0, microsecond=0)
        for name, kept in list(text.typed.items()):
            left = {field: one for field, one in kept.fields.items() if not field.startswith(public_id)}
            text.typed[name] = EnteredAnswers(kept.place, left, kept.at)

    def open_photos(self, text: Text) -> tuple[Browser | None, dict[str, Any] | None]:
        """Return a browser with the form of all photos of a text, where there is one."""
        browser = self.at_private_page(text)
        page = browser.client.get(f"{MY}/photos").text if browser else ""
        return browser, next((one for one in read_forms(page) if one["action"].endswith("/photos")), None)

    def find_new_colour(self, text: Text) -> str:
        """Return a colour no photo of the text has had: the same file twice is one photo."""
        text.photos_added += 1
        return _COLOURS[text.photos_added % len(_COLOURS)]

    def believe_described(self, text: Text, values: dict[str, Any]) -> None:
        """Believe that everything in the form of the photos is said about them now."""
        for public_id, photo in text.photos.items():
            sent = {name: values.get(f"{public_id}-{name}") for name in (*SAID, *_PERMISSIONS["may leave"])}
            photo.said.update({name: one for name in SAID if (one := sent[name]) is not None})
            if "" in (sent["people"] or "", sent["licence"] or ""):
                continue
            could_leave, photo.may_leave = photo.may_leave, _may_leave(sent)
            if could_leave and not photo.may_leave:
                text.call_photo_back(photo, at=self.world.at)
            elif photo.may_leave and not could_leave:
                text.give_photo_back()
        if list_said(values):
            text.believe_sent("photos", values)
        text.spoken |= text.about_photos
        self.world.touch(text)

    @precondition(lambda self: any(one.page_of for one in self.world.browsers))
    @rule(which=st.integers(0, 1))
    def leave(self, which: int) -> None:
        """Leave the private page, as one does on a borrowed device."""
        browser = self.choose([one for one in self.world.browsers if one.page_of], which)
        browser.press(MY, "/leave")
        self.note(f"leaves the private page in a {browser.name}")
        browser.page_of = ""

    def find_answers(self, browser: Browser | None) -> dict[str, Any] | None:
        """Return the form of an edited text; None while its author is not asked."""
        page = browser.client.get(f"{MY}/check", follow_redirects=True).text if browser else ""
        return next((one for one in read_forms(page) if "objections" in one["names"]), None)

    def believe_erased(self, text: Text) -> None:
        """Believe that nothing is left of a text, nor of what the same browser kept of the same form."""
        text.call_back("erased", at=self.world.at)
        text.believe_erased_by_clock()
        text.spoken |= words_of(text.now) | text.unsent
        for browser in self.world.browsers:
            browser.tabs = [one for one in browser.tabs if one.about != text.name]
            # Back to a form that is filled in again is left alone by its script until somebody types.
            browser.sent = [one for one in browser.sent if one.about != text.name]
        self.world.touch(text)
