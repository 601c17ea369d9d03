"""Words, characters and minutes of a text, fair to scripts that write no spaces."""

import re
import unicodedata
from dataclasses import dataclass
from math import ceil

from portal.domain.limits import ScriptBucket
from portal.story.picture_marks import drop_marks

# Han with iteration marks and zero, kana, bopomofo, hangul.
_HAN = (
    "\u3005-\u3007\u3041-\u3096\u309d-\u309f\u30a1-\u30fa\u30fc-\u30ff\u3105-\u312f\u3131-\u318e\u31a0-\u31bf"
    "\u31f0-\u31ff"
    "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\uff66-\uff9f\U00020000-\U0003ffff\u1100-\u11ff\ua960-\ua97c\uac00-\ud7fb"
)
# Thai, Lao, Tibetan, Burmese and Khmer letters: no spaces between words either.
_UNSPACED = (
    "\u0e01-\u0e30\u0e32\u0e33\u0e40-\u0e46\u0e81-\u0eb0\u0eb2\u0eb3\u0ebd-\u0ec6\u0f40-\u0f6c"
    "\u1000-\u102a\u103f\u1780-\u17b3"
)
_SINGLE = re.compile(f"[{_HAN}{_UNSPACED}]")
_HAN_CHARACTER = re.compile(f"[{_HAN}]")
_ADDRESS = re.compile(r"\]\([^()\n]*\)")
_WORD = re.compile(r"[^\W_]+(?:['’ʼ\-‐‑][^\W_]+)*")
_CYRILLIC = re.compile("[\u0400-\u052f]")
_INSIDE_WORDS = frozenset({"Mn", "Mc", "Me", "Cf"})
_HAN_SHARE = 0.3
# Brysbaert 2019 for English; the others follow the lengths of parallel translations.
_WORDS_PER_MINUTE = 238
_CYRILLIC_WORDS_PER_MINUTE = 190
_CHARACTERS_PER_MINUTE = 355


@dataclass(frozen=True, slots=True)
class Count:
    """How long a text is.

    words: of scripts that part words by spaces, hyphens and apostrophes inside a word kept.
    characters: of Han, kana, hangul and other unspaced scripts, counted singly, without punctuation.
    minutes: reading time of both together, rounded up; 0 for an empty text.
    """

    words: int
    characters: int
    minutes: int


def count_units(text: str) -> Count:
    """Count a text of any mix of scripts."""
    words, characters = _split_units(text)
    slow = sum(1 for word in words if _CYRILLIC.search(word))
    minutes = (
        (len(words) - slow) / _WORDS_PER_MINUTE
        + slow / _CYRILLIC_WORDS_PER_MINUTE
        + characters / _CHARACTERS_PER_MINUTE
    )
    return Count(words=len(words), characters=characters, minutes=ceil(minutes))


def count_source(source: str) -> Count:
    """Count what somebody reads of a draft's text: its photos and the addresses of its links are no words."""
    return count_units(_ADDRESS.sub("]", drop_marks(source)))


def script_bucket(text: str) -> ScriptBucket:
    """Say "han" when at least 30 % of the letters are Han, kana or hangul, whatever language was declared."""
    letters = sum(char.isalpha() for char in text)
    han = len(_HAN_CHARACTER.findall(text))
    return "han" if han and han >= _HAN_SHARE * letters else "letters"


def _split_units(text: str) -> tuple[list[str], int]:
    # Marks and invisible characters stand inside words (stress, vowel signs, soft hyphens) and part nothing.
    composed = unicodedata.normalize("NFC", text)
    base = "".join(char for char in composed if unicodedata.category(char) not in _INSIDE_WORDS)
    spaced, characters = _SINGLE.subn(" ", base)
    return _WORD.findall(spaced), characters
