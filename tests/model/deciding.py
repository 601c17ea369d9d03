"""What moderators and editors do with a submission: ask, write, note, sum up, decide, undo, reopen."""

import re
from abc import abstractmethod
from collections.abc import Mapping, Sequence
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from portal.domain.states import Stage, State
from tests.model.room import Room, expect, expect_that
from tests.model.texts import Decided, Letter, Text
from tests.model.words import find_words
from tests.model.world import WINDOW, Colleague
from tests.support.plain_browser import find_form

_WORDED = {"ask": "body", "invite": "body", "accept": "body", "decline": "body", "message": "body"}
"""Acts that bring the author a message, and the field it is written into."""
_CHOICE = re.compile(r'<option[^>]*value="([^"]*)"[^>]*>\s*([A-Z][a-z]+)')
_EARLIER = re.compile(
    r'<li>(.*?)<form[^>]*action="/desk/submission/[0-9a-f]{32}/(gist/[0-9a-f]{32})"', re.DOTALL
)
"""An earlier gist on the page, and where it is brought back."""
_AT_ONCE = frozenset({"withdraw", "reopen"})
"""Decisions without a time to undo them."""
_CLOSING = frozenset({"decline", "spam", "duplicate", "withdraw", "reopen"})
"""Decisions that end a text, and the one that may lead back to an earlier end."""
DECISIONS = ("accept", "invite", "reopen", "ask", "decline", "spam", "duplicate", "withdraw")


