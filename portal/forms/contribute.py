"""The two forms contributors meet, built from the questions of a call."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from babel.lists import format_list
from email_validator import EmailNotValidError, validate_email
from flask_babel import format_decimal, get_locale
from flask_babel import gettext as _
from wtforms import (
    BooleanField,
    Field,
    HiddenField,
    RadioField,
    SelectChoice,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
)
from wtforms.validators import StopValidation, ValidationError

from portal.domain.languages import LOCALES, best_text, is_language_tag, language_name
from portal.domain.limits import Limit
from portal.domain.placeholders import fill_placeholders
from portal.domain.questions import (
    CallInLanguage,
    ConsentText,
    Option,
    Question,
    QuestionType,
    sealed_keys,
)
from portal.domain.sending import Answer, GivenConsent, Sending
from portal.domain.states import Stage
from portal.forms.base import PortalForm
from portal.story.count import script_bucket
from portal.story.normalise import clean_line, clean_text

LANGUAGE = "lang"
_LONG_COMPANION = 300
_LETTERS_A_ROW = 200
_ROWS = range(3, 25)


@dataclass(frozen=True)
class Entry:
    """One question of the page: its control, and the companion field with the options that open it."""

    type: QuestionType
    field: Any
    companions: Mapping[str, Any]


@dataclass(frozen=True)
class Remark:
    """What stands in a question's place when it is answered elsewhere."""

    label: str
    description: str


@dataclass(frozen=True)
class Group:
    """Questions under one heading."""

    heading: str
    entries: tuple[Entry, ...]


def words_for(texts: Mapping[str, str], tag: str) -> str:
    """Return a question's text in the reader's language, else in one there is; empty when there is none."""
    try:
        return best_text(texts, (tag, LOCALES[0].tag))[1]
    except LookupError:
        return ""


def consent_sentence(consent: ConsentText, call: CallInLanguage) -> str:
    """Return the sentence agreed to. KeyError when the reader's language lacks it: there is no fallback."""
    return fill_placeholders(consent.text[call.tag], call.values)


