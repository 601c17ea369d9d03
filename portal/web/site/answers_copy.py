"""A copy of everything a contributor gave us, in the words of the form they used."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from portal.domain.languages import language_name
from portal.domain.questions import Question, QuestionType, parse_question
from portal.models import Submission
from portal.operations.contribute.unsent import read_typed
from portal.queries.answers import current_answers, open_current
from portal.sealing.keys import KeyRing
from portal.web.site.locale import find_locale
from portal.web.site.localized import Shown, choose_shown

_FREE_TEXT = frozenset({QuestionType.SHORT, QuestionType.LONG})


@dataclass(frozen=True)
class SentAnswer:
    """One question with what was answered, in the language it was answered in."""

    label: Shown
    text: str
    lang: str


def copy_versions(piece: Submission, keys: KeyRing) -> list[list[SentAnswer]]:
    """Return the newest sending as the only version; of a text never sent each saved version, newest first.

    Answers stand in the order of the form, sealed ones included: they are the person's.
    """
    if piece.revisions:
        now = {**current_answers(piece), **open_current(piece, keys)}
        return [copy_answers(piece, now, piece.latest.lang)]
    saved = [read_typed(row, keys) for row in reversed(piece.writings)]
    return [copy_answers(piece, {**one.answers, **one.sealed}, one.lang) for one in saved]


def copy_answers(piece: Submission, answers: Mapping[str, Any], lang: str) -> list[SentAnswer]:
    """Return answers by field key in the words and order of the form; `lang` is what they were typed in."""
    copied: list[SentAnswer] = []
    for question in map(parse_question, piece.call.questions):
        given = answers.get(question.key)
        if given:
            copied.append(_copy_answer(question, given, lang))
        words = answers.get(question.text_key)
        if words:
            copied.append(SentAnswer(choose_shown(question.text_label), words, lang))
    return copied


def _copy_answer(question: Question, given: Any, lang: str) -> SentAnswer:
    label, tag = choose_shown(question.label), find_locale().tag
    if question.type is QuestionType.LANGUAGE:
        return SentAnswer(label, language_name(given, tag), tag)
    if question.type in _FREE_TEXT:
        return SentAnswer(label, given, lang)
    chosen = given if isinstance(given, list) else [given]
    shown = [choose_shown(option.label) for option in question.options if option.value in chosen]
    return SentAnswer(label, "\n".join(one.text for one in shown), shown[0].lang if shown else tag)
