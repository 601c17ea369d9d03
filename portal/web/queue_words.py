"""The queue in words: addresses of filters, names of views, age and length of a submission."""

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime, timedelta
from functools import cache, cached_property
from math import ceil
from typing import Any, NamedTuple
from urllib.parse import parse_qsl, urlencode

from flask import url_for
from flask_babel import format_date, get_translations, ngettext
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel.speaklater import LazyString

from portal.domain.lanes import Signal
from portal.domain.languages import is_language_tag, language_name, script_of
from portal.domain.states import WAITS_FOR_DESK, Stage, State, came_back
from portal.operations.triaging import is_fresh_claim
from portal.queries.queue import LISTED, NOBODY, SOON, QueueFilter, View, Waiting, stands_back
from portal.queries.queue_pages import MOST_COUNTED, QueueRow
from portal.story.lookalikes import has_lookalikes
from portal.story.normalise import clean_line, has_hidden_characters
from portal.web.words import stage_label, state_label

_COUNTED_IN_CHARACTERS = frozenset({"Hant", "Hans", "Hani", "Jpan", "Thai"})
_TEXT_LENGTH = 200
_ID_LENGTH = 32
_DAY = timedelta(days=1)
_ALL_VIEWS, _STAGES = frozenset(View), frozenset(Stage)

