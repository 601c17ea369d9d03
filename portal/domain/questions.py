"""Questions and consents of a call as values, read from the call's own rows or from the shipped defaults."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from functools import cached_property
from typing import Any, Final

from portal.domain import legacy_keys
from portal.domain.consent import ReplyChannel
from portal.domain.languages import Tag, choose_plural
from portal.domain.limits import Limit, UsualLength
from portal.domain.states import Stage

PLACEHOLDER: Final = re.compile(r"\{(?P<name>\w+)(?P<forms>(?:\|[^{}|]+)*)\}")


class QuestionType(StrEnum):
    """The type of a question, by the answer it takes."""

    LANGUAGE = "language"
    SHORT = "short"
    LONG = "long"
    CHOICE = "choice"
    CHOICES = "choices"
    DATE = "date"
    """A day, kept as YYYY-MM-DD."""
    PHOTOS = "photos"
    """Takes no answer in the form: says where photos are added afterwards."""


class AskedWhen(StrEnum):
    """When a question is asked: each form is sent once with what has to be known, and the rest can wait."""

    FIRST = "first"
    """With the text."""
    AFTER = "after"
    """After the receipt, and never required: nobody has to answer what is asked when all is sent."""


class QuestionRole(StrEnum):
    """The role of a question: what the portal reads its answer for. Calls name questions as they like."""

    LANGUAGE = "language"
    """In which language the text is written."""
    TITLE = "title"
    BODY = "body"
    """The story."""
    GIST = "gist"
    """What a pitch is about."""
    GIST_MORE = "gist_more"
    """Further words of a pitch, counted with it."""
    PLACE = "place"
    """Where and when it was, roughly: nothing exact is taken."""
    SIDE = "side"
    """In which of the places it links the story is rooted (domain.sides)."""
    BIO = "bio"
    BYLINE = "byline"
    """Which name to print (BylineMode), and in its words the name."""
    AVOID = "avoid"
    """What must not be printed."""
    RISK = "risk"
    """Whether somebody is at risk (RiskAnswer), and in its words why."""
    PUBLISHING = "publishing"
    """Whether we may publish it (PublishWish)."""
    EMBARGO = "embargo"
    """Before which day nothing may be published."""
    REPLY = "reply"
    """How to answer (ReplyChannel), and in its words where."""


class ConsentRole(StrEnum):
    """The role of a consent: what the portal itself reads it for."""

    READING = "reading"
    AGE = "age"
    OWNERSHIP = "ownership"
    LICENCE = "licence"


class StatementPlace(StrEnum):
    """Places where a statement stands in the form's page."""

    BEFORE_START = "before_start"
    ABOVE_CONSENTS = "above_consents"
    BELOW_CONSENTS = "below_consents"
    SAFETY = "safety"
    """Before the link to what we protect and what we cannot."""


class Audience(StrEnum):
    """The audience of an answer: who reads it. A sealed one is encrypted and opened by named people only."""

    DESK = "desk"
    EDITOR = "editor"
    SEALED = "sealed"


def words_key(key: str) -> str:
    """Return the name of a question's companion field."""
    return f"{key}_text"


@dataclass(frozen=True)
class Option:
    """One answer to choose. `text` opens the companion field `<key>_text`."""

    value: str
    label: Mapping[str, str]
    text: str = ""
    """"" (no words), "optional" or "required"."""
    text_type: str = ""


@dataclass(frozen=True)
class Question:
    """One question with its texts by language."""

    key: str
    forms: frozenset[Stage]
    section: str
    type: QuestionType
    required: bool
    audience: Audience
    label: Mapping[str, str]
    help: Mapping[str, str] = field(default_factory=dict)
    limit: Limit | None = None
    options: tuple[Option, ...] = ()
    text_label: Mapping[str, str] = field(default_factory=dict)
    text_limit: Limit | None = None
    text_type: str = "text"
    text_audience: Audience | None = None
    role: QuestionRole | None = None
    when: AskedWhen = AskedWhen.FIRST
    usual: UsualLength | None = None

    def __post_init__(self) -> None:
        """Refuse a question that must be answered and is asked when everything was sent: ValueError."""
        if self.required and self.when is AskedWhen.AFTER:
            raise ValueError(f"{self.key} is required, so it is asked with the text")

    def is_asked(self, stage: Stage, when: AskedWhen) -> bool:
        """Say whether the form of a stage asks it then."""
        return stage in self.forms and when is self.when

    @property
    def text_key(self) -> str:
        """Return the name of the companion field."""
        return words_key(self.key)

    @property
    def takes_words(self) -> bool:
        """Say whether some option opens the companion field."""
        return any(option.text for option in self.options)


