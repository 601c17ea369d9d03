"""The two forms contributors meet, built from the questions of a call."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, NamedTuple

from flask_babel import gettext as _
from flask_babel import ngettext
from wtforms import (
    HiddenField,
    SelectMultipleField,
)

from portal.domain.answers import (
    FINGERPRINT_LENGTH,
    STORY_FROM_FILE,
    Answer,
    EnteredAnswers,
    GivenConsent,
    SubmittedAnswers,
)
from portal.domain.languages import LOCALES, best_text, is_language_tag
from portal.domain.limits import UsualLength
from portal.domain.questions import (
    AskedWhen,
    CallInLanguage,
    ConsentText,
    Question,
    QuestionRole,
    QuestionType,
    fill_placeholders,
)
from portal.domain.states import Stage
from portal.forms.answer_fields import (
    LimitedLine,
    LimitedText,
    chosen_with_words,
)
from portal.forms.base import PortalForm

FILE = "document"
_NUMBER_LENGTH = 10
_MOST_FINGERPRINTS = 8
"""How often a form may come back before it forgets what stood in it first."""


@dataclass(frozen=True)
class Entry:
    """One question of the page: its control, and the companion field with the options that open it."""

    type: QuestionType
    role: QuestionRole | None
    field: Any
    companions: Mapping[str, Any]
    usual: UsualLength | None = None
    removable: tuple[tuple[str, str], ...] = ()
    """Name and label of what was answered before, is not shown, and can be taken back."""


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


class TypedAnswer(NamedTuple):
    """Something typed: its field, the question, the value of the field, and how it reads."""

    name: str
    label: str
    value: str
    shown: str
    is_written: bool


def words_for(texts: Mapping[str, str], tag: str) -> str:
    """Return a question's text in the reader's language, else in one there is; empty when there is none."""
    try:
        return best_text(texts, (tag, LOCALES[0].tag))[1]
    except LookupError:
        return ""


def consent_sentence(consent: ConsentText, call: CallInLanguage) -> str:
    """Return the sentence agreed to. KeyError when the reader's language lacks it: there is no fallback."""
    return fill_placeholders(consent.text[call.tag], call.values, call.tag)


class _FilledField(HiddenField):  # type: ignore[misc]  # wtforms ships no types
    """Is in the page when there is something in it: a fresh form does not weigh more for it."""

    only_filled = True


FORGET = "forget"


