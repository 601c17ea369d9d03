"""A simple question for people whose browser cannot do the proof of work. No answer is an error."""

import hashlib
import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

_BETWEEN_WORDS = re.compile(r"[\W_]+")


@dataclass(frozen=True)
class HumanQuestion:
    """One question by language tag, and every answer that counts as right, in any language."""

    text: Mapping[str, str]
    answers: frozenset[str]


def clean_answer(text: str) -> str:
    """Return an answer as it is compared: NFKC, casefolded, words with one space between them."""
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())
    return _BETWEEN_WORDS.sub(" ", folded).strip()


def make_question(text: Mapping[str, str], answers: Mapping[str, Sequence[str]]) -> HumanQuestion:
    """Return the question with the answers of every language together: people write in the one they like."""
    return HumanQuestion(text, frozenset(clean_answer(one) for listed in answers.values() for one in listed))


def choose_question(questions: Sequence[HumanQuestion], form_key: str) -> HumanQuestion:
    """Return the question of a form: always the same one, so that it needs no field of its own."""
    return questions[hashlib.sha256(form_key.encode()).digest()[0] % len(questions)]


def is_right(question: HumanQuestion, answer: str) -> bool:
    """Say whether somebody answered the question."""
    return clean_answer(answer) in question.answers
