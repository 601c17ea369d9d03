"""The queue in words: addresses of filters, names of views, age and length of a submission."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from math import ceil
from typing import Any
from urllib.parse import parse_qsl, urlencode

from flask import url_for
from flask_babel import format_date, ngettext
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel.speaklater import LazyString

from portal.domain.lanes import Signal
from portal.domain.languages import is_language_tag, language_name, script_of
from portal.domain.states import WAITS_FOR_DESK, Stage, State
from portal.models import Submission
from portal.operations.triaging import reader_of
from portal.queries.queue import HIDDEN, NOBODY, SOON, QueueFilter, View, stands_back
from portal.story.normalise import clean_line
from portal.web.words import stage_label, state_label

_COUNTED_IN_CHARACTERS = frozenset({"Hant", "Hans", "Hani", "Jpan", "Thai"})
_TEXT_LENGTH = 200
_ID_LENGTH = 32
_DAY = timedelta(days=1)

_VIEWS: Mapping[View, LazyString] = {
    View.TRIAGE: _l("To triage"),
    View.LANGUAGES: _l("My languages"),
    View.DUE: _l("Due in 3 days"),
    View.MESSAGES: _l("New messages"),
    View.WAITING: _l("Waiting for the author"),
    View.MINE: _l("Mine"),
    View.UNVERIFIED: _l("Unverified"),
    View.OUTBOX: _l("Outbox"),
    View.OPEN: _l("All open"),
    View.CLOSED: _l("Closed"),
}
_EMPTY: Mapping[View, LazyString] = {
    View.TRIAGE: _l(
        "Nothing waits for the desk. New pitches and stories will stand here, the oldest promise first."
    ),
    View.LANGUAGES: _l(
        "Nothing waits in the languages you read. You can change your languages in your account."
    ),
    View.DUE: _l("No answer is due in the next three days."),
    View.MESSAGES: _l("No author has written since you and your colleagues last looked."),
    View.WAITING: _l("No author owes us an answer."),
    View.MINE: _l("Nothing is assigned to you. Open a submission to make yourself responsible for it."),
    View.UNVERIFIED: _l("Nothing came unverified. What could be automatic will stand here, and is read too."),
    View.OUTBOX: _l(
        "Nothing is on its way out. Decisions and messages stand here until they leave; "
        "until then you can take them back."
    ),
    View.OPEN: _l("There are no open submissions."),
    View.CLOSED: _l("Nothing has been closed yet."),
}


_SIGNALS: Mapping[str, LazyString] = {
    Signal.HONEYPOT: _l("a hidden field was filled in"),
    Signal.TOO_FAST: _l("sent within 5 seconds"),
}


def view_label(view: View) -> str:
    """Return the name of a saved view."""
    return str(_VIEWS[view])


def empty_sentence(wanted: QueueFilter) -> str:
    """Return what an empty list means."""
    if wanted != QueueFilter(view=wanted.view):
        return str(_("Nothing fits these filters. Take one away to see more."))
    return str(_EMPTY[wanted.view])


def read_filter(args: Mapping[str, str]) -> QueueFilter:
    """Read a filter from query arguments; what cannot be read filters nothing."""
    state = args.get("state", "")
    kind = args.get("kind", "")
    view = args.get("view", "")
    lang = args.get("lang", "")
    assignee = args.get("assignee", "")
    return QueueFilter(
        view=View(view) if view in set(View) else View.TRIAGE,
        state=State(state) if state in set(State) - HIDDEN else None,
        kind=Stage(kind) if kind in set(Stage) else None,
        lang=lang if is_language_tag(lang) else "",
        my_languages=args.get("mine") == "1",
        assignee=assignee if assignee == NOBODY or len(assignee) == _ID_LENGTH else "",
        text=clean_line(args.get("q", ""))[:_TEXT_LENGTH],
    )


def filter_args(wanted: QueueFilter) -> dict[str, str]:
    """Return the query arguments of a filter, without the empty ones."""
    args = {
        "view": wanted.view if wanted.view is not View.TRIAGE else "",
        "state": wanted.state or "",
        "kind": wanted.kind or "",
        "lang": wanted.lang,
        "mine": "1" if wanted.my_languages else "",
        "assignee": wanted.assignee,
        "q": wanted.text,
    }
    return {name: str(value) for name, value in args.items() if value}


def write_place(wanted: QueueFilter) -> str:
    """Return the filter as one text, for a hidden field."""
    return urlencode(filter_args(wanted))


def read_place(text: str) -> QueueFilter:
    """Read the filter back from a hidden field."""
    return read_filter(dict(parse_qsl(text[:1000])))


def queue_address(wanted: QueueFilter, **more: str) -> str:
    """Return the address of the queue under a filter."""
    values: dict[str, Any] = {**filter_args(wanted), **more}
    return url_for("desk.queue", **values)


def submission_address(public_id: str, wanted: QueueFilter, **more: str) -> str:
    """Return the address of a submission's page that keeps the queue one came from."""
    values: dict[str, Any] = {"public_id": public_id, **filter_args(wanted), **more}
    return url_for("desk.submission", **values)


