"""Every act has its words: as a button names it, and as the history tells it."""

from portal.domain.states import Act, HistoryAct
from portal.web.site.labels import DONE_LABELS


def test_the_history_of_the_desk_has_words_for_every_act() -> None:
    assert set(DONE_LABELS) == set(HistoryAct)


def test_the_history_holds_every_act_of_the_table_under_its_own_name() -> None:
    assert {act.name: act.value for act in HistoryAct if act.name in Act.__members__} == {
        act.name: act.value for act in Act
    }
