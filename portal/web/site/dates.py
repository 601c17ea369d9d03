"""Dates and hours as a reader of the language writes them."""

import re
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from functools import cache

from babel.core import Locale
from babel.dates import format_skeleton, get_timezone_location
from flask import Flask, has_request_context
from flask_babel import Babel, format_date, format_time, get_locale
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from portal.domain.zones import CLOCKS, KYIV, TAIPEI, UTC, find_zone, is_zone, list_zones, open_zone
from portal.web.site.current_staff import staff_on_page
from portal.web.site.english_gaps import keep_english

_EVERYWHERE: Mapping[str, str | None] = {
    **Babel.default_date_formats,
    # Han would say 下午6:30, and nobody needs the second something was saved in.
    "time": "short",
    "time.short": "HH:mm",
}
_OWN: Mapping[str, Mapping[str, str]] = {
    # Babel's plain English is American; people of two continents read ours.
    "en": {"date.short": "d\u00a0MMM y", "date.medium": "d\u00a0MMM y", "date.long": "d\u00a0MMMM y"},
    # The short form «2026 р.» would end a sentence with two full stops, and «лист.» is a letter, too.
    # No line ends between a number and its word.
    "uk": {"date.medium": "d\u00a0MMMM y", "date.long": "d\u00a0MMMM y\u00a0'року'"},
}

_JOINER = "\u2060"
"""Has no width, and lets no line end: what a no-break space is to languages that write spaces."""
_UNSPACED = frozenset({"ja", "yue", "zh"})
_LONG = {"date.medium": "medium", "date.long": "long"}
_HAN = "[\u3400-\u9fff]"
_LOOSE = re.compile(rf"(?<=\w)(?={_HAN})|(?<={_HAN})(?=\w)")
"""Where a line of these languages may end: 2026 / 年 / 11 / 月."""

_CLOCK_NAMES = {KYIV: _l("Kyiv time"), TAIPEI: _l("Taipei time")}


class DatePatterns(Mapping[str, str | None]):
    """What “long” or “short” means in the language of the page; Flask-Babel asks here for every date."""

    def __getitem__(self, name: str) -> str | None:
        """Return a pattern of CLDR, or None where the language's own is right."""
        locale = get_locale()
        if locale is None:
            return _EVERYWHERE[name]
        if locale.language in _UNSPACED and name in _LONG:
            return _hold_together(locale.date_formats[_LONG[name]].pattern)
        return _OWN.get(locale.language, {}).get(name, _EVERYWHERE[name])

    def __iter__(self) -> Iterator[str]:
        """Go through the names of all patterns."""
        return iter(_EVERYWHERE)

    def __len__(self) -> int:
        """Count the patterns."""
        return len(_EVERYWHERE)


def _hold_together(written: str) -> str:
    """Return a date or the name of a clock without a place for a line to end between its characters."""
    locale = get_locale()
    return _LOOSE.sub(_JOINER, written) if locale is not None and locale.language in _UNSPACED else written


def drop_joiners(written: str) -> str:
    """Return a date for texts that are no page: what cannot be seen is only in the way there."""
    return written.replace(_JOINER, "")


def init_dates(app: Flask) -> None:
    """Give templates `| moment`, the day and minute of something that happened."""
    app.jinja_env.filters["moment"] = write_moment


def choose_zone() -> str:
    """Return the zone of the page, for Flask-Babel's selector: days change there, too.

    That of a colleague's choice on the desk, else of the page's language.
    """
    staff = staff_on_page() if has_request_context() else None
    if staff is not None and is_zone(staff.time_zone):
        return staff.time_zone
    locale = get_locale()
    return find_zone(str(locale)) if locale is not None else UTC


def list_clocks(*, at: datetime) -> list[tuple[str, str]]:
    """Return the clocks to choose from: (zone, city and distance from UTC), by that distance."""
    locale = get_locale()
    clocks = []
    for zone in _list_cities():
        local = at.astimezone(open_zone(zone))
        label = UTC if zone == UTC else f"{_name_city(zone, locale)} · {_write_offset(local)}"
        clocks.append((local.utcoffset() or timedelta(), label, zone))
    by_language = ("", str(_("As the language of your desk says")))
    return [by_language, *((zone, label) for _offset, label, zone in sorted(clocks))]


