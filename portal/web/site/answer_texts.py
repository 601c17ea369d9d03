"""Answers in words: each with its question, for the private page, the receipt, the own data and the desk."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from portal.domain.languages import language_name
from portal.domain.questions import Audience, Question, QuestionType, parse_question, words_key
from portal.models import Submission
from portal.operations.contribute.unsent import read_typed
from portal.queries.answers import current_answers, open_current_answers
from portal.sealing.keys import KeyRing
from portal.web.site.locale import find_locale
from portal.web.site.localized import LocalizedText, choose_text

_FREE_TEXT = frozenset({QuestionType.SHORT, QuestionType.LONG})
_UNKNOWN = "und"


@dataclass(frozen=True)
class WordedAnswer:
    """One question in the reader's language, with what was answered and the language that is in."""

    key: str
    label: str
    label_lang: str
    text: str
    lang: str


def copy_versions(submission: Submission, keys: KeyRing) -> list[list[WordedAnswer]]:
    """Return the newest sending as the only version; of a text never sent each saved version, newest first.

    Answers stand in the order of the form, sealed ones included: they are the person's.
    """
    if submission.revisions:
        now = {**current_answers(submission), **open_current_answers(submission, keys)}
        return [copy_answers(submission, now, submission.latest.lang)]
    saved = [read_typed(row, keys) for row in reversed(submission.writings)]
    return [copy_answers(submission, {**one.answers, **one.sealed}, one.lang) for one in saved]


def copy_answers(submission: Submission, answers: Mapping[str, Any], lang: str) -> list[WordedAnswer]:
    """Return all answers by field key, the language among them; `lang` is what they were typed in."""
    return list(_word(submission, answers, lang, shows=lambda _audience: True, names_language=True))


def word_answers(
    submission: Submission,
    answers: Mapping[str, Any],
    *,
    shows: Callable[[Audience], bool],
    all_words: bool = False,
) -> list[WordedAnswer]:
    """Return the answers for whose audience `shows` says yes, in the order of the form.

    With `all_words` what was written beside a choice is among them, whomever it is for.

    The language of the text is not among them: pages that say this name it elsewhere.
    """
    return list(_word(submission, answers, submission.lang, shows=shows, all_words=all_words))


def _word(
    submission: Submission,
    answers: Mapping[str, Any],
    lang: str,
    *,
    shows: Callable[[Audience], bool],
    all_words: bool = False,
    names_language: bool = False,
) -> Iterator[WordedAnswer]:
    fallback = submission.call.coverage.primary_locale
    answered = (row for row in submission.call.questions if _is_answered(row["key"], answers))
    for question in map(parse_question, answered):
        is_named = names_language or question.type is not QuestionType.LANGUAGE
        if answers.get(question.key) and is_named and shows(question.audience):
            label = choose_text(question.label, fallback)
            said = _word_answer(question, answers[question.key], lang, fallback)
            yield WordedAnswer(question.key, label.text, label.lang, said.text, said.lang)
        words = answers.get(question.text_key)
        if words and (all_words or shows(question.text_audience or question.audience)):
            label = choose_text(question.text_label or question.label, fallback)
            yield WordedAnswer(question.text_key, label.text, label.lang, str(words), lang)


def _is_answered(key: str, answers: Mapping[str, Any]) -> bool:
    """Say whether there is something to word: of a call's thirty questions most people answer ten."""
    return bool(answers.get(key) or answers.get(words_key(key)))


def _word_answer(question: Question, answer: str | Sequence[str], lang: str, fallback: str) -> LocalizedText:
    """Return an answer as typed, or the labels of what was chosen, one a line; one unknown by its value."""
    if question.type in _FREE_TEXT:
        return LocalizedText(lang, str(answer))
    chosen = [answer] if isinstance(answer, str) else list(answer)
    if question.type is QuestionType.LANGUAGE:
        return LocalizedText(
            find_locale().tag, "\n".join(language_name(one, find_locale().tag) for one in chosen)
        )
    options = [option for option in question.options if option.value in chosen]
    labels = {option.value: choose_text(option.label, fallback) for option in options}
    found = [labels.get(value, LocalizedText(_UNKNOWN, value)) for value in chosen]
    return LocalizedText(found[0].lang, "\n".join(one.text for one in found))
