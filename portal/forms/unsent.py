"""Small forms around writing: delete an unsent version, correct the language, type the code again."""

from collections.abc import Sequence
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import HiddenField, SelectChoice, SelectField
from wtforms.validators import ValidationError

from portal.forms.base import PortalForm
from portal.forms.private import CodeForm


class DeleteForm(PortalForm):
    """Delete an unsent version."""


class AgainForm(CodeForm):
    """The receipt code, typed again so that a request can go on; `to` says which."""

    to = HiddenField()


class LanguageForm(PortalForm):
    """The language a text is really in."""

    lang = SelectField(_l("Language of your text"), validate_choice=False)

    def __init__(self, *args: Any, languages: Sequence[tuple[str, str]], **kwargs: Any) -> None:
        """Take the languages to choose from as (tag, name)."""
        super().__init__(*args, **kwargs)
        self.lang.choices = [SelectChoice(tag, name) for tag, name in languages]

    def validate_lang(self, field: Any) -> None:
        """Take only languages that were shown."""
        if field.data not in {choice.value for choice in self.lang.choices}:
            raise ValidationError(_("Choose one of the languages shown."))
