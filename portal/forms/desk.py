"""Forms of the desk: one class for each act. Choices and the language of the author are handed in."""

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, time
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import (
    BooleanField,
    DateField,
    HiddenField,
    RadioField,
    SelectField,
    StringField,
    TextAreaField,
)
from wtforms.validators import AnyOf, DataRequired, Optional, ValidationError

from portal.domain.languages import locale_by_tag
from portal.domain.permissions import REASON_LENGTH
from portal.domain.presence import PresenceSign
from portal.forms.base import HiddenNumber, MaxLength, PortalForm, to_line, to_text

ACCOUNT_CLOSED = _l("This account has been closed in the meantime. Choose somebody else.")
MESSAGE_LENGTH = 4000
NOTE_LENGTH = 4000
GIST_LENGTH = 600
GIST_LINES = 3
_ID = re.compile(r"[0-9a-f]{32}")
_LAST_HOUR = time(23, tzinfo=UTC)
_LONGEST_NUMBER = 19


class CarriedForm(PortalForm):
    """What each form of a submission's page carries: what the page showed of it, and the queue to go on in.

    `seen` is the version, `known` the number of the newest act in its history: when somebody was faster, the
    page can say who did what.
    """

    # Without labels: nobody sees these, and WTForms looks for a translation of each name it makes one from.
    seen = HiddenNumber("")
    known = HiddenField("", filters=[to_line])
    queue = HiddenField("", filters=[to_line])
    holder = HiddenField("", filters=[to_line])
    """Public id of the colleague the page named as being on it; empty when it named nobody."""

    @property
    def known_event(self) -> int | None:
        """Return the number of the newest act the page showed; None when the form does not say."""
        digits = self.known.data or ""
        return (
            int(digits) if digits.isascii() and digits.isdecimal() and len(digits) < _LONGEST_NUMBER else None
        )

    def tell_holder(self, holder: str) -> None:
        """Let it be sent again, after its person was told who is on it."""
        self.holder.data, self.holder.raw_data = holder, None

    def renew(self, *, seen: int, known: int) -> None:
        """Let it be sent again, after its person was told what has happened meanwhile."""
        for field, value in ((self.seen, seen), (self.known, str(known))):
            field.data, field.raw_data = value, None


class DeskForm(PortalForm):
    """A form of a submission's page: what is typed for one act, and `carried`, which all of a page share.

    Many forms stand on that page: each gives its controls ids of its own, so that labels find them.
    """

    name = "desk"

    class Meta:
        """Leave the token to what is carried."""

        csrf = False

    def __init__(self, *args: Any, carried: CarriedForm, name: str = "", **kwargs: Any) -> None:
        """Name the controls after the form; `name` tells two forms of one class apart."""
        super().__init__(*args, **kwargs)
        self.carried = carried
        self.name = name or self.name
        for field in self:
            field.id = f"{self.name}-{field.short_name}"
            field.label.field_id = field.id

    def validate(self, extra_validators: Any = None) -> bool:
        """Validate what was typed and what was carried; the form says what is wrong with either."""
        is_whole = self.carried.validate()
        self.form_errors += [fault for field in self.carried for fault in field.errors]
        return super().validate(extra_validators=extra_validators) and is_whole

    @property
    def handed(self) -> Mapping[str, Any]:
        """Return what the form hands to its act besides who saw what, by the names of the operation."""
        return {}


class PressForm(DeskForm):
    """An act of one press."""

    name = "press"


class PairForm(DeskForm):
    """An act of one press about two texts: the page's own, and another one."""

    name = "pair"
    # Not a hidden field: the button that is pressed carries it.
    other = StringField("", filters=[to_line])


class PresenceForm(DeskForm):
    """A page's sign of life."""

    name = "presence"
    sign = HiddenField("", filters=[to_line], validators=[AnyOf([one.value for one in PresenceSign])])

    @property
    def given(self) -> PresenceSign:
        """Return the sign."""
        return PresenceSign(self.sign.data)


