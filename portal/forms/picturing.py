"""Forms of the files: one at a time; of a photo what it shows, whose it is, who is in it."""

from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf.file import FileField, FileRequired
from wtforms import Field, RadioField, SelectChoice, StringField
from wtforms.validators import DataRequired, InputRequired, ValidationError

from portal.domain.limits import Limit, is_too_long
from portal.domain.pictures import (
    CAPTION_LIMIT,
    CREDIT_LIMIT,
    DESCRIPTION_LIMIT,
    PeopleAnswer,
    PhotoLicence,
)
from portal.forms.my import PageForm
from portal.story.count import script_bucket
from portal.story.normalise import clean_line

PEOPLE_LABELS = {
    PeopleAnswer.NOBODY: _l("Nobody in it can be recognised"),
    PeopleAnswer.AGREED: _l("Everybody who can be recognised agreed"),
    PeopleAnswer.NOT_ASKED: _l("Somebody can be recognised and was not asked"),
}
LICENCE_LABELS = {
    PhotoLicence.OWN: _l("I took it, and it may appear under the licence of the story"),
    PhotoLicence.ALLOWED: _l("Somebody else took it, and allowed that it appears under this licence"),
    PhotoLicence.EDITORS_ONLY: _l("It may not be published: only the desk sees it"),
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


class AddDocumentForm(PageForm):
    """One document."""

    name = "add"
    document = FileField(_l("Document"), validators=[FileRequired(_l("Choose a file first."))])


class FileForm(PageForm):
    """A form about one file among several on the page."""

    def __init__(self, *args: Any, name: str, **kwargs: Any) -> None:
        """Name the controls after the file."""
        self.name = name
        super().__init__(*args, **kwargs)


class DescribePhotoForm(FileForm):
    """What a photo shows, who took it, who is in it, who may print it."""

    description = StringField(
        _l("What does the photo show?"),
        description=_l("People who cannot see it hear this instead. Name nobody who should not be named."),
        filters=[_line],
        validators=[
            DataRequired(_l("Say in a few words what the photo shows.")),
            _keep_limit(DESCRIPTION_LIMIT),
        ],
    )
    caption = StringField(
        _l("Caption"),
        description=_l("What is printed below it. Without one we print what the photo shows."),
        filters=[_line],
        validators=[_keep_limit(CAPTION_LIMIT)],
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

    licence = RadioField(
        _l("May it be published?"),
        choices=[SelectChoice(answer.value, label) for answer, label in LICENCE_LABELS.items()],
        validate_choice=False,
        validators=[InputRequired(_l("Say whether the photo may be published."))],
    )

    def validate_people(self, field: Field) -> None:
        """Refuse a value that was not among the answers."""
        if field.data not in set(PeopleAnswer):
            raise ValidationError(_("Say who is in the photo."))

    def validate_licence(self, field: Field) -> None:
        """Refuse a value that was not among the answers."""
        if field.data not in set(PhotoLicence):
            raise ValidationError(_("Say whether the photo may be published."))


class MovePhotoForm(FileForm):
    """Put a photo before or after its neighbour."""


class RemovePhotoForm(FileForm):
    """Take a photo back."""


class RemoveDocumentForm(FileForm):
    """Take a document back."""
