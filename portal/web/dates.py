"""Dates, hours and lists as a reader of the language writes them."""

from collections.abc import Sequence
from datetime import datetime

from babel.lists import format_list
from flask_babel import format_date, format_time, get_locale
from flask_babel import gettext as _


def write_moment(at: datetime) -> str:
    """Return day and minute, the month in words: 02/03 is another day in another country."""
    return str(_("%(date)s, %(time)s", date=format_date(at, "medium"), time=format_time(at, "HH:mm")))


def write_deadline(at: datetime) -> str:
    """Return day and minute with the zone it is meant in."""
    return str(_("%(date)s, %(time)s UTC", date=format_date(at, "long"), time=format_time(at, "HH:mm")))


def join_words(words: Sequence[str]) -> str:
    """Return words as a plain list: «a, b, c», 「a、b、c」."""
    return str(format_list(list(words), style="unit", locale=get_locale())) if words else ""
