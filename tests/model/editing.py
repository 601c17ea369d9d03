"""What editors do with a draft: edit, two at once, send it to its author, go on without, publish, export."""

from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from portal.domain.states import State
from tests.model.deciding import Deciders
from tests.model.drafts import Edited
from tests.model.looking import EDITED, address_of, look_at_draft, read_export, read_form_of_draft
from tests.model.room import expect, expect_that
from tests.model.texts import Text
from tests.model.words import find_words, words_of
from tests.model.world import SLUG, Colleague
from tests.support.plain_browser import find_form

FIELDS = ("title", "dek", "excerpt", "body", "bio", "content_warning")
_NEEDED = frozenset({"title", "body"})
_IN_COVERAGE = (State.ACCEPTED, State.AUTHOR_CHECK, State.APPROVED, State.PUBLISHED)
ACTS = {
    "approval": ("message",),
    "waive": ("reason",),
    "revise": (),
    "publish": ("url_uk",),
    "correct": ("reason",),
    "undo": (),
    "take-newest": (),
    "keep-edited": (),
}
"""Acts on the page of a draft, and what has to be written for each."""
WRITTEN = st.frozensets(st.sampled_from(FIELDS), min_size=1, max_size=3)


def begin_with(sending: dict[str, str]) -> dict[str, frozenset[str]]:
    """Return the words each field of a draft begins with."""
    title = "title" if sending.get("title") else "story"
    taken = {"title": title, "body": "story", "bio": "bio", "byline": "byline_text"}
    return {name: words_of(sending, [answer]) for name, answer in taken.items()}


def _find_each(values: dict[str, str]) -> dict[str, frozenset[str]]:
    return {name: find_words(one) for name, one in values.items()}


