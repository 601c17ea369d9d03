"""Tokens of a text: its words, and its runs of scripts that put no spaces between words.

A text is scanned as it was written, so that each token knows where it stands there; what it is compared by is
folded (`word_forms.fold_word`, `han.fold_han`). A run counts by every two neighbouring characters, and by
its last one: of 臺灣志工 these are 台湾 湾志 志工 工. So a word of two characters is one term, wherever it
stands, and a single character is whatever begins with it.
"""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from portal.story.han import HAN, fold_han
from portal.story.word_forms import fold_word

_SPACELESS: Final = (
    HAN + "\u3005\u3007"  # 々 〇
    "\u3041-\u3096\u3099\u309a\u309d\u309e\u30a1-\u30fa\u30fc-\u30ff\u31f0-\u31ff\uff66-\uff9f"  # kana
    "\u1100-\u11ff\u3131-\u318e\ua960-\ua97c\uac00-\ud7a3"  # Hangul
    "\u0e01-\u0e3a\u0e40-\u0e4e\u0e81-\u0ece"  # Thai, Lao
    "\u1000-\u109f\u1780-\u17d3"  # Burmese, Khmer
)
_APOSTROPHE: Final = "'’ʼ‘ˈ´`′ʹ＇"
_INSIDE: Final = (
    "\u0300-\u036f\u0483-\u0487\u0591-\u05c7\u0610-\u061a\u0640\u064b-\u065f\u0670\u06d6-\u06ed"  # marks
    "\u0900-\u0963\u0966-\u0dff\u20d0-\u20f0\ufe20-\ufe2f"  # scripts whose vowels are marks
    "\u00ad\u200b-\u200f\u2060\ufeff\ufe00-\ufe0f"  # seen by nobody
)
"""What stands inside of words besides letters and digits."""
_TOKEN: Final = re.compile(
    rf"(?P<run>[{_SPACELESS}]+)"
    rf"|(?:[^\W_{_SPACELESS}]|[{_INSIDE}](?=[^\W_{_SPACELESS}]))"
    rf"(?:[^\W_{_SPACELESS}]|[{_INSIDE}]|(?<=[^\W\d_])[{_APOSTROPHE}](?=[^\W\d_]))*"
)
_SEPARATES: Final = re.compile(r"[\s\u2044\x00-/:-@\[-`{-\x7f]")
"""What folding makes of ½ and ⑴, and what would separate terms."""
_MOST_LETTERS: Final = 60
"""Letters of a word that are compared: longer ones are no words."""


@dataclass(frozen=True, slots=True)
class Token:
    """A word or a run, where it stands in the text, and what it is compared by."""

    start: int
    end: int
    text: str
    """As it was written."""
    folded: str
    is_run: bool
    terms: tuple[str, ...]
    """The folded word, or the neighbours of the run, in their order."""


def scan_tokens(text: str) -> Iterator[Token]:
    """Give the tokens of a text in their order."""
    known: dict[str, Token] = {}  # half of all words of a text were there before
    for found in _TOKEN.finditer(text):
        written, start = found[0], found.start()
        token = known.get(written)
        if token is None:
            token = known[written] = make_token(written, is_run=found["run"] is not None)
        if token.terms:
            yield Token(start, start + len(written), written, token.folded, token.is_run, token.terms)


def make_token(written: str, start: int = 0, *, is_run: bool) -> Token:
    """Return the token of what was written."""
    folded = fold_run(written) if is_run else _SEPARATES.sub("", fold_word(written))[:_MOST_LETTERS]
    terms = pair_characters(folded) if is_run else (folded,) if folded else ()
    return Token(start, start + len(written), written, folded, is_run, terms)


def fold_run(run: str) -> str:
    """Return a run as it is compared: character for character, so that each stays where it stands."""
    folded = fold_han(run)
    if not any("\uf900" <= one <= "\ufaff" or one >= "\uff66" for one in folded):
        return folded
    single = ((one, unicodedata.normalize("NFKC", one)) for one in folded)
    return fold_han("".join(plain if len(plain) == 1 else one for one, plain in single))


def pair_characters(folded: str) -> tuple[str, ...]:
    """Return every two neighbours of a folded run, and its last character."""
    return (*(folded[at : at + 2] for at in range(len(folded) - 1)), folded[-1:])
