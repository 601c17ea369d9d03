"""What is written into a statement is ours: a plain name or a number."""

from enum import StrEnum

import pytest

from portal.domain.states import State
from portal.queries.constants import constant, constants


class Odd(StrEnum):
    QUOTED = "a' OR 'a"
    EMPTY = ""


def test_names_and_numbers_stand_in_a_statement_as_they_are() -> None:
    written = [str(one) for one in (constant(State.AUTHOR_CHECK), constant(51))]
    assert written == ["'author_check'", "51"]


def test_equal_questions_are_equal_statements() -> None:
    orders = ([State.SPAM, State.ACCEPTED], [State.ACCEPTED, State.SPAM])
    assert [[str(one) for one in constants(states)] for states in orders] == [["'accepted'", "'spam'"]] * 2


@pytest.mark.parametrize("odd", Odd)
def test_nothing_else_is_written_into_a_statement(odd: Odd) -> None:
    with pytest.raises(ValueError, match="plain name"):
        constant(odd)
