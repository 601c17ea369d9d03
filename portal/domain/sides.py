"""Sides of a coverage: where a story comes from, as the desk sorts it and as cards mark it."""

from collections.abc import Iterable, Sequence
from enum import StrEnum
from itertools import combinations

from portal.domain import legacy_keys


class Side(StrEnum):
    """The side a story is told from. Stored by value; a story without one is not marked."""

    TAIWAN = "tw"
    UKRAINE = "ua"
    ELSEWHERE = "elsewhere"


def read_side(stored: str) -> Side | None:
    """Return the side that a draft keeps; None for no side, and for one of another release."""
    return Side(stored) if stored in set(Side) else None


_OPTIONS = {side.value: side for side in Side} | {
    name: Side(side) for name, side in legacy_keys.OPTION_SIDES.items()
}
"""What options of the question with the role `side` are called."""


def read_rooted(chosen: Iterable[str]) -> Sequence[Side]:
    """Return the sides an author has named, each once; a call may offer other places, which have no mark."""
    named = {_OPTIONS[option] for option in chosen if option in _OPTIONS}
    return [side for side in Side if side in named]


def write_sides(sides: Iterable[Side]) -> str:
    """Return the sides a submission is rooted in as its row keeps them, each once and in their order."""
    named = set(sides)
    return " ".join(side for side in Side if side in named)


def list_sides(stored: str) -> Sequence[Side]:
    """Return the sides that a submission keeps."""
    named = set(stored.split())
    return [side for side in Side if side in named]


def list_stored_with(side: Side) -> Sequence[str]:
    """Return all that a row can keep and that names the side: an index finds these, and no part of a text."""
    several = (combinations(Side, size) for size in range(1, len(Side) + 1))
    return [write_sides(one) for of_size in several for one in of_size if side in one]
