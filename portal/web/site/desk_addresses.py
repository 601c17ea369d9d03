"""Addresses of the desk: the queue under a filter, one submission in it, two of its versions.

The way back to the queue leads to filter and order that somebody used last, kept in their browser. What a
page shows its address says, so that two tabs, or two people at one computer, leave each other's lists alone.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import timedelta
from enum import StrEnum
from typing import Any, TypeVar
from urllib.parse import parse_qsl, urlencode

from flask import current_app, request, url_for

from portal.domain.languages import is_language_tag
from portal.domain.sides import Side
from portal.domain.states import Stage, State
from portal.models import Staff
from portal.queries.desk.queue import LISTED, ME, NOBODY, NOWHERE, QueueFilter, View
from portal.queries.desk.queue_filter import Age, DueWhen, QueueOrder, ReaderWait, WithPhotos
from portal.story.normalise import clean_line
from portal.web.site.cookies import keep_cookie

RENEW = "renew"
"""Name of the form that asks for consents anew, and the value of `?write=` that opens it."""

TEXT_LENGTH = 200
_CURSOR_LENGTH = 200
QUEUE_KEPT_FOR = timedelta(days=90)
_ID_LENGTH = 32
_ANY_ID = "0" * _ID_LENGTH
_ALL_VIEWS, _STAGES = frozenset(View), frozenset(Stage)
_PLACES = frozenset({*Side, NOWHERE})
_Choice = TypeVar("_Choice", bound=StrEnum)


def read_filter(args: Mapping[str, str]) -> QueueFilter:
    """Read a filter from query arguments; what cannot be read filters nothing."""
    state = args.get("state", "")
    kind = args.get("kind", "")
    view = args.get("view", "")
    lang = args.get("lang", "")
    assignee = args.get("assignee", "")
    tag = args.get("tag", "")
    return QueueFilter(
        view=View(view) if view in _ALL_VIEWS else View.TRIAGE,
        state=State(state) if state in LISTED else None,
        kind=Stage(kind) if kind in _STAGES else None,
        lang=lang if is_language_tag(lang) else "",
        my_languages=args.get("mine") == "1",
        assignee=assignee if assignee in (NOBODY, ME) or len(assignee) == _ID_LENGTH else "",
        text=clean_line(args.get("q", ""))[:TEXT_LENGTH],
        age=_read_choice(Age, args.get("age", "")),
        due=_read_choice(DueWhen, args.get("due", "")),
        side=side if (side := args.get("place", "")) in _PLACES else "",
        photos=_read_choice(WithPhotos, args.get("photos", "")),
        reader=_read_choice(ReaderWait, args.get("reader", "")),
        came_back=args.get("back") == "1",
        at_risk=args.get("risk") == "1",
        tag=tag if len(tag) == _ID_LENGTH else "",
        order=_read_choice(QueueOrder, args.get("sort", "")) or QueueOrder.DUE,
        after=clean_line(args.get("after", ""))[:_CURSOR_LENGTH],
    )


def _read_choice(kind: type[_Choice], asked: str) -> _Choice | None:
    return kind(asked) if asked in set(kind) else None


def filter_args(wanted: QueueFilter) -> dict[str, str]:
    """Return the query arguments of a filter, without the empty ones."""
    args: dict[str, str | None] = {
        "view": wanted.view if wanted.view is not View.TRIAGE else "",
        "state": wanted.state,
        "kind": wanted.kind,
        "lang": wanted.lang,
        "mine": "1" if wanted.my_languages else "",
        "assignee": wanted.assignee,
        "q": wanted.text,
        "age": wanted.age,
        "due": wanted.due,
        "place": wanted.side,
        "photos": wanted.photos,
        "reader": wanted.reader,
        "back": "1" if wanted.came_back else "",
        "risk": "1" if wanted.at_risk else "",
        "tag": wanted.tag,
        "sort": wanted.order if wanted.order is not QueueOrder.DUE else "",
    }
    return {name: str(value) for name, value in args.items() if value}


def place_args(wanted: QueueFilter) -> dict[str, str]:
    """Return the query arguments of a filter with the page of the list that is open."""
    return {**filter_args(wanted), **({"after": wanted.after} if wanted.after else {})}


def write_place(wanted: QueueFilter) -> str:
    """Return the filter, and the page of the list that is open, as one text for a hidden field."""
    return urlencode(place_args(wanted))


def read_place(text: str) -> QueueFilter:
    """Read the filter back from a hidden field."""
    return read_filter(dict(parse_qsl(text[:1000])))


def queue_address(wanted: QueueFilter, **more: str) -> str:
    """Return the address of the queue under a filter, on the page that is open."""
    values: dict[str, Any] = {**place_args(wanted), **more}
    return url_for("desk.queue", **values)


def table_address(wanted: QueueFilter, suffix: str) -> str:
    """Return the address of the queue under a filter as a table of this kind."""
    values: dict[str, Any] = {**filter_args(wanted), "suffix": suffix}
    return url_for("desk.queue_table", **values)


def submission_address(public_id: str, wanted: QueueFilter, **more: str) -> str:
    """Return the address of a submission's page that keeps the queue one came from."""
    values: dict[str, Any] = {"public_id": public_id, **place_args(wanted), **more}
    return url_for("desk.submission", **values)


def list_addresses(wanted: QueueFilter) -> Callable[[str], str]:
    """Return what tells the address of each submission of a list, made once for all of them."""
    before, _id, after = submission_address(_ANY_ID, wanted).partition(_ANY_ID)
    return lambda public_id: f"{before}{public_id}{after}"


def spam_address(
    wanted: QueueFilter, *, after: str = "", done: str = "", endpoint: str = "desk.show_bulk_spam"
) -> str:
    """Return where the unverified ones of a filter are sorted out, from a page's cursor on.

    `done` names the act one comes from, to be taken back there.
    """
    more = {name: value for name, value in (("after", after), ("done", done)) if value}
    values: dict[str, Any] = {**filter_args(wanted), **more}
    return url_for(endpoint, **values)


def versions_address(public_id: str, old: int, new: int) -> str:
    """Return the address of the page that compares two versions of a text, by their numbers."""
    ends: dict[str, Any] = {"from": old, "to": new}
    return url_for("desk.versions", public_id=public_id, **ends)


def keep_queue(staff: Staff, wanted: QueueFilter) -> None:
    """Have the browser keep what is listed; words that were searched for, and the page, are not kept."""
    kept = f"{staff.public_id}.{write_place(replace(wanted, text='', after=''))}"
    if kept != request.cookies.get(_name_last_queue()):
        keep_cookie(_name_last_queue(), kept, kept_for=QUEUE_KEPT_FOR)


def find_queue(staff: Staff) -> str:
    """Return the address of the queue as this person left it in this browser, else that of the whole one."""
    owner, _dot, place = request.cookies.get(_name_last_queue(), "").partition(".")
    return queue_address(read_place(place) if owner == staff.public_id else QueueFilter())


def _name_last_queue() -> str:
    return f"{current_app.config['SESSION_COOKIE_NAME']}-queue"
