"""The form all our forms are made from: messages in the reader's language, text outlives an expired token."""

import hashlib
from typing import Any, Final

from flask import g, has_request_context
from flask_babel import format_decimal, ngettext
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import Field, Form, IntegerField
from wtforms.validators import InputRequired, Optional, ValidationError
from wtforms.widgets import HiddenInput

from portal.forms.refusals import word_refused_form
from portal.forms.stock_sentences import OURS
from portal.story.normalise import clean_line, clean_text

_MARK_LENGTH: Final = 8
_INCOMPLETE: Final = _l(
    "Part of this form did not reach us, so nothing was changed. Load the page again and try once more."
)


class FormTranslations:
    """What WTForms asks for its sentences and labels, in the locale current at each call."""

    def gettext(self, string: str) -> str:
        """Return our words for a sentence; what is none of ours, as the name of a field, stays."""
        return str(OURS.get(string, string))

    def ngettext(self, singular: str, plural: str, n: int) -> str:
        """Return our words for a sentence that counts; ours do without the number."""
        return str(OURS.get(singular, singular if n == 1 else plural))


_FORM_TRANSLATIONS: Final = FormTranslations()


def find_translations() -> FormTranslations:
    """Give the object a form's ``Meta.get_translations`` returns."""
    return _FORM_TRANSLATIONS


class PortalForm(FlaskForm):  # type: ignore[misc]  # flask_wtf ships no types
    """A form with messages in all our languages, which never validates after a refused token."""

    class Meta(FlaskForm.Meta):  # type: ignore[misc]  # flask_wtf ships no types
        """Use our own lookup: Flask-WTF's would show Simplified Chinese to readers in Taiwan."""

        def get_translations(self, form: Any) -> Any:
            """Return the translations of WTForms for the current locale."""
            return find_translations()

    @property
    def faults_promise(self) -> str:
        """Return what the summary of faults says under its heading."""
        return ""

    @property
    def faults_heading(self) -> str:
        """Return the heading of the summary of faults."""
        return str(_("There is a problem"))

    def validate(self, extra_validators: Any = None) -> bool:
        """Validate; a form that is not taken says why, and keeps everything typed."""
        if has_request_context() and g.get("csrf_failed"):
            self.form_errors.append(word_refused_form(g.csrf_failed))
            return False
        return bool(super().validate(extra_validators=extra_validators))


class HiddenNumber(IntegerField):  # type: ignore[misc]  # wtforms ships no types
    """A number the page carries along for itself, such as the version it showed; nobody types it."""

    widget = HiddenInput()

    def __init__(self, label: str | None = None, *, may_lack: bool = False, **kwargs: Any) -> None:
        """Ask for it, unless it may lack: a page that came back without it cannot be taken."""
        needed = Optional() if may_lack else InputRequired(_INCOMPLETE)
        super().__init__(label, validators=[needed], invalid_value_message=_INCOMPLETE, **kwargs)


class MaxLength:
    """Refuses a text that is longer than its field takes, and says by how much."""

    def __init__(self, most: int) -> None:
        """Take how many characters fit."""
        self.most = most

    def __call__(self, _form: Form, field: Field) -> None:
        """Count what was typed. Raises ValidationError."""
        over = len(field.data or "") - self.most
        if over > 0:
            raise ValidationError(
                ngettext(
                    "“%(field)s” is %(count)s character too long: at most %(limit)s fit.",
                    "“%(field)s” is %(count)s characters too long: at most %(limit)s fit.",
                    over,
                    field=field.label.text,
                    count=format_decimal(over),
                    limit=format_decimal(self.most),
                )
            )


def list_hidden(form: Form) -> list[tuple[str, str]]:
    """Return what of a form nobody sees, by name: its token, its form key, the version it was made from."""
    return [
        (field.name, field._value())  # noqa: SLF001  # what WTForms' own widgets ask
        for field in (*getattr(form, "carried", ()), *form)
        if getattr(field.widget, "input_type", "") == "hidden"
        and (field.data or not getattr(field, "only_filled", False))
    ]


def mark_value(value: str) -> str:
    """Return the mark by which a form knows again what its page has shown, without carrying it along."""
    return hashlib.sha256(value.encode()).hexdigest()[:_MARK_LENGTH]


def to_line(value: str | None) -> str:
    """Clean one line as it comes in; nothing is an empty line."""
    return clean_line(value) if value else ""


def to_text(value: str | None) -> str:
    """Clean a text of many lines as it comes in; nothing is an empty text."""
    return clean_text(value) if value else ""
