"""Forms of the private page."""

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import (
    BooleanField,
    HiddenField,
    RadioField,
    SelectChoice,
    SelectField,
    StringField,
    TextAreaField,
)
from wtforms.validators import (
    AnyOf,
    DataRequired,
    StopValidation,
    ValidationError,
)
from wtforms.widgets import HiddenInput

from portal.domain.answers import GivenConsent
from portal.domain.author_checks import NEEDS_WORDS, CheckAnswer, is_objection
from portal.domain.limits import Limit, is_too_long
from portal.forms.base import HiddenNumber, PortalForm, to_line, to_text
from portal.forms.text_file import TextFile
from portal.story.count import script_bucket
from portal.story.normalise import clean_digits

ANSWER_LIMIT = Limit(letters=4000, han=1600)
_FINGERPRINT = 16


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


class MessageForm(PageForm):
    """A message to the desk: the answer while a question is open, and one file with it."""

    name = "message"
    body = TextAreaField(_l("Your message"), filters=[to_text], validators=[_check_length])
    file = TextFile()
    after = StringField(widget=HiddenInput(), filters=[to_line])
    """Public id of the newest message the page showed."""
    writing = StringField(widget=HiddenInput(), filters=[to_line])
    sequence = StringField(widget=HiddenInput(), filters=[to_line])

    def __init__(self, *args: Any, is_answer: bool, takes_photos: bool, **kwargs: Any) -> None:
        """Name the box after what it is for, and the file after what is taken now."""
        super().__init__(*args, **kwargs)
        self.is_answer = is_answer
        self.body.label.text = _("Your answer") if is_answer else _("Your message")
        self.file.label.text = _("A photo or document") if takes_photos else _("A document")

    def validate_body(self, field: Any) -> None:
        """Refuse an empty box."""
        if not (field.data or "").strip():
            raise StopValidation(
                _("Write your answer before you send it.")
                if self.is_answer
                else _("Write your message before you send it.")
            )


class MailForm(PageForm):
    """Mail when there is news: the button pressed says on or off."""

    name = "mail"
    wanted = StringField(validators=[AnyOf(("1", "0"))])


class DataForm(PageForm):
    """Take everything along."""

    name = "data"
    incomplete = StringField(widget=HiddenInput())
    """Filled where the person has read which files are missing."""


class ConsentsForm(PageForm):
    """The sentences to agree to anew; `consents_form` adds a box for each."""

    name = "consents"
    offered: ClassVar[Sequence[GivenConsent]]
    seen = StringField(widget=HiddenInput())
    """Fingerprint of the sentences the page showed."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Send along which sentences are shown now; a tick beside other ones counts for nothing."""
        super().__init__(*args, **kwargs)
        self._is_current = self.seen.data == _fingerprint(self.offered)
        self.seen.data = _fingerprint(self.offered)
        if not self._is_current:
            for box in self.boxes():
                box.data = False

    def boxes(self) -> list[Any]:
        """Return the boxes in order."""
        return [self[one.key] for one in self.offered]

    def given(self) -> list[GivenConsent]:
        """Return what was ticked."""
        return [one for one in self.offered if self[one.key].data]

    def validate(self, extra_validators: Any = None) -> bool:
        """Refuse boxes that stood beside other sentences, and a page sent without any."""
        if not super().validate(extra_validators=extra_validators):
            return False
        if not self._is_current:
            self.form_errors.append(
                _(
                    "The terms have changed since you opened this page. Nothing was saved. Please read "
                    "them again."
                )
            )
        elif not self.given():
            self.form_errors.append(_("Tick what you agree to, or go back and agree to nothing."))
        return not self.form_errors


def consents_form(offered: Sequence[GivenConsent]) -> type[ConsentsForm]:
    """Return the form with a box for each of these sentences, all unticked."""
    boxes = {one.key: BooleanField(one.text) for one in offered}
    return type("CallConsentsForm", (ConsentsForm,), {"offered": offered, **boxes})


def _fingerprint(offered: Sequence[GivenConsent]) -> str:
    sentences = "\n".join(f"{one.key} {one.version} {one.text}" for one in offered)
    return hashlib.sha256(sentences.encode()).hexdigest()[:_FINGERPRINT]


class LeaveForm(PageForm):
    """Close the private page."""

    name = "leave"


