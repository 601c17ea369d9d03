"""What must come back and who must act: the desk writes down what was done, a colleague notes a new task."""

import re
from dataclasses import dataclass

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from portal.domain.states import State
from tests.model.drafts import Edited
from tests.model.editing import Editors
from tests.model.room import expect
from tests.model.texts import Recalled, Text
from tests.support.plain_browser import find_form

LIST = "/desk/take-downs"
_ROW = re.compile(r'<li class="queue-row">.*?</li>', re.DOTALL)
_REASONS = {
    "The author has withdrawn the text": "withdrawn",
    "The author had everything erased": "erased",
    "The author no longer wants the text published": "consent",
    "The acceptance was undone": "undone",
    "The author does not want it published before": "embargo",
    "The author wants it published later": "embargo",
    "The author no longer wants the name printed": "name",
    "The author no longer wants a photo printed": "photo",
}
_CODE_OF = re.compile(r"/desk/submission/([0-9a-f]{32})")
_PLACE = re.compile(r'queue-meta">\s*<span><a href="([^"]+)"')
_FORM = re.compile(rf'action="({LIST}/[0-9a-f]{{32}})"')


@dataclass(frozen=True)
class Listed:
    """A place on the list of the desk."""

    about: str
    """The public id of the text; empty when it is erased."""
    url: str
    reason: str
    action: str


class Recallers(Editors):
    """Rules on the list of what must come back."""

    @precondition(lambda self: self.world.has_left)
    @rule(
        which=st.integers(0, 3),
        who=st.integers(0, 3),
        outcome=st.sampled_from(["removed", "removed", "corrected", "not_removed"]),
    )
    def write_down_what_was_done(self, which: int, who: int, outcome: str) -> None:
        listed = self.list_places()
        if not listed:
            return
        # Moderators read the list, too: what was done is for editors to say.
        place, person = self.choose(listed, which), self.world.colleague(who, edits=True)
        form = find_form(person.browser.client.get(LIST).text, action=place.action)
        note = self.world.words.make()
        values = {**form["values"], "outcome": outcome, "note": note}
        answer = person.browser.client.post(form["action"], data=values)
        self.note(f"{person.name}: {place.reason} {place.url or 'copy'} is {outcome} ({note})")
        expect("Told", "the answer to what was done about a place", answer.status_code, 303)
        self.believe_done(place, outcome)

    @precondition(lambda self: any(one.is_told_to for one in self.sent_texts()))
    @rule(which=st.integers(0, 3))
    def note_a_new_task(self, which: int) -> None:
        """Who was made responsible says: I have seen it."""
        text = self.choose([one for one in self.sent_texts() if one.is_told_to], which)
        person = self.world.named(text.is_told_to)
        pressed = self.press(person, text, "noted", {})
        expect("Told", f"whether {person.name} can say to have seen {text.name}", pressed, True)  # noqa: FBT003  # a fact

    def list_places(self) -> list[Listed]:
        """Return what the desk reads: every place that waits."""
        page = self.world.colleague(0, edits=True).browser.client.get(LIST).text
        waiting = page.partition('<section aria-labelledby="done"')[0]
        return [self._read_row(row) for row in _ROW.findall(waiting)]

    def _read_row(self, row: str) -> Listed:
        about, url, action = (found.search(row) for found in (_CODE_OF, _PLACE, _FORM))
        reason = next((name for sentence, name in _REASONS.items() if sentence in row), "")
        assert action is not None
        place = self.find_site(row) or (url[1] if url else "")
        return Listed(about[1] if about else "", place, reason, action[1])

    def find_site(self, row: str) -> str:
        """Return the newsroom's site that a row is about; empty where it is about another place."""
        for name, newsroom in self.world.newsrooms.items():
            if f"{newsroom.address}/wp-admin" in row or f"{name}, save" in row:
                return name
        return ""

    def believe_done(self, place: Listed, outcome: str) -> None:
        """Believe that a place waits no more; what was removed is not outside any more."""
        text = self.find_recalled(place)
        done = next(one for one in text.recalls if (one.url, one.reason) == (place.url, place.reason))
        text.recalls.remove(done)
        self.world.touch(text)
        draft = text.draft
        if outcome == "removed" and draft is not None:
            believe_removed(text, draft, done)
        elif done.reason == "embargo" and outcome == "corrected":
            text.believe_held_back(done)
        elif done.reason == "embargo":
            text.held_back.append(done)

    def find_recalled(self, place: Listed) -> Text:
        """Return the text a place belongs to. Of erased ones, which of several copies makes no difference."""
        matching = [
            one
            for one in self.world.texts
            if one.is_erased is (not place.about)
            and place.about in ("", one.public_id)
            and any((known.url, known.reason) == (place.url, place.reason) for known in one.recalls)
        ]
        expect("Told", f"that the place {place} belongs to a text", bool(matching), True)  # noqa: FBT003  # a fact
        return matching[0]


def believe_removed(text: Text, draft: Edited, done: Recalled) -> None:
    """Believe that nothing stands at a place any more, whatever else was asked for there."""
    text.recalls = [one for one in text.recalls if one.url != done.url]
    text.removed.append((done.url, done.reason))
    there = draft.standings.get(done.url)
    if there is not None:
        there.heard = "gone" if there.is_there else there.heard
        draft.forget_address(done.page)
        return
    if done.url:
        draft.forget_address(done.url)
    if done.exports == draft.exports:
        draft.brought_back = done.exports


def hold_called_back(room: Recallers) -> None:
    """A task is open exactly while something outside must come back; the author reads how it stands."""
    listed = room.list_places()
    found = sorted((one.about, one.url, one.reason) for one in listed)
    believed = sorted(
        ("" if text.is_erased else text.public_id, one.url, one.reason)
        for text in room.world.texts
        for one in text.recalls
    )
    expect("Told", "the places outside that wait", found, believed)
    queue = room.world.colleague(0).browser.client.get("/desk/").text
    expect("Told", "whether the queue leads to what must come back", f'href="{LIST}"' in queue, bool(listed))


def hold_author_is_told(room: Recallers, text: Text) -> None:
    """Who has withdrawn a text reads what is still done about it, until nothing is."""
    if text.is_erased or room.world.shown_of(text) is not State.WITHDRAWN:
        return
    browser, page = room.open_private_page(text, text.reader) if text.code else (None, "")
    if browser is None:
        return
    waits = any(one.about == text.public_id for one in room.list_places())
    told = ("We are having them taken down." in page, "We have stopped working on your text." in page)
    expect("Told", f"what the author of the withdrawn {text.name} reads", told, (waits, not waits))


def hold_responsible(room: Recallers, text: Text) -> None:
    """Who was made responsible by a colleague is told so until acting on it."""
    if text.is_erased or not text.is_told_to:
        return
    client = room.world.named(text.is_told_to).browser.client
    page, listed = (
        client.get(f"/desk/{place}").text for place in (f"submission/{text.public_id}", "notices")
    )
    told = ("has made you responsible for this." in page, "has made you responsible." in listed)
    expect(
        "Told",
        f"whether {text.is_told_to} reads who made them responsible for {text.name}",
        told,
        (True, True),
    )
