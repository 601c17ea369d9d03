"""What a contributor types, as a value: when one version holds all that another one holds."""

import pytest

from portal.domain.answers import Answer, EnteredAnswers
from portal.domain.states import Stage


def type_in(answers: dict[str, Answer], **sealed: Answer) -> EnteredAnswers:
    return EnteredAnswers(Stage.PITCH, "uk", answers, sealed, has_words=True)


@pytest.mark.parametrize(
    ("mine", "others", "held"),
    [
        (["a"], ["a"], True),
        (["a", "b"], ["a"], True),
        (["a", "b"], ["b", "a"], True),
        (["a"], ["a", "b"], False),
        (["a", "c"], ["a", "b"], False),
        (["a"], ["b"], False),
        (["a"], [], True),
        ("a", ["a"], False),
        (["a"], "a", False),
        ("Ми сиділи в темряві.", "в темряві", True),
        ("Ми сиділи в темряві.", "Ми сиділи вдома.", False),
        ("ab", "abc", False),
    ],
)
def test_a_version_holds_another_only_with_all_its_words_and_boxes(
    mine: Answer, others: Answer, *, held: bool
) -> None:
    assert [
        type_in({"one": mine}).holds(type_in({"one": others})),
        type_in({}, one=mine).holds(type_in({}, one=others)),
    ] == [held, held]


def test_an_answer_that_is_missing_holds_nothing() -> None:
    assert [
        type_in({}).holds(type_in({"one": "a"})),
        type_in({}).holds(type_in({"one": ["a"]})),
        type_in({"one": "a"}).holds(type_in({})),
    ] == [False, False, True]
