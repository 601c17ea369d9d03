"""Forms of what admins set about calls."""

from wtforms import HiddenField

from portal.forms.base import PortalForm


class DecidersForm(PortalForm):
    """The press that lets moderators decide, or leaves it to editors."""

    lets_moderators = HiddenField()

    @property
    def lets(self) -> bool:
        """Say whether moderators are to decide."""
        return bool(self.lets_moderators.data == "1")
