"""Shared words of two texts: whether the same hand wrote both, as far as they tell.

On a shared computer one person follows another. What the second one writes must not come to lie on the page
of the first, so a text belongs beside another one only when it shares words with it.
"""

import re
from collections.abc import Iterable, Mapping
from itertools import islice, takewhile
from typing import Any

from portal.domain.languages import is_language_tag

_TOKEN = re.compile(r"[a-z0-9_.-]*")
"""What is chosen, and not written, looks like this."""
_WIDE = re.compile("[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af\U00020000-\U0003ffff]")
_WEIGHT = 8
"""Letters an answer must have to tell one person from another; a Han character says as much as two."""
_RUN = 24
"""Letters at the beginning or end of two texts that nobody writes alike by chance."""


def share_words(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    """Say whether an answer of both is the same, or begins or ends the same. Option values do not count."""
    return any(_are_alike(answer, other.get(key)) for key, answer in one.items())


def repeats_words(answers: Mapping[str, Any], known: Mapping[str, Any]) -> bool:
    """Say whether every answer stands in what is known, word for word."""
    return bool(answers) and all(known.get(key) == answer for key, answer in answers.items())


def _are_alike(one: Any, other: Any) -> bool:
    if not isinstance(one, str) or not isinstance(other, str) or _is_chosen(one):
        return False
    if one == other:
        return _weigh(one) >= _WEIGHT
    pairs = (zip(one, other, strict=False), zip(reversed(one), reversed(other), strict=False))
    return any(_weigh_run(pair) >= _RUN for pair in pairs)


def _is_chosen(answer: str) -> bool:
    """Say whether an answer is a value of the form: by their language two people share no words."""
    return _TOKEN.fullmatch(answer) is not None or is_language_tag(answer)


def _weigh_run(pairs: Iterable[tuple[str, str]]) -> int:
    """Weigh the letters up to the first two that differ."""
    alike = takewhile(lambda pair: pair[0] == pair[1], islice(pairs, _RUN))
    return _weigh("".join(letter for letter, _same in alike))


def _weigh(words: str) -> int:
    return len(words) + len(_WIDE.findall(words))
