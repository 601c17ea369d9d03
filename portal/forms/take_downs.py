"""The form of a take-down: what was done about a place outside from which something must come back."""

from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import RadioField, TextAreaField
from wtforms.validators import InputRequired

from portal.domain.take_downs import RECORDED, Recall, TakeDownOutcome
from portal.forms.base import MaxLength, PortalForm, to_text

NOTE_LENGTH = 2000
_LABELS = {
    TakeDownOutcome.REMOVED: _l("The whole text is gone from there"),
    TakeDownOutcome.CORRECTED: _l("The text is still there, without what had to go"),
    TakeDownOutcome.NOT_REMOVED: _l("It could not be removed"),
}
_UNTIL_THE_DAY = {
    **_LABELS,
    TakeDownOutcome.CORRECTED: _l("It is not published there before the day"),
    TakeDownOutcome.NOT_REMOVED: _l("It could not be held back"),
}
"""What can become of a text that is to wait for its author's day."""


class OutcomeForm(PortalForm):
    """The outcome of one take-down. `name` tells its controls from those of the others on the page."""

    outcome = RadioField(
        _l("What was done"),
        validators=[InputRequired(_l("Choose what was done."))],
    )
    note = TextAreaField(
        _l("How it was done, or why it was not possible"),
        filters=[to_text],
        validators=[MaxLength(NOTE_LENGTH)],
    )

    def __init__(self, *args: Any, name: str, reason: Recall, **kwargs: Any) -> None:
        """Take the public id of the place, and why something must come back from there."""
        super().__init__(*args, **kwargs)
        self.name = name
        labels = _UNTIL_THE_DAY if reason is Recall.EMBARGO else _LABELS
        self.outcome.choices = [(one.value, labels[one]) for one in RECORDED]
        for field in self:
            field.id = f"{name}-{field.short_name}"
            field.label.field_id = field.id

    def validate(self, extra_validators: Any = None) -> bool:
        """Ask for words where it could not be removed."""
        if not super().validate(extra_validators=extra_validators):
            return False
        if self.outcome.data == TakeDownOutcome.NOT_REMOVED and not self.note.data.strip():
            self.note.errors = [_("Say why it could not be removed.")]
            return False
        return True


class TakeDownPressForm(PortalForm):
    """Has the portal take a post down on a newsroom's site."""