class AskForm(DeskForm):
    """A question to the author."""

    name = "ask"
    body = TextAreaField(
        _l("Your question"),
        filters=[to_text],
        validators=[DataRequired(_l("Write the question before you send it.")), MaxLength(MESSAGE_LENGTH)],
    )

    @property
    def handed(self) -> Mapping[str, Any]:
        """Return the question."""
        return {"body": self.body.data}


class InviteForm(DeskForm):
    """The invitation to send the full story."""

    name = "invite"
    body = TextAreaField(_l("Your message"), filters=[to_text], validators=[MaxLength(MESSAGE_LENGTH)])
    due = DateField(_l("Please send it by"), validators=[Optional()])

    def __init__(self, *args: Any, today: date, **kwargs: Any) -> None:
        """Take the day before which no date makes sense."""
        super().__init__(*args, **kwargs)
        self.today = today

    def validate_due(self, field: DateField) -> None:
        """Refuse a day that has passed."""
        if field.data is not None and field.data <= self.today:
            raise ValidationError(_("Choose a day after today, or leave the date empty."))

    @property
    def due_at(self) -> datetime | None:
        """Return the end of the chosen day in UTC."""
        return datetime.combine(self.due.data, _LAST_HOUR) if self.due.data else None

    @property
    def handed(self) -> Mapping[str, Any]:
        """Return the message, and the end of the day it is wanted by."""
        return {"body": self.body.data, "due": self.due_at}


class AcceptForm(DeskForm):
    """A story is taken into the coverage, with a few words if wanted."""

    name = "accept"
    body = TextAreaField(_l("Your message"), filters=[to_text], validators=[MaxLength(MESSAGE_LENGTH)])

    @property
    def handed(self) -> Mapping[str, Any]:
        """Return the message."""
        return {"body": self.body.data}


class DeclineForm(DeskForm):
    """No, with a reason and words. `wordless` is the reason that needs none."""

    name = "decline"
    reason = RadioField(
        _l("Reason, for the desk’s statistics"), validators=[DataRequired(_l("Choose a reason."))]
    )
    body = TextAreaField(_l("Your message"), filters=[to_text], validators=[MaxLength(MESSAGE_LENGTH)])

    def __init__(self, *args: Any, reasons: Sequence[tuple[str, str]], wordless: str, **kwargs: Any) -> None:
        """Take the reasons as (code, label)."""
        super().__init__(*args, **kwargs)
        self.reason.choices = list(reasons)
        self.wordless = wordless

    def validate_body(self, field: TextAreaField) -> None:
        """Ask for words: only spam is declined without any."""
        if not field.data and self.reason.data != self.wordless:
            raise ValidationError(_("Write a few words to the author, or start from the prepared text."))


def read_other_id(fields: Mapping[str, Any]) -> str:
    """Return the public id of the other text that a form is about, or nothing."""
    return fields["other"] if _ID.fullmatch(fields.get("other") or "") else ""


def read_original_id(fields: Mapping[str, Any]) -> str:
    """Return the public id of the original that a form names, or nothing."""
    found = _ID.search(fields.get("address") or "") or _ID.fullmatch(fields.get("chosen") or "")
    return found[0] if found else ""


class DuplicateForm(DeskForm):
    """The choice of the original of a duplicate: chosen from what was found, or given by its address."""

    name = "duplicate"
    chosen = RadioField(_l("Found in this call"), validators=[Optional()])
    address = StringField(_l("Or the address of the original’s page"), filters=[to_line])

    def __init__(self, *args: Any, found: Sequence[tuple[str, str]], **kwargs: Any) -> None:
        """Take the search's finds as (public id, heading)."""
        super().__init__(*args, **kwargs)
        self.chosen.choices = list(found)
        self.chosen.validate_choice = False  # the find may be a page old; the operation looks it up again

    def validate_address(self, field: StringField) -> None:
        """Ask for one of the two."""
        if not self.original_id:
            raise ValidationError(_("Choose the original, or paste the address of its page on the desk."))

    @property
    def original_id(self) -> str:
        """Return the public id of the original, or nothing."""
        return read_original_id(self.data)


