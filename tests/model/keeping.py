"""What is kept while somebody writes: a form in another language, an unsent answer; and a lost file."""

from collections.abc import Iterable
from datetime import timedelta
from pathlib import Path
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule
from sqlalchemy import select

from portal.domain.states import State
from portal.extensions import current_portal, db
from portal.models import Attachment, Submission
from tests.model.browser import MY, SCRIPT, Browser, Tab
from tests.model.looking import look_at_desk, take_own_data
from tests.model.private import list_remarks, list_said
from tests.model.room import Room, expect
from tests.model.texts import EnteredAnswers, Text
from tests.model.words import find_words, words_of
from tests.model.writing import WRITTEN, Writers
from tests.support.plain_browser import read_forms

_KEPT = timedelta(days=13)
"""What is not sent is kept for fourteen days, dated to its hour."""
_PAGES = {"thread": MY, "check": f"{MY}/check", "photos": f"{MY}/photos"}
"""Where words are typed on the private page, by the name its engine has for the place."""
_BOXES = {"thread": "body", "check": "objections"}


def _list_boxes(place: str, names: Iterable[str]) -> list[str]:
    """Return the fields of a form in which words are kept."""
    if place == "photos":
        return list_said(names)
    own = [one for one in names if one == _BOXES[place]]
    return own + list_remarks(names) if place == "check" else own


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
        """Return the open forms with a button for another language."""
        return [(browser, tab) for browser, tab in self.all_tabs() if tab.switches]

    def believe_carried(self, browser: Browser, before: Tab, there: Tab, page: str) -> None:
        """Believe that the words are kept where the form goes on with a version of its own."""
        text = self.find_text(before)
        if text is not None and before in text.kept:
            text.kept[there], text.kept_at[there] = text.kept.pop(before), text.kept_at[before]
        numbers = [(one.values.get("writing"), one.values.get("sequence")) for one in (before, there)]
        if numbers[0] == numbers[1] or not numbers[1][0] or not self.is_kept_of(there):
            return
        text = text or self.make_text(browser, there)
        self.believe_saved(text, there, browser)
        self.read_code(text, page)

    @precondition(lambda self: self.sent_texts())
    @rule(which=st.integers(0, 5))
    def begin_an_answer(self, which: int) -> None:
        """Write into the box of the private page, and leave it there: the page keeps it."""
        self.leave_words(self.choose(self.sent_texts(), which), "thread", anew=True)

    @precondition(lambda self: self.texts_in(State.AUTHOR_CHECK))
    @rule(which=st.integers(0, 3), anew=st.booleans())
    def begin_an_objection(self, which: int, anew: bool) -> None:  # noqa: FBT001  # drawn
        """Write what should change into the box beside the edited text, and leave it there."""
        self.leave_words(self.choose(self.texts_in(State.AUTHOR_CHECK), which), "check", anew=anew)

    @precondition(lambda self: any(one.photos for one in self.sent_texts()))
    @rule(which=st.integers(0, 5), anew=st.booleans())
    def begin_a_caption(self, which: int, anew: bool) -> None:  # noqa: FBT001  # drawn
        """Write something about a photo, and leave it there."""
        texts = [one for one in self.sent_texts() if one.photos]
        self.leave_words(self.choose(texts, which), "photos", anew=anew)

    def leave_words(self, text: Text, place: str, *, anew: bool) -> None:
        """Write one more word into a form of the private page, which keeps it; `anew` opens it first.

        A form that stands open in a second tab knows less than is kept: both stay.
        """
        browser = self.at_private_page(text)
        values = self.open_box(text, place, browser, anew=anew) if browser else None
        if browser is None or values is None:
            return
        # What is typed in an old tab about a photo that was removed is not kept.
        gone = {name for name in list_said(values) if name.rpartition("-")[0] not in text.photos}
        for name in gone:
            del values[name]
        boxes = _list_boxes(place, values)
        if not boxes:
            return
        word, box = self.world.words.make(), self.choose(boxes, len(self.world.log))
        self.note(f"writes {word} into {box} of {text.name} and does not send it, in a new tab: {anew}")
        values[box] = word
        answer = browser.client.post(f"{MY}/words/{place}", data=values, headers=SCRIPT)
        if answer.is_json and answer.get_json()["state"] == "token":
            values["csrf_token"] = answer.get_json()["token"]
            answer = browser.client.post(f"{MY}/words/{place}", data=values, headers=SCRIPT)
        if anew:
            expect("Words", "the answer to kept words", (answer.status_code, answer.is_json), (200, True))
        if answer.status_code != 200 or not answer.is_json:
            return
        told = answer.get_json()
        values |= {"writing": told["writing"], "sequence": str(told["sequence"])}
        said = {
            f"{name}-{field}": one for name, photo in text.photos.items() for field, one in photo.said.items()
        }
        new = {name: str(values[name]) for name in boxes if values[name]}
        fields = {name: one for name, one in new.items() if one != said.get(name)}
        text.typed[told["writing"]] = EnteredAnswers(place, fields, self.world.at)
        text.spoken |= words_of(fields)
        self.world.touch(text)

    def open_box(self, text: Text, place: str, browser: Browser, *, anew: bool) -> dict[str, Any] | None:
        """Return what stands in a form of the private page: opened now, or as it was left."""
        before = text.boxes.get(place)
        if not anew and before is not None and before[0] is browser:
            return before[1]
        page = browser.client.get(_PAGES[place]).text
        form = next((one for one in read_forms(page) if _list_boxes(place, one["values"])), None)
        if form is None:
            return None
        values = {name: one for name, one in form["values"].items() if name != "photo"}
        text.boxes[place] = (browser, values)
        return values

    @precondition(lambda self: any(one.photos for one in self.sent_texts()))
    @rule(which=st.integers(0, 5))
    def take_along_without_a_photo_file(self, which: int) -> None:
        """A file of a photo is gone for a while: the own data name it."""
        text = self.choose([one for one in self.sent_texts() if one.photos], which)
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


def hold_typed_words(room: Room, text: Text) -> None:
    """What was typed on the private page and not sent is there again and in the own data, not on the desk."""
    text.typed = {name: one for name, one in text.typed.items() if room.world.at - one.at <= _KEPT}
    if text.is_erased or not text.typed:
        return
    _hold_unread(room, text)
    browser, _page = room.open_private_page(text, text.reader) if text.code else (None, "")
    if browser is None:
        return
    held = find_words(take_own_data(browser))
    for place in sorted({one.place for one in text.typed.values()}):
        words = frozenset().union(*(one.words for one in text.typed.values() if one.place == place))
        expect("Words", f"{place}: typed words of {text.name} not in the own data", words - held, frozenset())
        answer = browser.client.get(_PAGES[place])
        is_open = any(_list_boxes(place, one["values"]) for one in read_forms(answer.text))
        if place == "thread" or (answer.status_code == 200 and is_open):
            lost = words - find_words(answer.text)
            expect("Words", f"{place}: typed words of {text.name} not on the page", lost, frozenset())


def _hold_unread(room: Room, text: Text) -> None:
    """The desk does not read what is not sent."""
    typed = frozenset().union(*(one.words for one in text.typed.values()))
    sent = text.about_photos.union(*(one.words for one in text.letters))
    shown = find_words(look_at_desk(room.world.reader().browser, text.public_id))
    expect(
        "Now", f"what the desk reads of {text.name} before it is sent", shown & (typed - sent), frozenset()
    )
