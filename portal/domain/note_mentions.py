"""Mentions in a note: `@` and the name of a colleague, as it stands on the desk.

Names have spaces or none, and no script marks their end: the longest name that stands there counts, then a
first name that only one colleague has. Apostrophes, case and width make no difference.
"""

import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

_APOSTROPHES: Final = str.maketrans(dict.fromkeys("’‘ʼ´`＇", "'"))
_LONGEST_UNKNOWN: Final = 40
MOST_MENTIONS: Final = 20
"""Of one note: more is a list of everybody, which tells nobody anything."""


@dataclass(frozen=True)
class Mentions:
    """Who a note names: the keys of colleagues, and what stands behind an `@` that names nobody."""

    found: tuple[str, ...]
    unknown: tuple[str, ...]


NOBODY_MENTIONED: Final = Mentions((), ())


def may_mention(text: str) -> bool:
    """Say whether anybody can be mentioned in it: names need not be looked up for other texts."""
    return "@" in text or "＠" in text


def join_mentions(several: Iterable[Mentions]) -> Mentions:
    """Return who is mentioned in several texts, each once."""
    all_of_them = list(several)
    found = dict.fromkeys(one for each in all_of_them for one in each.found)
    unknown = dict.fromkeys(one for each in all_of_them for one in each.unknown)
    return Mentions(tuple(found), tuple(unknown))


def find_mentioned(text: str, names: Mapping[str, str]) -> Mentions:
    """Return who is mentioned; `names` has the name of each colleague by a key of theirs."""
    folded = _fold(text)
    known = _list_callable(names)
    found: dict[str, None] = {}
    unknown: dict[str, None] = {}
    for place, sign in enumerate(folded):
        if sign != "@" or _goes_on(folded[place - 1 : place], folded[place + 1 : place + 2]):
            continue
        rest = folded[place + 1 : place + 1 + 200]
        match = next((one for one in known if _begins_with(rest, one)), None)
        if match is not None:
            found[known[match]] = None
        elif word := _first_word(rest):
            unknown[word] = None
    return Mentions(tuple(found)[:MOST_MENTIONS], tuple(unknown)[:MOST_MENTIONS])


def _list_callable(names: Mapping[str, str]) -> dict[str, str]:
    """Return what colleagues are called by, with their keys, the longest first."""
    whole = {" ".join(_fold(name).split()): key for key, name in names.items()}
    first = Counter(name.split()[0] for name in whole if name)
    short = {name.split()[0]: key for name, key in whole.items() if name and first[name.split()[0]] == 1}
    both = {**short, **whole}
    return {name: both[name] for name in sorted(both, key=len, reverse=True) if name}


def _fold(text: str) -> str:
    """Return the text as names are compared."""
    return " ".join(unicodedata.normalize("NFKC", text).translate(_APOSTROPHES).casefold().split())


def _begins_with(rest: str, name: str) -> bool:
    """Say whether a name stands there and ends there: not in the middle of a longer word."""
    return rest.startswith(name) and not _goes_on(name[-1], rest[len(name) : len(name) + 1])


def _goes_on(one: str, following: str) -> bool:
    """Say whether two signs belong to one word of a script that parts words by blanks."""
    return all(sign.isalnum() and not _is_unparted(sign) for sign in (one or " ", following or " "))


def _is_unparted(sign: str) -> bool:
    """Say whether words of the sign's script are written without blanks between them."""
    return unicodedata.name(sign, "").startswith(("CJK ", "HIRAGANA ", "KATAKANA ", "HANGUL ", "BOPOMOFO "))


def _first_word(rest: str) -> str:
    """Return the word an unknown mention begins with."""
    word = ""
    for sign in rest[:_LONGEST_UNKNOWN]:
        if not (sign.isalnum() or sign in "'-"):
            break
        word += sign
    return word
