"""Typing a code back: which groups of what somebody wrote down are right."""

from collections.abc import Sequence
from dataclasses import dataclass

from portal.domain.receipt_code import CODE_DIGITS, group_code


@dataclass(frozen=True)
class Comparison:
    """What was typed beside the code."""

    groups: tuple[bool, ...]
    """Whether each group of four is right, in the order of the code."""
    digits: int
    """How many digits were typed."""

    @property
    def is_right(self) -> bool:
        """Say whether the whole code is right, with nothing too many."""
        return all(self.groups) and self.digits == CODE_DIGITS


def compare_groups(code: str, typed: Sequence[str]) -> Comparison:
    """Compare the groups somebody typed, digits only, with the 20 digits of the code."""
    expected = group_code(code).split()
    given = [*typed[: len(expected)], *[""] * (len(expected) - len(typed))]
    return Comparison(
        groups=tuple(one == other for one, other in zip(given, expected, strict=True)),
        digits=sum(map(len, typed)),
    )
