"""Sentences that WTForms itself says about an entry, in our words and from our catalogues.

Its own are translated only partly, speak of "this field", and need a catalogue beside ours for each language.
"""

from collections.abc import Mapping
from typing import Final

from flask_babel import lazy_gettext as _l
from flask_babel.speaklater import LazyString

_FROM_LIST: Final = _l("Choose from the options shown.")
_DAY: Final = _l("Write the day like 2026-03-14.")
OURS: Final[Mapping[str, LazyString]] = {
    "This field is required.": _l("Fill this in."),
    "Not a valid choice.": _FROM_LIST,
    "Invalid Choice: could not coerce.": _FROM_LIST,
    "Invalid choice(s): one or more data inputs could not be coerced.": _FROM_LIST,
    "'%(value)s' is not a valid choice for this field.": _FROM_LIST,
    "Invalid value, must be one of: %(values)s.": _FROM_LIST,
    "Not a valid integer value.": _l("Write a whole number in digits."),
    "Number must be between %(min)s and %(max)s.": _l("Write a number from %(min)s to %(max)s."),
    "Number must be at least %(min)s.": _l("Write a number that is at least %(min)s."),
    "Number must be at most %(max)s.": _l("Write a number that is at most %(max)s."),
    "Not a valid date value.": _DAY,
    "Not a valid datetime value.": _DAY,
}
"""By the English sentence, as WTForms looks it up."""
