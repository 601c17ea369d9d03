"""The queue as somebody left it: filter and order they used last, kept in their browser.

The way back to the queue leads there; the address of a page says what it shows, so that two tabs, or two
people at one computer, do not change each other's lists.
"""

from dataclasses import replace
from datetime import timedelta

from flask import current_app, request

from portal.models import Staff
from portal.queries.desk.queue import QueueFilter
from portal.web.site.cookies import keep_cookie
from portal.web.site.desk_addresses import queue_address, read_place, write_place

KEPT_FOR = timedelta(days=90)


def keep_queue(staff: Staff, wanted: QueueFilter) -> None:
    """Have the browser keep what is listed; words that were searched for, and the page, are not kept."""
    kept = f"{staff.public_id}.{write_place(replace(wanted, text='', after=''))}"
    if kept != request.cookies.get(_name()):
        keep_cookie(_name(), kept, kept_for=KEPT_FOR)


def find_queue(staff: Staff) -> str:
    """Return the address of the queue as this person left it in this browser, else that of the whole one."""
    owner, _dot, place = request.cookies.get(_name(), "").partition(".")
    return queue_address(read_place(place) if owner == staff.public_id else QueueFilter())


def _name() -> str:
    return f"{current_app.config['SESSION_COOKIE_NAME']}-queue"
