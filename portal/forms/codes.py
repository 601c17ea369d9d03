"""Forms around the receipt code: typing it back, asking for a way in without it, replacing it."""

import re

from email_validator import EmailNotValidError, validate_email
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import EmailField, StringField
from wtforms.validators import DataRequired, StopValidation

from portal.forms.base import to_line
from portal.forms.private import PageForm
from portal.story.normalise import clean_digits, fold_width

_GROUP = 4
_GROUPS = 5
_BETWEEN = re.compile(r"\W+")


class TypeBackForm(PageForm):
    """The code as somebody wrote it down. It is compared and forgotten, and never shown again."""

    name = "back"
    code = StringField(
        _l("The code as you have written it down"),
        render_kw={"inputmode": "numeric", "spellcheck": "false", "value": ""},
    )

    @property
    def groups(self) -> list[str]:
        """Return the digits in the five groups they were typed in, else in fours from the start."""
        typed = [digits for part in _BETWEEN.split(self.code.data or "") if (digits := clean_digits(part))]
        if len(typed) == _GROUPS:
            return typed
        row = "".join(typed)
        return [row[at : at + _GROUP] for at in range(0, len(row), _GROUP)]


class LostCodeForm(PageForm):
    """The address somebody left with a text whose code is lost."""

    name = "lost"
    email = EmailField(
        _l("Your e-mail address"),
        filters=[to_line],
        validators=[DataRequired(_l("Enter the e-mail address you gave us."))],
    )

    def validate_email(self, field: EmailField) -> None:
        """Check the form of the address and write it as it was stored; its domain is not looked up."""
        try:
            checked = validate_email(fold_width(field.data), check_deliverability=False, allow_smtputf8=False)
        except EmailNotValidError as error:
            raise StopValidation(
                _("This e-mail address cannot be right. It should look like name@example.org")
            ) from error
        field.data = checked.ascii_email


class LinkForm(PageForm):
    """Use a one-time link."""

    name = "link"


class RenewCodeForm(PageForm):
    """A contributor takes a new code."""

    name = "renew"
