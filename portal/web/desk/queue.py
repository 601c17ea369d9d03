"""The moderation queue: what waits, what one looks for, and what can still be taken back."""

from datetime import datetime
from typing import Any

from flask import Blueprint, render_template, request
from flask import session as browser_session
from flask.typing import ResponseReturnValue

from portal.domain.permissions import Permission
from portal.extensions import current_portal, db, now
from portal.queries.desk.queue import QueueFilter, View
from portal.queries.desk.queue_pages import QueuePage, load_rows, queue_page
from portal.queries.desk.submission import list_waiting
from portal.story.normalise import clean_line
from portal.web.desk.bulk_texts import NEWEST_BATCH, list_batches
from portal.web.desk.queue_texts import describe_list
from portal.web.desk.submission import describe_undo, describe_waiting, find_recent
from portal.web.site.access import access
from portal.web.site.current_staff import acting_staff
from portal.web.site.desk_addresses import keep_queue, read_filter


def add_routes(room: Blueprint) -> None:
    """Add the queue to the room of the desk."""
    room.add_url_rule("/", view_func=queue, methods=["GET"])


@access(Permission.QUEUE_READ)
def queue() -> ResponseReturnValue:
    """Show the queue under the filter of the address."""
    session, actor, at = db.session(), acting_staff(), now()
    wanted = read_filter(request.args)
    page = queue_page(session, actor, wanted, at=at, keys=current_portal().instance.keys, after=wanted.after)
    keep_queue(actor, wanted)
    in_outbox = wanted.view is View.OUTBOX
    came_from = request.args.get("done", "")
    undoable = _list_undoable(page, wanted, at) if in_outbox else []
    return render_template(
        "desk/queue.html",
        queue=describe_list(page, actor, wanted, at=at),
        undoable=undoable,
        recent=find_recent(actor, wanted, at) if came_from and not in_outbox else None,
        batches=_list_batches({one["batch"] for one in undoable}, wanted, at),
        desk_section="queue",
    )


def _list_batches(listed: set[str], wanted: QueueFilter, at: datetime) -> list[dict[str, Any]]:
    """Return acts on many texts: those listed, the one the address names, and the newest of this session."""
    newest, named = browser_session.get(NEWEST_BATCH, ""), clean_line(request.args.get("bulk", ""))
    found = list_batches(acting_staff(), {*listed, named, newest} - {""}, wanted, at)
    if newest and not found:
        browser_session.pop(NEWEST_BATCH)
    return found


def _list_undoable(page: QueuePage, wanted: QueueFilter, at: datetime) -> list[dict[str, Any]]:
    """Return what of a page of the outbox can still be taken back: decisions, then messages."""
    actor = acting_staff()
    leaving = load_rows(db.session(), page.rows)
    decisions = [describe_undo(submission, actor=actor, wanted=wanted, at=at) for submission in leaving]
    waiting = list_waiting(db.session(), [submission.id for submission in leaving], at=at)
    messages = describe_waiting(waiting, leaving, actor=actor, wanted=wanted)
    return [*(entry for entry in decisions if entry is not None), *messages]
