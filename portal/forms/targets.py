"""Forms of a target: how its site is reached, and which categories of the site ours are there."""

from collections.abc import Mapping, Sequence
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import IntegerField, PasswordField, RadioField, SelectField, StringField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import DataRequired, InputRequired, NumberRange, Optional

from portal.domain.targets import PostEditor, WantedStatus
from portal.forms.base import HiddenNumber, MaxLength, PortalForm, to_line

NAME_LENGTH = 100
ADDRESS_LENGTH = 500
ACCOUNT_LENGTH = 100
PASSWORD_LENGTH = 200
_LARGEST_ID = 2**31 - 1


class TargetForm(PortalForm):
    """What is known of a site. `seen` is the version of the target; the password is never shown."""

    seen = HiddenNumber(may_lack=True)
    target_name = StringField(
        _l("Name of the site in this portal"),
        description=_l(
            "It is shown on the button that sends stories there, and to readers where two sites have a "
            "story in the same language."
        ),
        filters=[to_line],
        validators=[DataRequired(_l("Give the site a name.")), MaxLength(NAME_LENGTH)],
    )
    lang = SelectField(_l("Language of its stories"))
    address = StringField(
        _l("Address of the site"),
        description=_l("Where the site begins, for example https://uk.example.org without /wp-admin."),
        filters=[to_line],
        validators=[DataRequired(_l("Give the address of the site.")), MaxLength(ADDRESS_LENGTH)],
    )
    account = StringField(
        _l("User name on the site"),
        description=_l("An account with the role “Author” is enough. Use one that only the portal uses."),
        filters=[to_line],
        validators=[DataRequired(_l("Enter the user name.")), MaxLength(ACCOUNT_LENGTH)],
    )
    password = PasswordField(
        _l("Application password"),
        description=_l(
            "Create it on the site under Users › Profile › Application Passwords. It is kept encrypted "
            "and never shown again; leave the field empty to keep the one you entered before."
        ),
        filters=[to_line],
        validators=[MaxLength(PASSWORD_LENGTH)],
    )
    markup = RadioField(
        _l("How the site edits its posts"),
        choices=[
            SelectChoice(PostEditor.BLOCKS.value, _l("With blocks")),
            SelectChoice(PostEditor.CLASSIC.value, _l("With the classic editor")),
        ],
        default=PostEditor.BLOCKS.value,
        validators=[InputRequired(_l("Choose from the options shown."))],
    )
    wanted_status = RadioField(
        _l("Status of stories on arrival"),
        choices=[
            SelectChoice(WantedStatus.DRAFT.value, _l("As drafts")),
            SelectChoice(WantedStatus.PENDING.value, _l("As pending review")),
        ],
        default=WantedStatus.DRAFT.value,
        validators=[InputRequired(_l("Choose from the options shown."))],
    )
    dek_key = StringField(
        _l("Key of the field for the tagline"),
        description=_l("Ask whoever looks after the site. Without it the tagline goes into the text."),
        filters=[to_line],
        validators=[MaxLength(NAME_LENGTH)],
    )
    author_id = IntegerField(
        _l("Number of the author on the site"),
        description=_l("Without it stories are filed under the account above."),
        validators=[Optional(), NumberRange(min=1, max=_LARGEST_ID)],
    )
    author_name = StringField(
        _l("Name of that author"), filters=[to_line], validators=[MaxLength(NAME_LENGTH)]
    )

    def __init__(self, *args: Any, languages: Sequence[tuple[str, str]], **kwargs: Any) -> None:
        """Offer the languages of stories, given as (tag, name)."""
        super().__init__(*args, **kwargs)
        self.lang.choices = [SelectChoice(*one) for one in languages]


class SeenForm(PortalForm):
    """An act of one press on a target. `seen` is its version."""

    seen = HiddenNumber()


class CategoryForm(PortalForm):
    """Of each of our slugs the site's category; `make_category_form` adds a field for each."""

    slugs: Sequence[str] = ()

    @property
    def chosen(self) -> Mapping[str, int]:
        """Return the numbers of the categories chosen, by our slugs."""
        return {
            slug: int(self[_name(number)].data) for number, slug in self._numbered() if self._is_set(number)
        }

    @property
    def rows(self) -> Sequence[tuple[str, SelectField]]:
        """Return our slugs, each with its field."""
        return [(slug, self[_name(number)]) for number, slug in self._numbered()]

    def _numbered(self) -> Sequence[tuple[int, str]]:
        return list(enumerate(self.slugs))

    def _is_set(self, number: int) -> bool:
        return bool(self[_name(number)].data)


def make_category_form(
    ours: Sequence[tuple[str, str]], theirs: Sequence[tuple[str, str]]
) -> type[CategoryForm]:
    """Return the form: `ours` are (slug, name), `theirs` (number, name)."""
    offered = [SelectChoice(*one) for one in (("", _("No category")), *theirs)]
    fields: dict[str, Any] = {
        _name(number): SelectField(name, choices=offered) for number, (_slug, name) in enumerate(ours)
    }
    return type("CategoryFormOfCoverage", (CategoryForm,), {**fields, "slugs": [slug for slug, _n in ours]})


def _name(number: int) -> str:
    return f"category_{number}"
