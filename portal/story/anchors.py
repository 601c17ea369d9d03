"""Anchors: the paragraph that somebody spoke about, found again in a text that was edited since."""

import hashlib
from collections import Counter
from collections.abc import Sequence
from itertools import pairwise

_MARK_LENGTH = 8
_MOST_DIGITS = 6
_ALIKE = 0.6
"""Share of pairs of letters two paragraphs have in common, from which on one has become the other."""


def name_stretch(number: int, words: str) -> str:
    """Return the name by which a page says which stretch is meant; `number` is counted from 1."""
    return f"{number}.{hashlib.sha256(words.encode()).hexdigest()[:_MARK_LENGTH]}"


def pick_stretch(name: str, stretches: Sequence[str]) -> str:
    """Return the stretch of a name: where it stands elsewhere by now, that of the same words; "" for none."""
    number, _dot, mark = name.partition(".")
    alike = [one for at, one in enumerate(stretches, 1) if name_stretch(at, one).endswith(f".{mark}")]
    if alike or not number.isdecimal() or len(number) > _MOST_DIGITS:
        return alike[0] if alike else ""
    return "".join(stretches[max(0, int(number) - 1) :][:1])


def find_anchor(paragraph: str, stretches: Sequence[str]) -> int | None:
    """Return which stretch a paragraph is now: the same one, else the one most like it; None for none."""
    if paragraph in stretches:
        return stretches.index(paragraph)
    known = _count_pairs(paragraph)
    likeness = [_compare(known, _count_pairs(one)) for one in stretches]
    best = max(range(len(stretches)), key=likeness.__getitem__, default=None)
    return best if best is not None and likeness[best] >= _ALIKE else None


def _count_pairs(words: str) -> Counter[str]:
    """Count the pairs of neighbouring letters: fair to scripts that write no spaces."""
    letters = [char for char in words.casefold() if char.isalnum()]
    return Counter(map("".join, pairwise(letters)))


def _compare(one: Counter[str], other: Counter[str]) -> float:
    both = one.total() + other.total()
    return 2 * (one & other).total() / both if both else 0.0
