"""The moderation queue: what waits, what one looks for, and what can still be taken back."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from flask import Blueprint, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from portal.domain.languages import language_name, written_name
from portal.domain.permissions import Permission
from portal.domain.states import HIDDEN, Stage, State
from portal.extensions import current_portal, db, now
from portal.queries.desk.queue import NOBODY, QueueFilter, View, ranks_last
from portal.queries.desk.queue_filters import Choice, find_languages, list_colleagues
from portal.queries.desk.queue_pages import (
    ASSIGNED,
    TAKE_DOWNS,
    QueuePage,
    count_views,
    load_rows,
    queue_page,
)
from portal.queries.desk.submission import list_waiting
from portal.web.desk.queue_texts import RowWriter, empty_sentence, view_label
from portal.web.desk.submission import describe_undo, describe_waiting, find_recent
from portal.web.site.access import access
from portal.web.site.current_staff import acting_staff
from portal.web.site.desk_addresses import queue_address, read_filter, spam_address, table_address
from portal.web.site.labels import count_label, stage_label, state_label
from portal.web.site.locale import find_locale


def add_routes(room: Blueprint) -> None:
    """Add the queue to the room of the desk."""
    room.add_url_rule("/", view_func=queue, methods=["GET"])


@access(Permission.QUEUE_READ)
def queue() -> ResponseReturnValue:
    """Show the queue under the filter of the address."""
    session, actor, at, tag = db.session(), acting_staff(), now(), find_locale().tag
    wanted, after = read_filter(request.args), request.args.get("after", "")
    page = queue_page(session, actor, wanted, at=at, keys=current_portal().instance.keys, after=after)
    languages = find_languages(session, actor)
    writer = RowWriter(wanted, tag=tag, at=at, unread=languages.unread)
    in_outbox = wanted.view is View.OUTBOX
    came_from = request.args.get("done", "")
    return render_template(
        "desk/queue.html",
        wanted=wanted,
        heading=view_label(wanted.view),
        views=_link_views(count_views(session, actor, at=at), wanted),
        rows=[writer.describe(row) for row in page.rows],
        undoable=_list_undoable(page, wanted, at) if in_outbox else [],
        empty=empty_sentence(wanted),
        unread=[written_name(one, tag) for one in languages.unread],
        choices=_describe_choices(languages.present, list_colleagues(session, actor), tag),
        spam_href=spam_address(wanted, after=after) if any(map(ranks_last, page.rows)) else "",
        xlsx_href=table_address(wanted, "xlsx"),
        csv_href=table_address(wanted, "csv"),
        first_href=queue_address(wanted) if after else "",
        next_href=queue_address(wanted, after=page.after) if page.after else "",
        recent=find_recent(actor, wanted, at) if came_from and not in_outbox else None,
        desk_section="queue",
    )


def _link_views(counts: Mapping[str, int], wanted: QueueFilter) -> list[dict[str, Any]]:
    """Return the views with their counts; before them what needs somebody, while there is any of it."""
    alarms = (
        (TAKE_DOWNS, _("To take down"), url_for("desk.take_downs")),
        (ASSIGNED, _("New for you"), queue_address(QueueFilter(view=View.MINE))),
    )
    here = queue_address(QueueFilter())
    addresses = {view: f"{here}?view={view}" for view in View} | {View.TRIAGE: here}
    views = ((view, view_label(view), address) for view, address in addresses.items())
    links = [*(alarm for alarm in alarms if counts[alarm[0]]), *views]
    return [
        {"href": href, "text": text, "count": count_label(counts[name]), "current": name is wanted.view}
        for name, text, href in links
    ]


def _describe_choices(
    languages: Sequence[str], colleagues: Sequence[Choice], tag: str
) -> dict[str, list[tuple[str, str]]]:
    """Return the options of the filter form: (value, label)."""
    return {
        "state": [(state.value, state_label(state)) for state in State if state not in HIDDEN],
        "kind": [(kind.value, stage_label(kind)) for kind in Stage],
        "lang": [(one, language_name(one, tag)) for one in languages],
        "assignee": [(NOBODY, _("Nobody")), *colleagues],
    }


def _list_undoable(page: QueuePage, wanted: QueueFilter, at: datetime) -> list[dict[str, Any]]:
    """Return what of a page of the outbox can still be taken back: decisions, then messages."""
    actor = acting_staff()
    leaving = load_rows(db.session(), page.rows)
    decisions = [describe_undo(submission, actor=actor, wanted=wanted, at=at) for submission in leaving]
    waiting = list_waiting(db.session(), [submission.id for submission in leaving], at=at)
    messages = describe_waiting(waiting, leaving, actor=actor, wanted=wanted)
    return [*(entry for entry in decisions if entry is not None), *messages]
