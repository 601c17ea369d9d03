"""The queue as a table: every row of a view, under its filter, and nothing that the queue does not show."""

from collections.abc import Iterator
from datetime import datetime

from flask import Blueprint, request
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext as _l

from portal.database import snapshot
from portal.domain.admission import Lane
from portal.domain.permissions import Permission
from portal.export.tables import Row
from portal.extensions import current_portal, now
from portal.models import Staff
from portal.queries.desk.queue import QueueFilter
from portal.queries.desk.queue_pages import queue_page
from portal.queries.desk.queue_rows import QueueRow
from portal.queries.story_search import require_whole_index
from portal.sealing.keys import KeyRing
from portal.web.site.access import access
from portal.web.site.current_staff import acting_staff
from portal.web.site.desk_addresses import read_filter
from portal.web.site.labels import stage_label, state_label
from portal.web.site.tables import KINDS, send_table, word_or_code

COLUMNS = {
    "id": _l("Id"),
    "title": _l("Headline"),
    "language": _l("Language"),
    "kind": _l("Kind"),
    "state": _l("State"),
    "due_at": _l("Answer due"),
    "words": _l("Words"),
    "unspaced_characters": _l("Characters (Chinese, Japanese, Korean, Thai and similar)"),
    "at_risk": _l("At risk"),
    "unverified": _l("Unverified"),
    "responsible": _l("Responsible"),
    "read_by": _l("Read by"),
    "new_message": _l("New message"),
}
_AT_ONCE = 500


def add_routes(room: Blueprint) -> None:
    """Add the table to the room of the desk."""
    room.add_url_rule(f"/table/<{KINDS}>", view_func=queue_table)


@access(Permission.QUEUE_READ)
def queue_table(suffix: str) -> ResponseReturnValue:
    """Send all rows of the queue under the filter of the address."""
    wanted = read_filter(request.args)
    rows = _iter_rows(acting_staff(), wanted, keys=current_portal().instance.keys, at=now())
    return send_table(f"queue-{wanted.view}", suffix, COLUMNS, (_describe(row, suffix) for row in rows))


def _iter_rows(actor: Staff, wanted: QueueFilter, *, keys: KeyRing, at: datetime) -> Iterator[QueueRow]:
    after: str | None = ""
    with snapshot() as session:
        if wanted.is_search:
            require_whole_index(session)
        while after is not None:
            page = queue_page(session, actor, wanted, at=at, keys=keys, after=after, size=_AT_ONCE)
            yield from page.rows
            after = page.after


def _describe(row: QueueRow, suffix: str) -> Row:
    return [
        row.public_id,
        row.heading,
        row.lang,
        word_or_code(suffix, row.stage, lambda: stage_label(row.stage)),
        word_or_code(suffix, row.state, lambda: state_label(row.state)),
        row.due_at,
        row.words,
        row.characters,
        int(row.at_risk),
        int(row.lane is Lane.UNVERIFIED),
        row.assignee,
        row.reader,
        int(row.has_new),
    ]
