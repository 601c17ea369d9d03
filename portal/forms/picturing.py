"""Forms of the photos: one file at a time, then what it shows, who took it and who is in it."""

from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf.file import FileField, FileRequired
from wtforms import Field, RadioField, SelectChoice, StringField
from wtforms.validators import DataRequired, InputRequired, ValidationError

from portal.domain.limits import Limit, is_too_long
from portal.domain.pictures import CREDIT_LIMIT, DESCRIPTION_LIMIT, PeopleAnswer
from portal.forms.my import PageForm
from portal.story.count import script_bucket
from portal.story.normalise import clean_line

PEOPLE_LABELS = {
    PeopleAnswer.NOBODY: _l("Nobody in it can be recognised"),
    PeopleAnswer.AGREED: _l("Everybody who can be recognised agreed"),
    PeopleAnswer.NOT_ASKED: _l("Somebody can be recognised and was not asked"),
}


def _line(value: str | None) -> str:
    return clean_line(value) if value else ""


def _keep_limit(limit: Limit) -> Any:
    def check(form: Any, field: Field) -> None:
        text = field.data or ""
        if is_too_long(len(text), limit, script_bucket(text)):
            raise ValidationError(
                _("Your text is longer than fits here. Nothing is lost: shorten it and send it again.")
            )

    return check


class AddPhotoForm(PageForm):
    """One photo."""

    name = "add"
    photo = FileField(_l("Photo"), validators=[FileRequired(_l("Choose a photo first."))])


class DescribePhotoForm(PageForm):
    """What a photo shows, who took it, who is in it."""

    description = StringField(
        _l("What does the photo show?"),
        description=_l("People who cannot see it hear this instead. Name nobody who should not be named."),
        filters=[_line],
        validators=[
            DataRequired(_l("Say in a few words what the photo shows.")),
            _keep_limit(DESCRIPTION_LIMIT),
        ],
    )
    credit = StringField(
        _l("Who took it?"),
        description=_l("The name to print beside the photo, or a pen name."),
        filters=[_line],
        validators=[DataRequired(_l("Say who took the photo.")), _keep_limit(CREDIT_LIMIT)],
    )
    people = RadioField(
        _l("Who is in it?"),
        choices=[SelectChoice(answer.value, label) for answer, label in PEOPLE_LABELS.items()],
        validate_choice=False,
        validators=[InputRequired(_l("Say who is in the photo."))],
    )

    def __init__(self, *args: Any, name: str, **kwargs: Any) -> None:
        """Name the controls of one photo among several on the page."""
        self.name = name
        super().__init__(*args, **kwargs)

    def validate_people(self, field: Field) -> None:
        """Refuse a value that was not among the answers."""
        if field.data not in set(PeopleAnswer):
            raise ValidationError(_("Say who is in the photo."))


class RemovePhotoForm(PageForm):
    """Take a photo back."""

    def __init__(self, *args: Any, name: str, **kwargs: Any) -> None:
        """Name the controls of one photo among several on the page."""
        self.name = name
        super().__init__(*args, **kwargs)
