"""Forms of an account: the invitation, the profile, and the sign-in forms without what we do not offer."""

import unicodedata
from collections.abc import Mapping, Sequence
from typing import Any, Final

from flask_babel import lazy_gettext as _l
from flask_security.forms import ChangePasswordForm, LoginForm, TwoFactorRescueForm, TwoFactorSetupForm
from wtforms import (
    BooleanField,
    EmailField,
    FieldList,
    Form,
    FormField,
    HiddenField,
    PasswordField,
    RadioField,
    SelectField,
    StringField,
)
from wtforms.fields.choices import SelectChoice
from wtforms.validators import DataRequired, Email, EqualTo, ValidationError

from portal.domain.desk_notices import MailChoice
from portal.domain.languages import LOCALES, STORY_LANGUAGES, language_name
from portal.domain.permissions import ReadingLevel
from portal.forms.base import MaxLength, PortalForm, find_translations
from portal.forms.passwords import find_weakness, normalise_password
from portal.story.normalise import clean_line

CHALLENGE, CREDENTIAL = "passkey-challenge", "passkey-credential"
"""Names of the fields beside those of a form that a passkey can stand in for."""

_MOST_LANGUAGES: Final = 40
_EMPTY_ROWS: Final = 3
_HOURS: Final = [SelectChoice(hour, f"{hour:02}:00") for hour in range(24)]
_BEST_FIRST: Final = (ReadingLevel.NATIVE, ReadingLevel.READS, ReadingLevel.GIST)


def clean_field(text: str | None) -> str:
    """Clean a single line; an absent field is an empty one."""
    return clean_line(text or "")


def clean_address(text: str | None) -> str:
    """Clean an e-mail address; accounts keep it in lower case."""
    return unicodedata.normalize("NFKC", clean_field(text)).lower()


class ReadingRow(Form):  # type: ignore[misc]  # wtforms ships no types
    """One language and how well it is read; a row without a language is an empty one."""

    class Meta(Form.Meta):  # type: ignore[misc]  # wtforms ships no types
        """The messages in our languages."""

        def get_translations(self, form: Any) -> Any:
            """Return the translations of WTForms for the current locale."""
            return find_translations()

    language = SelectField(_l("Language"))
    reading = SelectField(
        _l("How well you read it"),
        choices=[
            SelectChoice(ReadingLevel.NATIVE.value, _l("Native")),
            SelectChoice(ReadingLevel.READS.value, _l("Reads well")),
            SelectChoice(ReadingLevel.GIST.value, _l("Gets the gist only")),
        ],
        default=ReadingLevel.READS.value,
    )


class _LanguagesForm(PortalForm):
    """What the forms of an account share: a name, a language of the desk, languages read."""

    name = StringField(
        _l("Your name"),
        description=_l("Colleagues see it. Contributors never do."),
        filters=[clean_field],
        validators=[DataRequired(_l("Enter your name.")), MaxLength(120)],
    )
    locale = SelectField(
        _l("Language of your desk"), choices=[SelectChoice(one.tag, one.autonym) for one in LOCALES]
    )
    languages = FieldList(FormField(ReadingRow), max_entries=_MOST_LANGUAGES)

    def offer_languages(self, in_locale: str) -> None:
        """Name the languages in the reader's language and add empty rows; call before anything else."""
        choices = [
            SelectChoice("", ""),
            *(SelectChoice(one.tag, language_name(one.tag, in_locale)) for one in STORY_LANGUAGES),
        ]
        while len(self.languages) < _MOST_LANGUAGES and self._count_empty() < _EMPTY_ROWS:
            self.languages.append_entry({"language": "", "reading": ReadingLevel.READS.value})
        for row in self.languages:
            row.form.language.choices = choices

    def _count_empty(self) -> int:
        return sum(1 for row in self.languages if not row.form.language.data)

    def chosen_languages(self) -> Mapping[str, ReadingLevel]:
        """Return the languages chosen; of a language chosen twice, the better reading."""
        chosen: dict[str, ReadingLevel] = {}
        for row in self.languages:
            tag = row.form.language.data
            if tag:
                reading = ReadingLevel(row.form.reading.data)
                chosen[tag] = min(chosen.get(tag, reading), reading, key=_BEST_FIRST.index)
        return chosen