@cache
def _list_cities() -> tuple[str, ...]:
    """Return a zone for each city: of several names of one, that which is spelt as the city is today."""
    cities: dict[str, str] = {}
    for zone in list_zones():
        city = str(get_timezone_location(zone, locale="en", return_city=True))
        if city not in cities or zone.rpartition("/")[2].replace("_", " ") == city:
            cities[city] = zone
    return tuple(cities.values())


def write_moment(at: datetime) -> str:
    """Return day and minute with their zone, the month in words: 02/03 is another day in another country."""
    return _write_minute(at, "medium")


def write_deadline(at: datetime) -> str:
    """Return day and minute with their zone, in full: somebody is to keep to it."""
    return _write_minute(at, "long")


def write_time(at: datetime) -> str:
    """Return hour and minute on the clock of the page's language, with its city and its distance from UTC."""
    return _write_time(at, choose_zone())


def write_other_clocks(at: datetime) -> list[str]:
    """Return the same moment on the clocks of the other places stories come from, each in a short line."""
    return [_write_clock(at, zone) for zone in CLOCKS if zone != choose_zone()]


def write_both_clocks(at: datetime, lang: str) -> str:
    """Return a moment on the reader's clock and on that of a text's language, where the two differ."""
    zone = find_zone(lang)
    here = write_moment(at)
    if zone in (UTC, choose_zone()):
        return here
    local = at.astimezone(open_zone(zone))
    there = _("%(date)s, %(time)s", date=_write_skeleton("MMMd", local), time=_write_time(at, zone))
    return keep_english(f"{here}\u00a0· {there}", (here, there))  # no line begins with the dot


def write_day(at: datetime) -> str:
    """Return the day without its year, the month in words."""
    return _write_skeleton("MMMMd", at)


def _write_skeleton(skeleton: str, at: datetime) -> str:
    locale = get_locale()
    language = locale.language if locale is not None else ""
    spoken = "en_GB" if language == "en" else locale
    skeleton = "MMMMd" if language == "uk" else skeleton  # «6 лист.» is a letter before it is a month
    written = _hold_together(str(format_skeleton(skeleton, at, locale=spoken)))
    return written.replace(" ", "\u00a0") if language in _OWN else written


def _write_minute(at: datetime, date: str) -> str:
    zone = choose_zone()
    day = at.astimezone(open_zone(zone)).date()
    return str(_("%(date)s, %(time)s", date=format_date(day, date), time=_write_time(at, zone)))


def _write_clock(at: datetime, zone: str) -> str:
    local = at.astimezone(open_zone(zone))
    time = _("%(time)s %(clock)s", time=format_time(local, "short", rebase=False), clock=_name_clock(zone))
    return str(_("%(date)s, %(time)s", date=_write_skeleton("MMMd", local), time=time))


def _write_time(at: datetime, zone: str) -> str:
    # The zone stands there: what is still to come in UTC is long past on a clock in Kyiv or Taipei.
    local = at.astimezone(open_zone(zone))
    time = format_time(local, "short", rebase=False)
    if zone == UTC:
        return str(_("%(time)s UTC", time=time))
    said = {"time": time, "clock": _name_clock(zone), "offset": _write_offset(local)}
    return str(_("%(time)s %(clock)s (%(offset)s)", **said))


def _name_clock(zone: str) -> str:
    """Return what a clock is called in the language of the page."""
    if zone in _CLOCK_NAMES:
        return _hold_together(str(_CLOCK_NAMES[zone]))
    return _hold_together(str(_("%(city)s time", city=_name_city(zone, get_locale()))))


def _name_city(zone: str, locale: Locale | None) -> str:
    """Return the city a zone is named after."""
    if zone == KYIV:
        return str(_("Kyiv"))
    return str(get_timezone_location(zone, locale=locale or "en", return_city=True))


def _write_offset(local: datetime) -> str:
    ahead = round((local.utcoffset() or timedelta()).total_seconds() / 60)
    hours, minutes = divmod(abs(ahead), 60)
    return f"UTC{'−' if ahead < 0 else '+'}{hours}" + (f":{minutes:02}" if minutes else "")
