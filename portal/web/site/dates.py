"""Dates, hours and lists as a reader of the language writes them."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

from babel.dates import format_skeleton
from babel.lists import format_list
from flask import Flask
from flask_babel import Babel, format_date, format_time, get_locale
from flask_babel import gettext as _

_EVERYWHERE: Mapping[str, str | None] = {
    **Babel.default_date_formats,
    # Han would say 下午6:30, and nobody needs the second something was saved in.
    "time": "short",
    "time.short": "HH:mm",
}
_OWN: Mapping[str, Mapping[str, str]] = {
    # Babel's plain English is American; people of two continents read ours.
    "en": {"date.short": "d MMM y", "date.medium": "d MMM y", "date.long": "d MMMM y"},
    # The short form «2026 р.» would end a sentence with two full stops.
    "uk": {"date.medium": "d MMM y", "date.long": "d MMMM y 'року'"},
}


class DatePatterns(Mapping[str, str | None]):
    """What “long” or “short” means in the language of the page; Flask-Babel asks here for every date."""

    def __getitem__(self, name: str) -> str | None:
        """Return a pattern of CLDR, or None where the language's own is right."""
        locale = get_locale()
        own = _OWN.get(locale.language, {}) if locale is not None else {}
        return own.get(name, _EVERYWHERE[name])

    def __iter__(self) -> Iterator[str]:
        """Go through the names of all patterns."""
        return iter(_EVERYWHERE)

    def __len__(self) -> int:
        """Count the patterns."""
        return len(_EVERYWHERE)


def init_dates(app: Flask) -> None:
    """Give templates `| moment`: the day and minute of something that happened."""
    app.jinja_env.filters["moment"] = write_moment


def write_moment(at: datetime) -> str:
    """Return day and minute with their zone, the month in words: 02/03 is another day in another country."""
    return _write_minute(at, "medium")


def write_deadline(at: datetime) -> str:
    """Return day and minute with their zone, in full: somebody is to keep to it."""
    return _write_minute(at, "long")


def write_day(at: datetime) -> str:
    """Return the day without its year, the month in words."""
    locale = get_locale()
    spoken = "en_GB" if locale is not None and locale.language == "en" else locale
    return str(format_skeleton("MMMMd", at, locale=spoken))


def _write_minute(at: datetime, date: str) -> str:
    # The zone stands there: what is still to come in UTC is long past on a clock in Kyiv or Taipei.
    return str(_("%(date)s, %(time)s UTC", date=format_date(at, date), time=format_time(at, "short")))


def join_words(words: Sequence[str]) -> str:
    """Return words as a plain list: “a, b, c”, «a, b і c», 「a、b、c」."""
    locale = get_locale()
    if locale is not None and locale.language == "zh":
        return "、".join(words)  # CLDR parts the words of such a list by blanks, as units of one measure
    return str(format_list(list(words), style="unit", locale=locale)) if words else ""