class ContributorForm(PortalForm):
    """What both forms share; `story_form` adds the questions of a call."""

    call: ClassVar[CallInLanguage]
    stage: ClassVar[Stage]
    asked: ClassVar[tuple[Question, ...]]
    agreed: ClassVar[tuple[ConsentText, ...]]

    form_key = HiddenField()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Tell every field in which language the text in it is written."""
        super().__init__(*args, **kwargs)
        chosen = self[LANGUAGE].data if LANGUAGE in self else ""
        tag = chosen if chosen and is_language_tag(chosen) else self.call.tag
        for field in self:
            field.lang = tag

    def renew_key(self, form_key: str) -> None:
        """Put in a fresh form key in place of one we did not issue, and ask to send again."""
        self.form_key.data = form_key
        self.form_errors.append(
            _("This page was not complete, so nothing was sent. Everything you typed is here. Send it again.")
        )

    def groups(self) -> list[Group]:
        """Return the questions as the page shows them, by section."""
        found: dict[str, list[Entry]] = {}
        for question in self.asked:
            companion = self[question.text_key] if question.takes_words else None
            found.setdefault(question.section, []).append(
                Entry(
                    question.type,
                    self._control_of(question),
                    {option.value: companion for option in question.options if option.text},
                )
            )
        sections = self.call.sections
        return [
            Group(words_for(sections.get(key, {}), self.call.tag), tuple(entries))
            for key, entries in found.items()
        ]

    def _control_of(self, question: Question) -> Any:
        return self[question.key] if question.key in self else getattr(self, question.key)

    def typed_texts(self) -> list[tuple[str, str]]:
        """Return what was written in words, as (question, text)."""
        names = [name for one in self.asked for name in (one.key, one.text_key) if name in self]
        typed = [self[name] for name in names if isinstance(self[name], LimitedLine | LimitedText)]
        return [(field.label.text, field.data) for field in typed if field.data]

    def consent_fields(self) -> list[Any]:
        """Return the boxes, in order."""
        return [self[consent.key] for consent in self.agreed]

    def to_sending(self, *, lang: str = "") -> Sending:
        """Return what was typed into a valid form; `lang` where the form does not ask for the language."""
        answers: dict[str, Answer] = {}
        for question in self.asked:
            answers.update(self._answers_of(question))
        sealed = sealed_keys(self.asked)
        return Sending(
            stage=self.stage,
            lang=str(answers.get(LANGUAGE) or lang or self.call.tag),
            answers={key: value for key, value in answers.items() if key not in sealed},
            sealed={key: value for key, value in answers.items() if key in sealed},
            consents=tuple(
                GivenConsent(one.key, one.version, consent_sentence(one, self.call), self.call.tag)
                for one in self.agreed
                if self[one.key].data
            ),
        )

    def _answers_of(self, question: Question) -> dict[str, Answer]:
        answers: dict[str, Answer] = {}
        given = self[question.key].data if question.key in self else None
        if given:
            answers[question.key] = given
        words = self[question.text_key].data if question.takes_words else ""
        if words and (_chosen_with_words(question, given) or not _names_something(question)):
            answers[question.text_key] = words
        return answers


def _chosen_with_words(question: Question, given: Answer | None) -> list[Option]:
    chosen = given if isinstance(given, list) else [given]
    return [option for option in question.options if option.text and option.value in chosen]


def _names_something(question: Question) -> bool:
    """Say whether the companion belongs to one option, like a name to print or an address.

    With another option chosen such words must not be kept: nobody asked for no name to have one stored. Free
    remarks are kept whatever was chosen.
    """
    return any(option.text == "required" for option in question.options)


def story_form(
    call: CallInLanguage,
    stage: Stage,
    *,
    answered: Collection[str] = (),
    agreed: Collection[tuple[str, int]] = (),
) -> type[ContributorForm]:
    """Return the form of a call for pitches or stories.

    `answered`: keys that were answered before and are not asked again; `agreed`: (key, version) of consents
    given before.
    """
    questions = tuple(one for one in call.questions if stage in one.forms and one.key not in answered)
    consents = tuple(
        one for one in call.consents if stage in one.forms and (one.key, one.version) not in agreed
    )
    members: dict[str, Any] = {"call": call, "stage": stage, "asked": questions, "agreed": consents}
    for question in questions:
        members[question.key] = _make_field(question, call)
        if question.takes_words:
            members[question.text_key] = _make_companion(question, call)
    for consent in consents:
        sentence = consent_sentence(consent, call)
        members[consent.key] = BooleanField(sentence, validators=[_need_consent(consent, sentence)])
    return type("CallForm", (ContributorForm,), members)


def _make_field(question: Question, call: CallInLanguage) -> Any:
    label = words_for(question.label, call.tag)
    common = {"label": label, "description": _help_text(question, call)}
    must = [_need_answer(label, chosen=bool(question.options))] if question.required else [_may_be_empty()]
    choices = [SelectChoice(option.value, words_for(option.label, call.tag)) for option in question.options]
    known = _need_option(label, [option.value for option in question.options])
    match question.type:
        case QuestionType.LANGUAGE:
            tags = [tag for tag, _name in call.languages]
            return SelectField(
                **common,
                choices=[SelectChoice(tag, name) for tag, name in call.languages],
                default=call.tag,
                validate_choice=False,
                validators=[*must, _need_option(label, tags)],
            )
        case QuestionType.CHOICE:
            return RadioField(**common, choices=choices, validate_choice=False, validators=[*must, known])
        case QuestionType.CHOICES:
            return SelectMultipleField(
                **common, choices=choices, validate_choice=False, validators=[*must, known]
            )
        case QuestionType.PHOTOS:
            return Remark(**common)
        case QuestionType.SHORT:
            return LimitedLine(
                **common, limit=question.limit, filters=[_clean_line], validators=[*must, _keep_limit(label)]
            )
        case QuestionType.LONG:
            return LimitedText(
                **common, limit=question.limit, filters=[_clean_text], validators=[*must, _keep_limit(label)]
            )


def _make_companion(question: Question, call: CallInLanguage) -> Any:
    label = words_for(question.text_label, call.tag) or words_for(question.label, call.tag)
    checks = [_need_words(question, label), _keep_limit(label)]
    limit = question.text_limit
    if limit and limit.letters > _LONG_COMPANION:
        return LimitedText(label=label, limit=limit, filters=[_clean_text], validators=checks)
    return LimitedLine(label=label, limit=limit, filters=[_clean_line], validators=checks)


def _help_text(question: Question, call: CallInLanguage) -> str:
    names = [language_name(tag, call.tag) for tag in call.reading]
    listed = format_list(names, locale=get_locale() or "en") if names else ""
    return fill_placeholders(words_for(question.help, call.tag), {**call.values, "list": listed})


class LimitedLine(StringField):  # type: ignore[misc]  # wtforms ships no types
    """One line with a limit of its own for each script."""

    def __init__(self, *args: Any, limit: Limit | None = None, **kwargs: Any) -> None:
        """Keep the limit, in characters."""
        super().__init__(*args, **kwargs)
        self.limit = limit


class LimitedText(TextAreaField):  # type: ignore[misc]  # wtforms ships no types
    """Many lines with a limit of their own for each script; `rows` follows from it."""

    def __init__(self, *args: Any, limit: Limit | None = None, **kwargs: Any) -> None:
        """Keep the limit, in characters."""
        super().__init__(*args, **kwargs)
        self.limit = limit
        wanted = limit.letters // _LETTERS_A_ROW if limit else _ROWS[0]
        self.rows = min(max(wanted, _ROWS[0]), _ROWS[-1])


def _clean_line(text: str | None) -> str | None:
    return clean_line(text) if text else text


def _clean_text(text: str | None) -> str | None:
    return clean_text(text) if text else text


Check = Callable[[Any, Field], None]


class _MayBeEmpty:
    """Marks a question as optional and ends its checks when it is not answered."""

    field_flags: ClassVar[Mapping[str, bool]] = {"optional": True}

    def __call__(self, form: Any, field: Field) -> None:
        if not field.data:
            raise StopValidation


def _may_be_empty() -> Check:
    return _MayBeEmpty()


def _need_answer(label: str, *, chosen: bool) -> Check:
    def check(form: Any, field: Field) -> None:
        if field.data:
            return
        if chosen:
            raise StopValidation(_("Choose an answer to “%(question)s”", question=label))
        raise StopValidation(_("Write an answer to “%(question)s”", question=label))

    return check


def _need_option(label: str, values: Sequence[str]) -> Check:
    def check(form: Any, field: Field) -> None:
        given = field.data if isinstance(field.data, list) else [field.data]
        if not set(given) <= set(values):
            raise StopValidation(_("Choose one of the answers shown to “%(question)s”", question=label))

    return check


def _keep_limit(label: str) -> Check:
    def check(form: Any, field: Any) -> None:
        text = field.data or ""
        if field.limit is None:
            return
        most = field.limit.han if script_bucket(text) == "han" else field.limit.letters
        if len(text) > most:
            raise ValidationError(
                _(
                    "“%(question)s” takes up to %(limit)s characters, and yours has %(count)s. "
                    "All of it is still here to be shortened.",
                    question=label,
                    limit=format_decimal(most),
                    count=format_decimal(len(text)),
                )
            )

    return check


def _need_words(question: Question, label: str) -> Check:
    def check(form: Any, field: Field) -> None:
        chosen = _chosen_with_words(question, form[question.key].data)
        if not field.data:
            if any(option.text == "required" for option in chosen):
                raise StopValidation(
                    _("The answer you chose needs a few words under “%(question)s”", question=label)
                )
            return
        if any(option.text_type == "email" for option in chosen):
            field.data = _check_address(field.data)

    return check


def _check_address(text: str) -> str:
    """Return the address as mail servers write it; the domain is not looked up."""
    try:
        return str(validate_email(text, check_deliverability=False, allow_smtputf8=False).ascii_email)
    except EmailNotValidError as error:
        raise StopValidation(
            _("This e-mail address cannot be right. It should look like name@example.org")
        ) from error


def _need_consent(consent: ConsentText, sentence: str) -> Check:
    def check(form: Any, field: Field) -> None:
        excused = any(
            key in form and form[key].data == value for key, value in consent.required_unless.items()
        )
        if not field.data and not excused:
            raise StopValidation(_("We need your yes to this: “%(sentence)s”", sentence=sentence))

    return check
