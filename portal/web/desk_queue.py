"""The moderation queue: its lines are kept by what they show, the page around them by what can be chosen.

A colleague's act changes some lines and some counts. Only those are rendered for the next page that has them.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import Any, NamedTuple

from flask import Blueprint, get_template_attribute, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_wtf.csrf import generate_csrf
from markupsafe import Markup

from portal.domain.languages import Locale, language_name
from portal.domain.permissions import Permission, Role
from portal.domain.states import Stage, State
from portal.extensions import db
from portal.queries.queue import HIDDEN, NOBODY, QueueFilter, View, stands_back
from portal.queries.queue_choices import Choice, find_languages, list_colleagues
from portal.queries.queue_pages import (
    ASSIGNED,
    TAKE_DOWNS,
    QueuePage,
    QueueRow,
    count_views,
    load_rows,
    queue_page,
)
from portal.web.access import access
from portal.web.actor import acting_staff
from portal.web.clock import now
from portal.web.desk_bulk import spam_address
from portal.web.desk_page import describe_undo, describe_waiting, find_recent
from portal.web.kept_pages import kept_lines, show_kept
from portal.web.locale import find_locale
from portal.web.queue_words import (
    RowWriter,
    count_words,
    empty_sentence,
    queue_address,
    read_filter,
    view_label,
)
from portal.web.words import stage_label, state_label


class Frame(NamedTuple):
    """Everything the page around the lines is made from, but for what stands in its slots (`_fill_slots`)."""

    locale: Locale
    root: str
    """What stands before every address of the site."""
    name: str
    role: Role
    has_shortcuts: bool
    wanted: QueueFilter
    languages: tuple[str, ...]
    """What the queue holds, as tags."""
    unread: tuple[str, ...]
    """Those among them that nobody can judge."""
    colleagues: tuple[Choice, ...]
    has_lines: bool
    has_junk: bool
    """Some of the lines stand below the others."""
    has_take_downs: bool
    """Something has left and must come back: that stands before everything else."""
    has_assigned: bool
    """A colleague has made this person responsible for something they have not acted on."""
    has_before: bool
    has_after: bool


def add_routes(room: Blueprint) -> None:
    """Add the queue to the room of the desk."""
    room.add_url_rule("/", view_func=queue, methods=["GET"])


@access(Permission.QUEUE_READ)
def queue() -> ResponseReturnValue:
    """Show the queue under the filter of the address."""
    session, actor, at = db.session(), acting_staff(), now()
    wanted, after = read_filter(request.args), request.args.get("after", "")
    page = queue_page(session, actor, wanted, at=at, after=after)
    counts = count_views(session, actor, at=at)
    frame = _find_frame(wanted, page, counts, after)
    slots = _fill_slots(frame, page, counts, after, at)
    if wanted.view is View.OUTBOX:
        return _render(frame, slots, undoable=_list_undoable(page, wanted, at))
    recent = find_recent(actor, wanted, at)
    # What somebody looks for may be a name: it is kept nowhere, and pushes no form out.
    if recent is not None or wanted.text:
        return _render(frame, slots, recent=recent)
    return show_kept(frame, slots, partial(_render, frame))


def _find_frame(wanted: QueueFilter, page: QueuePage, counts: Mapping[str, int], after: str) -> Frame:
    session, actor = db.session(), acting_staff()
    languages = find_languages(session, actor)
    return Frame(
        locale=find_locale(),
        root=request.script_root,
        name=actor.name,
        role=actor.role,
        has_shortcuts=actor.shortcuts,
        wanted=wanted,
        languages=languages.present,
        unread=languages.unread,
        colleagues=tuple(list_colleagues(session, actor)),
        has_lines=bool(page.rows),
        has_junk=any(map(stands_back, page.rows)),
        has_take_downs=counts[TAKE_DOWNS] > 0,
        has_assigned=counts[ASSIGNED] > 0,
        has_before=bool(after),
        has_after=page.after is not None,
    )


def _fill_slots(
    frame: Frame, page: QueuePage, counts: Mapping[str, int], after: str, at: datetime
) -> dict[str, str]:
    """Return what stands in the frame: the lines, the counts, where pages begin, the token of forms."""
    writer = RowWriter(frame.wanted, tag=frame.locale.tag, at=at, unread=frame.unread)
    return {
        "token": generate_csrf(),
        "lines": _write_lines(page.rows, writer),
        "spam_href": spam_address(frame.wanted, after=after) if frame.has_junk else "",
        "after": page.after or "",
        **{name: count_words(counts[name]) for name in (*View, TAKE_DOWNS, ASSIGNED)},
    }


def _write_lines(rows: Sequence[QueueRow], writer: RowWriter) -> Markup:
    kept = kept_lines()
    written: list[Markup] = []
    for row in rows:
        line = writer.measure(row)
        found = kept.find(line)
        if found is None:
            found = get_template_attribute("macros/desk.html", "queue_row")(writer.describe(line))
            kept.keep(line, found)
        written.append(found)
    return Markup("".join(written))  # noqa: S704  # each is a template's; Markup().join() would escape all anew


def _render(
    frame: Frame,
    slots: Mapping[str, str],
    *,
    undoable: Sequence[Mapping[str, Any]] = (),
    recent: Mapping[str, Any] | None = None,
) -> str:
    """Render the page from the frame alone; a page with what one person can undo is not kept."""
    wanted, tag = frame.wanted, frame.locale.tag
    return render_template(
        "desk/queue.html",
        csrf_token=lambda: slots["token"],
        wanted=wanted,
        heading=view_label(wanted.view),
        views=[
            *_link_alarms(frame, slots),
            *(
                {
                    "href": queue_address(QueueFilter(view=view)),
                    "text": view_label(view),
                    "count": slots[view],
                    "current": view is wanted.view,
                }
                for view in View
            ),
        ],
        lines=slots["lines"] if frame.has_lines else "",
        undoable=undoable,
        empty=empty_sentence(wanted),
        unread=[language_name(one, tag) for one in frame.unread],
        choices=_describe_choices(frame),
        spam_href=slots["spam_href"] if frame.has_junk else "",
        first_href=queue_address(wanted) if frame.has_before else "",
        # A cursor holds only what stands in an address as it is.
        next_href=queue_address(wanted, after=slots["after"]) if frame.has_after else "",
        recent=recent,
        desk_section="queue",
    )


def _link_alarms(frame: Frame, slots: Mapping[str, str]) -> list[dict[str, Any]]:
    """Return what stands before the views while there is any of it."""
    alarms = (
        (frame.has_take_downs, TAKE_DOWNS, _("To take down"), url_for("desk.take_downs")),
        (frame.has_assigned, ASSIGNED, _("New for you"), queue_address(QueueFilter(view=View.MINE))),
    )
    return [
        {"href": href, "text": text, "count": slots[name], "current": False}
        for is_there, name, text, href in alarms
        if is_there
    ]


def _describe_choices(frame: Frame) -> dict[str, list[tuple[str, str]]]:
    """Return the options of the filter form: (value, label)."""
    tag = frame.locale.tag
    return {
        "state": [(state.value, state_label(state)) for state in State if state not in HIDDEN],
        "kind": [(kind.value, stage_label(kind)) for kind in Stage],
        "lang": [(one, language_name(one, tag)) for one in frame.languages],
        "assignee": [(NOBODY, _("Nobody")), *frame.colleagues],
    }


def _list_undoable(page: QueuePage, wanted: QueueFilter, at: datetime) -> list[dict[str, Any]]:
    """Return what of a page of the outbox can still be taken back: decisions, then messages."""
    actor = acting_staff()
    leaving = load_rows(db.session(), page.rows)
    decisions = [describe_undo(piece, actor=actor, wanted=wanted, at=at) for piece in leaving]
    messages = describe_waiting(leaving, actor=actor, wanted=wanted, at=at)
    return [*(entry for entry in decisions if entry is not None), *messages]