_VIEWS: Mapping[View, LazyString] = {
    View.TRIAGE: _l("To triage"),
    View.LANGUAGES: _l("My languages"),
    View.CAME_BACK: _l("Came back"),
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
    View.CAME_BACK: _l(
        "No full stories or answers are waiting. What authors send because you asked for it appears here."
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


ANY_ID = "0" * _ID_LENGTH
"""Stands in an address for an id that is put in later."""

_NEW_MESSAGE = _l("New message")
_CAME_BACK: Mapping[State, LazyString] = {
    State.NEEDS_REPLY: _l("reply came in"),
    State.INVITED: _l("full story came in"),
}
_RISK = _l("risk")
_NOBODY_READS = _l("nobody reads it")
_UNVERIFIED = _l("unverified")
_LOOKALIKES = _l("look-alike letters")
_HIDDEN = _l("hidden characters")
_SIGNALS: Mapping[str, LazyString] = {
    Signal.HONEYPOT: _l("a hidden field was filled in"),
    Signal.TOO_FAST: _l("sent within 5 seconds"),
}


def view_label(view: View) -> str:
    """Return the name of a saved view."""
    return str(_VIEWS[view])


def count_words(number: int) -> str:
    """Return a count as it stands beside a view: exact as far as anybody counts, then `999+`."""
    return f"{MOST_COUNTED - 1}+" if number >= MOST_COUNTED else str(number)


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
        view=View(view) if view in _ALL_VIEWS else View.TRIAGE,
        state=State(state) if state in LISTED else None,
        kind=Stage(kind) if kind in _STAGES else None,
        lang=lang if is_language_tag(lang) else "",
        my_languages=args.get("mine") == "1",
        assignee=assignee if assignee == NOBODY or len(assignee) == _ID_LENGTH else "",
        text=clean_line(args.get("q", ""))[:_TEXT_LENGTH],
    )


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


Plural = Callable[[str, str, int], str]
"""Takes what is said of one, what is said of many, and the number."""


def _bind_plural() -> Plural:
    """Return ngettext for the language of this page, found once: Flask-Babel looks for it at every word."""
    catalogue = get_translations()
    return lambda one, many, num: str(catalogue.ungettext(one, many, num) % {"num": num})


def length_words(lang: str, *, words: int, characters: int, ngettext: Plural = ngettext) -> str:
    """Return how long a text is, in what its script is counted in."""
    if script_of(lang) in _COUNTED_IN_CHARACTERS:
        return str(ngettext("%(num)s character", "%(num)s characters", characters))
    return str(ngettext("%(num)s word", "%(num)s words", words))


class Due(NamedTuple):
    """How far an answer is from its promise: all that its words depend on, the same for many submissions."""

    kind: str
    """Neutral, soon or late; empty when nothing is due."""
    days: int = 0
    """Since or until the day; of `promised` ones, which one it is."""
    promised: int = 0
    until: date | None = None
    """The author's day, where the author is the one who is waited for."""


def measure_due(piece: Waiting, at: datetime, *, answer_days: int) -> Due:
    """Return how far the answer is from its promise; `answer_days` are what the call promises."""
    if piece.due_at is None:
        return Due("")
    left = piece.due_at - at
    is_late = left < timedelta(0)
    if piece.state not in WAITS_FOR_DESK:
        return Due("late" if is_late else "neutral", until=piece.due_at.date())
    if is_late:
        return Due("late", -left // _DAY)
    if left <= SOON:
        return Due("soon", ceil(left / _DAY))
    return Due("neutral", max(1, answer_days - ceil(left / _DAY) + 1), answer_days)


def due_words(piece: Waiting, at: datetime, *, answer_days: int) -> tuple[str, str]:
    """Return the age in words and its kind: neutral, soon or late. Both empty when nothing is due."""
    return _word_due(measure_due(piece, at, answer_days=answer_days))


def _word_due(due: Due) -> tuple[str, str]:
    if due.until is not None:
        return _("waiting for the author until %(date)s", date=format_date(due.until, "medium")), due.kind
    if due.kind == "late":
        return ngettext("%(num)s day late", "%(num)s days late", due.days) if due.days else _(
            "just overdue"
        ), due.kind
    if due.kind == "soon":
        return ngettext("due in %(num)s day", "due in %(num)s days", due.days), due.kind
    if due.kind:
        return _("day %(day)s of %(days)s", day=due.days, days=due.promised), due.kind
    return "", ""


def return_words(piece: Waiting) -> str:
    """Return what its author has sent because the desk asked; empty when it waits for another reason."""
    before = piece.state_before
    return str(_CAME_BACK[before]) if before and came_back(piece.state, before) else ""


def signal_words(signals: Sequence[str]) -> list[str]:
    """Return what made a sending look automatic, for people."""
    return [str(_SIGNALS[signal]) for signal in signals if signal in _SIGNALS]


class Line(NamedTuple):
    """Everything a line of the queue is made from: equal ones are the same line, whoever reads it."""

    row: QueueRow
    due: Due
    reader: str
    """Who is on it now."""
    is_unread: bool
    """Nobody on its desk can judge what is written in its language."""
    address: str
    """Of a submission's page, with `ANY_ID` in it."""
    tag: str
    """The language of the page."""


class _Words:
    """What lines of one page say, each worded once; made when a line is to be rendered."""

    def __init__(self, tag: str) -> None:
        """Take the language of the page."""
        self.language = cache(lambda lang: language_name(lang, tag))
        self.kind = cache(stage_label)
        self.state = cache(state_label)
        self.due = cache(_word_due)
        self.said = cache(str)
        self.plural = _bind_plural()


class RowWriter:
    """Measures the lines of one page, and words those that are not kept."""

    def __init__(self, wanted: QueueFilter, *, tag: str, at: datetime, unread: Sequence[str] = ()) -> None:
        """Take the reader's language, and the languages of stories that nobody reads."""
        self._address = submission_address(ANY_ID, wanted)
        self._at = at
        self._tag = tag
        self._unread = frozenset(unread)

    def measure(self, row: QueueRow) -> Line:
        """Return what the line of a submission is made from at this moment."""
        due = measure_due(row, self._at, answer_days=row.answer_days)
        reader = row.reader if row.reader and is_fresh_claim(row.claimed_at, at=self._at) else ""
        is_unread = row.lang in self._unread and row.state in WAITS_FOR_DESK
        return Line(row, due, reader, is_unread, self._address, self._tag)

    def describe(self, line: Line) -> dict[str, Any]:
        """Return the submission as the macro queue_row shows it: from the line alone, which it is kept by."""
        row = line.row
        due_text, due_kind = self._words.due(line.due)
        return {
            "href": line.address.replace(ANY_ID, row.public_id, 1),
            "title": row.heading,
            "lang": row.lang,
            "meta": self._write_meta(row),
            "due_text": due_text,
            "due_kind": due_kind,
            "flags": self._list_flags(line),
            "reader": line.reader,
            "current": False,
        }

    @cached_property
    def _words(self) -> _Words:
        return _Words(self._tag)

    def _write_meta(self, row: QueueRow) -> list[str]:
        length = length_words(
            row.lang, words=row.words, characters=row.characters, ngettext=self._words.plural
        )
        meta = [self._words.language(row.lang), self._words.kind(row.stage), length]
        if row.state not in WAITS_FOR_DESK:
            meta.append(self._words.state(row.state))
        if row.assignee is not None:
            meta.append(_("with %(name)s", name=row.assignee))
        return [*meta, *signal_words(json.loads(row.signals))] if stands_back(row) else meta

    def _list_flags(self, line: Line) -> list[tuple[str, str]]:
        """Return what stands out: (words, kind)."""
        row = line.row
        flags = [(self._words.said(_NEW_MESSAGE), "accent")] if row.has_new else []
        if returned := return_words(row):
            flags.append((returned, "accent"))
        if row.at_risk:
            flags.append((self._words.said(_RISK), "error"))
        if line.is_unread:
            flags.append((self._words.said(_NOBODY_READS), "warn"))
        if stands_back(row):
            flags.append((self._words.said(_UNVERIFIED), "neutral"))
        if has_lookalikes(row.heading):
            flags.append((self._words.said(_LOOKALIKES), "warn"))
        if has_hidden_characters(row.heading):
            flags.append((self._words.said(_HIDDEN), "warn"))
        return flags