@dataclass(frozen=True)
class ConsentText:
    """A consent as it is asked: never in another language than the form's."""

    key: str
    forms: frozenset[Stage]
    version: int
    text: Mapping[str, str]
    required_unless: Mapping[str, str]
    role: ConsentRole | None = None


@dataclass(frozen=True, eq=False)
class CallInLanguage:
    """A call as one reader sees it: what the form needs and nothing else. Equal only to itself."""

    tag: str
    questions: tuple[Question, ...]
    consents: tuple[ConsentText, ...]
    sections: Mapping[str, Mapping[str, str]]
    reading: Sequence[str]
    """Language tags the desk reads."""
    languages: Sequence[tuple[str, str]]
    """(tag, name) for the question about the language, in menu order."""
    values: Mapping[str, str]
    """Fills {placeholders} of consents and statements: months, licence, licence_uri, days."""


def _limit(row: Mapping[str, Any] | None) -> Limit | None:
    return Limit(letters=int(row["letters"]), han=int(row["han"])) if row else None


def _usual(rows: Sequence[Mapping[str, Any]] | None) -> UsualLength | None:
    if not rows:
        return None
    words = {row["tag"]: _range(row["words"]) for row in rows if "words" in row}
    return UsualLength(words, _range(next(row["characters"] for row in rows if "characters" in row)))


def _range(ends: Sequence[int]) -> tuple[int, int]:
    least, most = ends
    return int(least), int(most)


def parse_question(row: Mapping[str, Any]) -> Question:
    """Read a question shaped as in data/questions.toml. Raises KeyError or ValueError on other shapes."""
    return Question(
        key=row["key"],
        forms=frozenset(Stage(form) for form in row["forms"]),
        section=row["section"],
        type=QuestionType(row["type"]),
        required=bool(row["required"]),
        audience=Audience(row["audience"]),
        label=row["label"],
        help=row.get("help", {}),
        limit=_limit(row.get("limit")),
        options=tuple(
            Option(one["value"], one["label"], one.get("text", ""), one.get("text_type", ""))
            for one in row.get("options", ())
        ),
        text_label=row.get("text_label", {}),
        text_limit=_limit(row.get("text_limit")),
        text_type=row.get("text_type", "text"),
        text_audience=Audience(row["text_audience"]) if "text_audience" in row else None,
        role=_read_role(row),
        when=AskedWhen(row.get("when", AskedWhen.FIRST)),
        usual=_usual(row.get("usual")),
    )


def asked_after(rows: Iterable[Mapping[str, Any]], stage: Stage) -> list[Mapping[str, Any]]:
    """Return what is asked after the receipt of a stage and takes an answer; rows as of `parse_question`."""
    return [
        row
        for row in rows
        if row.get("when") == AskedWhen.AFTER and stage in row["forms"] and row["type"] != QuestionType.PHOTOS
    ]


def needs_own_answer(rows: Iterable[Mapping[str, Any]], stage: Stage) -> bool:
    """Say whether an author who has answered nothing after the receipt has to approve the text in person.

    Whoever was not asked yet from which day it may be published has not said that any day will do.
    """
    return any(_name_role(row) == QuestionRole.EMBARGO for row in asked_after(rows, stage))


