"""What editors type into a draft and have not saved: kept in the background, sent with an act, given up."""

from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule
from werkzeug.test import TestResponse

from portal.domain.states import State
from tests.model.browser import SCRIPT
from tests.model.drafts import Edited, KeptEdits
from tests.model.editing import ACTS, Editors
from tests.model.editing import WRITTEN as SOME_FIELDS
from tests.model.looking import address_of
from tests.model.room import Room, expect, expect_that
from tests.model.texts import Text
from tests.model.words import find_words, words_of
from tests.model.world import Colleague, DraftPage
from tests.support.plain_browser import find_form

UNSAVED = "This is what you typed on"
WAITING = "you typed something here and did not save it"
_WORDED = ("message", "reason")
"""Fields of the acts, which a browser sends with the form of the text whichever button is pressed."""


class Typists(Editors):
    """Rules on the page of a draft that stands open while somebody types into it."""

    @precondition(lambda self: self.texts_in(State.ACCEPTED))
    @rule(which=st.integers(0, 3), who=st.integers(0, 1), written=SOME_FIELDS, anew=st.booleans())
    def type_into_a_draft(self, which: int, who: int, written: frozenset[str], anew: bool) -> None:  # noqa: FBT001  # drawn
        """Type, and have the page keep it in the background; nobody presses anything."""
        text = self.choose(self.texts_in(State.ACCEPTED), which)
        person, page = self.open_draft(text, who, anew=anew)
        page.values = self.fill_in_draft(page.values, written, frozenset())
        self.note(f"{person.name} types {sorted(self.read_typed(text, page))} into {text.name}")
        answer = self.keep_in_background(person, page)
        told = answer.get_json() if answer.status_code == 200 and answer.is_json else {"state": "failed"}
        kept = self.draft_of(text).unsaved.get(person.name)
        if told["state"] == "elsewhere":
            is_other = kept is not None and kept.sequence != page.values["kept"]
            expect_that("Words", f"another page of {person.name} keeps other words", is_other)
        if told["state"] == "kept":
            page.values["kept"] = str(told["kept"])
            self.believe_kept_edits(text, person, page)
        self.world.touch(text)

    @precondition(lambda self: self.draft_pages())
    @rule(which=st.integers(0, 3), who=st.integers(0, 1), written=SOME_FIELDS)
    def save_an_open_draft(self, which: int, who: int, written: frozenset[str]) -> None:
        """Press Save in a page that stands open, however old it is; an act beside it was begun, too."""
        page = self.choose(self.draft_pages(), which)
        text, person = page.text, self.world.named(page.person)
        page.values = self.fill_in_draft(page.values, written, frozenset())
        begun = {name: self.world.words.make() if who else "" for name in _WORDED}
        self.note(f"{person.name} saves {sorted(self.read_typed(text, page))} in {text.name}, begun: {begun}")
        answer = self.send_page(person, page, "", begun)
        if answer.status_code >= 400:
            return
        expect(
            "Words",
            "words of an act that a save loses",
            find_words(begun) - find_words(answer.text if answer.status_code == 200 else ""),
            frozenset(),
        )
        self.drop_page(page)
        self.believe_saved_draft(text, page.values, person)

    @precondition(lambda self: self.texts_in(State.ACCEPTED) or self.draft_pages())
    @rule(
        which=st.integers(0, 3),
        who=st.integers(0, 1),
        what=st.integers(0, 4),
        written=SOME_FIELDS,
        anew=st.booleans(),
    )
    def act_with_unsaved_edits(
        self,
        which: int,
        who: int,
        what: int,
        written: frozenset[str],
        anew: bool,  # noqa: FBT001  # drawn
    ) -> None:
        """Press the button of an act with words in the form of the text that nobody has saved."""
        texts = self.texts_in(State.ACCEPTED)
        if texts and (anew or not self.draft_pages()):
            person, page = self.open_draft(self.choose(texts, which), who, anew=anew)
        else:
            page = self.choose(self.draft_pages(), which)
            person = self.world.named(page.person)
        text, before = page.text, self.world.state_of(page.text)
        act, word = self.choose(page.acts, what), self.world.words.make()
        page.values = self.fill_in_draft(page.values, written, frozenset())
        self.note(f"{person.name}: {act} {text.name} with {sorted(self.read_typed(text, page))} ({word})")
        answer = self.send_page(person, page, act, dict.fromkeys(_WORDED, word))
        if answer.status_code >= 400:
            return
        expect("Told", f"the answer to {act} with the text", answer.status_code, 303)
        self.drop_page(page)
        self.believe_saved_draft(text, page.values, person)
        self.believe_act(text, act, word if "message" in ACTS[act] else "", before)

    @precondition(lambda self: any(one.draft and one.draft.unsaved for one in self.texts_in(State.ACCEPTED)))
    @rule(which=st.integers(0, 3), who=st.integers(0, 1))
    def throw_away_what_is_not_saved(self, which: int, who: int) -> None:
        texts = [one for one in self.texts_in(State.ACCEPTED) if one.draft and one.draft.unsaved]
        text = self.choose(texts, which)
        unsaved = self.draft_of(text).unsaved
        person = self.world.named(self.choose(sorted(unsaved), who))
        answer = person.browser.press(address_of(self.draft_of(text)), "/drop-unsaved")
        self.note(f"{person.name} throws {sorted(unsaved[person.name].words)} of {text.name} away")
        status = answer.status_code if answer is not None else None
        expect("Words", "the answer to throwing unsaved words away", status, 303)
        del unsaved[person.name]
        self.world.touch(text)

    # What an editor does with a page

    def draft_pages(self) -> list[DraftPage]:
        """Return the pages of drafts that stand open, the newest first."""
        return [page for page in reversed(self.world.draft_pages) if not page.text.is_erased]

    def open_draft(self, text: Text, who: int, *, anew: bool) -> tuple[Colleague, DraftPage]:
        """Return an editor with the page of a draft: the one that stands open, or a new one."""
        person = self.world.colleague(who, edits=True)
        mine = [one for one in self.draft_pages() if (one.text, one.person) == (text, person.name)]
        if mine and not anew:
            return person, mine[0]
        draft = self.draft_of(text)
        shown = person.browser.client.get(address_of(draft)).text
        form = find_form(shown, action=draft.public_id, field="body")
        acts = tuple(act for act in ACTS if f'formaction="{address_of(draft)}/{act}"' in shown)
        page = DraftPage(text, person.name, form["values"], acts)
        self.world.draft_pages = [*self.world.draft_pages[-3:], page]
        return person, page

    def drop_page(self, page: DraftPage) -> None:
        self.world.draft_pages.remove(page)

    def send_page(self, person: Colleague, page: DraftPage, act: str, begun: dict[str, str]) -> TestResponse:
        """Send the text with an act, or to be saved; whatever is not done gives every typed word back."""
        address = address_of(self.draft_of(page.text))
        target = f"{address}/{act}" if act else address
        typed = self.read_typed(page.text, page) | find_words(begun)
        answer = person.browser.client.post(target, data={**page.values, **begun})
        if answer.status_code == 400:  # the editor has signed in anew since: the old token is none
            self.expect_typed_back(answer, typed)
            fresh = find_form(person.browser.client.get("/desk/").text, field="csrf_token")["values"]
            page.values["csrf_token"] = fresh["csrf_token"]
            answer = person.browser.client.post(target, data={**page.values, **begun})
        self.world.touch(page.text)
        if answer.status_code < 400:
            return answer
        self.note(f"is answered {answer.status_code}")
        self.expect_typed_back(answer, typed)
        try:
            form = find_form(answer.text, action=address, field="body")
        except AssertionError:  # the text is edited no more
            self.drop_page(page)
        else:
            page.values = form["values"]
        return answer

    def keep_in_background(self, person: Colleague, page: DraftPage) -> TestResponse:
        """Send what stands in a page as its script does, with a fresh token where the old one is none."""
        address = f"{address_of(self.draft_of(page.text))}/keep"
        answer = person.browser.client.post(address, data=page.values, headers=SCRIPT)
        if answer.is_json and answer.get_json()["state"] == "token":
            page.values["csrf_token"] = answer.get_json()["token"]
            answer = person.browser.client.post(address, data=page.values, headers=SCRIPT)
        return answer

    def read_typed(self, text: Text, page: DraftPage) -> frozenset[str]:
        """Return the words in a page that were never saved."""
        return words_of(page.values) - self.draft_of(text).saved_words

    def expect_typed_back(self, answer: TestResponse, typed: frozenset[str]) -> None:
        lost = typed - find_words(answer.text)
        expect("Words", f"typed words an answer {answer.status_code} does not give back", lost, frozenset())

    def believe_kept_edits(self, text: Text, person: Colleague, page: DraftPage) -> None:
        words = self.read_typed(text, page)
        draft = self.draft_of(text)
        draft.unsaved[person.name], draft.was_typed_into = KeptEdits(page.values["kept"], words), True
        text.spoken |= words


