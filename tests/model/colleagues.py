"""What colleagues tell each other: comments, versions brought back, texts told apart, advice confirmed."""

import re

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from portal.domain.states import State
from tests.model.editing import Editors
from tests.model.looking import address_of, look_at_draft, read_form_of_draft
from tests.model.room import Room, expect, expect_that
from tests.model.texts import Text
from tests.model.words import find_words
from tests.model.world import Colleague
from tests.support.plain_browser import find_form

_OTHER = r'/desk/submission/[0-9a-f]{{32}}/{act}".*?name="other" value="([0-9a-f]{{32}})"'
_ALIKE, _APART = (re.compile(_OTHER.format(act=act), re.DOTALL) for act in ("different", "not-different"))
"""The other texts of the page's pairs."""
_CONFIRM = re.compile(r'action="/desk/submission/[0-9a-f]{32}/(recommend/[0-9a-f]{32}/confirm)"')
_REASON = re.compile(r"wort\d{5}q")
_SAVE = re.compile(r'name="save" value="(\d+)"')
_SHOWN = (State.ACCEPTED, State.AUTHOR_CHECK, State.APPROVED, State.PUBLISHED)
_EDITORS = ("Eda", "Egon")


class Colleagues(Editors):
    """Rules on what colleagues say about texts and drafts."""

    def __init__(self) -> None:
        super().__init__()
        self.comments: dict[Text, set[str]] = {}
        """The words of comments on the draft of each text."""
        self.mentioned: dict[Text, set[str]] = {}
        """Who is named in a comment and has done nothing with the text since."""
        self.apart: dict[frozenset[str], tuple[str, int]] = {}
        """Two texts that were told apart: who said so, and how many sendings of both there were."""

    @precondition(lambda self: self.texts_in(State.ACCEPTED))
    @rule(which=st.integers(0, 3), who=st.integers(0, 1), names=st.booleans())
    def comment_on_a_draft(self, which: int, who: int, names: bool) -> None:  # noqa: FBT001  # drawn
        """Say something to colleagues beside a draft; the other editor is named, or nobody."""
        text = self.choose(self.texts_in(State.ACCEPTED), which)
        person = self.world.colleague(who, edits=True)
        draft, word = self.draft_of(text), self.world.words.make()
        other = next(one for one in _EDITORS if one != person.name)
        form = read_form_of_draft(person.browser, draft)
        said = f"{word} @{other}" if names else word
        answer = person.browser.client.post(
            f"{address_of(draft)}/comment", data={**form["values"], "comment": said}
        )
        self.note(f"{person.name} comments on the draft of {text.name}: {said}")
        expect_that(
            "Words", f"a comment is taken, not {answer.status_code}", answer.status_code in {200, 303}
        )
        self.believe_acted(person, text)
        self.comments.setdefault(text, set()).add(word)
        text.spoken.add(word)
        if names:
            self.mentioned.setdefault(text, set()).add(other)
        self.world.touch(text)

    @precondition(lambda self: self.texts_in(State.ACCEPTED))
    @rule(which=st.integers(0, 3), who=st.integers(0, 1), version=st.integers(0, 3))
    def bring_a_version_back(self, which: int, who: int, version: int) -> None:
        """Save a draft as it once was: nothing that came after goes."""
        text = self.choose(self.texts_in(State.ACCEPTED), which)
        person = self.world.colleague(who, edits=True)
        draft, page = self.draft_of(text), f"{address_of(self.draft_of(text))}/revisions"
        shown = person.browser.client.get(page).text
        saves = _SAVE.findall(shown)
        if not saves:
            return
        form, number = find_form(shown, action="/bring-back"), self.choose(saves, version)
        answer = person.browser.client.post(form["action"], data={**form["values"], "save": number})
        self.note(f"{person.name} brings save {number} of {text.name} back")
        expect("Words", "the answer to bringing a save back", answer.status_code, 303)
        found = look_at_draft(self.world.reader().browser, draft.public_id)
        once = {(one["title"], one["body"]) for one in draft.saves}
        expect_that(
            "Words", f"the draft of {text.name} is as it once was", (found["title"], found["body"]) in once
        )
        draft.unsaved.pop(person.name, None)
        self.believe_acted(person, text)
        if found != draft.now:
            draft.saves.append(found)
        self.world.touch(text)

    @precondition(lambda self: len(self.sent_texts()) > 1)
    @rule(which=st.integers(0, 5), who=st.integers(0, 3))
    def tell_a_pair_apart(self, which: int, who: int) -> None:
        """Compare a text with the others, and say of the first that seems to tell it that it does not."""
        text, person = self.choose(self.sent_texts(), which), self.world.colleague(who)
        if not self.press(person, text, "same", {}):
            return
        page = person.browser.client.get(f"/desk/submission/{text.public_id}").text
        alike = _ALIKE.findall(page)
        if not alike:
            return
        other = next((one for one in self.sent_texts() if one.public_id == alike[0]), None)
        expect_that("Nothing over", f"{text.name} is compared with texts that are there", other is not None)
        assert other is not None
        pressed = self.press(person, text, "different", {"other": alike[0]})
        expect_that("Told", f"{text.name} and {other.name} can be told apart", pressed)
        self.apart[frozenset({text.public_id, alike[0]})] = (person.name, len(text.sent) + len(other.sent))
        self.world.touch(other)

    @precondition(lambda self: self.apart)
    @rule(which=st.integers(0, 5), who=st.integers(0, 3))
    def take_back_that_a_pair_is_apart(self, which: int, who: int) -> None:
        pair = self.choose(sorted(self.apart, key=sorted), which)
        texts = [one for one in self.sent_texts() if one.public_id in pair]
        if len(texts) < len(pair):
            return
        one, other = texts
        if self.press(self.world.colleague(who), one, "not-different", {"other": other.public_id}):
            del self.apart[pair]
            self.world.touch(other)

    @precondition(lambda self: any(one.advice for one in self.texts_in(State.SUBMITTED, State.NEEDS_REPLY)))
    @rule(which=st.integers(0, 5), who=st.integers(0, 3))
    def confirm_advice_from_the_gist(self, which: int, who: int) -> None:
        """Who reads the text makes a recommendation their own that somebody gave who does not."""
        advised = [one for one in self.texts_in(State.SUBMITTED, State.NEEDS_REPLY) if one.advice]
        text, person = self.choose(advised, which), self.world.colleague(who)
        page = person.browser.client.get(f"/desk/submission/{text.public_id}").text
        found = _CONFIRM.search(page)
        if found is None:
            return
        before = page[: found.start()].rpartition("<li")[2]
        reason = next(iter(_REASON.findall(before)))
        if self.press(person, text, found[1], {}):
            text.advice[person.name] = reason

    def believe_acted(self, person: Colleague, text: Text) -> None:
        super().believe_acted(person, text)
        self.mentioned.get(text, set()).discard(person.name)


