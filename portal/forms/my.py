"""Forms of the private page."""

from collections.abc import Sequence
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import IntegerField, SelectMultipleField, StringField, TextAreaField
from wtforms.validators import DataRequired, InputRequired, ValidationError
from wtforms.widgets import HiddenInput

from portal.domain.limits import Limit, is_too_long
from portal.forms.base import PortalForm
from portal.story.count import script_bucket
from portal.story.normalise import clean_digits, clean_text

ANSWER_LIMIT = Limit(letters=4000, han=1600)


def _text(value: str | None) -> str:
    return clean_text(value) if value else ""


def _check_length(form: Any, field: Any) -> None:
    text = field.data or ""
    if is_too_long(len(text), ANSWER_LIMIT, script_bucket(text)):
        raise ValidationError(
            _("Your text is longer than fits here. Nothing is lost: shorten it and send it again.")
        )


class PageForm(PortalForm):
    """Several forms stand on one page: each gives its controls ids of its own, so that labels find them."""

    name = "page"

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Name the controls after the form."""
        super().__init__(*args, **kwargs)
        for field in self:
            field.id = f"{self.name}-{field.short_name}"
            field.label.field_id = field.id


class CodeForm(PageForm):
    """The receipt code, typed with spaces, dashes or full-width digits."""

    name = "open"
    code = StringField(
        _l("Your receipt code"),
        validators=[DataRequired(_l("Type the receipt code."))],
        render_kw={"inputmode": "numeric", "spellcheck": "false"},
    )

    @property
    def digits(self) -> str:
        """Return the digits alone."""
        return clean_digits(self.code.data or "")


class ReplyForm(PageForm):
    """The answer to a question of the desk."""

    name = "reply"
    body = TextAreaField(
        _l("Your answer"),
        filters=[_text],
        validators=[DataRequired(_l("Write your answer before you send it.")), _check_length],
    )


class LeaveForm(PageForm):
    """Close the private page."""

    name = "leave"


class WithdrawForm(PageForm):
    """Take the text back."""

    name = "withdraw"


class EraseForm(PageForm):
    """Erase everything."""

    name = "erase"


class ApproveForm(PageForm):
    """Yes to the text of one revision."""

    name = "approve"
    revision = IntegerField(widget=HiddenInput(), validators=[InputRequired()])


class ObjectionForm(PageForm):
    """What must change in the text of one revision, and where."""

    name = "object"
    revision = IntegerField(widget=HiddenInput(), validators=[InputRequired()])
    objections = TextAreaField(
        _l("What should change?"),
        filters=[_text],
        validators=[DataRequired(_l("Say in a few words what should change.")), _check_length],
    )
    paragraphs = SelectMultipleField(_l("Which paragraphs do you mean?"), coerce=int)

    def __init__(self, *args: Any, paragraphs: Sequence[tuple[int, str]], **kwargs: Any) -> None:
        """Take the paragraphs of the edited text as (number, first words)."""
        super().__init__(*args, **kwargs)
        self.paragraphs.choices = list(paragraphs)
        # The text may have been edited meanwhile: that is told as such, not as a wrong number.
        self.paragraphs.validate_choice = False
