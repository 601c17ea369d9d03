"""The tables of "Add an act": every act has its row, and what the rows say of it agrees."""

from portal.domain.states import STANDINGS, State
from portal.domain.transitions import TRANSITIONS, MessageRule
from portal.forms.desk import PressForm
from portal.web.coverages.draft_page import EDITORIAL
from portal.web.desk.acts import DESK_ACTS

TO_THE_AUTHOR = {MessageRule.MESSAGE, MessageRule.NEEDED_MESSAGE}


def test_every_act_of_the_desk_stands_on_one_page() -> None:
    placed = [*(row.act for row in DESK_ACTS), *EDITORIAL]
    assert sorted(placed) == sorted(act for act, row in TRANSITIONS.items() if row.needs)


def test_every_state_has_a_row() -> None:
    assert list(STANDINGS) == list(State)


def test_a_form_has_room_for_the_words_of_its_act() -> None:
    words = {row.act: (hasattr(row.form, "body"), hasattr(row.form, "note")) for row in DESK_ACTS}
    notes = {act: TRANSITIONS[act].note for act in words}
    assert words == {act: (note in TO_THE_AUTHOR, note is MessageRule.REASON) for act, note in notes.items()}


def test_what_can_be_undone_is_an_act_of_the_desk() -> None:
    assert [act for act, row in TRANSITIONS.items() if row.has_window and not row.needs] == []


def test_no_two_acts_of_the_bar_share_a_key_or_the_name_of_a_press() -> None:
    keys = [row.key for row in DESK_ACTS if row.key]
    presses = [row.form_name for row in DESK_ACTS if row.form is PressForm]
    assert (len(set(keys)), len(set(presses))) == (len(keys), len(presses))
