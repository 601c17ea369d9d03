"""Avoided terms, which an author asked us not to print: which there are, and which a text still holds."""

import hashlib
import re
import unicodedata
from collections.abc import Iterable, Sequence

_LEAST_LETTERS = 3
_LEAST_HAN = 2
_HAN = "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U000323af"
_LETTER = rf"[^\W_{_HAN}]"
_QUOTED = re.compile(
    r"«([^«»]+)»|„([^„“”]+)[“”]|“([^“”]+)”|\"([^\"]+)\"|「([^「」]+)」|『([^『』]+)』|《([^《》]+)》|〈([^〈〉]+)〉"
)
# A full stop ends a term only behind a longer word: «вул. Сумська» and «м. Харків» stay what they are.
_BETWEEN = re.compile(r"[\n,，、;；:：。！？!?]+|(?<=\w{4})\.\s+")
_EDGES = ' \t.…·-–—()[]（）«»„“”"「」『』《》〈〉'
_UNSEEN = dict.fromkeys(map(ord, "\u00ad\u200b\u200c\u200d\u2060\ufeff\u200e\u200f"))
_APOSTROPHES = str.maketrans(dict.fromkeys("’ʼ‘ˈ´`", "'"))


def split_terms(words: str) -> tuple[str, ...]:
    """Return the terms of an author's words: what is quoted, and what stands between commas and line ends.

    A term has at least three letters or digits, or two Han characters. Each comes once, as it was written. A
    heading before a colon counts too: a needless question costs less than a name in print.
    """
    quoted = [next(part for part in match.groups() if part) for match in _QUOTED.finditer(words)]
    listed = _BETWEEN.split(_QUOTED.sub("\n", words))
    found: dict[str, str] = {}
    for term in (part.strip(_EDGES) for part in (*quoted, *listed)):
        if _is_long_enough(term):
            found.setdefault(_fold(term), term)
    return tuple(found.values())


def find_terms(terms: Sequence[str], texts: Iterable[str]) -> tuple[str, ...]:
    """Return the terms that stand literally in one of the texts, whatever their case.

    In alphabets only whole words count, in Han script every occurrence.
    """
    folded = [_fold(text) for text in texts if text]
    return tuple(term for term in terms if any(_occurs(_fold(term), text) for text in folded))


def digest_terms(terms: Sequence[str]) -> str:
    """Return a short mark of a set of terms: a confirmation covers what was before the person's eyes."""
    folded = "\n".join(sorted(_fold(term) for term in terms))
    return hashlib.sha256(folded.encode()).hexdigest()[:16]


def _occurs(term: str, text: str) -> bool:
    before = rf"(?<!{_LETTER})" if re.match(_LETTER, term) else ""
    after = rf"(?!{_LETTER})" if re.match(_LETTER, term[-1]) else ""
    return re.search(f"{before}{re.escape(term)}{after}", text) is not None


def _is_long_enough(term: str) -> bool:
    han = len(re.findall(f"[{_HAN}]", term))
    return han >= _LEAST_HAN or len(re.findall(_LETTER, term)) >= _LEAST_LETTERS


def _fold(text: str) -> str:
    """Return the text as it is compared: one case, width and apostrophe, single spaces, no hidden signs."""
    visible = unicodedata.normalize("NFKC", text.translate(_UNSEEN)).translate(_APOSTROPHES)
    return " ".join(visible.casefold().split())
