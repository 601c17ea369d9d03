"""Words nobody else uses, one for each thing that anybody writes: wherever they stand, they are found."""

import re
from collections.abc import Iterable, Mapping
from itertools import count
from typing import Any

_SHAPE = re.compile(r"wort\d{5}q")
_TAG = re.compile(r"<(?:ins|del|mark|b|strong|em|i)\b[^>]*>|</(?:ins|del|mark|b|strong|em|i)>")
"""A diff or a search may mark a part of a word."""


class Words:
    """Gives out words of one walk."""

    def __init__(self) -> None:
        self._numbers = count(1)

    def make(self) -> str:
        """Return a word that was never written before."""
        return f"wort{next(self._numbers):05}q"


def find_words(shown: object) -> frozenset[str]:
    """Return every such word in a page, a value or a file."""
    text = shown.decode("utf-8", "replace") if isinstance(shown, bytes) else str(shown)
    return frozenset(_SHAPE.findall(_TAG.sub("", text)))


def words_of(values: Mapping[str, Any], names: Iterable[str] | None = None) -> frozenset[str]:
    """Return the words in some of these values, or in all."""
    return find_words([values.get(name, "") for name in (values if names is None else names)])
