"""The forms of many at once: texts that are spam, ticked one by one or all that were listed."""

from typing import Any

from flask_babel import gettext as _
from wtforms import HiddenField, SelectMultipleField
from wtforms.validators import ValidationError

from portal.forms.base import PortalForm

_DIGITS = 18
"""As many as the number of a row can have."""


class AllSpamForm(PortalForm):
    """Bulk spam: everything that was counted. `newest` is the highest number then: later ones stay."""

    newest = HiddenField()

    @property
    def highest(self) -> int:
        """Return the highest number; 0, below all, when what came is none of ours."""
        given = self.newest.data or ""
        return int(given) if given.isascii() and given.isdecimal() and len(given) <= _DIGITS else 0


class TickedSpamForm(AllSpamForm):
    """Bulk spam: the submissions of a page that are ticked, by public id."""

    submissions = SelectMultipleField(choices=[], validate_choice=False)
    ticked = HiddenField(default="1")

    def validate_submissions(self, field: Any) -> None:
        """Ask for one at least."""
        if not any(field.data):
            raise ValidationError(_("Tick what is spam. Nothing was changed."))


class TakeBackForm(PortalForm):
    """Bulk spam to be taken back: one act on many, by the name it was given."""

    batch = HiddenField()
