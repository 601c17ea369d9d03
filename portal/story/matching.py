"""Matching of two sequences: what they share, found by difflib in a bounded number of steps.

difflib takes time with the square of what repeats, with its cube at worst: ten thousand lines of one letter
took it a quarter of a minute. So steps are counted before they are made. Beyond the bound, what stands once
in both sequences parts them first (as in "patience diff"), and where there is nothing of that kind, only the
beginning and the end that both share are called the same: a rough answer, never a wrong one.
"""

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import Match, SequenceMatcher
from itertools import accumulate
from typing import Final, Self

Opcode = tuple[str, int, int, int, int]
"""As of difflib: "equal" or what else to do, the stretch of the old sequence and that of the new one."""

_LEAST_STEPS: Final = 1_500_000
_STEPS_FOR_A_LETTER: Final = 10
_MOST_PAIRS: Final = 250_000
"""Of equal items, in sequences that difflib gets whole."""


@dataclass
class Effort:
    """Steps that comparing two texts may still take, and whether something was beyond them."""

    left: int
    is_spent: bool = False
    """Something was compared roughly since this was last set to False."""

    @classmethod
    def for_texts(cls, old: str, new: str) -> Self:
        """Return what two texts are worth by their length, whatever they say."""
        return cls(_LEAST_STEPS + _STEPS_FOR_A_LETTER * (len(old) + len(new)))

    def allows(self, steps: int) -> bool:
        """Take steps off. Not more than half of what is left: one part must not leave the others nothing."""
        if steps > self.left // 2:
            self.is_spent = True
            return False
        self.left -= steps
        return True


def match(old: Sequence[str], new: Sequence[str], effort: Effort) -> list[Opcode]:
    """Return what makes the new sequence of the old one, roughly where the effort does not allow better."""
    if list(old) == list(new):
        return [("equal", 0, len(old), 0, len(new))] if old else []
    whole = _match_whole(old, new, effort)
    return list(_match_between_anchors(old, new, effort)) if whole is None else whole


def _match_whole(old: Sequence[str], new: Sequence[str], effort: Effort) -> list[Opcode] | None:
    try:
        return [*_Matcher(old, new, effort).get_opcodes()]
    except _TooMuchError:
        return None


def _match_between_anchors(old: Sequence[str], new: Sequence[str], effort: Effort) -> Iterator[Opcode]:
    i = j = 0
    for at_old, at_new in (*_find_anchors(old, new), (len(old), len(new))):
        left, right = old[i:at_old], new[j:at_new]
        whole = _match_whole(left, right, effort)
        for tag, i1, i2, j1, j2 in _match_ends(left, right, effort) if whole is None else whole:
            yield tag, i + i1, i + i2, j + j1, j + j2
        if at_old < len(old):
            yield "equal", at_old, at_old + 1, at_new, at_new + 1
        i, j = at_old + 1, at_new + 1


def _find_anchors(old: Sequence[str], new: Sequence[str]) -> list[tuple[int, int]]:
    """Return the longest row of items that stand once in each sequence and in one order in both."""
    times_old, times_new = Counter(old), Counter(new)
    places = {item: at for at, item in enumerate(new) if times_new[item] == times_old[item] == 1}
    shared = [(at, places[item]) for at, item in enumerate(old) if item in places]
    # Of the rows of each length the one that ends earliest in the new sequence: where, and with which pair.
    ends: list[int] = []
    last: list[int] = []
    before: list[int] = []
    for number, (_at_old, at_new) in enumerate(shared):
        length = bisect_left(ends, at_new)
        before.append(last[length - 1] if length else -1)
        ends[length : length + 1], last[length : length + 1] = [at_new], [number]
    row: list[tuple[int, int]] = []
    number = last[-1] if last else -1
    while number >= 0:
        row.append(shared[number])
        number = before[number]
    return row[::-1]


def _match_ends(old: Sequence[str], new: Sequence[str], effort: Effort) -> list[Opcode]:
    """Call the same what both begin with, and what both end with."""
    shorter = min(len(old), len(new))
    head = next((at for at in range(shorter) if old[at] != new[at]), shorter)
    rest = shorter - head
    tail = next((at for at in range(rest) if old[-1 - at] != new[-1 - at]), rest)
    i, j = len(old) - tail, len(new) - tail
    tag = "replace" if head < i and head < j else "delete" if head < i else "insert"
    effort.is_spent = effort.is_spent or tag == "replace"
    found: list[Opcode] = [
        ("equal", 0, head, 0, head),
        (tag, head, i, head, j),
        ("equal", i, len(old), j, len(new)),
    ]
    return [one for one in found if one[1] < one[2] or one[3] < one[4]]


class _TooMuchError(Exception):
    """Going on would take more steps than are left."""


class _Matcher(SequenceMatcher[str]):
    """difflib's matcher that counts: a search takes a step for each of its places and each pair there."""

    def __init__(self, old: Sequence[str], new: Sequence[str], effort: Effort) -> None:
        super().__init__(None, old, new, autojunk=False)
        places = Counter(new)
        self._steps_before = list(accumulate((1 + places[item] for item in old), initial=0))
        self._effort, self._left = effort, effort.left // 2
        if self._steps_before[-1] > _MOST_PAIRS:
            raise _TooMuchError

    def find_longest_match(
        self, alo: int = 0, ahi: int | None = None, blo: int = 0, bhi: int | None = None
    ) -> Match:
        """Search as difflib does, where steps are left for it."""
        steps = self._steps_before[-1 if ahi is None else ahi] - self._steps_before[alo]
        if steps > self._left:
            raise _TooMuchError
        self._left -= steps
        self._effort.left -= steps
        return super().find_longest_match(alo, ahi, blo, bhi)
