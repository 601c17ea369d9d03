"""Every act has its words: as a button names it, and as the history tells it."""

from portal.domain.acts import BESIDES, MOVES, TOLD_BESIDES, Act, HistoryAct
from portal.domain.states import State
from portal.domain.transitions import TRANSITIONS
from portal.web.private.own_data_page import HOLDERS_ACTS, OUR_ACTS, YOUR_ACTS
from portal.web.site.labels import ACT_LABELS, DONE_LABELS, STATE_LABELS


def test_the_history_of_the_desk_has_words_for_every_act() -> None:
    assert set(DONE_LABELS) == set(HistoryAct)


def test_every_button_and_every_state_has_its_words() -> None:
    assert (list(ACT_LABELS), list(STATE_LABELS)) == (list(Act), list(State))


def test_the_history_holds_every_act_of_the_table_under_its_own_name() -> None:
    assert {act.name: act.value for act in HistoryAct if act.name in Act.__members__} == {
        act.name: act.value for act in Act
    }


def test_every_act_of_the_history_has_a_row_of_one_table() -> None:
    assert sorted([*TRANSITIONS, *BESIDES]) == sorted(HistoryAct)


def test_the_authors_own_data_have_words_for_every_act_of_theirs() -> None:
    """Except for those that nobody reads: what is undone is left out, and after erasing no page is left."""
    moves = {act for act in MOVES if TRANSITIONS[Act(act)].by_author}
    besides = {act for act, row in BESIDES.items() if row.by_author}
    assert set(YOUR_ACTS) == (moves | besides) - {HistoryAct.UNDO, HistoryAct.ERASE}


def test_the_authors_own_data_have_words_for_every_act_of_others_that_they_read_of() -> None:
    assert TOLD_BESIDES | {HistoryAct.MESSAGE} == set(OUR_ACTS) | set(HOLDERS_ACTS)
