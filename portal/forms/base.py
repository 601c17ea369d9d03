"""The form all our forms are made from: messages in the reader's language, text outlives an expired token."""

import hashlib
from functools import cache
from typing import Any, Final

from babel.support import NullTranslations, Translations
from flask import g, has_request_context
from flask_babel import get_locale
from flask_babel import gettext as _
from flask_wtf import FlaskForm
from wtforms import Form
from wtforms.i18n import messages_path

from portal.domain.languages import DEFAULT
from portal.forms.refusals import word_refused_form
from portal.story.normalise import clean_line, clean_text

_MARK_LENGTH: Final = 8
WTFORMS_FOLDERS: Final = {"zh_Hant_TW": "zh_TW"}


@cache
def _load_messages(babel_id: str) -> NullTranslations:
    """Load WTForms' catalogue of one language, once per process; English texts when it has none."""
    return Translations.load(messages_path(), [WTFORMS_FOLDERS.get(babel_id, babel_id)], domain="wtforms")


class FormTranslations:
    """Translates for whatever locale is current at each call, so a forced locale is obeyed."""

    def _current(self) -> NullTranslations:
        return _load_messages(str(get_locale() or DEFAULT.babel))

    def gettext(self, string: str) -> str:
        """Translate one message of WTForms."""
        return self._current().ugettext(string)

    def ngettext(self, singular: str, plural: str, n: int) -> str:
        """Translate one message of WTForms that counts something."""
        return self._current().ungettext(singular, plural, n)


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


def list_hidden(form: Form) -> list[tuple[str, str]]:
    """Return what of a form nobody sees, by name: its token, its form key, the version it was made from."""
    return [
        (field.name, field._value())  # noqa: SLF001  # what WTForms' own widgets ask
        for field in form
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