class WithdrawForm(PageForm):
    """Take the text back."""

    name = "withdraw"


class UndoForm(PageForm):
    """Take a withdrawal back."""

    name = "undo"


class EraseForm(PageForm):
    """Erase everything."""

    name = "erase"


class ApprovalForm(PageForm):
    """The answers to an edited text; `approval_form` adds two fields for each of its changes."""

    name = "check"
    changes: ClassVar[Mapping[str, str]] = {}
    """The key of each change, and what its place is called."""
    revision = HiddenNumber()
    objections = TextAreaField(_l("What else should change?"), filters=[to_text], validators=[_check_length])
    writing = StringField(widget=HiddenInput(), filters=[to_line])
    sequence = StringField(widget=HiddenInput(), filters=[to_line])

    def answer_to(self, key: str) -> CheckAnswer | None:
        """Return what is said to a change; None while nothing is."""
        given = self[f"{key}-choice"].data
        return CheckAnswer(given) if given in set(CheckAnswer) else None

    def words_about(self, key: str) -> str:
        """Return what is written about a change."""
        return self[f"{key}-words"].data or ""

    @property
    def answers(self) -> list[CheckAnswer | None]:
        """Return the answers to all changes, in order."""
        return [self.answer_to(key) for key in self.changes]

    def validate(self, extra_validators: Any = None) -> bool:
        """Ask for the words an answer needs, and for every answer unless there is something to object to."""
        if not super().validate(extra_validators=extra_validators):
            return False
        for key in self.changes:
            answer, words = self.answer_to(key), self.words_about(key).strip()
            if answer in NEEDS_WORDS and not words:
                self[f"{key}-words"].errors = [_("Tell us briefly what should change.")]
            if words and answer is CheckAnswer.ACCEPT:
                self[f"{key}-choice"].errors = [
                    _(
                        "You accepted this change but also wrote something. Choose “Comment”, or "
                        "delete what you wrote."
                    )
                ]
            if words and answer is None:
                self[f"{key}-choice"].errors = [_("Choose an answer to go with what you wrote.")]
        if not self.errors and not is_objection(self.answers, self.objections.data or ""):
            for key, place in self.changes.items():
                if self.answer_to(key) is None:
                    self[f"{key}-choice"].errors = [
                        _("%(place)s: this change still needs your answer.", place=place)
                    ]
        return not self.errors


class ChangeFields(PortalForm):
    """What is asked about each change: these stand in an `approval_form` under the key of the change."""

    choice = RadioField(_l("Your answer"), validate_choice=False)
    words = TextAreaField(_l("Your words"), filters=[to_text], validators=[_check_length])


def approval_form(changes: Sequence[tuple[str, str]]) -> type[ApprovalForm]:
    """Return the form for these changes, given as (key, what its place is called)."""
    fields: dict[str, Any] = {}
    for key, label in changes:
        choices = [SelectChoice(answer.value) for answer in CheckAnswer]
        fields[f"{key}-choice"] = RadioField(
            _("Your answer: %(place)s", place=label), choices=choices, validate_choice=False
        )
        fields[f"{key}-words"] = ChangeFields.words
    if not changes:
        label = _("What should change?")
        fields["objections"] = TextAreaField(label, filters=[to_text], validators=[_check_length])
    return type("ApprovalOfTextForm", (ApprovalForm,), {**fields, "changes": dict(changes)})


class DeleteForm(PortalForm):
    """Delete an unsent version."""


class ReenterCodeForm(CodeForm):
    """The receipt code, typed again so that a request can go on; `to` says which."""

    to = HiddenField()


class CorrectLanguageForm(PortalForm):
    """The language a text is really in."""

    lang = SelectField(_l("Language of your text"), validate_choice=False)

    def __init__(self, *args: Any, languages: Sequence[tuple[str, str]], **kwargs: Any) -> None:
        """Take the languages to choose from as (tag, name)."""
        super().__init__(*args, **kwargs)
        self.lang.choices = [SelectChoice(tag, name) for tag, name in languages]

    def validate_lang(self, field: Any) -> None:
        """Take only languages that were shown."""
        if field.data not in {choice.value for choice in self.lang.choices}:
            raise ValidationError(_("Choose one of the languages shown."))
