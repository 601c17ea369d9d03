"""Forms of saved views."""

from collections.abc import Sequence
from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms import SelectField, StringField
from wtforms.validators import DataRequired

from portal.domain.saved_views import NAME_LENGTH
from portal.forms.base import MaxLength, PortalForm, to_line


class SavedViewForm(PortalForm):
    """A view's name, and who sees it."""

    view_name = StringField(
        _l("Name of the view"),
        filters=[to_line],
        validators=[DataRequired(_l("Give the view a name.")), MaxLength(NAME_LENGTH)],
    )
    shared = SelectField(_l("Who sees it"))

    def __init__(self, *args: Any, desks: Sequence[tuple[str, str]], **kwargs: Any) -> None:
        """Take with whom it can be shared, as (value, label); the empty value is its owner alone."""
        super().__init__(*args, **kwargs)
        self.shared.choices = list(desks)


class NewViewForm(SavedViewForm):
    """A view that is kept, or takes the place of one."""

    replaces = SelectField(
        _l("Save it as"),
        invalid_choice_message=_l("This view has been deleted in the meantime. Choose again."),
    )

    def __init__(self, *args: Any, views: Sequence[tuple[str, str]], **kwargs: Any) -> None:
        """Take the views it can take the place of, as (value, label); the empty value is a new one."""
        super().__init__(*args, **kwargs)
        self.replaces.choices = list(views)


class DeleteViewForm(PortalForm):
    """A view is deleted by one press."""
