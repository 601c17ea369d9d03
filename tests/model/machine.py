"""The walk: everybody's rules in one machine, and the promises held after every step.

A new act is a rule in the file of whoever does it; what it changes of what we believe stands beside it. A new
promise is a function in promises.py.
"""

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any, ClassVar

from hypothesis import strategies as st
from hypothesis.stateful import invariant

from tests.model.accounts import AccountKeepers
from tests.model.between import Interrupters
from tests.model.bulk import hold_tags
from tests.model.clock import Clock
from tests.model.colleagues import hold_comments, hold_mentions, hold_pairs
from tests.model.desk_codes import CodeGivers, hold_openings, hold_unproved
from tests.model.exporting import Exporters
from tests.model.front_page import FrontPageEditors, has_public, hold_public
from tests.model.keeping import Keepers, hold_typed_words
from tests.model.originals import Senders, hold_originals
from tests.model.permission import Permitters
from tests.model.photos_in_text import Illustrators
from tests.model.promises import hold
from tests.model.recalling import hold_author_is_told, hold_called_back, hold_responsible
from tests.model.searching import Searchers, hold_waits_for_a_reader
from tests.model.sending import NewsroomPeople
from tests.model.standing import hold_addresses, hold_newsrooms
from tests.model.tags import TagKeepers
from tests.model.typing_in_drafts import Typists, hold_unsaved_edits
from tests.model.world import World

_BETWEEN = timedelta(seconds=20)
"""What a step takes, so that nobody looks like a machine."""
_WHOLE_EVERY = 8
"""After so many steps every text is looked at, else those that something happened to."""


WEIGHTS: Mapping[str, int] = {
    "decide": 7,
    "accept_a_story": 5,
    "edit": 5,
    "act_on_a_draft": 9,
    "act_with_unsaved_edits": 6,
    "type_into_a_draft": 5,
    "begin_an_objection": 5,
    "undo": 6,
    "act_on_many": 4,
    "take_back_many": 6,
    "save_a_view": 1,
    "look_at_a_saved_view": 2,
    "save_a_view_of_a_tag": 1,
    "rename_a_tag": 1,
    "merge_two_tags": 1,
    "remove_a_tag": 1,
    "close_an_account_for_a_while": 1,
    "send_to_the_site": 6,
    "press_about_the_site": 5,
    "change_a_published_address": 5,
    "approve": 5,
    "change": 6,
    "pass_time": 5,
    "confirm_a_code": 6,
    "wait_for_a_code": 4,
    "come_with_a_code": 6,
    "prove_to_be_the_author": 4,
    "ask_for_a_code": 2,
    "try_a_code_that_is_over": 2,
    "try_every_closed_door": 2,
    "call_off_a_code": 1,
    "refuse_a_code": 1,
    "take_a_new_code": 1,
    "add_a_document": 2,
    "say_yes": 2,
    "say_whether_it_may_be_published": 3,
    "name_a_day": 3,
    "put_a_photo_into_the_text": 4,
    "erase": 2,
    "withdraw": 1,
    "leave": 1,
    "restart": 1,
    "rotate_the_keys": 1,
    "pass_three_weeks": 1,
    "look_into_the_files": 1,
    "begin_the_front_page": 1,
    "say_what_it_answers": 2,
    "tell_a_pair_apart": 2,
    "take_back_that_a_pair_is_apart": 1,
    "export_in_vain": 1,
    "export_while_an_author_withdraws": 1,
    "merge_the_index": 1,
    "act_while_the_worker_is_at_it": 2,
    "take_a_table_of_a_search": 2,
}
"""How often a rule is tried where it can be: what ends a text is rare."""
_USUAL = 3
"""How often the others are."""


@st.composite
def choose_rule(draw: st.DrawFn, walk: "Walk") -> tuple[Any, dict[str, Any]]:
    """Return a rule that is possible now, and what it is tried with."""
    walk.world.forget_states()
    possible = [one for one in walk.rules if all(holds(walk) for holds in one.preconditions)]
    weights = type(walk).weights
    weighed = [one for one in possible for _ in range(weights.get(one.function.__name__, walk.usual))]
    chosen = draw(st.sampled_from(weighed))
    return chosen, draw(st.fixed_dictionaries(chosen.arguments))


class Walk(
    Clock,
    Keepers,
    Permitters,
    Exporters,
    Senders,
    Typists,
    Illustrators,
    NewsroomPeople,
    CodeGivers,
    FrontPageEditors,
    Interrupters,
    AccountKeepers,
    TagKeepers,
    Searchers,
):
    """People at a portal, in any order."""

    begin: ClassVar[Callable[[], World]]
    end: ClassVar[Callable[[World], None]]
    weights: ClassVar[Mapping[str, int]] = WEIGHTS
    usual: ClassVar[int] = _USUAL

    def __init__(self) -> None:
        super().__init__()
        self.world = type(self).begin()
        self.steps = 0
        # Hypothesis leaves half of the rules out of each walk; a text needs most of them to come anywhere.
        self._rules_strategy = choose_rule(self)  # type: ignore[assignment]  # drawn from in the same way

    @invariant()
    def promises_hold(self) -> None:
        self.steps += 1
        self.world.pass_time(_BETWEEN)
        whole = self.steps % _WHOLE_EVERY == 0
        if whole:
            for text in self.world.living():
                self.world.touch(text)
            hold_waits_for_a_reader(self)
        touched, self.world.touched = self.world.touched, {}
        for text in touched:
            hold(self, text, whole=whole)
            hold_author_is_told(self, text)
            hold_responsible(self, text)
            hold_typed_words(self, text)
            hold_unsaved_edits(self, text)
            hold_unproved(self, text)
            hold_openings(self, text)
            hold_originals(self, text)
            hold_comments(self, text)
            hold_mentions(self, text)
            hold_pairs(self, text, self.apart)
            hold_tags(self, text)
            hold_addresses(self, text)
        if self.world.has_left:
            hold_called_back(self)
        if self.world.has_targets:
            hold_newsrooms(self)
        if has_public(self.world):
            hold_public(self)

    def teardown(self) -> None:
        type(self).end(self.world)
