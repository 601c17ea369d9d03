"""Addresses in plain ASCII, made from titles. A title that cannot be written so gives none."""

import re
import unicodedata
from collections.abc import Collection, Mapping
from itertools import count
from typing import Final

MAXIMAL_LENGTH: Final = 60

# Cabinet of Ministers of Ukraine, resolution 55 of 27 January 2010. Five letters differ where a word begins.
_KMU_2010: Final[Mapping[str, str]] = {
    "а": "a", "б": "b", "в": "v", "г": "h", "ґ": "g", "д": "d", "е": "e", "є": "ie", "ж": "zh", "з": "z",
    "и": "y", "і": "i", "ї": "i", "й": "i", "к": "k", "л": "l", "м": "m", "н": "n", "о": "o", "п": "p",
    "р": "r", "с": "s", "т": "t", "у": "u", "ф": "f", "х": "kh", "ц": "ts", "ч": "ch", "ш": "sh",
    "щ": "shch", "ю": "iu", "я": "ia", "ь": "",
}  # fmt: skip
_KMU_2010_FIRST: Final[Mapping[str, str]] = {"є": "ye", "ї": "yi", "й": "y", "ю": "yu", "я": "ya"}
_APOSTROPHES: Final = "'’ʼ‘′`"
_STRESS: Final = "\u0300\u0301"
"""Stands inside a word above a vowel: a letter after it begins no word."""
# Latin letters that Unicode does not take apart into a plain letter and a mark.
_LATIN: Final[Mapping[str, str]] = {
    "ß": "ss", "æ": "ae", "œ": "oe", "ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "ı": "i", "ħ": "h",
}  # fmt: skip
_SLUG = re.compile("[a-z0-9]+(?:-[a-z0-9]+)*")
_SHORT_ID: Final = 8
_ROOM: Final = MAXIMAL_LENGTH - len("-99999")
_CYRILLIC_WORD = re.compile("[а-яґєіїь]+")
_SEPARATORS = re.compile(r"[\W_]+")


def is_slug(text: str) -> bool:
    """Say whether a text can be the end of an address as it is."""
    return _SLUG.fullmatch(text) is not None and len(text) <= MAXIMAL_LENGTH


def propose_slug(title: str, lang: str, public_id: str) -> str:
    """Return what follows from a title; where nothing does, `story-` and the beginning of the id."""
    return make_slug(title, lang) or f"story-{public_id[:_SHORT_ID]}"


def find_stem(proposal: str) -> str:
    """Return what a proposal is cut to where it gets a number."""
    return proposal[:_ROOM].rstrip("-")


def count_slug(proposal: str, taken: Collection[str]) -> str:
    """Return a proposal that others have not taken: as it is, or with the first free number."""
    numbered = (f"{find_stem(proposal)}-{number}" for number in count(2))
    return proposal if proposal not in taken else next(slug for slug in numbered if slug not in taken)


def is_proposed(slug: str, title: str, lang: str, public_id: str) -> bool:
    """Say whether a slug follows from this title, or is none yet: then nobody has typed it."""
    proposal = propose_slug(title, lang, public_id)
    stem, _hyphen, number = slug.rpartition("-")
    return slug in ("", proposal) or (stem == find_stem(proposal) and number.isdecimal())


def make_slug(title: str, lang: str) -> str:
    """Return words of ASCII letters and digits joined by hyphens, at most 60 characters.

    Empty when a letter of the title has no agreed Latin spelling here (Han, Arabic, Cyrillic other than
    Ukrainian): half a title, or readings guessed by a machine, would be worse than a number.
    """
    text = unicodedata.normalize("NFC", title).casefold()
    text = "".join(char for char in text if char not in _APOSTROPHES and unicodedata.category(char) != "Cf")
    if lang.partition("-")[0] == "uk":
        text = "".join(char for char in text if char not in _STRESS)
        text = transliterate_ukrainian(text)
    words = [word for word in _SEPARATORS.split(_strip_marks(text)) if word]
    if not all(word.isascii() for word in words) or not any(
        char.isalpha() for word in words for char in word
    ):
        return ""
    return _cut_words(words)


def transliterate_ukrainian(text: str) -> str:
    """Return lower-case Ukrainian words, apostrophes taken out, in Latin letters; everything else stays."""
    return _CYRILLIC_WORD.sub(lambda found: _spell_word(found[0]), text)


def _spell_word(word: str) -> str:
    # "зг" is zgh, so that it is not read as ж.
    first = _KMU_2010_FIRST.get(word[0])
    written = [
        _KMU_2010.get(char, char) if char != "г" or word[at - 1 : at] != "з" else "gh"
        for at, char in enumerate(word)
    ]
    return "".join([first, *written[1:]] if first else written)


def _strip_marks(text: str) -> str:
    spelled = "".join(_LATIN.get(char, char) for char in text)
    return "".join(_drop_mark(char) for char in spelled)


def _drop_mark(char: str) -> str:
    parts = unicodedata.normalize("NFKD", char).casefold()
    base = "".join(part for part in parts if not unicodedata.combining(part))
    return base if base.isascii() else char


def _cut_words(words: list[str]) -> str:
    """Join as many whole words as fit; one word alone is cut."""
    slug = words[0][:MAXIMAL_LENGTH]
    for word in words[1:]:
        if len(slug) + 1 + len(word) > MAXIMAL_LENGTH:
            break
        slug = f"{slug}-{word}"
    return slug
