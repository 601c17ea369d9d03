"""What everybody reads: front page and feeds tell of a text what its author agreed to, and no more."""

import re
from datetime import timedelta

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from portal.domain.states import State
from tests.model.drafts import Edited
from tests.model.editing import Editors
from tests.model.looking import address_of
from tests.model.room import Room, expect
from tests.model.texts import FORBIDDEN, Text
from tests.model.words import find_words
from tests.model.world import SLUG, WINDOW, World

FRONT_PAGE = f"/desk/coverages/{SLUG}/front-page"
PUBLIC = (f"/en/{SLUG}/", f"/en/{SLUG}/feed.atom", f"/en/{SLUG}/feed.json")
_GONE = (State.WITHDRAWN, State.ERASED)
_MOMENT = timedelta(minutes=1)
NOTHING: frozenset[str] = frozenset()


class FrontPageEditors(Editors):
    """Rules on how the coverage begins, and on the cards of its stories."""

    @precondition(lambda self: self.texts_in(State.PUBLISHED))
    @rule(who=st.integers(0, 1))
    def begin_the_front_page(self, who: int) -> None:
        person, word = self.world.colleague(who, edits=True), self.world.words.make()
        answer = person.browser.press(FRONT_PAGE, "/front-page", summary_en=word)
        self.note(f"{person.name} begins the front page with {word}")
        expect("Told", "the answer to a front page", answer and answer.status_code, 303)
        self.world.summary = word

    @precondition(lambda self: self.texts_in(State.PUBLISHED))
    @rule(which=st.integers(0, 3), other=st.integers(0, 3), who=st.integers(0, 1))
    def say_what_it_answers(self, which: int, other: int, who: int) -> None:
        text, person = (
            self.choose(self.texts_in(State.PUBLISHED), which),
            self.world.colleague(who, edits=True),
        )
        address = f"{address_of(self.draft_of(text))}/card"
        offered = re.findall(r'<option value="([0-9a-f]{32})"', person.browser.client.get(address).text)
        answered = self.choose(["", *offered], other)
        answer = person.browser.press(address, "/card", answered=answered)
        self.note(f"{person.name} says that {text.name} answers {answered or 'no other'}")
        told = answer.status_code if answer else 0
        expect(
            "Told", "the answer to what a story answers", told if told != 422 or not answered else 303, 303
        )


def hold_public(room: Room) -> None:
    """Whoever reads the front page or a feed reads every published story, as agreed, and nothing else."""
    living = room.world.living()
    shown = {path: find_words(room.world.passer_by.get(path).text) for path in PUBLIC}
    may = [one.draft for one in living if one.draft and may_be_shown(room, one, one.draft)]
    allowed = NOTHING.union(*(words_of_card(one) for one in may), find_words(room.world.summary))
    for path, words in shown.items():
        expect("Told", f"words at {path} that nobody agreed to", words - allowed, NOTHING)
    for text in living:
        draft = text.draft
        if draft is None or not must_be_shown(room, text, draft):
            continue
        titles = NOTHING.union(*(find_words(title) for title, _excerpt in draft.agreed))
        missing = [path for path, words in shown.items() if titles and not words & titles]
        expect("Words", f"where {text.name}, which is published, is not told of", missing, [])


def may_be_shown(room: Room, text: Text, draft: Edited) -> bool:
    """Say whether everybody may be told of a text: it is at an address, and nobody took it back."""
    is_early = bool(text.held_back) or any(one.reason == "embargo" for one in text.recalls)
    is_forbidden = text.now.get("may") == FORBIDDEN or is_early
    return (
        draft.is_published
        and not draft.is_aside
        and not is_forbidden
        and room.world.state_of(text) not in _GONE
    )


def must_be_shown(room: Room, text: Text, draft: Edited) -> bool:
    """Say whether everybody is told of a text: no address of it can be undone any more."""
    told = [at + WINDOW + _MOMENT <= room.world.at for _url, at in draft.publications]
    return may_be_shown(room, text, draft) and all(told)


def words_of_card(draft: Edited) -> frozenset[str]:
    """Return the words a card may say: title and excerpt as they were agreed to, and the name that stands."""
    agreed = NOTHING.union(*(find_words(one) for one in draft.agreed))
    name = draft.printed_name if draft.printed_name in draft.agreed_names else ""
    return agreed | find_words(name)


def has_public(world: World) -> bool:
    """Say whether there is anything that everybody may read of what was written."""
    return bool(world.summary) or any(one.draft and one.draft.is_published for one in world.texts)