def hold_unsaved_edits(room: Room, text: Text) -> None:
    """What an editor typed and did not save is offered back to that one; colleagues read whose it is."""
    draft, state = text.draft, room.world.state_of(text)
    if text.is_erased or draft is None or draft.is_aside or state not in _SHOWN:
        return
    for name in ("Eda", "Egon"):
        kept = draft.unsaved.get(name)
        if kept is not None:
            _hold_offered(room, text, draft, name, kept, is_open=state is State.ACCEPTED)
        elif draft.was_typed_into:
            page = room.world.named(name).browser.client.get(address_of(draft)).text
            expect_that(
                "Nothing over", f"{name} is offered nothing that was saved or given up", UNSAVED not in page
            )


_SHOWN = (State.ACCEPTED, State.AUTHOR_CHECK, State.APPROVED, State.PUBLISHED)


def _hold_offered(
    room: Room, text: Text, draft: Edited, name: str, kept: KeptEdits, *, is_open: bool
) -> None:
    words = kept.words - draft.saved_words
    if not words:  # all of it came into the draft from another page
        return
    page = room.world.named(name).browser.client.get(address_of(draft)).text
    expect("Words", f"whether {name} reads of unsaved words", (UNSAVED if is_open else WAITING) in page, True)  # noqa: FBT003  # a fact
    if is_open:
        form: dict[str, Any] = find_form(page, action=draft.public_id, field="body")["values"]
        lost = words - words_of(form)
        expect("Words", f"unsaved words of {name} missing in the form of {text.name}", lost, frozenset())
    theirs = room.world.reader().browser.client.get(address_of(draft)).text
    expect("Now", f"unsaved words a colleague reads in {text.name}", words & find_words(theirs), frozenset())
    told = f"{name} is editing this draft now" in theirs or f"{name} has unsaved changes" in theirs
    expect_that("Told", f"a colleague reads that {name} has unsaved words in {text.name}", told)
