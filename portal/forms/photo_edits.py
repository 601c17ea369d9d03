"""The part of a draft's form about photos: which is featured, their order, and the words for print.

Fields show what is printed now. A word that was not touched is as it is stored by now, so that a page opened
before takes back nothing that somebody said meanwhile.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import Form, FormField, IntegerField, RadioField, StringField
from wtforms.validators import Optional
from wtforms.widgets import HiddenInput

from portal.domain.photo_edits import PHOTO_WORDS, PhotoEdits, replace_words
from portal.domain.photos import PictureWords
from portal.forms.base import MaxLength, find_translations, mark_value, to_line

PHOTO_LINE_LENGTH = 500


class _Part(Form):  # type: ignore[misc]  # wtforms ships no types
    """A form inside another one: what guards that guards this."""

    class Meta:
        """Speak the reader's language."""

        def get_translations(self, form: Any) -> Any:
            """Return the translations of WTForms for the current locale."""
            return find_translations()


class PhotoWordsForm(_Part):
    """What is printed with one photo."""

    alt = StringField(
        _l("What the photo shows"),
        description=_l("Read out to people who cannot see it."),
        filters=[to_line],
        validators=[MaxLength(PHOTO_LINE_LENGTH)],
    )
    caption = StringField(
        _l("Caption"),
        description=_l("Without one, the description of the photo is printed under it."),
        filters=[to_line],
        validators=[MaxLength(PHOTO_LINE_LENGTH)],
    )
    credit = StringField(_l("Credit"), filters=[to_line], validators=[MaxLength(PHOTO_LINE_LENGTH)])
    licence_line = StringField(
        _l("Licence line"), filters=[to_line], validators=[MaxLength(PHOTO_LINE_LENGTH)]
    )
    print_order = IntegerField(_l("Position among the photos"), validators=[Optional()])
    seen = StringField(widget=HiddenInput(), filters=[to_line])
    """Fingerprints of what the page showed as saved."""


class PhotoEditsField(FormField):  # type: ignore[misc]  # wtforms ships no types
    """The decisions about the photos of one story; its data is what `PhotoEdits.store` gives.

    `said` is what the contributor says about each photo that may be printed, by key and in their order;
    `others` are the keys of photos that may not be printed now: words about them are kept.
    """

    def __init__(
        self,
        label: Any = None,
        *,
        said: Mapping[str, PictureWords],
        saved: PhotoEdits,
        others: frozenset[str] = frozenset(),
        **kwargs: Any,
    ) -> None:
        """Make a part for each photo."""
        self.said, self.saved, self.others = said, saved, others
        parts: dict[str, Any] = {key: FormField(PhotoWordsForm) for key in said}
        parts["featured"] = RadioField(_l("Featured photo"), validate_choice=False)
        super().__init__(type("PhotoEditsForm", (_Part,), parts), label, **kwargs)

    def process(self, formdata: Any, data: Any = None, extra_filters: Any = None) -> None:
        """Take what was sent, else what is given as `PhotoEdits.store` gives it."""
        edits = PhotoEdits.read(data) if isinstance(data, Mapping) else self.saved
        super().process(formdata, dict(self._fill_in(edits)), extra_filters)
        choices = [("", _("No photo"))]
        choices += [(key, _("Photo %(number)s", number=number)) for number, key in enumerate(self.said, 1)]
        self.form.featured.choices = choices

    def _fill_in(self, edits: PhotoEdits) -> Iterator[tuple[str, Any]]:
        yield "featured", edits.featured if edits.featured in self.said else ""
        places = {key: place for place, key in enumerate(edits.sort(list(self.said)), 1)}
        for key, said in self.said.items():
            printed, known = edits.print_words(key, said), self.saved.print_words(key, said)
            words = {name: getattr(printed, name) for name in PHOTO_WORDS}
            seen = " ".join(mark_value(getattr(known, name)) for name in PHOTO_WORDS)
            yield key, {**words, "print_order": places[key], "seen": seen}

    @property
    def data(self) -> dict[str, Any]:
        """Return the decisions as a draft keeps them."""
        words = {key: given for key, given in self.saved.words.items() if key in self.others}
        words |= {key: self._read_words(key, said) for key, said in self.said.items()}
        keys = list(self.said)
        order = sorted(keys, key=lambda key: (self._read_place(key), keys.index(key)))
        chosen = self.form.featured.data or ""
        kept = self.saved.featured if self.saved.featured in self.others else ""
        featured = chosen if chosen in self.said else kept
        return PhotoEdits(featured, () if order == keys else tuple(order), words).store()

    def _read_words(self, key: str, said: PictureWords) -> dict[str, str]:
        """Return the words that take the place of the contributor's; an untouched one is what is stored."""
        part, stored = self.form[key], self.saved.words.get(key, {})
        seen = (part.seen.data or "").split()
        is_whole = len(seen) == len(PHOTO_WORDS)
        untouched = {
            name
            for name, mark in zip(PHOTO_WORDS, seen if is_whole else PHOTO_WORDS, strict=True)
            if mark_value(part[name].data or "") == mark
        }
        typed = {name: part[name].data or "" for name in PHOTO_WORDS if name not in untouched}
        return {**{name: stored[name] for name in stored if name in untouched}, **replace_words(said, typed)}

    def _read_place(self, key: str) -> int:
        place = self.form[key].print_order.data
        return place if place is not None else len(self.said)

    @property
    def errors(self) -> list[str]:
        """Return what is wrong anywhere in it, each once."""
        wrong = (one for key in self.said for found in self.form[key].errors.values() for one in found)
        return list(dict.fromkeys(wrong))