def versions_address(public_id: str, old: int, new: int) -> str:
    """Return the address of the page that compares two versions of a text, by their numbers."""
    ends: dict[str, Any] = {"from": old, "to": new}
    return url_for("desk.versions", public_id=public_id, **ends)


def length_words(piece: Submission) -> str:
    """Return how long the text is, in what its script is counted in."""
    if script_of(piece.lang) in _COUNTED_IN_CHARACTERS:
        return str(ngettext("%(num)s character", "%(num)s characters", piece.characters))
    return str(ngettext("%(num)s word", "%(num)s words", piece.words))


def due_words(piece: Submission, at: datetime) -> tuple[str, str]:
    """Return the age in words and its kind: neutral, soon or late. Both empty when nothing is due."""
    if piece.due_at is None:
        return "", ""
    left = piece.due_at - at
    if piece.state not in WAITS_FOR_DESK:
        late = "late" if left < timedelta(0) else "neutral"
        return _("waiting for the author until %(date)s", date=format_date(piece.due_at, "medium")), late
    if left < timedelta(0):
        days = -left // _DAY
        return ngettext("%(num)s day late", "%(num)s days late", days) if days else _("just overdue"), "late"
    if left <= SOON:
        days = ceil(left / _DAY)
        return ngettext("due in %(num)s day", "due in %(num)s days", days), "soon"
    promised = piece.call.answer_days
    day = max(1, promised - ceil(left / _DAY) + 1)
    return _("day %(day)s of %(days)s", day=day, days=promised), "neutral"


def signal_words(piece: Submission) -> list[str]:
    """Return what made a sending look automatic, for people."""
    return [str(_SIGNALS[signal]) for signal in piece.signals if signal in _SIGNALS]


def describe_row(
    piece: Submission,
    *,
    wanted: QueueFilter,
    tag: str,
    at: datetime,
    unread: Sequence[str] = (),
    has_new: bool = False,
) -> dict[str, Any]:
    """Return the submission as the macro queue_row shows it.

    `unread` are the languages nobody reads, `has_new` says that its author has written.
    """
    due_text, due_kind = due_words(piece, at)
    reader = reader_of(piece, at=at)
    meta = [language_name(piece.lang, tag), stage_label(piece.kind), length_words(piece)]
    if piece.state not in WAITS_FOR_DESK:
        meta.append(state_label(piece.state))
    if piece.assignee is not None:
        meta.append(_("with %(name)s", name=piece.assignee.name))
    flags = [(_("New message"), "accent")] if has_new else []
    if piece.at_risk:
        flags.append((_("risk"), "error"))
    if piece.lang in unread and piece.state in WAITS_FOR_DESK:
        flags.append((_("nobody reads it"), "warn"))
    if stands_back(piece):
        flags.append((_("unverified"), "neutral"))
        meta += signal_words(piece)
    return {
        "href": submission_address(piece.public_id, wanted),
        "title": piece.heading,
        "lang": piece.lang,
        "meta": meta,
        "due_text": due_text,
        "due_kind": due_kind,
        "flags": flags,
        "reader": reader.name if reader else "",
        "current": False,
    }
