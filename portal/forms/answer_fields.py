"""The fields answers are written into, and what is checked about them."""

import base64
import binascii
import zlib
from collections.abc import Callable, Mapping, Sequence
from typing import Any, ClassVar

from email_validator import EmailNotValidError, validate_email
from flask_babel import format_decimal
from flask_babel import gettext as _
from wtforms import Field, StringField, TextAreaField
from wtforms.validators import StopValidation, ValidationError
from wtforms.widgets import DateInput, TextInput

from portal.domain.answers import Answer
from portal.domain.documents import MOST_CHARACTERS
from portal.domain.limits import Limit
from portal.domain.places import find_exact_place
from portal.domain.questions import ConsentRole, ConsentText, Option, Question, read_day
from portal.story.count import script_bucket
from portal.story.normalise import clean_line, clean_text, fold_width

_LETTERS_A_ROW = 200
_ROWS = range(3, 25)
_MOST_BYTES = 4 * MOST_CHARACTERS
"""Of UTF-8."""


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


class FromFile(Field):  # type: ignore[misc]  # wtforms ships no types
    """What a file gave for the story, as Markdown: goes along unseen and packed, since nobody edits it."""

    widget = TextInput()

    def process_formdata(self, valuelist: Sequence[str]) -> None:
        """Unpack what comes back; what is not ours counts as nothing."""
        self.data = _unpack(valuelist[0]) if valuelist else ""

    def _value(self) -> str:
        packed = zlib.compress(self.data.encode(), level=9) if self.data else b""
        return base64.b64encode(packed).decode()


def _unpack(packed: str) -> str:
    inflating = zlib.decompressobj()
    try:
        unpacked = inflating.decompress(base64.b64decode(packed, validate=True), _MOST_BYTES)
        return clean_text(unpacked.decode())[:MOST_CHARACTERS] if inflating.eof else ""
    except (binascii.Error, zlib.error, UnicodeDecodeError):
        return ""


class DayLine(LimitedLine):
    """A day as YYYY-MM-DD: what browsers send from their calendar, and what is typed where they have none."""

    widget = DateInput()


def tidy_line(text: str | None) -> str | None:
    """Clean one line as it comes in; nothing stays nothing."""
    return clean_line(text) if text else text


def tidy_text(text: str | None) -> str | None:
    """Clean a text of many lines as it comes in; nothing stays nothing."""
    return clean_text(text) if text else text


Check = Callable[[Any, Field], None]


class MayBeEmpty:
    """Marks a question as optional and ends its checks when it is not answered."""

    field_flags: ClassVar[Mapping[str, bool]] = {"optional": True}

    def __call__(self, form: Any, field: Field) -> None:
        if not field.data:
            raise StopValidation


def may_be_empty() -> Check:
    """Mark a question as optional."""
    return MayBeEmpty()


def need_answer(label: str, *, chosen: bool) -> Check:
    """Ask for an answer: one to choose, or one to write."""

    def check(form: Any, field: Field) -> None:
        if field.data:
            return
        if chosen:
            raise StopValidation(_("Choose an answer to “%(question)s”", question=label))
        raise StopValidation(_("Write an answer to “%(question)s”", question=label))

    return check


def need_option(label: str, values: Sequence[str]) -> Check:
    """Take only answers that were shown."""
    known = frozenset(values)

    def check(form: Any, field: Field) -> None:
        given = field.data if isinstance(field.data, list) else [field.data]
        if not known.issuperset(given):
            raise StopValidation(_("Choose one of the answers shown to “%(question)s”", question=label))

    return check


def keep_limit(label: str) -> Check:
    """Refuse a text that is too long for its script."""

    def check(form: Any, field: Any) -> None:
        text = field.data or ""
        if field.limit is None or len(text) <= min(field.limit.han, field.limit.letters):
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


def need_day(label: str) -> Check:
    """Take only a day that exists."""

    def check(form: Any, field: Field) -> None:
        if field.data and read_day(field.data) is None:
            raise StopValidation(
                _("The date in “%(question)s” could not be read. Write it like 2026-03-14", question=label)
            )

    return check


def keep_coarse(label: str) -> Check:
    """Ask for city or region only where an exact place was given."""

    def check(form: Any, field: Field) -> None:
        found = find_exact_place(field.data or "")
        if found is not None:
            raise StopValidation(
                _(
                    "City or region is enough in “%(question)s”. “%(place)s” shows an exact place, and that "
                    "could put people at risk. What you wrote is still here: take the exact place out.",
                    question=label,
                    place=found.text,
                )
            )

    return check


def need_words(question: Question, label: str) -> Check:
    """Ask for the words an option needs, and look at an e-mail address."""

    def check(form: Any, field: Field) -> None:
        chosen = chosen_with_words(question, form[question.key].data)
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
        return str(
            validate_email(fold_width(text), check_deliverability=False, allow_smtputf8=False).ascii_email
        )
    except EmailNotValidError as error:
        raise StopValidation(
            _("This e-mail address cannot be right. It should look like name@example.org")
        ) from error


def need_consent(consent: ConsentText, sentence: str) -> Check:
    """Ask for the box, unless another answer excuses it."""

    def check(form: Any, field: Field) -> None:
        excused = any(
            key in form and form[key].data == value for key, value in consent.required_unless.items()
        )
        if not field.data and not excused:
            raise StopValidation(_name_box(consent, sentence))

    return check


def _name_box(consent: ConsentText, sentence: str) -> str:
    """Ask for a box by what it is about: its sentence stands beside it. A call can have boxes of its own."""
    known = {
        ConsentRole.READING: _("Tick the box about who may read this."),
        ConsentRole.AGE: _("Tick the box about your age."),
        ConsentRole.OWNERSHIP: _("Tick the box about whose text this is."),
        ConsentRole.LICENCE: _("Tick the box about the licence."),
    }
    asked = known[consent.role] if consent.role else ""
    return asked or str(_("You need to agree to this before you can send: “%(sentence)s”", sentence=sentence))


def chosen_with_words(question: Question, given: Answer | None) -> list[Option]:
    """Return the chosen options that have room for words."""
    chosen = given if isinstance(given, list) else [given]
    return [option for option in question.options if option.text and option.value in chosen]
