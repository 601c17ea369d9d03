"""How fluent a text is in a language: what its letters cost, those of ordinary texts being cheap.

The cost of a letter is the negative logarithm of how often it comes, so costs of readings of the same bytes
can be compared. Alphabets are learnt from the names that CLDR has in each language (babel), signs of Chinese
and Korean from lists of the common ones. It is enough to tell a language from junk, and no more.
"""

import math
import re
import unicodedata
from collections import Counter
from functools import cache
from importlib import resources
from itertools import pairwise
from typing import Final

from portal.story.han import HAN, fold_han

UNSPACED: Final = frozenset({"zh", "ja", "ko"})
LATIN: Final = frozenset(
    {
        "az",
        "cs",
        "da",
        "de",
        "en",
        "es",
        "et",
        "fi",
        "fr",
        "hr",
        "hu",
        "it",
        "lt",
        "lv",
        "nl",
        "pl",
        "pt",
        "ro",
    }
    | {"sk", "sv", "tr", "vi"}
)
_WITH_DOTTED_I: Final = ("uk", "be")
_LATIN_I: Final = re.compile("(?<=[Ѐ-ӿ])[iI]|[iI](?=[Ѐ-ӿ])")
"""Many who had no key or no place for it in their encoding wrote the Latin one."""
_PARTS: Final = re.compile(r"[^\W\d_]+|.", re.DOTALL)
_WORD: Final = re.compile(r"[^\W\d_]+")
_HAN: Final = re.compile(f"[{HAN}]")
_COMMON_KANA: Final = frozenset(
    "のにはたいをとてしがでれもなかるっまりらさあよくこうけそすんだきみつわえどちおめせやじねろばょへゃゅ"
)
_COMMON_MARKS: Final = frozenset("，。、：；？！「」『』（）《》〈〉“”‘’…—·～\u3000・ー")
_MARKS: Final = frozenset("«»„–№•°§©€£¥₴×½\u00a0")
_LETTER: Final = r"[A-Za-zÀ-ÖØ-öø-߿Ḁ-῿]"
_BOXES: Final = "∀-━┃-═╒-⯿"
"""Without upright lines, which stand between columns."""
_MISPLACED: Final = re.compile(
    rf"(?<={_LETTER})[¡-©«¬®-´¶¸-¿×÷‚„†‡•‰‹›“”€™{_BOXES}](?={_LETTER})"
    rf"|(?<={_LETTER})[¡-¦¬°±¶¿×÷€{_BOXES}]|[¢¤-¦¬±¶×÷{_BOXES}](?={_LETTER})"
    r"|(?<=[бвгджзйклмнпрстфхцчшщь])ў"
)
"""Marks where no word of an alphabet has one: the place of a letter that another encoding has there.

A Belarusian word has no ў after a consonant either.
"""
_SELDOM: Final = 1e-4
_UNSEEN: Final = ("Cc", "Cn", "Co", "Cs")
_FOREIGN = 1e-5
"""How often a letter comes that the language does not have."""


def weigh_text(text: str, language: str) -> float:
    """Return what the letters of a text cost in a language; it is named by its first subtag."""
    composed = spell_cyrillic(unicodedata.normalize("NFC", text), language)
    parts = sum(_weigh_part(part, language) for part in _PARTS.findall(composed))
    return parts + count_misplaced(text) * _cost(_SELDOM)


def spell_cyrillic(text: str, language: str) -> str:
    """Return a text with the Cyrillic i in its words; the Latin one stays in words that are Latin."""
    if language not in _WITH_DOTTED_I:
        return text
    return _LATIN_I.sub(lambda found: "І" if found[0] == "I" else "і", text)


def count_misplaced(text: str) -> int:
    """Return how many marks stand in the place of a letter."""
    return len(_MISPLACED.findall(text))


def _weigh_part(part: str, language: str) -> float:
    if not part.isalpha():
        return sum(map(_weigh_mark, part))
    if language in UNSPACED and not part.isascii():
        return sum(_weigh_sign(sign, language) for sign in part)
    if part.isascii() and language not in LATIN:
        return _learn("en").weigh_word(part) + _cost(0.05)
    return _learn(language).weigh_word(part)


def _cost(often: float) -> float:
    return -math.log(often)


@cache
def _weigh_mark(mark: str) -> float:
    """Return what a character costs that is no letter."""
    if mark.isascii():
        often = {" ": 0.14, "\n": 0.02, ".": 0.02, ",": 0.02}.get(mark, 0.003)
        return _cost(often if mark.isprintable() or mark.isspace() else 1e-9)
    if mark in _COMMON_MARKS:
        return _cost(0.02)
    if mark in _MARKS or "\uff01" <= mark <= "\uff5e":  # full-width marks and digits
        return _cost(0.001)
    return _cost(1e-8 if unicodedata.category(mark) in _UNSEEN else _FOREIGN)


