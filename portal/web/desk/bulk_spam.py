"""Bulk spam: what came unverified is looked through and put aside as spam, many at once."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext
from sqlalchemy.orm import Session

from portal.database import transaction
from portal.domain.permissions import Permission
from portal.extensions import current_portal, db, now
from portal.forms.base import PortalForm
from portal.forms.bulk_spam import AllSpamForm, TakeBackForm, TickedSpamForm
from portal.models.base import new_public_id
from portal.operations.desk import bulk_spam
from portal.operations.desk.bulk_spam import SortedOut, mark_all_spam
from portal.queries.desk.bulk_spam import count_batch, count_junk, list_claimed, list_junk
from portal.queries.desk.queue import PAGE_SIZE, QueueFilter
from portal.web.desk.queue_texts import RowWriter, view_label
from portal.web.site.access import access
from portal.web.site.claims import describe_claim
from portal.web.site.current_staff import acting_staff
from portal.web.site.desk_addresses import queue_address, read_filter, spam_address, submission_address
from portal.web.site.locale import find_locale

_AT_ONCE = 250
"""Of one transaction: about a second in which nobody else can write on SQLite."""
_PATIENCE = timedelta(seconds=20)
"""How long one press works on: more than 5,000 on a small machine, and less than a server waits."""
_FAULTY = 422


def add_routes(room: Blueprint) -> None:
    """Add sorting out to the room of the desk."""
    room.add_url_rule("/spam", view_func=show_bulk_spam, methods=["GET"])
    room.add_url_rule("/spam", view_func=mark_bulk_spam, methods=["POST"])
    room.add_url_rule("/take-back-spam", view_func=undo_bulk_spam, methods=["POST"])


@access(Permission.SUBMISSION_MODERATE)
def show_bulk_spam() -> ResponseReturnValue:
    """Show what would be marked as spam, before anything is."""
    return _show(read_filter(request.args))


@access(Permission.SUBMISSION_MODERATE)
def mark_bulk_spam() -> ResponseReturnValue:
    """Mark the ticked ones, or everything that was counted; come back while there are more."""
    wanted = read_filter(request.args)
    form = TickedSpamForm() if "ticked" in request.form else AllSpamForm()
    if not form.validate():
        return _show(wanted, form), _FAULTY
    only = form.submissions.data[:PAGE_SIZE] if isinstance(form, TickedSpamForm) else None
    batch = new_public_id()
    held = _list_held(wanted, newest=form.highest)
    done = _work_through(
        lambda session: mark_all_spam(
            session,
            wanted,
            by=acting_staff(),
            at=now(),
            newest=form.highest,
            only=only,
            most=_AT_ONCE,
            batch=batch,
        )
    )
    stayed = [one["name"] for one in held if only is None or one["public_id"] in only]
    for name in dict.fromkeys(stayed):
        flash(
            ngettext(
                "%(num)s submission was left as it is: %(name)s is reading it.",
                "%(num)s submissions were left as they are: %(name)s is reading them.",
                stayed.count(name),
                name=name,
            ),
            "message",
        )
    if not done.count:
        flash(_("A colleague has already dealt with these. Nothing was marked."), "message")
        return redirect(queue_address(wanted), 303)
    flash(
        ngettext(
            "%(num)s submission is marked as spam. You find it under “Closed”, where an editor can "
            "reopen it.",
            "%(num)s submissions are marked as spam. You find them under “Closed”, where an editor "
            "can reopen each.",
            done.count,
        ),
        "ok",
    )
    return redirect(spam_address(wanted, done=batch), 303)


@access(Permission.SUBMISSION_MODERATE)
def undo_bulk_spam() -> ResponseReturnValue:
    """Take back what one press put aside, while that is still within the time to undo."""
    wanted = read_filter(request.args)
    form = TakeBackForm()
    if not form.validate():
        return _show(wanted, form), _FAULTY
    window = current_portal().settings.undo_window
    done = _work_through(
        lambda session: bulk_spam.take_back_spam(
            session, form.batch.data or "", by=acting_staff(), at=now(), window=window, most=_AT_ONCE
        )
    )
    if not done.count:
        flash(
            _("It is too late to undo this, or a colleague has already dealt with it. Nothing was changed."),
            "message",
        )
        return redirect(queue_address(wanted), 303)
    flash(
        ngettext(
            "%(num)s submission is back where it was. Its sender was not told.",
            "%(num)s submissions are back where they were. Their senders were not told.",
            done.count,
        ),
        "ok",
    )
    return redirect(queue_address(wanted), 303)


def _work_through(do: Callable[[Session], SortedOut]) -> SortedOut:
    """Mark or take back in several transactions, so that authors can send in between."""
    begun, count, has_more = now(), 0, True
    while has_more and now() - begun < _PATIENCE:
        with transaction() as session:
            done = do(session)
        count, has_more = count + done.count, done.has_more
    return SortedOut(count, has_more)


def _list_held(wanted: QueueFilter, *, newest: int | None = None) -> list[dict[str, str]]:
    """Return what colleagues have taken of what the filter lists: it stays, and is named before the act."""
    submissions = list_claimed(db.session(), acting_staff(), wanted, at=now(), newest=newest)
    return [
        {
            "public_id": submission.public_id,
            "heading": submission.heading,
            "lang": submission.lang,
            "name": submission.claimed_by.name if submission.claimed_by else "",
            "sentence": describe_claim(submission, actor=acting_staff(), at=now()),
            "href": submission_address(submission.public_id, wanted),
        }
        for submission in submissions
    ]


def _describe_done(sent: PortalForm | None, at: datetime) -> dict[str, Any] | None:
    """Return how many of the act one comes from can be taken back, and the form that does it."""
    batch = request.form.get("batch") if isinstance(sent, TakeBackForm) else request.args.get("done")
    window = current_portal().settings.undo_window
    count = count_batch(db.session(), acting_staff(), batch, since=at - window) if batch else 0
    return {"count": count, "form": TakeBackForm(formdata=None, data={"batch": batch})} if count else None


def _show(wanted: QueueFilter, sent: PortalForm | None = None) -> str:
    session, actor, at, tag = db.session(), acting_staff(), now(), find_locale().tag
    count, newest = count_junk(session, actor, wanted, at=at)
    keys, after = current_portal().instance.keys, request.args.get("after", "")
    submissions = list_junk(session, actor, wanted, at=at, keys=keys, after=after)
    values = {"newest": newest}
    writer = RowWriter(wanted, tag=tag, at=at)
    return render_template(
        "desk/spam.html",
        form=sent,
        view=view_label(wanted.view),
        is_filtered=wanted != QueueFilter(view=wanted.view),
        count=count,
        held=_list_held(wanted),
        rows=[
            {
                "line": writer.describe(submission),
                "ticked": sent is None or submission.public_id in request.form.getlist("submissions"),
            }
            for submission in submissions
        ],
        ticked_form=sent
        if isinstance(sent, TickedSpamForm)
        else TickedSpamForm(formdata=None, data={**values, "ticked": "1"}),
        all_form=AllSpamForm(formdata=None, data=values),
        action=spam_address(wanted, endpoint="desk.mark_bulk_spam"),
        back_href=queue_address(wanted),
        done=_describe_done(sent, at),
        take_back_action=spam_address(wanted, endpoint="desk.undo_bulk_spam"),
        desk_section="queue",
    )
