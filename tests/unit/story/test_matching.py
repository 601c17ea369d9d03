"""What two sequences share, and how long it may take to find out."""

from difflib import SequenceMatcher

import pytest

from portal.story.matching import Effort, Opcode, match
from tests.support.steps import count_steps

PLENTY = 1_000_000
ALIKE = ("ab" * 40 + "c", "ba" * 40)
"""So many pairs that difflib needs some 3,000 steps."""


def rebuild(old: str, new: str, opcodes: list[Opcode]) -> tuple[str, str]:
    """Return both sequences as the opcodes tell them, and see that what is called equal is so."""
    for tag, i1, i2, j1, j2 in opcodes:
        assert (tag != "equal") or old[i1:i2] == new[j1:j2]
    return "".join(old[one[1] : one[2]] for one in opcodes), "".join(new[one[3] : one[4]] for one in opcodes)


@pytest.mark.parametrize("pair", [("我們回家", "我們不回家了"), ("", "a"), ("a", ""), ("", ""), ALIKE])
def test_small_sequences_are_matched_as_difflib_does(pair: tuple[str, str]) -> None:
    assert match(*pair, Effort(PLENTY)) == SequenceMatcher(None, *pair, autojunk=False).get_opcodes()


def test_equal_sequences_take_no_effort() -> None:
    effort = Effort(0)
    assert (match("aaaa", "aaaa", effort), effort.is_spent) == ([("equal", 0, 4, 0, 4)], False)


def test_what_is_too_much_is_matched_between_what_stands_once() -> None:
    old, new = "a" * 600 + "X" + "b", "a" * 600 + "X" + "cb"
    effort = Effort(PLENTY)
    opcodes = match(old, new, effort)
    assert rebuild(old, new, opcodes) == (old, new)
    assert [one for one in opcodes if one[0] != "equal"] == [("insert", 601, 601, 601, 602)]
    assert not effort.is_spent


def test_what_stands_once_must_stand_in_one_order() -> None:
    old, new = "aaXYaZaaa", "aZaaaXYaa"
    effort = Effort(20)
    opcodes = match(old, new, effort)
    assert rebuild(old, new, opcodes) == (old, new)
    assert ("equal", 2, 3, 5, 6) in opcodes


def test_where_nothing_stands_once_beginning_and_end_are_the_same() -> None:
    effort = Effort(50)
    assert match("ab" * 40, "abab" + "cc" * 40 + "ab", effort) == [
        ("equal", 0, 4, 0, 4),
        ("replace", 4, 78, 4, 84),
        ("equal", 78, 80, 84, 86),
    ]
    assert effort.is_spent


def test_a_rough_answer_that_is_exact_is_not_called_rough() -> None:
    effort = Effort(50)
    assert match("ab" * 40, "ab" * 40 + "ab", effort) == [("equal", 0, 80, 0, 80), ("insert", 80, 80, 80, 82)]
    assert not effort.is_spent


@pytest.mark.parametrize("steps", [0, 300, 3_000, 30_000])
def test_matching_takes_no_more_steps_than_are_allowed(steps: int) -> None:
    old, new = "ab" * 300, "ba" * 300
    assert count_steps(lambda: match(old, new, Effort(steps))) <= 8 * steps + 30 * len(old)
