"""A code the desk gives out for a lost one: how long it waits, and what proves who holds it."""

import hmac
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from datetime import timedelta
from enum import StrEnum
from typing import Any

from portal.domain.questions import Audience, Question, QuestionType

WAIT = timedelta(hours=48)
"""How long a code opens nothing where its author can be warned, or where nothing sealed can prove them."""
LAPSES_AFTER = timedelta(days=7)
"""How long a request waits for a second person."""
SHORTEST_PROOF = 6
"""Letters and digits: a sealed answer with fewer could be guessed."""


_FREE_TEXT = frozenset({QuestionType.SHORT, QuestionType.LONG})
_COUNTED = ("L", "M", "N")
_APOSTROPHE = "\u02bc"
"""A letter by Unicode; people type a mark in its place."""


class CodeState(StrEnum):
    """The state of a code of the desk. Stored by value."""

    ASKED = "asked"
    """A colleague has asked for it; a second one has not said yes."""
    ISSUED = "issued"
    """It was shown once, and was not used yet; it may have to wait."""
    IN_USE = "in_use"
    """It has opened the page, and the code before it stopped working."""
    CALLED_OFF = "called_off"
    REFUSED = "refused"
    """The author said on the private page that it was somebody else."""
    REPLACED = "replaced"
    """Another code took its place."""


def fold_answer(text: str) -> str:
    """Return the letters, marks and digits of a text: width, case, spaces and dashes tell nothing."""
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())
    return "".join(one for one in folded if one != _APOSTROPHE and unicodedata.category(one)[0] in _COUNTED)


def list_proofs(sealed: Mapping[str, Any], questions: Iterable[Question]) -> list[str]:
    """Return the sealed answers in words that can prove an author, folded.

    What was only chosen proves nothing, nor does what others at the desk read as well, or a word or two. An
    answer to a question that the call no longer asks counts.
    """
    no_proof = set(_list_other_keys(questions))
    folded = (fold_answer(text) for key, text in sealed.items() if _is_text(text) and key not in no_proof)
    return [one for one in folded if len(one) >= SHORTEST_PROOF]


def proves_author(given: str, proofs: Iterable[str]) -> bool:
    """Say whether what was typed is one of the folded sealed answers."""
    typed = fold_answer(given).encode()
    found = [hmac.compare_digest(typed, one.encode()) for one in proofs]
    return any(found)


def _is_text(answer: Any) -> bool:
    return isinstance(answer, str)


def _list_other_keys(questions: Iterable[Question]) -> Iterator[str]:
    """Give the keys of answers that are chosen, or not sealed."""
    for question in questions:
        if question.type not in _FREE_TEXT or question.audience is not Audience.SEALED:
            yield question.key
        if (question.text_audience or question.audience) is not Audience.SEALED:
            yield question.text_key
