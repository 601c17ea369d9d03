"""Forms of tags: put on a text by name; made, renamed, merged and removed in a coverage."""

import re
from collections.abc import Sequence
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, SelectField, StringField
from wtforms.validators import DataRequired, ValidationError

from portal.domain.tags import MOST_ON_TEXT, NAME_LENGTH
from portal.forms.base import MaxLength, PortalForm, to_line
from portal.forms.desk import DeskForm
from portal.story.tag_names import fold_tag

_BETWEEN_NAMES = re.compile("[,;，、；]")
TYPED_LENGTH = MOST_ON_TEXT * (NAME_LENGTH + 2)


class TagForm(DeskForm):
    """Tags for a text, by their names."""

    name = "tag"
    names = StringField(
        _l("Add a tag"),
        filters=[to_line],
        validators=[DataRequired(_l("Write the name of a tag.")), MaxLength(TYPED_LENGTH)],
    )

    @property
    def wanted(self) -> list[str]:
        """Return the names one by one; between two of them a comma may stand."""
        return split_names(self.names.data)


def split_names(typed: str | None) -> list[str]:
    """Return the names of tags one by one; between two of them a comma stands."""
    return [name for part in _BETWEEN_NAMES.split(typed or "") if (name := part.strip())]


class TagNameForm(PortalForm):
    """The name of a tag."""

    tag_name = StringField(
        _l("Name of the tag"),
        filters=[to_line],
        validators=[DataRequired(_l("Write a name.")), MaxLength(NAME_LENGTH)],
    )

    def validate_tag_name(self, field: StringField) -> None:
        """Refuse what nobody can read, and what would be two names where tags are typed."""
        if not fold_tag(field.data):
            raise ValidationError(_("Write a name with letters or numbers."))
        if _BETWEEN_NAMES.search(field.data):
            raise ValidationError(_("Leave out commas and semicolons: they separate tags."))


class MergeTagForm(PortalForm):
    """The tag that takes the place of another one."""

    into = SelectField(
        _l("Use this tag instead"),
        invalid_choice_message=_l("This tag has been removed in the meantime. Choose another one."),
    )

    def __init__(self, *args: Any, tags: Sequence[tuple[str, str]], **kwargs: Any) -> None:
        """Take the other tags as (public id, name)."""
        super().__init__(*args, **kwargs)
        self.into.choices = [("", _("Choose a tag")), *tags]

    def validate_into(self, field: SelectField) -> None:
        """Ask for one."""
        if not field.data:
            raise ValidationError(_("Choose a tag."))


class RemoveTagForm(PortalForm):
    """A tag is removed from every text."""

    sure = BooleanField(
        _l("Remove it from these texts. This cannot be undone."),
        validators=[DataRequired(_l("Tick the box to remove the tag."))],
    )
