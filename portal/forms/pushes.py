"""Forms of pushes: which stories are sent to which newsroom's site."""

from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, SelectMultipleField, StringField

from portal.forms.base import PortalForm, to_line


class PushForm(PortalForm):
    """Stories that are ticked, all, or all that are new to a site, and the target. Each is looked up.

    Without a target each story goes to the sites of its language.
    """

    drafts = SelectMultipleField(_l("Stories"), validate_choice=False)
    all_approved = BooleanField(_l("All approved stories"))
    all_new = BooleanField()
    target = StringField(filters=[to_line])

    def validate(self, extra_validators: Any = None) -> bool:
        """Ask for at least one story."""
        if not super().validate(extra_validators=extra_validators):
            return False
        if not (self.all_new.data or self.all_approved.data or self.drafts.data):
            self.drafts.errors = [_("Choose at least one story.")]
            return False
        return True


class PushPressForm(PortalForm):
    """An act of one press on a story that was sent."""
