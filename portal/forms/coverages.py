"""Forms of a draft's page and of the export. Choices and languages are handed in."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import (
    BooleanField,
    DateField,
    RadioField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
)
from wtforms.validators import DataRequired, InputRequired, Optional, ValidationError
from wtforms.widgets import HiddenInput

from portal.domain.consent import SIGNED, BylineMode
from portal.domain.editing import is_published_address
from portal.domain.photo_edits import PhotoEdits
from portal.domain.photos import PictureWords
from portal.domain.slugs import is_slug
from portal.forms.base import HiddenNumber, MaxLength, PortalForm, to_line, to_text
from portal.forms.photo_edits import PhotoEditsField

TITLE_LENGTH = 300
LINE_LENGTH = 500
BYLINE_LENGTH = 200
TEXT_LENGTH = 4_000
BODY_LENGTH = 200_000
ADDRESS_LENGTH = 500
PLACE_LENGTH = 80


class EditingForm(PortalForm):
    """A form among others on one page: its name begins the ids of its controls, so that labels find them."""

    name = "editing"
    seen = HiddenNumber()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Name the controls after the form."""
        super().__init__(*args, **kwargs)
        for field in self:
            field.id = f"{self.name}-{field.short_name}"
            field.label.field_id = field.id


class DraftForm(EditingForm):
    """The edited text. `seen` is the version of the draft.

    Its acts are sent with it: `submission_version` and `revision` are what they are done to. `kept` is the
    state that the page knows of what is kept unsaved, `editor` the public id of the one it was opened by.
    """

    name = "draft"
    submission_version = HiddenNumber(may_lack=True)
    revision = HiddenNumber(may_lack=True)
    kept = HiddenNumber(may_lack=True)
    editor = StringField(widget=HiddenInput(), filters=[to_line])
    holder = StringField(widget=HiddenInput(), filters=[to_line])
    title = TextAreaField(  # a long headline is seen whole; it is one line all the same
        _l("Headline"),
        filters=[to_line],
        validators=[DataRequired(_l("Give the story a headline.")), MaxLength(TITLE_LENGTH)],
    )
    dek = TextAreaField(_l("Tagline (dek)"), filters=[to_line], validators=[MaxLength(LINE_LENGTH)])
    excerpt = TextAreaField(_l("Excerpt"), filters=[to_line], validators=[MaxLength(LINE_LENGTH)])
    body = TextAreaField(
        _l("Text"),
        filters=[to_text],
        validators=[
            DataRequired(_l("The text is empty. The original is beside it.")),
            MaxLength(BODY_LENGTH),
        ],
    )
    slug = StringField(_l("End of the address"), filters=[to_line])
    photos = PhotoEditsField(_l("Photos"), said={}, saved=PhotoEdits())
    byline_mode = RadioField(_l("Which name the author chose"), validators=[Optional()])
    byline = StringField(_l("Name to print"), filters=[to_line], validators=[MaxLength(BYLINE_LENGTH)])
    bio = TextAreaField(_l("About the author"), filters=[to_text], validators=[MaxLength(TEXT_LENGTH)])
    content_warning = TextAreaField(
        _l("Content warning"), filters=[to_line], validators=[MaxLength(TEXT_LENGTH)]
    )
    topics = SelectMultipleField(_l("Topics"))
    side = SelectField(_l("Mark on its card"))
    place = StringField(_l("Place on its card"), filters=[to_line], validators=[MaxLength(PLACE_LENGTH)])
    change_reason = TextAreaField(
        _l("Why you changed it, for the author"), filters=[to_text], validators=[MaxLength(TEXT_LENGTH)]
    )

    def __init__(
        self,
        *args: Any,
        topic_choices: Sequence[tuple[str, str]],
        mode: str,
        mode_choices: Sequence[tuple[str, str]],
        side_choices: Sequence[tuple[str, str]] = (),
        is_slug_taken: Callable[[str], bool] = lambda _slug: False,
        **kwargs: Any,
    ) -> None:
        """Offer the coverage's topics, and a byline as far as the author's choice `mode` leaves one open.

        `is_slug_taken` says whether another story has an end of an address.
        """
        super().__init__(*args, **kwargs)
        self.mode, self.is_slug_taken = mode, is_slug_taken
        self.topics.choices = list(topic_choices)
        self.byline_mode.choices = list(mode_choices)
        self.side.choices = list(side_choices)
        if mode != BylineMode.LATER:
            del self.byline_mode
        if mode == BylineMode.NONE:
            del self.byline

    def validate_slug(self, field: StringField) -> None:
        """Take plain letters, digits and hyphens, and an end that no other story has; or nothing."""
        if field.data and not is_slug(field.data):
            raise ValidationError(
                _("Use small letters a to z, digits and single hyphens between them, up to 60 characters.")
            )
        if field.data and self.is_slug_taken(field.data):
            raise ValidationError(_("Another story in this language has this end of the address."))

    def validate_byline(self, field: StringField) -> None:
        """Ask for the name when a name is to be printed, and for the choice when a name is written."""
        chosen = self.byline_mode.data if "byline_mode" in self else self.mode
        if chosen in SIGNED and not field.data:
            raise ValidationError(_("Write the name the author chose."))
        if chosen not in SIGNED and field.data:
            raise ValidationError(
                _(
                    "Choose above which name the author wants, or leave this field empty. Without a choice "
                    "the name is not saved."
                )
            )