class _Alphabet:
    """Which letters of a language follow which, at the ends of words too."""

    def __init__(self, language: str) -> None:
        self._pairs: Counter[tuple[str, str]] = Counter()
        for word in _WORD.findall(_gather_names(language)):
            self._pairs.update(pairwise(f" {word} "))
        self._firsts: Counter[str] = Counter()
        for (first, _second), times in self._pairs.items():
            self._firsts[first] += times
        self._letters = {second for _first, second in self._pairs}

    def weigh_word(self, word: str) -> float:
        """Return what a word costs, its capital letters too."""
        return sum(self._weigh_pair(*pair) for pair in pairwise(f" {word.lower()} ")) + _weigh_capitals(word)

    def _weigh_pair(self, first: str, second: str) -> float:
        if second not in self._letters:
            return _cost(_FOREIGN)
        # A pair that no name has may come all the same.
        return _cost((self._pairs[first, second] + 0.3) / (self._firsts[first] + 0.3 * len(self._letters)))


def _weigh_capitals(word: str) -> float:
    if word.islower():
        return _cost(0.85)
    if word.istitle():
        return _cost(0.12)
    if word.isupper():
        return _cost(0.02)
    inside = sum(first.islower() and second.isupper() for first, second in pairwise(word))
    return _cost(0.01) * (1 + inside)


@cache
def _learn(language: str) -> _Alphabet:
    return _Alphabet(language)


def _gather_names(language: str) -> str:
    """Return the names that CLDR has in a language: of languages, countries, money, months and days."""
    from babel import Locale  # noqa: PLC0415  # of texts that may be read in several ways

    locale = Locale.parse(language)
    named = [*locale.languages.values(), *locale.territories.values(), *locale.currencies.values()]
    for calendar in (locale.months, locale.days):
        named += [
            name for context in calendar.values() for names in context.values() for name in names.values()
        ]
    return unicodedata.normalize("NFC", " ".join(map(str, named))).lower()


@cache
def _weigh_sign(sign: str, language: str) -> float:
    """Return what a letter of Chinese, Japanese or Korean costs."""
    if _HAN.match(sign):
        return _weigh_han(sign) + _cost({"zh": 0.85, "ja": 0.35}.get(language, 0.005))
    if "\uac00" <= sign <= "\ud7a3" and language == "ko":
        return _weigh_hangul(sign)
    if "\u3041" <= sign <= "\u3096" and language == "ja":
        return _cost(0.4 / len(_COMMON_KANA) if sign in _COMMON_KANA else 0.002)
    if "\u30a1" <= sign <= "\u30fe" and language == "ja":
        return _cost(0.1 / 80)
    return _cost(_FOREIGN)


def _weigh_han(sign: str) -> float:
    ranks = _rank("common_han.txt")
    folded = fold_han(sign)
    if folded in ranks:
        return _cost(0.93 * _share(ranks[folded], len(ranks)))
    # The old standards list the signs of daily use first.
    if any(sign.encode(name, "ignore")[:1] in _range(first, last) for name, first, last in _DAILY):
        return _cost(0.06 / 4000)
    return _cost(0.009 / 15_000 if sign.encode("big5hkscs", "ignore") else 0.001 / 30_000)


_DAILY: Final = (("big5", 0xA4, 0xC6), ("gb2312", 0xB0, 0xD7))
_KOREAN: Final = (0xB0, 0xC8)


def _range(first: int, last: int) -> frozenset[bytes]:
    return frozenset(bytes([one]) for one in range(first, last + 1))


def _weigh_hangul(sign: str) -> float:
    ranks = _rank("common_hangul.txt")
    if sign in ranks:
        return _cost(0.8 * _share(ranks[sign], len(ranks)))
    return _cost(0.06 / 2100 if sign.encode("euc_kr", "ignore")[:1] in _range(*_KOREAN) else 1e-7)


def _share(rank: int, number: int) -> float:
    """Return how often the sign of a rank comes: the common ones much oftener than the next."""
    return 1 / (rank + 8) / _sum_of_shares(number)


@cache
def _sum_of_shares(number: int) -> float:
    return sum(1 / (rank + 8) for rank in range(number))


@cache
def _rank(name: str) -> dict[str, int]:
    lines = (resources.files("portal.data") / name).read_text(encoding="utf-8").splitlines()
    signs = dict.fromkeys(fold_han("".join(line for line in lines if not line.startswith("#"))))
    return {sign: rank for rank, sign in enumerate(signs)}
