"""Forms of admins: invitations, roles, coverages."""

from collections.abc import Iterable

from flask_babel import lazy_gettext as _l
from wtforms import EmailField, RadioField, SelectField, SelectMultipleField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import Email, InputRequired, Optional

from portal.domain.languages import LOCALES
from portal.forms.account import clean_address
from portal.forms.base import MaxLength, PortalForm


class AssignmentForm(PortalForm):
    """A role and coverages."""

    role = RadioField(_l("Role"), choices=[], validators=[InputRequired(_l("Choose a role."))])
    coverages = SelectMultipleField(
        _l("Coverages"), choices=[], description=_l("Moderators and editors see these only.")
    )

    def offer(self, roles: Iterable[tuple[str, str]], coverages: Iterable[tuple[str, str]]) -> None:
        """Set the roles there are, each with what it may do, and the coverages; call before anything else."""
        self.role.choices = [SelectChoice(role, sentence) for role, sentence in roles]
        self.coverages.choices = [SelectChoice(slug, title) for slug, title in coverages]


class MakeInvitationForm(AssignmentForm):
    """An invitation."""

    email = EmailField(
        _l("E-mail address"),
        description=_l("With an address, only this address can be used for the account. No e-mail is sent."),
        filters=[clean_address],
        validators=[Optional(), Email(_l("Enter an e-mail address like name@example.org.")), MaxLength(255)],
    )
    locale = SelectField(
        _l("Language of their desk"), choices=[SelectChoice(one.tag, one.autonym) for one in LOCALES]
    )


class StaffActForm(PortalForm):
    """An act of one press."""