class Editors(Deciders):
    """Rules on a draft's page and on the export."""

    @precondition(lambda self: self.texts_in(State.ACCEPTED))
    @rule(which=st.integers(0, 3), who=st.integers(0, 1), written=WRITTEN, emptied=WRITTEN)
    def edit(self, which: int, who: int, written: frozenset[str], emptied: frozenset[str]) -> None:
        text = self.choose(self.texts_in(State.ACCEPTED), which)
        person = self.world.colleague(who, edits=True)
        form = read_form_of_draft(person.browser, self.draft_of(text))
        values = self.fill_in_draft(form["values"], written, emptied)
        self.note(f"{person.name} edits {text.name}: {sorted(find_words(values))}")
        answer = person.browser.client.post(form["action"], data=values)
        expect("Words", "the answer to a save of a draft", answer.status_code, 303)
        self.believe_saved_draft(text, values, person)

    @precondition(lambda self: self.texts_in(State.ACCEPTED))
    @rule(which=st.integers(0, 3), written=WRITTEN, theirs=WRITTEN)
    def edit_at_the_same_time(self, which: int, written: frozenset[str], theirs: frozenset[str]) -> None:
        """Two editors open the same draft; who saves later finds the own words in the form."""
        text = self.choose(self.texts_in(State.ACCEPTED), which)
        first, second = self.world.colleague(0, edits=True), self.world.colleague(1, edits=True)
        draft = self.draft_of(text)
        mine, other = (read_form_of_draft(one.browser, draft) for one in (first, second))
        saved = self.fill_in_draft(other["values"], theirs, frozenset())
        answer = second.browser.client.post(other["action"], data=saved)
        expect("Words", "the answer to the first save", answer.status_code, 303)
        self.believe_saved_draft(text, saved, second)
        late = self.fill_in_draft(mine["values"], written, frozenset())
        self.note(f"{second.name} and {first.name} edit {text.name}: {sorted(find_words([saved, late]))}")
        answer = first.browser.client.post(mine["action"], data=late)
        expect("Words", "the answer to the second save", answer.status_code, 409)
        again = find_form(answer.text, action=mine["action"], field="body")
        typed = words_of(late) - self.draft_of(text).saved_words
        expect(
            "Words", "what was typed and stands in the form", typed - words_of(again["values"]), frozenset()
        )
        answer = first.browser.client.post(again["action"], data=again["values"])
        expect("Words", "the answer to saving it once more", answer.status_code, 303)
        self.believe_saved_draft(text, again["values"], first)

    @precondition(lambda self: self.texts_in(*_IN_COVERAGE))
    @rule(which=st.integers(0, 3), who=st.integers(0, 1), what=st.integers(0, len(ACTS) - 1))
    def act_on_a_draft(self, which: int, who: int, what: int) -> None:
        text, person = self.choose(self.texts_in(*_IN_COVERAGE), which), self.world.colleague(who, edits=True)
        draft, before = self.draft_of(text), self.world.state_of(text)
        page = person.browser.client.get(address_of(draft)).text
        offered = [act for act in ACTS if f'action="{address_of(draft)}/{act}"' in page]
        if not offered:
            return
        act, word = self.choose(offered, what), self.world.words.make()
        given = dict.fromkeys(ACTS[act], draft.address if act == "publish" else word)
        form = find_form(page, action=f"{draft.public_id}/{act}")
        self.note(f"{person.name}: {act} {text.name} {given or ''}")
        answer = person.browser.client.post(form["action"], data={**form["values"], **given})
        if act == "publish" and answer.status_code == 409:  # the author wants it otherwise
            return
        expect("Told", f"the answer to {act}, which the page offered", answer.status_code, 303)
        self.world.touch(text)
        self.believe_acted(person, text)
        self.believe_act(text, act, word, before)

    @precondition(lambda self: self.texts_in(State.APPROVED, State.PUBLISHED))
    @rule(who=st.integers(0, 1))
    def export(self, who: int) -> None:
        """Take everything that may leave, and look into the file."""
        person = self.world.colleague(who, edits=True)
        address = f"/desk/coverages/{SLUG}/export"
        given = {"all_approved": "y", "format": "bundle"}
        answer = person.browser.press(address, address, **given)
        if answer is None or answer.status_code == 422:
            return
        self.note(f"{person.name} exports")
        expect("Now", "the answer to an export", answer.status_code, 200)
        self.believe_exported(answer.data)

    # What comes of it

    def draft_of(self, text: Text) -> Edited:
        """Return what we believe of the draft of a text that was accepted."""
        assert text.draft is not None
        return text.draft

    def fill_in_draft(
        self, values: dict[str, Any], written: frozenset[str], emptied: frozenset[str]
    ) -> dict[str, Any]:
        """Return the form with new words in some fields and others emptied."""
        made = {name: self.world.words.make() for name in FIELDS if name in written}
        gone = dict.fromkeys(emptied - _NEEDED, "")
        # Left open by the author: an editor writes down what the author said, both parts of it.
        is_open = values.get("byline_mode") == "later"
        named = {"byline": self.world.words.make(), "byline_mode": "pen"} if is_open else {}
        return {**values, **gone, **made, **named}

    def believe_saved_draft(self, text: Text, values: dict[str, Any], person: Colleague) -> None:
        """Believe in a new save, and that nothing of it waits to be saved any more."""
        self.believe_acted(person, text)
        draft = self.draft_of(text)
        save = {name: str(values.get(name, "")) for name in EDITED}
        if save != draft.now:
            draft.saves.append(save)
        if draft.mode == "later" and values.get("byline_mode"):
            draft.mode = str(values["byline_mode"])
        text.spoken |= words_of(save)
        kept = draft.unsaved.get(person.name)
        if kept is not None and kept.sequence == str(values.get("kept")):
            del draft.unsaved[person.name]
        self.world.touch(text)

    def believe_accepted(self, text: Text) -> None:
        """Hold that a draft begins with the newest answers, or goes on where an earlier one was left."""
        public_id = self.world.draft_id_of(text)
        begun = look_at_draft(self.world.reader().browser, public_id)
        newest = begin_with(text.now)
        if text.draft is None:
            found = {name: find_words(begun.get(name, "")) for name in newest}
            expect("Now", f"what the draft of {text.name} begins with", found, newest)
            text.draft = Edited(public_id, [begun], text.now, mode=text.now.get("byline") or "later")
            return
        expect("Words", f"which draft of {text.name} comes back", public_id, text.draft.public_id)
        text.draft.is_aside = False
        text.forget_recalls("undone")
        self.believe_goes_on(text, text.draft, begun)

    def believe_goes_on(self, text: Text, draft: Edited, begun: dict[str, str]) -> None:
        """Hold that a draft goes on as it was left, with the author's title and text where they changed."""
        kept = {name: one for name, one in draft.now.items() if name not in {"title", "body"}}
        found = {name: begun.get(name, "") for name in kept}
        expect("Words", f"what the desk wrote into the draft of {text.name}", found, kept)
        newest, source = begin_with(text.now), begin_with(draft.source)
        shown = [find_words(begun[name]) for name in ("title", "body")]
        edited, anew = (
            [words[name] for name in ("title", "body")] for words in (_find_each(draft.now), newest)
        )
        # A version in which the author only chose something else may begin it anew, too.
        possible = [anew] if anew != [source["title"], source["body"]] else [edited, anew]
        expect_that(
            "Now", f"the draft of {text.name} goes on with {possible}, not {shown}", shown in possible
        )
        if begun != draft.now:
            draft.saves.append(begun)
        draft.source = text.now

    def believe_act(self, text: Text, act: str, word: str, before: State) -> None:
        draft = self.draft_of(text)
        match act:
            case "approval":
                self.believe_decided(text, act, before, word)
                draft.shown_to_author.append(draft.now)
                draft.name_shown = draft.printed_name
            case "undo":
                self.believe_undone(text)
            case "revise":
                # What has not reached the author yet is taken back by that.
                if self.is_untold(text):
                    self.believe_undone(text)
            case "take-newest":
                begun = look_at_draft(self.world.reader().browser, draft.public_id)
                self.believe_goes_on(text, draft, begun)
            case "keep-edited":
                draft.source = text.now
            case "waive":
                self.believe_decided(text, act, before)
                draft.believe_agreed(draft.now, draft.printed_name)
            case "publish":
                self.believe_decided(text, act, before)
                draft.believe_published(draft.address, self.world.at)
            case _:
                self.believe_decided(text, act, before)

    def is_untold(self, text: Text) -> bool:
        """Say whether the newest decision took the text out of editing and has not reached its author."""
        return self.is_undoable(text) and text.decided[-1].came_from is State.ACCEPTED

    def believe_exported(self, content: bytes) -> None:
        """Hold that the file has the newest of each text that may leave, and nothing else of it."""
        found = read_export(content)
        for text in self.world.living():
            draft = text.draft
            if draft is None or draft.public_id not in found:
                continue
            words = found[draft.public_id]
            about = text.about_photos | find_words(list(draft.photo_edits.values()))
            expect("Now", f"what leaves of {text.name}", words - about, words_of(draft.now))
            refused = frozenset().union(
                *(draft.words_with(name, one) for name, one in text.photos.items() if not one.may_leave)
            )
            expect("Now", f"what leaves about refused photos of {text.name}", words & refused, frozenset())
            draft.exports += 1
            draft.exported_at = self.world.at