def list_alike(room: Room, text: Text) -> set[str]:
    """Return the texts of which the page of a text says that they tell its story."""
    page = room.world.reader().browser.client.get(f"/desk/submission/{text.public_id}").text
    return set(_ALIKE.findall(page))


def hold_mentions(room: Colleagues, text: Text) -> None:
    """Who is named in a comment reads so until acting on the text."""
    for name in room.mentioned.get(text, set()) if not text.is_erased else ():
        listed = room.world.named(name).browser.client.get("/desk/notices").text
        expect_that(
            "Told", f"{name} reads of being named", "mentions you in a comment on the draft." in listed
        )


def hold_comments(room: Colleagues, text: Text) -> None:
    """Every comment stands beside the draft, for every editor; who is named in one is told."""
    said, draft = room.comments.get(text, set()), text.draft
    if text.is_erased or not said or draft is None or draft.is_aside:
        return
    if room.world.state_of(text) not in _SHOWN:
        return
    shown = find_words(room.world.reader().browser.client.get(address_of(draft)).text)
    expect("Words", f"comments missing beside the draft of {text.name}", said - shown, set())


def hold_pairs(room: Room, text: Text, apart: dict[frozenset[str], tuple[str, int]]) -> None:
    """What was told apart stays so, with the name of who said it, until one of the texts has changed."""
    if text.is_erased or not text.sent:
        return
    page = room.world.reader().browser.client.get(f"/desk/submission/{text.public_id}").text
    living = {one.public_id: one for one in room.sent_texts()}
    for pair, (name, sendings) in apart.items():
        others = [living[one] for one in pair if one != text.public_id and one in living]
        if text.public_id not in pair or not others:
            continue
        if len(text.sent) + len(others[0].sent) != sendings:
            continue
        told = (others[0].public_id in _APART.findall(page), others[0].public_id in _ALIKE.findall(page))
        expect("Told", f"whether {text.name} and {others[0].name} stay apart", told, (True, False))
        expect_that("Told", f"{name} is named as who told them apart", f"{name} said on" in page)
