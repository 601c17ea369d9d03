"""Many at once: what came unverified is looked through and put aside as spam."""

from collections.abc import Collection
from datetime import timedelta
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext

from portal.database import transaction
from portal.domain.permissions import Permission
from portal.extensions import db
from portal.forms.sorting import AllSpamForm, TickedSpamForm
from portal.operations.sorting_out import SortedOut, mark_all_spam
from portal.queries.junk import count_junk, list_junk
from portal.queries.queue import PAGE_SIZE, QueueFilter
from portal.web.access import access
from portal.web.actor import acting_staff
from portal.web.clock import now
from portal.web.locale import find_locale
from portal.web.queue_words import describe_row, filter_args, queue_address, read_filter, view_label

_AT_ONCE = 250
"""Of one transaction: about a second in which nobody else can write on SQLite."""
_PATIENCE = timedelta(seconds=20)
"""How long one press works on: more than 5,000 on a small machine, and less than a server waits."""
_FAULTY = 422


def add_routes(room: Blueprint) -> None:
    """Add sorting out to the room of the desk."""
    room.add_url_rule("/spam", view_func=sort_out, methods=["GET"])
    room.add_url_rule("/spam", view_func=mark_as_spam, methods=["POST"])


def spam_address(wanted: QueueFilter, *, after: str = "", endpoint: str = "desk.sort_out") -> str:
    """Return where the unverified ones of a filter are sorted out, from a page's cursor on."""
    values: dict[str, Any] = {**filter_args(wanted), **({"after": after} if after else {})}
    return url_for(endpoint, **values)


@access(Permission.SUBMISSION_MODERATE)
def sort_out() -> ResponseReturnValue:
    """Show what would be marked as spam, before anything is."""
    return _show(read_filter(request.args))


@access(Permission.SUBMISSION_MODERATE)
def mark_as_spam() -> ResponseReturnValue:
    """Mark the ticked ones, or everything that was counted; come back while there are more."""
    wanted = read_filter(request.args)
    form = TickedSpamForm() if "ticked" in request.form else AllSpamForm()
    if not form.validate():
        return _show(wanted, form), _FAULTY
    only = form.pieces.data[:PAGE_SIZE] if isinstance(form, TickedSpamForm) else None
    done = _mark(wanted, newest=form.highest, only=only)
    if not done.count:
        flash(_("A colleague was faster: nothing was left to mark."), "message")
        return redirect(queue_address(wanted), 303)
    flash(
        ngettext(
            "%(num)s submission is marked as spam. It stands under “Closed”, where an editor can reopen it.",
            "%(num)s submissions are marked as spam. They stand under “Closed”, where an editor can reopen "
            "each.",
            done.count,
        ),
        "ok",
    )
    is_left = count_junk(db.session(), acting_staff(), wanted, at=now())[0]
    target = spam_address(wanted) if is_left else queue_address(wanted)
    return redirect(target, 303)


def _mark(wanted: QueueFilter, *, newest: int, only: Collection[str] | None) -> SortedOut:
    """Mark in several transactions, so that authors can send in between."""
    begun, count, has_more = now(), 0, True
    while has_more and now() - begun < _PATIENCE:
        with transaction() as session:
            done = mark_all_spam(
                session, wanted, by=acting_staff(), at=now(), newest=newest, only=only, most=_AT_ONCE
            )
        count, has_more = count + done.count, done.has_more
    return SortedOut(count, has_more)


def _show(wanted: QueueFilter, sent: AllSpamForm | None = None) -> str:
    session, actor, at, tag = db.session(), acting_staff(), now(), find_locale().tag
    count, newest = count_junk(session, actor, wanted, at=at)
    pieces = list_junk(session, actor, wanted, at=at, after=request.args.get("after", ""))
    values = {"newest": newest}
    return render_template(
        "desk/spam.html",
        form=sent,
        view=view_label(wanted.view),
        is_filtered=wanted != QueueFilter(view=wanted.view),
        count=count,
        rows=[
            {
                **describe_row(piece, wanted=wanted, tag=tag, at=at),
                "public_id": piece.public_id,
                "ticked": sent is None or piece.public_id in request.form.getlist("pieces"),
            }
            for piece in pieces
        ],
        ticked_form=sent
        if isinstance(sent, TickedSpamForm)
        else TickedSpamForm(formdata=None, data={**values, "ticked": "1"}),
        all_form=AllSpamForm(formdata=None, data=values),
        action=spam_address(wanted, endpoint="desk.mark_as_spam"),
        back_href=queue_address(wanted),
        desk_section="queue",
    )
