"""The list of the queue in words: its views and filters, its rows, age and length of a submission."""

from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from gettext import NullTranslations
from math import ceil
from typing import Any, NamedTuple

from flask import url_for
from flask_babel import format_date, ngettext
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import lazy_pgettext as _pl
from flask_babel.speaklater import LazyString

from portal.domain.admission import Signal
from portal.domain.deadlines import is_fresh_claim
from portal.domain.languages import direction_of, script_of, shortened_name, written_name
from portal.domain.sides import Side, list_sides
from portal.domain.states import WAITS_FOR_DESK, Stage, State, came_back
from portal.extensions import current_portal, db
from portal.forms.bulk import ChosenForm
from portal.models import Staff
from portal.queries.desk.filter_options import find_options
from portal.queries.desk.queue import QueueFilter, View, Waiting, ranks_last
from portal.queries.desk.queue_filter import SOON
from portal.queries.desk.queue_pages import ASSIGNED, TAKE_DOWNS, QueuePage, count_views
from portal.queries.desk.queue_rows import QueueRow
from portal.queries.desk.saved_views import OpenedView, count_saved, list_saved_views
from portal.story.lookalike_letters import has_lookalikes
from portal.story.normalise import has_hidden_characters
from portal.web.desk.advice_texts import mark_advice
from portal.web.desk.bulk_texts import list_bulk_acts, make_bulk_form
from portal.web.desk.queue_filter import QueueFilterForm, describe_filter
from portal.web.desk.search_texts import NOTHING_FITS, FoundHits, describe_hits
from portal.web.site.desk_addresses import (
    filter_args,
    list_addresses,
    queue_address,
    read_filter,
    spam_address,
    table_address,
)
from portal.web.site.joined_words import join_words
from portal.web.site.labels import count_label, side_label, stage_label, state_label
from portal.web.site.locale import find_catalogue, find_locale

