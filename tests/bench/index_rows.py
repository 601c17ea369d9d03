"""Rows of the search index for many texts, at a hundredth of what reading each text would cost.

A text's own sentences are read once each. Beside them a row has words that are as frequent as words are
(Zipf), so that a query can ask for what stands in every text, in some, or in hardly any.
"""

from collections.abc import Sequence
from functools import lru_cache
from itertools import pairwise
from random import Random
from typing import Any, Final, NamedTuple

from portal.story.search.terms import TITLE_MARK, TOKENIZER_VERSION, make_terms, pair_words
from portal.story.search.tokens import make_token
from tests.support.recall import read_texts

_WORDS: Final = 60_000
_PARAGRAPHS: Final = 2_000
_LENGTH: Final = 25
"""Words of a paragraph."""
_IN_A_TEXT: Final = 8
_RARE_FROM: Final = 1_000
_RARE: Final = 3
_TITLE: Final = 5
_ONE_WITH_NAMES: Final = 20
"""One text of so many has one of the recall set in it, with its names."""


class _Part(NamedTuple):
    body: str
    extra: Sequence[str]


class IndexRows:
    """Writes rows of the index."""

    def __init__(self) -> None:
        self._random = Random(4)
        self._words = [f"q{number}x" for number in range(1, _WORDS + 1)]
        reach, total = [], 0.0
        for number in range(1, _WORDS + 1):
            total += 1 / (number + 2.7)
            reach.append(total)
        self._paragraphs = [
            _pair(self._random.choices(self._words, cum_weights=reach, k=_LENGTH)) for _ in range(_PARAGRAPHS)
        ]
        self._titles = [
            self._random.choices(self._words, cum_weights=reach, k=_TITLE) for _ in range(_PARAGRAPHS)
        ]
        self._named = [_read(f"{one.title}\n{one.body}") for one in read_texts()]

    def make(self, number: int, public_id: str, sentences: Sequence[str]) -> dict[str, Any]:
        """Return the row of a text of these sentences, by whose id it is found, too."""
        title = self._random.choice(self._titles)
        parts = [*map(_read, sentences), *self._random.choices(self._paragraphs, k=_IN_A_TEXT)]
        if number % _ONE_WITH_NAMES == 0:
            parts.append(self._random.choice(self._named))
        rare = self._words[_RARE_FROM + self._random.randrange(_WORDS - _RARE_FROM) :][:_RARE]
        body = "  ".join((" ".join(title), *(part.body for part in parts), " ".join(rare), public_id))
        marked = (TITLE_MARK + word for word in title)
        extra = dict.fromkeys((*marked, *(term for part in parts for term in part.extra)))
        return {
            "submission_id": number,
            "tokenizer_version": TOKENIZER_VERSION,
            "body_terms": body,
            "extra_terms": " ".join(extra),
        }


def _pair(words: Sequence[str]) -> _Part:
    tokens = [make_token(word, is_run=False) for word in words]
    pairs = (pair for two in pairwise(tokens) for pair in pair_words(two))
    return _Part(" ".join(words), tuple(dict.fromkeys(pairs)))


@lru_cache(500)
def _read(text: str) -> _Part:
    made = make_terms("", [text])
    return _Part(made.body, (*made.extra.split(), *made.pairs.split()))
