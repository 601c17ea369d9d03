"""How every act on a submission runs: found, its form checked, done by the rules, and no word lost."""

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from flask import abort, flash, redirect, request
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from portal.database import is_safe_request, transaction
from portal.domain.errors import ClaimedMeanwhile, StaleEdit
from portal.extensions import db, now
from portal.forms import desk as forms
from portal.models import Submission
from portal.operations.desk.notices import end_own
from portal.operations.desk.triage import (
    mark_read,
    renew_claim,
    require_unclaimed,
)
from portal.operations.locking import lock_texts
from portal.queries.desk.submission import find_submission
from portal.web.desk.submission import render_submission
from portal.web.desk.submission_forms import PageState, form_values
from portal.web.site.current_staff import acting_staff
from portal.web.site.desk_addresses import read_place, submission_address

PAGE = "/submission/<public_id:public_id>"
AnyForm = TypeVar("AnyForm", bound=forms.DeskForm)
Run = Callable[[Session, Mapping[str, Any]], object]
"""Does an act; the values say by whom and at which moment."""


def load_submission(public_id: str, *, other: str = "") -> Submission:
    """Return the submission the acting staff asked for; 404 when it is missing or not theirs to read.

    Who is about to act has it alone until the request has done so, as everybody who writes has on SQLite;
    and with it the `other` text that the act concerns, which is named by its public id.
    """
    if other:
        lock_texts(db.session(), [public_id, other])
    found = find_submission(db.session(), acting_staff(), public_id, is_held=not is_safe_request())
    if found is None:
        abort(404)
    return found


def read_form(kind: type[AnyForm], submission: Submission, **more: Any) -> AnyForm:
    """Return the form of an act as it was sent."""
    carried = forms.CarriedForm(formdata=request.form)
    values = form_values(kind, submission, acting_staff())
    return kind(formdata=request.form, carried=carried, **values, **more)


def show_refused(submission: Submission, form: forms.DeskForm, status: int = 0) -> ResponseReturnValue:
    """Show the submission with the form that was sent and what is wrong with it."""
    wanted = read_place(form.carried.queue.data or "")
    return render_submission(PageState(submission, acting_staff(), wanted, now(), form), status=status)


def run_act(
    submission: Submission, form: forms.DeskForm, run: Run, *, heeds_claim: bool = False
) -> ResponseReturnValue | None:
    """Do what a valid form asks; return the page that says why it was not done, None when it was.

    With `heeds_claim` nobody does it past a colleague who is on it without having been told: the second press
    goes through.

    Whoever acts on a page has read the messages on it. When somebody was faster, the page says who did what,
    with everything typed where it was.
    """
    if not form.validate():
        return show_refused(submission, form)
    by, at = acting_staff(), now()
    try:
        with transaction() as session:
            has_seen_all, before = form.carried.seen.data == submission.version, submission.state
            if heeds_claim:
                require_unclaimed(submission, by=by, at=at, known=form.carried.holder.data or "")
            run(session, {"by": by, "at": at})
            renew_claim(session, submission, by=by, at=at)
            if submission.state is before:  # a decision has ended it
                end_own(session, submission, by=by, at=at)
            if has_seen_all:
                mark_read(session, submission, by=by, at=at)
    except StaleEdit:
        return _show_changes(submission.public_id, form)
    except ClaimedMeanwhile:
        return _show_holder(submission.public_id, form)
    return None


def return_to_submission(submission: Submission, form: forms.DeskForm, said: str) -> ResponseReturnValue:
    """Go back to the submission, which says what was done."""
    flash(said, "ok")
    return redirect(submission_address(submission.public_id, read_place(form.carried.queue.data or "")), 303)


def _show_holder(public_id: str, form: forms.DeskForm) -> ResponseReturnValue:
    """Show who has taken it meanwhile, and the form with its words, ready to be sent again."""
    submission = load_submission(public_id)
    page = PageState(
        submission, acting_staff(), read_place(form.carried.queue.data or ""), now(), form, is_claimed=True
    )
    form.carried.tell_holder(page.holder)
    return render_submission(page)


def _show_changes(public_id: str, form: forms.DeskForm) -> ResponseReturnValue:
    """Show the submission as it is now, with who did what, and the form ready to be sent again."""
    submission = load_submission(public_id)
    wanted = read_place(form.carried.queue.data or "")
    since = form.carried.known_event
    page = PageState(submission, acting_staff(), wanted, now(), form, is_stale=True, since=since)
    form.carried.renew(seen=submission.version, known=page.newest_event)
    form.carried.tell_holder(page.holder)
    return render_submission(page)
