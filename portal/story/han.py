"""Han characters as they are compared: Traditional and Simplified as one, and names by how they are read.

Plain tables (portal/data): which character stands for which, and how each is read in Pinyin and Wade-Giles.
"""

import re
from collections.abc import Collection, Iterator
from functools import cache
from importlib import resources
from itertools import product
from typing import Final

HAN: Final = "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U000323af"
"""Han characters, for the inside of a character class."""

_MOST_SPELLINGS: Final = 64
_LETTERS: Final = re.compile(r"[a-z]+")


def fold_han(text: str) -> str:
    """Return the text with one character for each that is written in several ways; nothing else changes."""
    return text.translate(_variants())


def spell_han(name: str) -> frozenset[str]:
    """Return how a name is written in Latin letters, without spaces: surname first and surname last.

    Every reading of every character counts, in either way of writing it, at most 64 of them.
    """
    read = [_readings().get(character, ()) for character in fold_han(name)]
    if not all(read):
        return frozenset()
    found = set()
    for number, syllables in enumerate(product(*read)):
        if number == _MOST_SPELLINGS:
            break
        found |= {"".join(syllables), "".join((*syllables[1:], syllables[0]))}
        if len(syllables) > 3:  # a surname of two characters
            found.add("".join((*syllables[2:], *syllables[:2])))
    return frozenset(found)


def find_read(text: str, latin: str, lengths: Collection[int]) -> Iterator[tuple[int, int]]:
    """Give where characters of one of these numbers are read like a name in Latin letters without spaces."""
    read = [_readings().get(character, ()) for character in fold_han(text)]
    begins = [any(map(latin.startswith, one)) for one in read]
    for start in range(len(read)):
        if not any(begins[start : start + 3]):  # with which of its first characters a name begins
            continue
        for end in (start + length for length in lengths if start + length <= len(read)):
            if any(_spell(order, latin) for order in _order_syllables(read[start:end])):
                yield start, end


def _order_syllables(read: list[tuple[str, ...]]) -> Iterator[list[tuple[str, ...]]]:
    """Give the readings of a name, surname first and surname last; one may have two characters."""
    yield read
    yield [*read[1:], read[0]]
    if len(read) > 3:
        yield [*read[2:], *read[:2]]


def _spell(read: list[tuple[str, ...]], latin: str) -> bool:
    if not read:
        return not latin
    return any(latin.startswith(one) and _spell(read[1:], latin[len(one) :]) for one in read[0])


@cache
def _variants() -> dict[int, str]:
    pairs = "".join(_read_lines("han_variants.txt"))
    return {ord(pairs[at]): pairs[at + 1] for at in range(0, len(pairs), 2)}


@cache
def _readings() -> dict[str, tuple[str, ...]]:
    """Return the readings of characters, written as in passports: u for ü, no apostrophes."""
    found: dict[str, dict[str, None]] = {}
    for line in _read_lines("han_readings.txt"):
        pinyin, wade_giles, characters = line.split(" ")
        spelt = ["".join(_LETTERS.findall(one)).replace("v", "u") for one in (pinyin, wade_giles)]
        for character in characters:
            found.setdefault(character, {}).update(dict.fromkeys(spelt))
    return {character: tuple(spelt) for character, spelt in found.items()}


def _read_lines(name: str) -> list[str]:
    text = (resources.files("portal.data") / name).read_text(encoding="utf-8")
    return [line for line in text.splitlines() if line and not line.startswith("#")]
