"""Which stories are sent to which newsroom's site."""

from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, RadioField, SelectMultipleField
from wtforms.validators import InputRequired

from portal.forms.base import PortalForm


class PushForm(PortalForm):
    """Stories that are ticked, or all; the target is the button pressed. Both are looked up, not offered."""

    drafts = SelectMultipleField(_l("Stories"), validate_choice=False)
    all_approved = BooleanField(_l("All approved stories"))
    target = RadioField(validators=[InputRequired()], validate_choice=False)

    def validate(self, extra_validators: Any = None) -> bool:
        """Ask for at least one story."""
        if not super().validate(extra_validators=extra_validators):
            return False
        if not self.all_approved.data and not self.drafts.data:
            self.drafts.errors = [_("Choose at least one story.")]
            return False
        return True


class PushPressForm(PortalForm):
    """An act of one press on a story that was sent."""
