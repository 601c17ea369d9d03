"""Forms of the files: what all photos of a story show, who took them, who is in them; documents."""

from collections.abc import Mapping
from typing import Any, ClassVar

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf.file import FileField, FileRequired
from wtforms import Field, RadioField, SelectChoice, StringField
from wtforms.fields.core import UnboundField
from wtforms.validators import ValidationError
from wtforms.widgets import HiddenInput

from portal.domain.limits import Limit, is_too_long
from portal.domain.photos import (
    CAPTION_LIMIT,
    CREDIT_LIMIT,
    DESCRIPTION_LIMIT,
    PeopleAnswer,
    PhotoLicence,
    PictureWords,
)
from portal.forms.base import mark_value, to_line
from portal.forms.private import PageForm
from portal.forms.text_file import TextFile
from portal.story.count import script_bucket

PEOPLE_LABELS = {
    PeopleAnswer.NOBODY: _l("Nobody in it can be recognised"),
    PeopleAnswer.AGREED: _l("Everyone who can be recognised agreed"),
    PeopleAnswer.NOT_ASKED: _l("Someone can be recognised and was not asked"),
}
LICENCE_LABELS = {
    PhotoLicence.OWN: _l("I took it, and it may appear under the licence of the story"),
    PhotoLicence.ALLOWED: _l("Someone else took it and agreed that it appears under this licence"),
    PhotoLicence.EDITORS_ONLY: _l("It may not be published: only the desk sees it"),
}
_ASKED = ("description", "caption", "credit", "people", "licence")
_SEEN = "seen"


def _keep_limit(limit: Limit) -> Any:
    def check(form: Any, field: Field) -> None:
        text = field.data or ""
        if is_too_long(len(text), limit, script_bucket(text)):
            raise ValidationError(
                _("Your text is longer than fits here. Nothing is lost: shorten it and send it again.")
            )

    return check


def _keep_known(known: type[PeopleAnswer | PhotoLicence], sentence: str) -> Any:
    def check(form: Any, field: Field) -> None:
        if field.data and field.data not in set(known):
            raise ValidationError(sentence)

    return check


class PhotoForm(PageForm):
    """The questions about one photo; all of it may wait."""

    description = StringField(
        _l("What does the photo show?"),
        description=_l("People who cannot see it hear this instead. Name nobody who should not be named."),
        filters=[to_line],
        validators=[_keep_limit(DESCRIPTION_LIMIT)],
    )
    caption = StringField(
        _l("Caption"),
        description=_l("What is printed below it. Without one we print what the photo shows."),
        filters=[to_line],
        validators=[_keep_limit(CAPTION_LIMIT)],
    )
    credit = StringField(
        _l("Who took it?"),
        description=_l("The name to print beside the photo, or a pen name."),
        filters=[to_line],
        validators=[_keep_limit(CREDIT_LIMIT)],
    )
    people = RadioField(
        _l("Who is in it?"),
        choices=[SelectChoice(answer.value, label) for answer, label in PEOPLE_LABELS.items()],
        validate_choice=False,
        validators=[_keep_known(PeopleAnswer, _l("Say who is in the photo."))],
    )
    licence = RadioField(
        _l("May it be published?"),
        choices=[SelectChoice(answer.value, label) for answer, label in LICENCE_LABELS.items()],
        validate_choice=False,
        validators=[_keep_known(PhotoLicence, _l("Say whether the photo may be published."))],
    )
    seen = StringField(widget=HiddenInput(), filters=[to_line])
    """Fingerprints of what the page showed."""


class PhotosForm(PageForm):
    """The answers about all photos of a story, and one more photo; `photos_form` adds the fields of each.

    Whichever button is pressed, everything typed comes along. What was not touched here is as it is now, so
    that an old page takes back nothing; what was changed both here and elsewhere is an error that shows both.
    """

    name = "photos"
    known: ClassVar[Mapping[str, PictureWords]]
    """What is said about each photo now, by its public id."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Put what was typed beside what is known now."""
        super().__init__(*args, data=self._flatten(), **kwargs)
        for public_id, words in self.known.items():
            seen = self[f"{public_id}-{_SEEN}"]
            shown = (seen.data or "").split() if seen.raw_data else []
            now = {name: _read_value(words, name) for name in _ASKED}
            for name, before in zip(_ASKED, shown if len(shown) == len(_ASKED) else _ASKED, strict=True):
                self._join(self[f"{public_id}-{name}"], before, now[name])
            seen.data = " ".join(map(mark_value, now.values()))

    def _flatten(self) -> dict[str, Any]:
        return {
            f"{public_id}-{name}": _read_value(words, name)
            for public_id, words in self.known.items()
            for name in _ASKED
        }

    @staticmethod
    def _join(field: Any, before: str, now: str) -> None:
        """Join what was typed, what the page had shown (its fingerprint) and what is stored now."""
        typed = field.data or ""
        if not field.raw_data or typed == now:
            return
        if mark_value(typed) == before:
            field.data = now
        elif mark_value(now) != before and now:
            field.process_errors.append(
                _(
                    "This was saved in another tab or on another device in the meantime: “%(text)s”. What "
                    "you typed is still in the field. Save again to keep your version instead.",
                    text=_show_value(field, now),
                )
            )

    def fields_of(self, public_id: str) -> dict[str, Any]:
        """Return the fields of one photo, by what they ask."""
        return {name: self[f"{public_id}-{name}"] for name in _ASKED}

    def words_of(self, public_id: str) -> PictureWords:
        """Return what a valid form says about one photo."""
        said = {name: field.data or "" for name, field in self.fields_of(public_id).items()}
        return PictureWords(
            description=said["description"],
            caption=said["caption"],
            credit=said["credit"],
            people=PeopleAnswer(said["people"]) if said["people"] else None,
            licence=PhotoLicence(said["licence"]) if said["licence"] else None,
        )


def photos_form(known: Mapping[str, PictureWords]) -> type[PhotosForm]:
    """Return the form for photos of which this is known now, by public id, in order."""
    members: dict[str, Any] = {"known": known}
    for public_id in known:
        members |= {f"{public_id}-{name}": _copy(getattr(PhotoForm, name)) for name in (*_ASKED, _SEEN)}
    members["photo"] = FileField(_l("Photo"))
    for name in ("writing", "sequence"):
        members[name] = StringField(widget=HiddenInput(), filters=[to_line])
    return type("PhotosOfStoryForm", (PhotosForm,), members)


def _copy(field: Any) -> UnboundField:
    """Return a field of its own: fields stand in the order in which they are made."""
    return UnboundField(field.field_class, *field.args, **field.kwargs)


def _read_value(words: PictureWords, name: str) -> str:
    return str(getattr(words, name) or "")


def _show_value(field: Any, value: str) -> str:
    if not isinstance(field, RadioField):
        return value
    return next((str(choice.label) for choice in field.choices if choice.value == value), value)


class AddDocumentForm(PageForm):
    """One document."""

    name = "add"
    document = TextFile(_l("Document"), validators=[FileRequired(_l("Choose a file first."))])


class ConfirmForm(PageForm):
    """Say that what was taken from a file is the text: one form among several on the page."""

    def __init__(self, *args: Any, name: str, **kwargs: Any) -> None:
        """Name the controls after the file."""
        self.name = name
        super().__init__(*args, **kwargs)


class RemoveDocumentForm(PageForm):
    """Take a document back: one form among several on the page."""

    def __init__(self, *args: Any, name: str, **kwargs: Any) -> None:
        """Name the controls after the file."""
        self.name = name
        super().__init__(*args, **kwargs)
