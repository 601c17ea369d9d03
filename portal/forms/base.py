"""The form all our forms are made from: messages in the reader's language, text outlives an expired token."""

from typing import Any

from flask import g, has_request_context
from flask_wtf import FlaskForm
from wtforms import HiddenField
from wtforms.csrf.core import CSRFTokenField

from portal.forms.refusals import word_refused_form
from portal.forms.translations import find_translations


class _TokenField(CSRFTokenField):  # type: ignore[misc]  # wtforms ships no types
    """The form token, signed where it is shown: a form that was sent well is not shown again."""

    current_token: str | None = None

    def process(self, *args: Any, **kwargs: Any) -> None:
        HiddenField.process(self, *args, **kwargs)

    def _value(self) -> str:
        token = self.current_token or self.csrf_impl.generate_csrf_token(self)
        return str(token)


class _Csrf(FlaskForm.Meta.csrf_class):  # type: ignore[misc]  # flask_wtf ships no types
    field_class = _TokenField


class PortalForm(FlaskForm):  # type: ignore[misc]  # flask_wtf ships no types
    """A form with messages in all our languages, which never validates after a refused token."""

    class Meta(FlaskForm.Meta):  # type: ignore[misc]  # flask_wtf ships no types
        """Use our own lookup: Flask-WTF's would show Simplified Chinese to readers in Taiwan."""

        csrf_class = _Csrf

        def get_translations(self, form: Any) -> Any:
            """Return the translations of WTForms for the current locale."""
            return find_translations()

    def validate(self, extra_validators: Any = None) -> bool:
        """Validate; a form that is not taken says why, and keeps everything typed."""
        if has_request_context() and g.get("csrf_failed"):
            self.form_errors.append(word_refused_form(g.csrf_failed))
            return False
        return bool(super().validate(extra_validators=extra_validators))