class Deciders(Room):
    """Rules on the desk's page of one submission."""

    @precondition(lambda self: self.sent_texts())
    @rule(which=st.integers(0, 5), who=st.integers(0, 3), what=st.integers(0, len(DECISIONS) - 1))
    def decide(self, which: int, who: int, what: int) -> None:
        text, person = self.choose(self.sent_texts(), which), self.world.colleague(who)
        offered = self.offered_acts(person, text, DECISIONS)
        if not offered:
            return
        self.take_decision(text, person, self.choose(offered, what))

    @precondition(lambda self: self.stories_to_accept())
    @rule(which=st.integers(0, 3), who=st.integers(0, 3))
    def accept_a_story(self, which: int, who: int) -> None:
        """Accept: half of what people do with a text comes after that."""
        text, person = self.choose(self.stories_to_accept(), which), self.world.colleague(who)
        if "accept" in self.offered_acts(person, text, DECISIONS):
            self.take_decision(text, person, "accept")

    def stories_to_accept(self) -> list[Text]:
        """Return the stories the desk has not decided on."""
        return [one for one in self.texts_in(State.SUBMITTED) if one.stage is Stage.STORY]

    def take_decision(self, text: Text, person: Colleague, act: str) -> None:
        """Decide, with the words the act takes, and believe what follows."""
        word = self.world.words.make()
        more: dict[str, Any] = {_WORDED[act]: word} if act in _WORDED else {}
        if act == "decline":
            more["reason"] = "other"
        if act == "withdraw":
            more["note"] = "by letter"
        if act == "duplicate":
            # What is a duplicate itself, or was one, is no original.
            others = [
                one for one in self.texts_in(State.SUBMITTED) if one is not text and not one.was_duplicate
            ]
            if not others:
                return
            text.was_duplicate = True
            more["address"] = f"http://localhost/desk/submission/{others[0].public_id}"
        before = self.world.state_of(text)
        if not self.press(person, text, act, more):
            return
        if act == "reopen" and self.is_undoable(text):  # a closing that nobody was told of is undone by that
            self.believe_undone(text)
            return
        self.believe_decided(text, act, before, word if act in _WORDED else "")
        if act == "accept":
            self.believe_accepted(text)

    @precondition(lambda self: self.sent_texts())
    @rule(which=st.integers(0, 5), who=st.integers(0, 3))
    def undo(self, which: int, who: int) -> None:
        text = self.choose(self.sent_texts(), which)
        if self.press(self.world.colleague(who, edits=True), text, "undo", {}):
            self.believe_undone(text)

    @precondition(lambda self: self.sent_texts())
    @rule(
        which=st.integers(0, 5),
        who=st.integers(0, 3),
        act=st.sampled_from(["note", "gist", "message", "recommend", "assign", "claim", "release"]),
    )
    def work(self, which: int, who: int, act: str) -> None:
        text, person = self.choose(self.sent_texts(), which), self.world.colleague(who)
        word = self.world.words.make()
        more: Mapping[str, Any] = {"body": word} if act in {"note", "gist", "message"} else {}
        if act == "recommend":
            more = {"advice": "ask", "reason": word}
        chosen = ("", "")
        if act == "assign":
            chosen = self.find_person(person, text, which)
            more = {"person": chosen[0]}
        if not self.press(person, text, act, more):
            return
        if act == "assign" and chosen[1] != text.responsible:
            text.responsible = chosen[1]
            text.is_told_to = "" if chosen[1] == person.name else chosen[1]
        if act == "message":
            self.believe_letter(text, word, act)
        if act == "note":
            text.notes.append(word)
        if act == "gist":
            text.gists.append(word)
        if act == "recommend":
            text.advice[person.name] = word
        text.spoken |= {word}

    @precondition(lambda self: any(any(one.gists) for one in self.sent_texts()))
    @rule(which=st.integers(0, 5), who=st.integers(0, 3), version=st.integers(0, 3), takes=st.booleans())
    def go_back_to_an_earlier_gist(self, which: int, who: int, version: int, takes: bool) -> None:  # noqa: FBT001  # drawn
        """Bring an overwritten gist back, or take the gist away: either can come back."""
        text = self.choose([one for one in self.sent_texts() if any(one.gists)], which)
        person, address = self.world.colleague(who), f"/desk/submission/{text.public_id}"
        if takes:
            if self.press(person, text, "gist", {"body": ""}) and text.gists[-1]:
                text.gists.append("")
            return
        page = person.browser.client.get(address).text.partition('aria-labelledby="gist"')[2]
        earlier = _EARLIER.findall(page.partition("</section>")[0])
        if not earlier:
            return
        shown, action = self.choose(earlier, version)
        word = next(iter(find_words(shown)))
        if self.press(person, text, action, {}) and text.gists[-1] != word:
            text.gists.append(word)

    @precondition(lambda self: any(self.untold(one) for one in self.sent_texts()))
    @rule(which=st.integers(0, 5), who=st.integers(0, 3))
    def take_a_message_back(self, which: int, who: int) -> None:
        text = self.choose([one for one in self.sent_texts() if self.untold(one)], which)
        person = self.world.colleague(who, edits=True)
        address = f"/desk/submission/{text.public_id}"
        page = person.browser.client.get(address).text
        try:
            form = find_form(page, action="/take-back")
        except AssertionError:
            return
        answer = person.browser.client.post(form["action"], data=form["values"])
        expect("Words", "the answer to taking a message back", answer.status_code, 200)
        waiting = [one for one in self.untold(text) if one.act == "message"]
        words = find_words(find_form(answer.text, action="/message")["values"])
        back = next((one for one in waiting if one.word in words), None)
        expect_that("Words", "the words of the message stand in the form again", back is not None)
        assert back is not None
        self.note(f"{person.name} takes {back.word} about {text.name} back")
        text.letters.remove(back)
        self.world.touch(text)

    def press(self, person: Colleague, text: Text, act: str, given: Mapping[str, Any]) -> bool:
        """Send the form of an act as the page prints it; False where the page does not offer it."""
        address = f"/desk/submission/{text.public_id}"
        answer = person.browser.press(address, f"{text.public_id}/{act}", **given)
        if answer is None:
            return False
        self.note(f"{person.name}: {act} {text.name} {dict(given) or ''}")
        expect("Told", f"the answer to {act}, which the page offered", answer.status_code, 303)
        self.believe_acted(person, text)
        self.world.touch(text)
        return True

    def offered_acts(self, person: Colleague, text: Text, acts: Sequence[str]) -> list[str]:
        """Return which of these acts the page of a text offers."""
        page = person.browser.client.get(f"/desk/submission/{text.public_id}").text
        return [act for act in acts if f'action="/desk/submission/{text.public_id}/{act}"' in page]

    def find_person(self, person: Colleague, text: Text, which: int) -> tuple[str, str]:
        """Return somebody the page offers to make responsible: the value, and the name; nobody has none."""
        page = person.browser.client.get(f"/desk/submission/{text.public_id}").text
        choices = page.partition('name="person"')[2].partition("</select>")[0]
        value, name = self.choose(_CHOICE.findall(choices), which) if choices else ("", "")
        return value, name if value else ""

    # What comes of it

    def believe_acted(self, person: Colleague, text: Text) -> None:
        """Believe that who acts on a text knows of it."""
        if text.is_told_to == person.name:
            text.is_told_to = ""

    def believe_letter(self, text: Text, word: str, act: str) -> Letter:
        letter = Letter(word, from_desk=True, visible_at=self.world.at + WINDOW, act=act)
        text.letters.append(letter)
        text.spoken.add(word)
        return letter

    def believe_decided(self, text: Text, act: str, before: State, word: str = "") -> None:
        """Believe in a decision, with the message it brings the author."""
        letter = self.believe_letter(text, word, act) if word else None
        text.decided.append(Decided(act, self.world.at, before, letter))
        if act in _CLOSING:
            text.closed_at = self.world.at
        if act == "withdraw":
            text.call_back("withdrawn", at=self.world.at)
            text.withhold_letters(at=self.world.at)
        if act == "reopen":
            text.forget_recalls("withdrawn")
            text.show_letters(at=self.world.at)

    def untold(self, text: Text) -> list[Letter]:
        """Return the messages of the desk that have not reached the author."""
        return [one for one in text.letters if one.from_desk and one.visible_at > self.world.at]

    def is_undoable(self, text: Text) -> bool:
        """Say whether the newest decision has a time to undo it, and is in it."""
        last = text.decided[-1] if text.decided else None
        return last is not None and last.act not in _AT_ONCE and last.at + WINDOW > self.world.at

    def believe_undone(self, text: Text) -> None:
        """Believe that the newest decision, and the message that came with it, never was."""
        undone = text.decided.pop()
        text.closed_at = text.closed_at and self.world.at  # it may be closed again, as it was before
        if undone.letter is not None:
            text.letters.remove(undone.letter)
        if undone.act == "accept" and text.draft is not None:
            text.call_back("undone", at=self.world.at)
            text.draft.is_aside = True
        if undone.act == "publish" and text.draft is not None:
            text.forget_publication(text.draft, undone.at)

    @abstractmethod
    def believe_accepted(self, text: Text) -> None:
        """Hold that a draft begins as it should."""