class WithdrawOnRequestForm(DeskForm):
    """The author asked elsewhere to have it withdrawn."""

    name = "withdraw"
    note = StringField(
        _l("How did the author ask?"),
        filters=[to_line],
        validators=[DataRequired(_l("Say in a few words how the author asked.")), MaxLength(300)],
    )

    @property
    def handed(self) -> Mapping[str, Any]:
        """Return how the author asked."""
        return {"note": self.note.data}


class EraseOnRequestForm(DeskForm):
    """The author asked elsewhere to have everything erased."""

    name = "erase"
    sure = BooleanField(
        _l("The author asked for it, and I know that it cannot be undone."),
        validators=[DataRequired(_l("Tick the box to erase everything."))],
    )


class IdentityForm(DeskForm):
    """The reason why sealed answers are opened."""

    name = "identity"
    reason = StringField(
        _l("Why do you open them?"),
        filters=[to_line],
        validators=[DataRequired(_l("Say in a few words why you open them.")), MaxLength(REASON_LENGTH)],
    )


class AssignForm(DeskForm):
    """The choice of who is responsible."""

    name = "assign"
    person = SelectField(_l("Responsible"), invalid_choice_message=ACCOUNT_CLOSED)

    def __init__(self, *args: Any, people: Sequence[tuple[str, str, dict[str, str]]], **kwargs: Any) -> None:
        """Take colleagues as (public id, name, what their option says besides)."""
        super().__init__(*args, **kwargs)
        self.person.choices = [("", _("Nobody"), {}), *people]

    def refuse_person(self) -> None:
        """Say that the account has been closed since the form was looked through."""
        self.person.errors = [ACCOUNT_CLOSED]


class LanguageForm(DeskForm):
    """The language a text is really in."""

    name = "language"
    lang = SelectField(_l("Language of the text"), validate_choice=False)

    def __init__(self, *args: Any, languages: Sequence[tuple[str, str]], **kwargs: Any) -> None:
        """Take the languages to choose from as (tag, name)."""
        super().__init__(*args, **kwargs)
        self.lang.choices = list(languages)

    def validate_lang(self, field: SelectField) -> None:
        """Take only languages that were shown."""
        if field.data not in dict(self.lang.choices):
            raise ValidationError(_("Choose one of the languages shown."))


class WriteForm(DeskForm):
    """A message to the author that decides nothing."""

    name = "write"
    body = TextAreaField(
        _l("Your message"),
        filters=[to_text],
        validators=[DataRequired(_l("Write the message before you send it.")), MaxLength(MESSAGE_LENGTH)],
    )


class NoteForm(DeskForm):
    """A note for colleagues."""

    name = "note"
    body = TextAreaField(
        _l("Note for colleagues"),
        filters=[to_text],
        validators=[DataRequired(_l("Write the note before you save it.")), MaxLength(NOTE_LENGTH)],
    )


class GistForm(DeskForm):
    """A gist in one language of the desk, for colleagues who cannot read the text."""

    name = "gist"
    lang = HiddenField("", filters=[to_line])
    body = TextAreaField(
        _l("Gist in one to three lines"), filters=[to_text], validators=[MaxLength(GIST_LENGTH)]
    )

    def validate_body(self, field: TextAreaField) -> None:
        """Keep it a gist."""
        if len([line for line in (field.data or "").splitlines() if line.strip()]) > GIST_LINES:
            raise ValidationError(_("A gist has at most three lines. Shorten it a little."))

    def validate_lang(self, field: HiddenField) -> None:
        """Take the languages of the desk."""
        if locale_by_tag(field.data or "") is None:
            raise ValidationError(_("Choose one of the languages shown."))
