"""Names that are written otherwise in another script or language, as further terms of a text."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from portal.story.search.tokens import Token


@dataclass(frozen=True, slots=True)
class Variant:
    """A name where it stands in a text, and terms that every other way of writing it has, too."""

    start: int
    end: int
    terms: frozenset[str]


def find_variants(tokens: Sequence[Token]) -> Iterator[Variant]:  # no table yet
    """Give the names among the tokens of a text; one may lie inside of a run, or span several words."""
    yield from ()