class _PasswordFields(PortalForm):
    """A new password, typed twice."""

    known_words: Sequence[str] = ()

    new_password = PasswordField(
        _l("Password"),
        description=_l("At least 15 characters. A few words in a row are easy to remember."),
        validators=[DataRequired(_l("Enter a password."))],
    )
    new_password_confirm = PasswordField(
        _l("Repeat the password"),
        validators=[EqualTo("new_password", _l("The two passwords are different. Type the same one twice."))],
    )

    @property
    def password(self) -> str:
        """Return the password as it is hashed."""
        return normalise_password(self.new_password.data)

    def words_about(self) -> list[str]:
        """Return what others know of the person and the site: a password must not be made of it."""
        own = [self[name].data or "" for name in ("name", "email") if name in self]
        return [*own, *self.known_words]

    def add_known_words(self, words: Sequence[str]) -> None:
        """Take more that others know, which is in no field."""
        self.known_words = words

    def validate_new_password(self, _field: Any) -> None:
        """Refuse a password that is too short, too long or guessed early."""
        weakness = find_weakness(self.password, about=self.words_about())
        if weakness:
            raise ValidationError(weakness)


class AcceptInvitationForm(_LanguagesForm, _PasswordFields):
    """The form an invited person fills in; `email` goes away when the invitation names an address."""

    email = EmailField(
        _l("Your e-mail address"),
        description=_l("You sign in with it."),
        filters=[clean_address],
        validators=[
            DataRequired(_l("Enter your e-mail address.")),
            Email(_l("Enter an e-mail address like name@example.org.")),
            MaxLength(255),
        ],
    )


class RenewalForm(_PasswordFields):
    """A new password for an account that exists."""


class ProfileForm(_LanguagesForm):
    """The profile people change in their own account."""

    shortcuts = BooleanField(_l("Work with single keys on the desk"))
    shows_presence = BooleanField(_l("Show colleagues which text I have on the screen, and show me theirs"))
    time_zone = SelectField(_l("Your time zone"))
    mail_choice = RadioField(
        _l("E-mails about your notices"),
        choices=[
            SelectChoice(MailChoice.AT_ONCE.value, _l("At once")),
            SelectChoice(MailChoice.DAILY.value, _l("Once a day, when the quiet hours are over")),
        ],
    )
    quiet_from = SelectField(_l("No e-mails from"), choices=_HOURS, coerce=int)
    quiet_until = SelectField(_l("until"), choices=_HOURS, coerce=int)

    def offer_zones(self, zones: Sequence[tuple[str, str]]) -> None:
        """Name the clocks in the reader's language; call before anything else."""
        self.time_zone.choices = [SelectChoice(zone, label) for zone, label in zones]


class PasskeyForm(PortalForm):
    """Another passkey: its name, the question that was asked, and what the device has answered."""

    passkey_name = StringField(
        _l("Name of the passkey"),
        description=_l("So that you can tell your passkeys apart: blue key, phone, laptop. Only you see it."),
        filters=[clean_field],
        validators=[DataRequired(_l("Enter a name.")), MaxLength(60)],
    )
    challenge = HiddenField()
    credential = HiddenField()


class SignInForm(LoginForm):
    """The sign-in form without "remember me": a desk is left when the browser is closed."""

    Meta = PortalForm.Meta
    remember = None


class ChangeForm(ChangePasswordForm):
    """A new password for oneself; the length is checked after the present one, by Flask-Security."""

    Meta = PortalForm.Meta
    password = PasswordField(_l("Your current password"))
    new_password = PasswordField(_l("New password"), validators=[DataRequired(_l("Enter a new password."))])
    new_password_confirm = PasswordField(
        _l("Repeat the password"),
        validators=[EqualTo("new_password", _l("The two passwords are different. Type the same one twice."))],
    )


class RescueForm(TwoFactorRescueForm):
    """Offers a recovery code only: nobody is asked for help by mail."""

    Meta = PortalForm.Meta
    help_setup = RadioField(_l("No access to your device?"), choices=[])

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # Choices are added for each request: a list of its own keeps them out of the class.
        self.help_setup.choices = []


class SetupForm(TwoFactorSetupForm):
    """Offers an authenticator app and nothing else."""

    Meta = PortalForm.Meta
    setup = RadioField(choices=[SelectChoice("authenticator", _l("Authenticator app"))])
    phone = StringField()