_COUNTED_IN_CHARACTERS = frozenset({"Hant", "Hans", "Hani", "Jpan", "Thai"})
_DAY = timedelta(days=1)

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
    View.CLOSED: _pl("a view of the queue", "Closed"),
}
_EMPTY: Mapping[View, LazyString] = {
    View.TRIAGE: _l(
        "Nothing is waiting for the desk. New pitches and stories appear here, the oldest promise first."
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
    View.UNVERIFIED: _l(
        "Nothing unverified has arrived. What could be automatic appears here, and is read too."
    ),
    View.OUTBOX: _l(
        "Nothing is waiting to be sent. Decisions and messages stay here until they are sent, and you "
        "can undo them until then."
    ),
    View.OPEN: _l("There are no open submissions."),
    View.CLOSED: _l("Nothing has been closed yet."),
}


_FLAGS: Mapping[str, LazyString] = {
    "new": _l("new message"),
    "risk": _l("risk"),
    "unread": _l("nobody reads this language"),
    "unverified": _l("unverified"),
    "same": _l("same story?"),
    "lookalikes": _l("look-alike letters"),
    "hidden": _l("hidden characters"),
}
_CAME_BACK: Mapping[State, LazyString] = {
    State.NEEDS_REPLY: _l("reply received"),
    State.INVITED: _l("full story received"),
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
    if wanted != QueueFilter(view=wanted.view, order=wanted.order):
        return str(NOTHING_FITS)
    return str(_EMPTY[wanted.view])


def word_length(lang: str, *, words: int, characters: int, catalogue: NullTranslations) -> str:
    """Return how long a text is, in what its script is counted in."""
    if script_of(lang) in _COUNTED_IN_CHARACTERS:
        said = catalogue.ngettext("%(num)s character", "%(num)s characters", characters)
        return said % {"num": characters}
    return catalogue.ngettext("%(num)s word", "%(num)s words", words) % {"num": words}


def due_words(
    submission: Waiting, at: datetime, *, answer_days: int, catalogue: NullTranslations
) -> tuple[str, str]:
    """Return how far the answer is from its promise, in words, and its kind: neutral, soon or late.

    Both are empty when nothing is due. `answer_days` are what the call promises.
    """
    if submission.due_at is None:
        return "", ""
    left = submission.due_at - at
    is_late = left < timedelta(0)
    if submission.state not in WAITS_FOR_DESK:
        until = format_date(submission.due_at.date(), "medium")
        said = catalogue.gettext("waiting for the author until %(date)s")
        return said % {"date": until}, "late" if is_late else "neutral"
    if is_late:
        days = -left // _DAY
        if not days:
            return catalogue.gettext("just overdue"), "late"
        return catalogue.ngettext("%(num)s day late", "%(num)s days late", days) % {"num": days}, "late"
    days = ceil(left / _DAY)
    if left <= SOON:
        return catalogue.ngettext("due in %(num)s day", "due in %(num)s days", days) % {"num": days}, "soon"
    day = max(1, answer_days - days + 1)
    return catalogue.gettext("day %(day)s of %(days)s") % {"day": day, "days": answer_days}, "neutral"


def return_words(submission: Waiting) -> str:
    """Return what its author has sent because the desk asked; empty when it waits for another reason."""
    before = submission.state_before
    return str(_CAME_BACK[before]) if before and came_back(submission.state, before) else ""


def signal_words(signals: Sequence[str]) -> list[str]:
    """Return what made a sending look automatic, for people."""
    return [str(_SIGNALS[signal]) for signal in signals if signal in _SIGNALS]


def count_photos(number: int) -> str:
    """Return how many photos came with a text."""
    return str(ngettext("%(num)s photo", "%(num)s photos", number))


class QueueLine(NamedTuple):
    """A line of the queue as it is read."""

    href: str
    public_id: str
    version: int
    title: str
    lang: str
    dir: str
    """Of the title."""
    meta: Sequence[str]
    """Short texts: language, kind, length, and what else there is to say."""
    sides: Sequence[Side]
    place: str
    """The sides in words; empty where nobody has said any."""
    gist: str
    gist_lang: str
    is_new: bool
    """Its author has written."""
    due_text: str
    due_kind: str
    flags: Sequence[tuple[str, str]]
    """What stands out: (words, kind)."""
    reader: str | None
    """Who is on it."""
    found: FoundHits | None
    """Where a search hit it."""
    current: bool
    """It is open beside the list."""


class RowWriter:
    """Words of the lines of one page of the queue."""

    def __init__(
        self,
        wanted: QueueFilter,
        *,
        tag: str,
        at: datetime,
        unread: Sequence[str] = (),
        current: str = "",
    ) -> None:
        """Take the reader's language, the languages of stories that nobody reads, and which text is open."""
        self._at = at
        self._tag = tag
        self._catalogue = find_catalogue()
        self._current = current
        self._unread = unread
        self._address = list_addresses(wanted)
        self._stages = {stage: stage_label(stage) for stage in Stage}
        self._flags = {name: str(words) for name, words in _FLAGS.items()}
        self._sides = {side: side_label(side) for side in Side}
        self._places: dict[str, tuple[Sequence[Side], str]] = {}

    def describe(self, row: QueueRow, found: FoundHits | None = None) -> QueueLine:
        """Return a submission as the macro queue_row shows it."""
        due_text, due_kind = due_words(row, self._at, answer_days=row.answer_days, catalogue=self._catalogue)
        is_last = ranks_last(row)
        sides, place = self._read_sides(row.sides)
        return QueueLine(
            href=self._address(row.public_id),
            public_id=row.public_id,
            version=row.version,
            title=row.heading,
            lang=row.lang,
            dir=direction_of(row.lang),
            meta=self._write_meta(row, is_last=is_last),
            sides=sides,
            place=place,
            gist=row.gist or "",
            gist_lang=row.gist_lang or "",
            is_new=row.has_new,
            due_text=due_text,
            due_kind=due_kind,
            flags=self._list_flags(row, is_last=is_last),
            reader=row.reader if is_fresh_claim(row.claimed_at, at=self._at) else None,
            found=found,
            current=row.public_id == self._current,
        )

    def _read_sides(self, stored: str) -> tuple[Sequence[Side], str]:
        """Return sides and their words, put together once for all rows with the same ones."""
        if stored not in self._places:
            sides = list_sides(stored)
            self._places[stored] = sides, join_words([self._sides[side] for side in sides])
        return self._places[stored]

    def _write_meta(self, row: QueueRow, *, is_last: bool) -> list[str]:
        length = word_length(row.lang, words=row.words, characters=row.characters, catalogue=self._catalogue)
        meta = [shortened_name(row.lang, self._tag), self._stages[row.stage], length]
        if row.state not in WAITS_FOR_DESK:
            meta.append(state_label(row.state))
        if row.assignee is not None:
            meta.append(_("with %(name)s", name=row.assignee))
        return [*meta, *signal_words(row.signals)] if is_last else meta

    def _list_flags(self, row: QueueRow, *, is_last: bool) -> list[tuple[str, str]]:
        """Return what stands out: (words, kind)."""
        returned = return_words(row)
        is_unread = row.lang in self._unread and row.state in WAITS_FOR_DESK
        flags = (
            (row.has_new and not returned, self._flags["new"], "accent"),
            (bool(returned), returned, "accent"),
            (row.at_risk, self._flags["risk"], "error"),
            (is_unread, self._flags["unread"], "warn"),
            (is_last, self._flags["unverified"], "neutral"),
            (row.photos > 0, count_photos(row.photos) if row.photos else "", "neutral"),
            (row.has_same, self._flags["same"], "warn"),
            (has_lookalikes(row.heading), self._flags["lookalikes"], "warn"),
            (has_hidden_characters(row.heading), self._flags["hidden"], "warn"),
        )
        marks = [(words, kind) for is_raised, words, kind in flags if is_raised]
        advice = mark_advice(row.advice) if row.advice else ()
        return [*marks, *advice, *((name, "tag") for name in row.tags)]


@dataclass(frozen=True)
class QueueList:
    """Everything templates/desk/_list.html shows."""

    wanted: QueueFilter
    heading: str
    found: Sequence[str]
    """What a search says of itself, in sentences; nothing where none was asked for."""
    address: str
    """Where this list is shown with no text beside it."""
    views: Sequence[Mapping[str, Any]]
    rows: Sequence[QueueLine]
    bulk_form: ChosenForm
    bulk_acts: Sequence[tuple[str, str]]
    empty: str
    """What it means that there are no rows."""
    unread: Sequence[str]
    """Languages in which something waits that nobody reads, in words."""
    filter: QueueFilterForm
    save_href: str
    """Where the list is kept as a view; empty where it is one already."""
    has_saved: bool
    is_cut: bool
    """Of those at risk no more were looked for than one page opens."""
    spam_href: str
    xlsx_href: str
    csv_href: str
    first_href: str
    next_href: str


def describe_list(
    page: QueuePage, actor: Staff, wanted: QueueFilter, *, at: datetime, current: str = ""
) -> QueueList:
    """Return the list of a page of the queue; `current` is the public id of the text that is open."""
    session, tag = db.session(), find_locale().tag
    options = find_options(session, actor)
    found = describe_hits(session, actor, wanted, page, at=at) if wanted.is_search else None
    hits = found.hits if found is not None else {}
    saved = list_saved_views(session, actor)
    names = {read_filter(one.arguments): one.name for one in saved if not one.is_shut}
    heading = _("Search") if found is not None else view_label(wanted.view)
    views = _link_saved(saved, actor, wanted, at=at)
    writer = RowWriter(wanted, tag=tag, at=at, unread=options.unread, current=current)
    return QueueList(
        wanted=wanted,
        heading=names.get(wanted, heading),
        found=found.sentences if found is not None else (),
        address=queue_address(wanted),
        views=[*_link_views(count_views(session, actor, at=at), wanted, saved=set(names)), *views],
        rows=[writer.describe(row, hits.get(row.id)) for row in page.rows],
        bulk_form=make_bulk_form(page.rows, wanted),
        bulk_acts=list_bulk_acts(actor, page.rows),
        empty="" if found is not None else empty_sentence(wanted),
        unread=[written_name(one, tag) for one in options.unread],
        filter=describe_filter(wanted, options, tag=tag),
        save_href=""
        if wanted in names or wanted == QueueFilter(view=wanted.view)
        else _link_new_view(wanted),
        has_saved=bool(saved),
        is_cut=page.is_cut,
        spam_href=_link_spam(page, wanted),
        xlsx_href=table_address(wanted, "xlsx"),
        csv_href=table_address(wanted, "csv"),
        first_href=queue_address(replace(wanted, after="")) if wanted.after else "",
        next_href=queue_address(replace(wanted, after=page.after)) if page.after else "",
    )


def _link_saved(
    saved: Sequence[OpenedView], actor: Staff, wanted: QueueFilter, *, at: datetime
) -> list[dict[str, Any]]:
    """Return saved views with their counts, as links; what no key opens has a page of its own to say so."""
    opened = [(one.name, read_filter(one.arguments)) for one in saved if not one.is_shut]
    keys = current_portal().instance.keys
    counts = count_saved(db.session(), actor, [filter_ for _name, filter_ in opened], at=at, keys=keys)
    return [
        {
            "href": queue_address(filter_),
            "text": name,
            "count": count_label(count.number) if count.is_exact else f"{count.number}+",
            "current": filter_ == wanted,
            "is_saved": True,
        }
        for (name, filter_), count in zip(opened, counts, strict=True)
    ]


def _link_new_view(wanted: QueueFilter) -> str:
    values: dict[str, Any] = filter_args(wanted)
    return url_for("desk.new_view", **values)


def _link_views(
    counts: Mapping[str, int], wanted: QueueFilter, *, saved: Container[QueueFilter]
) -> list[dict[str, Any]]:
    """Return the views with their counts; before them what needs somebody, while there is any of it.

    A list that is a saved view is that one.
    """
    alarms = (
        (TAKE_DOWNS, _("To take down"), url_for("desk.take_downs")),
        (ASSIGNED, _("New for you"), queue_address(QueueFilter(view=View.MINE))),
    )
    here = queue_address(QueueFilter())
    addresses = {view: f"{here}?view={view}" for view in View} | {View.TRIAGE: here}
    views = ((view, view_label(view), address) for view, address in addresses.items())
    current = None if wanted.is_search else wanted.view
    links = [*(alarm for alarm in alarms if counts[alarm[0]]), *views]
    return [
        {
            "href": href,
            "text": text,
            "count": count_label(counts[name]),
            "current": name is current and wanted not in saved,
        }
        for name, text, href in links
    ]


def _link_spam(page: QueuePage, wanted: QueueFilter) -> str:
    """Return where unverified ones are sorted out; those at risk are looked at one by one."""
    has_any = any(map(ranks_last, page.rows)) and not wanted.at_risk
    return spam_address(wanted, after=wanted.after) if has_any else ""
