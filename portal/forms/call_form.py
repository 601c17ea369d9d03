"""The form of a call, made from its questions and consents in one language."""

from functools import lru_cache
from typing import Any

from babel import Locale
from wtforms import BooleanField, RadioField, SelectField, SelectMultipleField
from wtforms.fields.choices import SelectChoice

from portal.domain.answers import STORY_FROM_FILE
from portal.domain.languages import list_in_sentence, locale_by_tag, written_name
from portal.domain.questions import (
    AskedWhen,
    CallInLanguage,
    Question,
    QuestionRole,
    QuestionType,
    fill_placeholders,
    sealed_keys,
)
from portal.domain.states import Stage
from portal.forms.answer_fields import (
    DayLine,
    FromFile,
    LimitedLine,
    LimitedText,
    keep_coarse,
    keep_limit,
    may_be_empty,
    need_answer,
    need_consent,
    need_day,
    need_option,
    need_words,
    tidy_line,
    tidy_text,
)
from portal.forms.contribute import FILE, ContributorForm, Remark, consent_sentence, words_for
from portal.forms.story_document import StoryDocument

_LONG_COMPANION = 300
_FORMS_KEPT = 64
"""Classes of forms a process keeps, of about 50 kB each."""


@lru_cache(maxsize=_FORMS_KEPT)
def make_call_form(
    call: CallInLanguage,
    stage: Stage,
    *,
    when: AskedWhen = AskedWhen.FIRST,
    answered: frozenset[str] = frozenset(),
    agreed: frozenset[tuple[str, int]] = frozenset(),
) -> type[ContributorForm]:
    """Return the form of a call for pitches or stories; one is made once and kept, and holds nothing typed.

    `when`: the form of the sending, or that of the questions after the receipt, which asks for no consent.
    `answered`: keys that were answered before and are not asked again; `agreed`: (key, version) of consents
    given before.
    """
    questions = tuple(one for one in call.questions if one.is_asked(stage, when) and one.key not in answered)
    consents = tuple(
        one
        for one in call.consents
        if when is AskedWhen.FIRST and stage in one.forms and (one.key, one.version) not in agreed
    )
    members: dict[str, Any] = {
        "call": call,
        "stage": stage,
        "when": when,
        "asked": questions,
        "agreed": consents,
        "sealed": sealed_keys(questions),
        "keys": {one.role: one.key for one in reversed(questions) if one.role},
        "shown": {one.key: _values_shown(one, call) for one in questions},
    }
    for question in questions:
        members[question.key] = _make_field(question, call)
        if question.takes_words:
            members[question.text_key] = _make_companion(question, call)
        if question.role is QuestionRole.BODY:
            members[STORY_FROM_FILE] = FromFile()
            members[FILE] = StoryDocument()
    if stage is Stage.STORY:
        members.setdefault(FILE, StoryDocument())
    for consent in consents:
        sentence = consent_sentence(consent, call)
        members[consent.key] = BooleanField(sentence, validators=[need_consent(consent, sentence)])
    return type("CallForm", (ContributorForm,), members)


def _values_shown(question: Question, call: CallInLanguage) -> frozenset[str]:
    if question.type is QuestionType.LANGUAGE:
        return frozenset(tag for tag, _name in call.languages)
    return frozenset(option.value for option in question.options)


def _make_field(question: Question, call: CallInLanguage) -> Any:
    label = words_for(question.label, call.tag)
    common: dict[str, Any] = {"label": label, "description": _help_text(question, call)}
    must = [need_answer(label, chosen=bool(question.options))] if question.required else [may_be_empty()]
    choices = [SelectChoice(option.value, words_for(option.label, call.tag)) for option in question.options]
    known = need_option(label, [option.value for option in question.options])
    match question.type:
        case QuestionType.LANGUAGE:
            tags = [tag for tag, _name in call.languages]
            return SelectField(
                **common,
                choices=[SelectChoice(tag, name) for tag, name in call.languages],
                default=call.tag,
                validate_choice=False,
                validators=[*must, need_option(label, tags)],
            )
        case QuestionType.CHOICE:
            return RadioField(**common, choices=choices, validate_choice=False, validators=[*must, known])
        case QuestionType.CHOICES:
            return SelectMultipleField(
                **common, choices=choices, validate_choice=False, validators=[*must, known]
            )
        case QuestionType.PHOTOS:
            return Remark(**common)
        case QuestionType.DATE:
            return DayLine(**common, filters=[tidy_line], validators=[*must, need_day(label)])
        case QuestionType.SHORT:
            coarse = [keep_coarse(label)] if question.role is QuestionRole.PLACE else []
            return LimitedLine(
                **common,
                limit=question.limit,
                filters=[tidy_line],
                validators=[*must, keep_limit(label), *coarse],
            )
        case QuestionType.LONG:
            return LimitedText(
                **common, limit=question.limit, filters=[tidy_text], validators=[*must, keep_limit(label)]
            )


def _make_companion(question: Question, call: CallInLanguage) -> Any:
    label = words_for(question.text_label, call.tag) or words_for(question.label, call.tag)
    checks = [need_words(question, label), keep_limit(label)]
    limit = question.text_limit
    if limit and limit.letters > _LONG_COMPANION:
        return LimitedText(label=label, limit=limit, filters=[tidy_text], validators=checks)
    return LimitedLine(label=label, limit=limit, filters=[tidy_line], validators=checks)


def _help_text(question: Question, call: CallInLanguage) -> str:
    names = [written_name(tag, call.tag) for tag in call.reading]
    locale = locale_by_tag(call.tag)
    listed = list_in_sentence(names, Locale.parse(locale.babel if locale else "en"))
    return fill_placeholders(words_for(question.help, call.tag), {**call.values, "list": listed}, call.tag)