def make_draft_form_class(
    said: Mapping[str, PictureWords], saved: PhotoEdits, others: frozenset[str]
) -> type[DraftForm]:
    """Return the form of a draft with the part about these photos; the values are as `PhotoEditsField`'s."""
    photos = PhotoEditsField(_l("Photos"), said=said, saved=saved, others=others)
    return type("DraftFormWithPhotos", (DraftForm,), {"photos": photos})


class DropForm(PortalForm):
    """Throws away what was typed and not saved."""


class CommentForm(PortalForm):
    """What colleagues say to each other about paragraphs of a draft; `make_comment_form` adds the answers."""

    name = "comment"
    comment = TextAreaField(
        _l("Comment for colleagues"), filters=[to_text], validators=[MaxLength(TEXT_LENGTH)]
    )
    comment_on = SelectField(_l("About"), validate_choice=False)
    comments: Sequence[str] = ()

    def reply_field(self, public_id: str) -> TextAreaField:
        """Return the field in which a comment is answered."""
        return self[_reply_field(public_id)]

    @property
    def replies(self) -> dict[str, str]:
        """Return what was answered, by the public id of the comment."""
        answered = ((one, self.reply_field(one).data or "") for one in self.comments)
        return {one: words for one, words in answered if words.strip()}


def make_comment_form(comments: Sequence[str]) -> type[CommentForm]:
    """Return the form with a field to answer each of these comments, given by their public ids."""
    fields: dict[str, Any] = {
        _reply_field(one): TextAreaField(
            _l("Your answer"), filters=[to_text], validators=[MaxLength(TEXT_LENGTH)]
        )
        for one in comments
    }
    return type("CommentFormWithAnswers", (CommentForm,), {**fields, "comments": tuple(comments)})


def _reply_field(public_id: str) -> str:
    return f"{public_id}-reply"


class ReasonsForm(PortalForm):
    """Why each change was made, for the author; `make_reasons_form` adds the fields."""

    changes: Sequence[str] = ()

    def words_field(self, spot: str) -> TextAreaField:
        """Return the field of one change."""
        return self[f"{spot}-change_reason"]

    @property
    def reasons(self) -> dict[str, tuple[str, str]]:
        """Return of each change what the page showed, and what stands there now."""
        return {
            spot: (self[f"{spot}-shown"].data or "", self.words_field(spot).data or "")
            for spot in self.changes
        }


def make_reasons_form(changes: Sequence[str]) -> type[ReasonsForm]:
    """Return the form with a field for each change, given by what it is recognised by."""
    fields: dict[str, Any] = {}
    for spot in changes:
        fields[f"{spot}-change_reason"] = TextAreaField(
            _l("Why you changed it, for the author"), filters=[to_text], validators=[MaxLength(TEXT_LENGTH)]
        )
        fields[f"{spot}-shown"] = StringField(widget=HiddenInput(), filters=[to_text])
    return type("ReasonsFormOfChanges", (ReasonsForm,), {**fields, "changes": tuple(changes)})


class VersionForm(PortalForm):
    """Brings an earlier version back. `seen` is the version of the draft."""

    seen = HiddenNumber()


