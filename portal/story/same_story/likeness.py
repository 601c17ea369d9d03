"""The likeness of two texts, and whether they tell the same story.

Names, places, dates and numbers count in any language, words within one. What many texts share says little:
countries and the years of the war count for less. It errs to the side of silence.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from math import sqrt
from typing import Final

from portal.story.same_story.facts import FactKind, StoryFacts
from portal.story.search.name_sounds import is_known_sound

_COPIED: Final = 0.5
"""Share of the shorter text's rows of words that makes it a copy, whatever else was changed."""
_FEWEST_SHINGLES: Final = 3
_WIDE: Final = """
ukraine taiwan poland russia china europe european-union united-states germany crimea donbas czechia romania
"""
_WIDE_PLACES: Final = frozenset(_WIDE.split())
"""Places that half of all stories name."""
_WAR_YEARS: Final = range(2013, 2040)
_FIRST_DAY: Final = frozenset({"02-24", "2022-02"})
_LARGE_NUMBER: Final = 100
_ENOUGH: Final = 4.5
"""Weight of names, places, dates and numbers that makes two texts one story without a word in common."""
_LARGE_PART: Final = 0.35
"""Of all that the shorter text names; less counts for less."""
_ALIKE: Final = 0.4
"""Part of the words that makes it one story alone."""
_FEWEST_WORDS: Final = 8
_GROWN: Final = 1.0
"""As much as makes two texts one story: so much more brings two back that a person has told apart."""
_PLACES_AND_DATES: Final = 0.7
"""What these make at most: two people may have been there on one day."""


@dataclass(frozen=True, slots=True)
class Likeness:
    """What two texts share, and whether that makes them one story."""

    score: float
    """From 1 on they are taken for the same."""
    is_copy: bool
    shared: Mapping[FactKind, tuple[str, ...]]
    """What is compared, by its kind; the first text says how it is written."""

    @property
    def is_same(self) -> bool:
        """Say whether the two tell the same story, as far as can be told from outside."""
        return self.is_copy or self.score >= 1

    def has_outgrown(self, score: float, *, was_copy: bool) -> bool:
        """Say whether the texts are so much more alike than once that what was said of them then is over."""
        return (self.is_copy and not was_copy) or self.score >= score + _GROWN


def compare(one: StoryFacts, other: StoryFacts) -> Likeness:
    """Return how alike two texts are."""
    shared = {kind: tuple(key for key in one.facts[kind] if key in other.facts[kind]) for kind in FactKind}
    fewer = min(len(one.shingles), len(other.shingles))
    common = len(one.shingles & other.shingles)
    is_copy = fewer > 0 and (
        one.shingles == other.shingles or (fewer >= _FEWEST_SHINGLES and common >= _COPIED * fewer)
    )
    return Likeness(_score(one, other, shared), is_copy, shared)


def _score(one: StoryFacts, other: StoryFacts, shared: Mapping[FactKind, tuple[str, ...]]) -> float:
    """Return how much is shared, and how large a part of the shorter text that is: long ones name much."""
    weight = _weigh(shared)
    whole = min(_weigh(one.facts), _weigh(other.facts))
    stated = weight / _ENOUGH * min(1.0, weight / whole / _LARGE_PART) if whole else 0.0
    words = len(shared[FactKind.WORD])
    of_both = sqrt(len(one.facts[FactKind.WORD]) * len(other.facts[FactKind.WORD]))
    alike = min(words / of_both / _ALIKE, words / _FEWEST_WORDS) if of_both else 0.0
    if not any(shared[kind] for kind in (FactKind.NAME, FactKind.NUMBER)):
        stated = min(stated, _PLACES_AND_DATES)
    return stated + alike


def _weigh(facts: Mapping[FactKind, Iterable[str]]) -> float:
    return sum(weigh(key) for kind, weigh in _WEIGHTS.items() for key in facts[kind])


def _weigh_place(key: str) -> float:
    return 0.2 if key in _WIDE_PLACES else 1.0


def _weigh_name(key: str) -> float:
    """Return what a name says: a common given name less than a surname."""
    return 1.0 if is_known_sound(key[1:]) else 2.0


def _weigh_date(key: str) -> float:
    if key in _FIRST_DAY:
        return 0.2
    if "-" in key:
        return 1.5
    return 0.3 if int(key) in _WAR_YEARS else 2.0


def _weigh_number(key: str) -> float:
    return 2.0 if int(key) >= _LARGE_NUMBER else 1.5


_WEIGHTS: Final = {
    FactKind.PLACE: _weigh_place,
    FactKind.NAME: _weigh_name,
    FactKind.DATE: _weigh_date,
    FactKind.NUMBER: _weigh_number,
}
