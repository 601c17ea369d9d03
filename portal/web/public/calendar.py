"""The deadline of a call as a date for calendars (iCalendar, RFC 5545)."""

from collections.abc import Iterator
from datetime import datetime
from urllib.parse import urlsplit

from flask import Blueprint, Response, abort, url_for
from flask_babel import gettext as _

from portal.extensions import current_portal, db, now
from portal.models import Call
from portal.queries.calls import find_current_call, takes_texts
from portal.web.public.shared_files import send_shared
from portal.web.site.access import access
from portal.web.site.dates import drop_joiners, write_deadline
from portal.web.site.localized import choose_text

room = Blueprint("public_calendar", __name__)

_MOST_BYTES = 75
"""Of a line, without its end."""
_REMINDS = "-P2D"


@room.get("/<lang:lang>/<coverage>/deadline.ics")
@access("open")
def deadline(coverage: str) -> Response:
    """Send the moment an open call closes; 404 where it has none."""
    call = find_current_call(db.session(), coverage, at=now())
    if call is None or call.closes_at is None or not takes_texts(call, at=now()):
        abort(404)
    answer = send_shared(_write_event(call, call.closes_at), "text/calendar; charset=utf-8")
    answer.headers["Content-Disposition"] = "attachment; filename=deadline.ics"
    return answer


def _write_event(call: Call, closes: datetime) -> str:
    title = choose_text(call.coverage.title, call.coverage.primary_locale).text
    portal = current_portal().settings
    address = portal.base_url + url_for("public.coverage", coverage=call.coverage.slug)
    said = _("Deadline for stories: %(coverage)s", coverage=title)
    lines = (
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//Story portal//Deadlines//EN",
        "BEGIN:VEVENT",
        f"UID:{call.public_id}@{urlsplit(portal.base_url).hostname}",
        # Of what it says, not of the answer: two answers that say the same are the same.
        f"DTSTAMP:{_write_moment(call.coverage.created_at)}",
        f"DTSTART:{_write_moment(closes)}",
        f"SUMMARY:{_escape(said)}",
        f"DESCRIPTION:{_escape(drop_joiners(write_deadline(closes)))}\\n{_escape(address)}",
        f"URL:{address}",
        "TRANSP:TRANSPARENT",
        "BEGIN:VALARM",
        "ACTION:DISPLAY",
        f"TRIGGER:{_REMINDS}",
        f"DESCRIPTION:{_escape(said)}",
        "END:VALARM",
        "END:VEVENT",
        "END:VCALENDAR",
    )
    return "".join(f"{part}\r\n" for line in lines for part in _fold(line))


def _write_moment(at: datetime) -> str:
    """Write a moment in UTC: no calendar has to know a zone for it."""
    return f"{at:%Y%m%dT%H%M%SZ}"


def _escape(text: str) -> str:
    """Write a text as a value: no sign of it ends it."""
    plain = " ".join(text.split())
    return plain.replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,")


def _fold(line: str) -> Iterator[str]:
    """Break a line after 75 bytes, between letters; those that go on begin with a blank."""
    part = ""
    for letter in line:
        if len((part + letter).encode()) > _MOST_BYTES:
            yield part
            part = " "
        part += letter
    yield part