class DraftActForm(EditingForm):
    """An act about the state. `seen` is the version of the submission, `revision` the text looked at."""

    name = "act"
    revision = HiddenNumber()
    holder = StringField(widget=HiddenInput(), filters=[to_line])
    """Public id of the colleague the page named as being on the submission; empty when it named nobody."""

    def __init__(self, *args: Any, name: str = "", **kwargs: Any) -> None:
        """Take a name that tells this form's controls from those of the others."""
        self.name = name or self.name
        super().__init__(*args, **kwargs)


class DraftPressForm(DraftActForm):
    """An act of one press."""


class SendForApprovalForm(DraftActForm):
    """Ask the author to approve."""

    name = "approval"
    answer_by = DateField(_l("Answer wanted by"), validators=[Optional()])
    message = TextAreaField(
        _l("Message to the author"), filters=[to_text], validators=[MaxLength(TEXT_LENGTH)]
    )


class ReasonForm(DraftActForm):
    """An act that needs a reason."""

    reason = TextAreaField(
        _l("Reason"),
        filters=[to_text],
        validators=[DataRequired(_l("Write down the reason.")), MaxLength(TEXT_LENGTH)],
    )


class PublishForm(DraftActForm):
    """The addresses a story was published at; `make_publish_form` adds a field for each language."""

    name = "publish"
    languages: Sequence[str] = ()

    @property
    def addresses(self) -> dict[str, str]:
        """Return language tag to address, empty ones included."""
        return {tag: self.address_field(tag).data for tag in self.languages}

    def address_field(self, tag: str) -> StringField:
        """Return the field of one language."""
        return self[_address_field(tag)]

    def fill_addresses(self, known: Mapping[str, str]) -> None:
        """Show the addresses recorded before."""
        for tag in self.languages:
            self.address_field(tag).data = known.get(tag, "")

    def validate(self, extra_validators: Any = None) -> bool:
        """Ask for at least one address."""
        if not super().validate(extra_validators=extra_validators):
            return False
        if not any(self.addresses.values()):
            self.address_field(self.languages[0]).errors = [_("Give the address of the published piece.")]
            return False
        return True


def check_address(form: PublishForm, field: StringField) -> None:
    """Take full https addresses only."""
    if field.data and not is_published_address(field.data):
        raise ValidationError(_("Give the full address, beginning with https://."))


def make_publish_form(languages: Sequence[tuple[str, str]]) -> type[PublishForm]:
    """Return the form with one address for each language, given as (tag, name)."""
    fields: dict[str, Any] = {
        _address_field(tag): StringField(
            _("Address in %(language)s", language=name),
            filters=[to_line],
            validators=[MaxLength(ADDRESS_LENGTH), check_address],
        )
        for tag, name in languages
    }
    return type(
        "PublishFormInLanguages", (PublishForm,), {**fields, "languages": [tag for tag, _name in languages]}
    )


def _address_field(tag: str) -> str:
    return f"url_{tag.replace('-', '_').lower()}"


class ExportAgainForm(PortalForm):
    """Has an export made once more."""

    incomplete = BooleanField(_l("Export without the photos that could not be read"))


class ExportForm(PortalForm):
    """The choice of drafts to export, and of the format."""

    drafts = SelectMultipleField(
        _l("Stories"),
        invalid_choice_message=_l("Some of these stories can no longer be exported. Choose again."),
    )
    all_approved = BooleanField(_l("All approved stories"))
    incomplete = BooleanField(_l("Export without the photos that could not be read"))
    format = RadioField(validators=[InputRequired(_l("Choose from the options shown."))])

    def __init__(
        self, *args: Any, draft_choices: Sequence[tuple[str, str]], formats: Sequence[str], **kwargs: Any
    ) -> None:
        """Offer the drafts that may leave. The format is the button pressed."""
        super().__init__(*args, **kwargs)
        self.drafts.choices = list(draft_choices)
        self.format.choices = [(name, name) for name in formats]

    def validate(self, extra_validators: Any = None) -> bool:
        """Ask for at least one story."""
        if not super().validate(extra_validators=extra_validators):
            return False
        if not self.all_approved.data and not self.drafts.data:
            self.drafts.errors = [_("Choose at least one story.")]
            return False
        return True
