"""Forms of acts on many texts at once: which were ticked, and what each act asks besides."""

import re
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import (
    BooleanField,
    HiddenField,
    RadioField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
)
from wtforms.validators import DataRequired, ValidationError

from portal.domain.bulk_acts import MOST_AT_ONCE
from portal.forms.base import MaxLength, PortalForm, to_line, to_text
from portal.forms.desk import ACCOUNT_CLOSED, MESSAGE_LENGTH
from portal.forms.recommendations import AdviceForm
from portal.forms.tags import TYPED_LENGTH, split_names

_ROW = re.compile(r"([0-9a-f]{32})\.([0-9]{1,9})")
_BODY = "body_"


class ChosenForm(PortalForm):
    """Texts ticked in the queue, each with the version its row showed; or all of the page."""

    rows = SelectMultipleField("", choices=[], validate_choice=False)
    page = HiddenField("", filters=[to_line])
    all_rows = BooleanField("")
    queue = HiddenField("", filters=[to_line])

    @property
    def seen(self) -> Mapping[str, int]:
        """Return the versions of the chosen texts by public id; what is no row of ours is none."""
        told = [*(self.rows.data or []), *((self.page.data or "").split() if self.all_rows.data else [])]
        found = [_ROW.fullmatch(one) for one in told]
        return {row[1]: int(row[2]) for row in found if row}

    def validate_rows(self, _field: Any) -> None:
        """Ask for one at least, and for no more than a page has."""
        if not self.seen:
            raise ValidationError(_("Tick the texts first. Nothing was changed."))
        if len(self.seen) > MOST_AT_ONCE:
            raise ValidationError(
                _("At most %(number)s texts at once. Nothing was changed.", number=MOST_AT_ONCE)
            )


class BulkTagForm(ChosenForm):
    """Tags to put on and to take off."""

    names = StringField(_l("Tags to add"), filters=[to_line], validators=[MaxLength(TYPED_LENGTH)])
    gone = StringField(_l("Tags to remove"), filters=[to_line], validators=[MaxLength(TYPED_LENGTH)])

    @property
    def on(self) -> list[str]:
        """Return the names of the tags to put on."""
        return split_names(self.names.data)

    @property
    def off(self) -> list[str]:
        """Return the names of the tags to take off."""
        return split_names(self.gone.data)

    def validate_names(self, _field: Any) -> None:
        """Ask for one tag at least."""
        if not self.on and not self.off:
            raise ValidationError(_("Write the name of a tag."))


class BulkAssignForm(ChosenForm):
    """Who is to be responsible."""

    person = SelectField(_l("Responsible"), validate_choice=False)

    def __init__(self, *args: Any, people: Sequence[tuple[str, str]], **kwargs: Any) -> None:
        """Take colleagues as (public id, name)."""
        super().__init__(*args, **kwargs)
        self.person.choices = [("", _("Nobody")), *people]

    def validate_person(self, field: SelectField) -> None:
        """Take only colleagues whose account is open."""
        if field.data not in dict(self.person.choices):
            raise ValidationError(ACCOUNT_CLOSED)

    def refuse_person(self) -> None:
        """Say that the account has been closed since the form was looked through."""
        self.person.errors = [ACCOUNT_CLOSED]


class BulkRecommendForm(AdviceForm, ChosenForm):
    """What is recommended about all of them, and why."""


class BulkDeclineForm(ChosenForm):
    """The reason, and a field of words for each language that authors read."""

    reason = RadioField(_l("Reason"), validators=[DataRequired(_l("Choose a reason."))])

    def __init__(
        self,
        *args: Any,
        reasons: Sequence[tuple[str, str]],
        wordless: str,
        needed: Collection[str],
        **kwargs: Any,
    ) -> None:
        """Take the reasons as (code, label), the one that needs no words, and the mails that are to go."""
        super().__init__(*args, **kwargs)
        self.reason.choices = list(reasons)
        self._wordless, self._needed = wordless, needed

    def body_of(self, mail: str) -> TextAreaField:
        """Return the field of the words of one mail."""
        return self[f"{_BODY}{mail}"]

    @property
    def bodies(self) -> Mapping[str, str]:
        """Return the words by mail."""
        return {
            field.name.removeprefix(_BODY): field.data or "" for field in self if field.name.startswith(_BODY)
        }

    def check_words(self, field: TextAreaField) -> None:
        """Ask for words: only spam is declined without any."""
        is_needed = field.name.removeprefix(_BODY) in self._needed
        if is_needed and not field.data and self.reason.data != self._wordless:
            raise ValidationError(_("Write a few words to the author, or start from the prepared text."))


def make_decline_form(labels: Mapping[str, str]) -> type[BulkDeclineForm]:
    """Return the form with a field for the words of each mail, labelled so."""
    fields = {
        f"{_BODY}{mail}": TextAreaField(
            label, filters=[to_text], validators=[_check_words, MaxLength(MESSAGE_LENGTH)]
        )
        for mail, label in labels.items()
    }
    return type("BulkDeclineFormInLanguages", (BulkDeclineForm,), fields)


def _check_words(form: BulkDeclineForm, field: TextAreaField) -> None:
    form.check_words(field)


class BulkUndoForm(PortalForm):
    """The press that takes an act in bulk back, by the name it was given."""

    batch = HiddenField("", filters=[to_line])
    queue = HiddenField("", filters=[to_line])