class ContributorForm(PortalForm):
    """The form of a call, in what pitch and story share; `story_form` adds the questions of a call."""

    call: ClassVar[CallInLanguage]
    stage: ClassVar[Stage]
    when: ClassVar[AskedWhen]
    asked: ClassVar[tuple[Question, ...]]
    agreed: ClassVar[tuple[ConsentText, ...]]
    sealed: ClassVar[frozenset[str]]
    """Keys of fields whose answers are sealed."""
    shown: ClassVar[Mapping[str, frozenset[str]]]
    """Values of the answers to choose from, by key of the question."""
    keys: ClassVar[Mapping[QuestionRole, str]]
    """Keys of the questions the portal itself reads."""

    form_key = HiddenField()
    writing = HiddenField()
    sequence = HiddenField(default="0")
    seen_fingerprints = _FilledField()
    forget = SelectMultipleField(validate_choice=False)
    """Sealed answers of an earlier sending, by name, that are taken back and not replaced."""

    def __init__(self, *args: Any, kept: Mapping[str, Answer] | None = None, **kwargs: Any) -> None:
        """Tell every field in which language the text in it is written.

        `kept` is what was answered in an earlier sending: its sealed answers are not shown, and stay when
        their fields are left empty.
        """
        super().__init__(*args, **kwargs)
        self._kept = dict(kept or {})
        language = self.with_role(QuestionRole.LANGUAGE)
        chosen = language.data if language else ""
        tag = chosen if chosen and is_language_tag(chosen) else self.call.tag
        for field in self:
            field.lang = tag
        for name in sorted(self.sealed & self._kept.keys()):
            if name in self:
                hint = _("Kept as you sent it. Fill this in only to change it.")
                self[name].description = " ".join(filter(None, (self[name].description, hint)))

    @property
    def faults_heading(self) -> str:
        """Say how many answers keep the form from being sent."""
        wrong = 0 if self.form_errors else self._count_faults()
        if not wrong:
            return super().faults_heading
        return str(ngettext("Not sent: correct %(num)s answer", "Not sent: correct %(num)s answers", wrong))

    @property
    def faults_promise(self) -> str:
        """Say that nothing typed is lost, where answers are at fault."""
        return str(_("Everything you wrote is still here.")) if self._count_faults() else ""

    def _count_faults(self) -> int:
        return sum(bool(field.errors) for field in self if field.name != FILE)

    def with_role(self, role: QuestionRole) -> Any:
        """Return the field of the question with a role; None when the form does not ask it."""
        key = self.keys.get(role)
        return self[key] if key is not None and key in self else None

    def validate(self, extra_validators: Any = None) -> bool:
        """Validate with the sealed answers that were left as they are; a refused form shows none of them."""
        filled = [(self[name], self[name].data, self._set(name)) for name in self._left_as_kept()]
        is_valid: bool = super().validate(extra_validators=extra_validators)
        if not is_valid:
            for field, shown, _kept in filled:
                field.data = shown
        return is_valid

    def _set(self, name: str) -> Answer:
        self[name].data = self._kept[name]
        return self._kept[name]

    def _left_as_kept(self) -> list[str]:
        """Name the sealed fields that were left empty; words only where their question's choice stays.

        What is taken back is not among them.
        """
        sealed = (self.sealed & self._kept.keys()) - set(self._forgotten())
        names = []
        for question in self.asked:
            given = self[question.key].data if question.key in self else None
            if question.key in sealed and not given:
                names.append(question.key)
                given = self._kept[question.key]
            if (
                question.text_key in sealed
                and question.takes_words
                and not self[question.text_key].data
                and given == self._kept.get(question.key)
            ):
                names.append(question.text_key)
        return names

    def _forgotten(self) -> list[str]:
        """Name what is taken back of what may be."""
        may_go = {name for question in self.asked for name, _label in self._list_removable(question)}
        return sorted(may_go & set(self.forget.data or ()))

    def _list_removable(self, question: Question) -> Iterator[tuple[str, str]]:
        """Give name and label of what was kept sealed of a question and can go without another answer."""
        sealed, kept = self.sealed & self._kept.keys(), self._kept.get(question.key)
        if question.key in sealed and not question.required:
            yield question.key, self[question.key].label.text
        needed = any(one.text == "required" for one in chosen_with_words(question, kept))
        if question.takes_words and question.text_key in sealed and not needed:
            yield question.text_key, self[question.text_key].label.text

    def renew_key(self, form_key: str) -> None:
        """Put in a fresh form key in place of one we did not issue, and ask to send again."""
        self.form_key.data = form_key
        self.form_errors.append(
            _("This page was not complete, so nothing was sent. Everything you typed is here. Send it again.")
        )

    def note_posted(self) -> None:
        """Note what stands in the form as it came: a page that is left may save the same once more."""
        typed = self.to_typed()
        known = dict.fromkeys((*typed.seen_fingerprints, typed.fingerprint))
        self.seen_fingerprints.data = " ".join([*known][-_MOST_FINGERPRINTS:])

    def groups(self) -> list[Group]:
        """Return the questions as the page shows them, by section."""
        found: dict[str, list[Entry]] = {}
        for question in self.asked:
            companion = self[question.text_key] if question.takes_words else None
            found.setdefault(question.section, []).append(
                Entry(
                    question.type,
                    question.role,
                    self._control_of(question),
                    {option.value: companion for option in question.options if option.text},
                    question.usual,
                    tuple(self._list_removable(question)),
                )
            )
        sections = self.call.sections
        return [
            Group(words_for(sections.get(key, {}), self.call.tag), tuple(entries))
            for key, entries in found.items()
        ]

    def _control_of(self, question: Question) -> Any:
        return self[question.key] if question.key in self else getattr(self, question.key)

    def typed_answers(self) -> list[TypedAnswer]:
        """Return what was chosen and written, in the order of the form."""
        return [one for question in self.asked for one in self._typed_answers_of(question)]

    def _typed_answers_of(self, question: Question) -> Iterator[TypedAnswer]:
        labels = {one.value: words_for(one.label, self.call.tag) for one in question.options}
        labels |= dict(self.call.languages) if question.type is QuestionType.LANGUAGE else {}
        for value in _as_list(self._known_choice(question)):
            yield TypedAnswer(
                question.key, self[question.key].label.text, value, labels[value], is_written=False
            )
        for name in self._written_names(question):
            yield TypedAnswer(name, self[name].label.text, self[name].data, self[name].data, is_written=True)

    def _written_names(self, question: Question) -> Iterator[str]:
        """Name the fields of a question that somebody has written into."""
        for name in (question.key, question.text_key):
            if name in self and isinstance(self[name], LimitedLine | LimitedText) and self[name].data:
                yield name

    def _known_choice(self, question: Question) -> Answer | None:
        """Return what was chosen of the answers shown; None for a question to be answered in words."""
        known = self.shown[question.key]
        if not known or question.key not in self:
            return None
        given = self[question.key].data
        if isinstance(given, list):
            return [value for value in given if value in known]
        return given if given in known else None

    def to_typed(self, *, lang: str = "") -> EnteredAnswers:
        """Return what stands in the form now, finished or not: only what cannot be an answer is left out.

        `lang` where the form does not ask for the language.
        """
        answers = {question.key: self._known_choice(question) for question in self.asked}
        texts = {name: self[name].data for question in self.asked for name in self._written_names(question)}
        texts |= self._from_file(texts)
        given = {**answers, **texts, FORGET: self._forgotten()}
        typed: dict[str, Answer] = {name: one for name, one in given.items() if one}
        sealed = self.sealed | {FORGET}  # it tells what was answered, too
        sequence = self.sequence.data or ""
        return EnteredAnswers(
            stage=self.stage,
            lang=self._find_language(typed) or lang or self.call.tag,
            answers={name: one for name, one in typed.items() if name not in sealed},
            sealed={name: one for name, one in typed.items() if name in sealed},
            has_words=bool(texts if self.when is AskedWhen.FIRST else typed),
            writing=self.writing.data or "",
            sequence=int(sequence) if sequence.isdecimal() and len(sequence) < _NUMBER_LENGTH else 0,
            seen_fingerprints=tuple(
                one for one in (self.seen_fingerprints.data or "").split() if len(one) == FINGERPRINT_LENGTH
            ),
            when=self.when,
        )

    def _find_language(self, answers: Mapping[str, Answer]) -> str:
        return str(answers.get(self.keys.get(QuestionRole.LANGUAGE, "")) or "")

    def consent_fields(self) -> list[Any]:
        """Return the boxes, in order."""
        return [self[consent.key] for consent in self.agreed]

    def to_sending(self, *, lang: str = "") -> SubmittedAnswers:
        """Return what was typed into a valid form; `lang` where the form does not ask for the language."""
        answers: dict[str, Answer] = {}
        for question in self.asked:
            answers.update(self._answers_of(question))
        answers |= self._from_file(answers)
        sealed = self.sealed
        return SubmittedAnswers(
            stage=self.stage,
            lang=self._find_language(answers) or lang or self.call.tag,
            answers={key: value for key, value in answers.items() if key not in sealed},
            sealed={key: value for key, value in answers.items() if key in sealed},
            consents=tuple(
                GivenConsent(one.key, one.version, consent_sentence(one, self.call), self.call.tag)
                for one in self.agreed
                if self[one.key].data
            ),
            asked=frozenset(self._list_asked()),
            when=self.when,
        )

    def _list_asked(self) -> Iterator[str]:
        for question in self.asked:
            yield from (question.key, question.text_key)
            if question.role is QuestionRole.BODY:
                yield STORY_FROM_FILE

    def _from_file(self, answers: Mapping[str, Any]) -> dict[str, str]:
        """Return what a file gave for the story, as long as there is a story."""
        has_story = bool(answers.get(self.keys.get(QuestionRole.BODY, "")))
        given = self[STORY_FROM_FILE].data if has_story and STORY_FROM_FILE in self else ""
        return {STORY_FROM_FILE: given} if given else {}

    def _answers_of(self, question: Question) -> dict[str, Answer]:
        answers: dict[str, Answer] = {}
        given = self[question.key].data if question.key in self else None
        if given:
            answers[question.key] = given
        words = self[question.text_key].data if question.takes_words else ""
        if words and (chosen_with_words(question, given) or not _names_something(question)):
            answers[question.text_key] = words
        return answers


def _as_list(given: Answer | None) -> list[str]:
    return given if isinstance(given, list) else [given] if given else []


def _names_something(question: Question) -> bool:
    """Say whether the companion belongs to one option, like a name to print or an address.

    With another option chosen such words must not be kept: nobody asked for no name to have one stored. Free
    remarks are kept whatever was chosen.
    """
    return any(option.text == "required" for option in question.options)
