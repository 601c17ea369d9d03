"""Names of tags as they are compared: two spellings of one tag are one."""

import re
import unicodedata
from typing import Final

from portal.story.han import fold_han
from portal.story.word_forms import fold_word

_BETWEEN: Final = re.compile(r"[\s_#.,:;/\\\-‐‑–—、，。・]+")


def fold_tag(name: str) -> str:
    """Return a name without case, width, apostrophes, marks and what stands between words.

    Empty when nothing is left that a person could read.
    """
    words = _BETWEEN.split(fold_han(unicodedata.normalize("NFKC", name)))
    return " ".join(folded for folded in map(fold_word, words) if folded)
