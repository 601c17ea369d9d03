"""Sides of a coverage: where a published story comes from, as cards mark it."""

from enum import StrEnum


class Side(StrEnum):
    """The side a story is told from. Stored by value; a story without one is not marked."""

    TAIWAN = "tw"
    UKRAINE = "ua"
    ELSEWHERE = "elsewhere"


def read_side(stored: str) -> Side | None:
    """Return the side that a draft keeps; None for no side, and for one of another release."""
    return Side(stored) if stored in set(Side) else None
