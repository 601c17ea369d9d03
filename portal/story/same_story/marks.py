"""Marks of a text: hashes of what few other texts say, by which those are found that may tell the same story.

Two names, or a name and a place, a date or a number, that stand in both; the longest words; and the smallest
hashes of its rows of words, which a copy has, too. A text has few of them, so their index stays small, and
looking them up takes as long among a million texts as among a hundred.
"""

from collections.abc import Iterator
from itertools import combinations
from typing import Final

from portal.story.same_story.facts import FactKind, StoryFacts, hash_text

_MOST_PAIRS: Final = 24
_MOST_WORDS: Final = 8
_MOST_SHINGLES: Final = 6
_LEAST_LETTERS: Final = 7
_SOLID: Final = (FactKind.NAME, FactKind.NUMBER)
_FIRM: Final = (*_SOLID, FactKind.PLACE, FactKind.DATE)
_SHORTEST_DATE: Final = 5
"""A day or a month; most texts of a coverage name the same few years."""


def make_marks(facts: StoryFacts, room: str) -> frozenset[int]:
    """Return the marks of a text among those of one `room`: other ones have other marks."""
    kept = sorted(facts.shingles)[:_MOST_SHINGLES]
    words = sorted(facts.facts[FactKind.WORD], key=lambda word: (-len(word), word))
    long = [word for word in words if len(word) >= _LEAST_LETTERS][:_MOST_WORDS]
    pairs = sorted(hash_text(pair) for pair in set(_pair_facts(facts)))[:_MOST_PAIRS]
    told = (
        *(f"row {one}" for one in kept),
        *(f"word {one}" for one in long),
        *(f"pair {one}" for one in pairs),
    )
    return frozenset(hash_text(f"{room} {one}") for one in told)


def _pair_facts(facts: StoryFacts) -> Iterator[str]:
    """Give every two names, numbers, places and dates of which at least one is a name or a number."""
    firm = [
        (kind, key)
        for kind in _FIRM
        for key in facts.facts[kind]
        if kind is not FactKind.DATE or len(key) >= _SHORTEST_DATE
    ]
    for one, other in combinations(sorted(firm), 2):
        if one[0] in _SOLID or other[0] in _SOLID:
            yield f"{one[0]} {one[1]} {other[0]} {other[1]}"
