"""Forms of admins: invitations, roles, coverages."""

from collections.abc import Sequence

from flask_babel import lazy_gettext as _l
from wtforms import EmailField, RadioField, SelectField, SelectMultipleField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import Email, InputRequired, Length, Optional

from portal.domain.languages import LOCALES
from portal.domain.permissions import Role
from portal.forms.account import clean_address
from portal.forms.base import PortalForm


class AssignmentForm(PortalForm):
    """A role and coverages."""

    role = RadioField(
        _l("Role"),
        choices=[
            SelectChoice(Role.MODERATOR.value, _l("Moderator: reads, asks, notes, sorts out spam")),
            SelectChoice(Role.EDITOR.value, _l("Editor: also decides, edits and exports")),
            SelectChoice(Role.ADMIN.value, _l("Admin: also invites staff; sees every coverage")),
        ],
        validators=[InputRequired(_l("Choose a role."))],
    )
    coverages = SelectMultipleField(
        _l("Coverages"), choices=[], description=_l("Moderators and editors see these only.")
    )

    def offer_coverages(self, choices: Sequence[tuple[str, str]]) -> None:
        """Set the coverages there are, as slug and title; call before anything else."""
        self.coverages.choices = [SelectChoice(slug, title) for slug, title in choices]


class InviteForm(AssignmentForm):
    """An invitation."""

    email = EmailField(
        _l("E-mail address"),
        description=_l("With an address, only this address can be used for the account. No mail is sent."),
        filters=[clean_address],
        validators=[Optional(), Email(_l("Enter an e-mail address like name@example.org.")), Length(max=255)],
    )
    locale = SelectField(
        _l("Language of their desk"), choices=[SelectChoice(one.tag, one.autonym) for one in LOCALES]
    )


class ActForm(PortalForm):
    """An act of one press."""
