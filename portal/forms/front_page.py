"""Forms of what editors say about front pages: the head of a coverage, and the card of a story."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf.file import FileField
from wtforms import Field, SelectField, StringField, TextAreaField
from wtforms.validators import DataRequired, InputRequired, ValidationError
from wtforms.widgets import HiddenInput

from portal.domain.languages import LOCALES, Locale
from portal.domain.title_breaks import drop_breaks, tidy_breaks
from portal.forms.base import MaxLength, PortalForm, to_line

TITLE_LENGTH = 200
SUMMARY_LENGTH = 400
ALT_LENGTH = 300
CREDIT_LENGTH = 200
MARKED_LENGTH = 400
_TEXTS = ("title", "summary", "alt")


class FrontPageForm(PortalForm):
    """Title, sentences and picture at the head of a coverage's page; a field of each in every language.

    `seen` is the mark of what the page was made from.
    """

    seen = StringField(widget=HiddenInput(), validators=[InputRequired()])
    picture = FileField(_l("Another picture"))
    credit = StringField(_l("Who made the picture"), filters=[to_line], validators=[MaxLength(CREDIT_LENGTH)])

    def find(self, name: str, locale: Locale) -> Field:
        """Return the field of a text in a language."""
        return self[_name(name, locale)]

    def read(self, name: str) -> dict[str, str]:
        """Return a text in all languages in which there is one."""
        typed = {locale.tag: self.find(name, locale).data for locale in LOCALES}
        return {tag: text for tag, text in typed.items() if text}

    def list_languages(self) -> Iterator[tuple[Locale, Mapping[str, Field]]]:
        """Give the fields of each language by name."""
        for locale in LOCALES:
            yield locale, {name: self.find(name, locale) for name in _TEXTS}


def make_front_page_form(primary: str) -> type[FrontPageForm]:
    """Return the form; the title may not be empty in the `primary` language of the coverage."""
    fields: dict[str, Any] = {}
    for locale in LOCALES:
        needed = [DataRequired(_l("Give the coverage a title."))] if locale.tag == primary else []
        title = StringField(
            _l("Title"), filters=[to_marked_line], validators=[*needed, MaxLength(TITLE_LENGTH)]
        )
        fields[_name("title", locale)] = title
        fields[_name("summary", locale)] = TextAreaField(
            _l("Two sentences under the title"), filters=[to_line], validators=[MaxLength(SUMMARY_LENGTH)]
        )
        fields[_name("alt", locale)] = StringField(
            _l("What the picture shows"), filters=[to_line], validators=[MaxLength(ALT_LENGTH)]
        )
    return type("FrontPageFormInLanguages", (FrontPageForm,), fields)


def to_marked_line(value: Any) -> str:
    """Return a title on one line; marks alone are no title."""
    return tidy_breaks(to_line(value))


def list_values(texts: Mapping[str, Mapping[str, str]]) -> dict[str, str]:
    """Return what stands in the form at first: texts by name and language tag."""
    given = ((name, locale, by_tag) for name, by_tag in texts.items() for locale in LOCALES)
    return {_name(name, locale): by_tag.get(locale.tag, "") for name, locale, by_tag in given}


def _name(name: str, locale: Locale) -> str:
    return f"{name}_{locale.babel}"


class StoryCardForm(PortalForm):
    """What editors decide about the card of a story; `title` is what its marks may not change."""

    answered = SelectField(_l("The story it answers"), validate_choice=True)
    marked = StringField(
        _l("Where its title may break"), filters=[to_marked_line], validators=[MaxLength(MARKED_LENGTH)]
    )

    def __init__(
        self, *args: Any, title: str, choices: Sequence[tuple[str, str, str]], **kwargs: Any
    ) -> None:
        """Offer the other stories of the coverage: id, title and language of each."""
        super().__init__(*args, **kwargs)
        self._title = title
        self.answered.choices = [
            ("", _("No other story")),
            *((value, text, {"lang": lang}) for value, text, lang in choices),
        ]

    def validate_marked(self, field: Field) -> None:
        """Take the title with marks in it, and nothing else."""
        if field.data and drop_breaks(field.data) != self._title:
            raise ValidationError(_("Type the title as it is, with | between phrases, or leave this empty."))