def list_searched(rows: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    """Yield the keys of answers in words that every reader of the call may read; rows as of `parse_question`.

    Nothing else of the rows is read: this is asked for every sending.
    """
    for row in rows:
        audience = row["audience"]
        if audience == Audience.DESK and row["type"] in (QuestionType.SHORT, QuestionType.LONG):
            yield row["key"]
        if (row.get("text_audience") or audience) == Audience.DESK and _takes_words(row):
            yield words_key(row["key"])


def split_answers(
    rows: Iterable[Mapping[str, Any]], answers: Mapping[str, Any]
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the answers the desk's search reads, and all others; rows as of `list_searched`."""
    searched = frozenset(list_searched(rows))
    return (
        {key: one for key, one in answers.items() if key in searched},
        {key: one for key, one in answers.items() if key not in searched},
    )


def _takes_words(row: Mapping[str, Any]) -> bool:
    return any(option.get("text") for option in row.get("options", ()))


def parse_consent(row: Mapping[str, Any]) -> ConsentText:
    """Read a consent from the shape of data/consents.toml."""
    return ConsentText(
        key=row["key"],
        forms=frozenset(Stage(form) for form in row["forms"]),
        version=int(row["version"]),
        text=row["text"],
        required_unless=row.get("required_unless", {}),
        role=_read_consent_role(row),
    )


def _read_role(row: Mapping[str, Any]) -> QuestionRole | None:
    named = _name_role(row)
    return QuestionRole(named) if named else None


def _name_role(row: Mapping[str, Any]) -> str | None:
    return row.get("role") or legacy_keys.QUESTION_ROLES.get(row["key"])


def _read_consent_role(row: Mapping[str, Any]) -> ConsentRole | None:
    named = row.get("role") or legacy_keys.CONSENT_ROLES.get(row["key"])
    return ConsentRole(named) if named else None


def place_of_statement(row: Mapping[str, Any]) -> StatementPlace | None:
    """Return where a statement stands; None for one that no page shows."""
    named = row.get("place") or legacy_keys.STATEMENT_PLACES.get(row["key"])
    return StatementPlace(named) if named else None


def keys_with_role(rows: Iterable[Mapping[str, Any]], role: QuestionRole) -> list[str]:
    """Return the keys of the questions with a role, in their order; rows as of `parse_question`."""
    return [row["key"] for row in rows if _name_role(row) == role]


def consent_key(rows: Iterable[Mapping[str, Any]], role: ConsentRole) -> str:
    """Return the key of the consent with a role, empty without one; rows as of `parse_consent`."""
    return next((row["key"] for row in list_with_role(rows, role)), "")


def list_with_role(rows: Iterable[Mapping[str, Any]], role: ConsentRole) -> list[Mapping[str, Any]]:
    """Return the consents with a role; rows as of `parse_consent`."""
    return [row for row in rows if _read_consent_role(row) is role]


class AnswersByRole:
    """Answers read by the roles of their questions; rows as of `parse_question`."""

    def __init__(self, rows: Sequence[Mapping[str, Any]], answers: Mapping[str, Any]) -> None:
        """Read nothing yet."""
        self._rows, self._answers = rows, answers

    def text(self, role: QuestionRole) -> str:
        """Return an answer in words, or the one that was chosen; empty when there is none."""
        return next(iter(self.texts(role)), "")

    def texts(self, *roles: QuestionRole) -> list[str]:
        """Return what the questions with these roles were answered, in the order of the roles."""
        keys = (key for role in roles for key in self._keys.get(role, ()))
        return [text for key in keys if (text := self._read(key))]

    def words(self, role: QuestionRole) -> str:
        """Return what stands in the companion field of the question with a role."""
        return next((self._read(words_key(key)) for key in self._keys.get(role, ())), "")

    def chosen(self, role: QuestionRole) -> list[str]:
        """Return the options that were ticked in the questions with a role."""
        answers = (self._answers.get(key) for key in self._keys.get(role, ()))
        return [option for ticked in answers if isinstance(ticked, list) for option in ticked]

    @cached_property
    def _keys(self) -> Mapping[str, Sequence[str]]:
        """Return the keys of the questions by their roles, looked up once for all that is read."""
        found: dict[str, list[str]] = {}
        for row in self._rows:
            if role := _name_role(row):
                found.setdefault(role, []).append(row["key"])
        return found

    def _read(self, key: str) -> str:
        answer = self._answers.get(key)
        return answer if isinstance(answer, str) else ""


def sealed_keys(questions: Sequence[Question]) -> frozenset[str]:
    """Return the field keys whose answers are sealed."""
    keys = {question.key for question in questions if question.audience is Audience.SEALED}
    words = {
        question.text_key
        for question in questions
        if (question.text_audience or question.audience) is Audience.SEALED
    }
    return frozenset(keys | words)


def read_address(questions: Sequence[Mapping[str, Any]], sealed: Mapping[str, Any]) -> str:
    """Return the address for mail among sealed answers; empty where another way was chosen."""
    given = AnswersByRole(questions, sealed)
    is_by_mail = given.text(QuestionRole.REPLY) == ReplyChannel.EMAIL
    return given.words(QuestionRole.REPLY) if is_by_mail else ""


def fill_placeholders(text: str, values: Mapping[str, str], tag: Tag) -> str:
    """Put the values into a text in the language of `tag`: `{days}`, or `{days|день|дні|днів}` with its noun.

    A noun stands in as many forms as the language has for whole numbers, in the order of CLDR (one, few,
    many, other). Braces that name no value stay, since admins may type any text.
    """

    def fill(found: re.Match[str]) -> str:
        value = values.get(found["name"])
        if value is None:
            return found[0]
        if not found["forms"] or not value.isdecimal():
            return value
        return f"{value}\N{NO-BREAK SPACE}{choose_plural(found['forms'][1:].split('|'), int(value), tag)}"

    return PLACEHOLDER.sub(fill, text)


def read_day(text: str) -> date | None:
    """Return the day of an answer to a question of type date, YYYY-MM-DD; None for anything else."""
    try:
        return date.fromisoformat(text.strip())
    except ValueError:
        return None
