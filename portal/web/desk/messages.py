"""Messages of the desk that decide nothing: written to an author, and taken back while they are not told."""

from flask import Blueprint, abort, flash, redirect
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from portal.database import transaction
from portal.domain.errors import IllegalTransition
from portal.domain.permissions import Permission
from portal.extensions import current_portal, db, now
from portal.forms import desk as forms
from portal.models import Submission
from portal.operations.private import messages
from portal.queries.desk.submission import find_message
from portal.web.desk.act import PAGE, load_submission, read_form, return_to_submission, run_act, show_refused
from portal.web.desk.submission import render_submission
from portal.web.desk.submission_forms import PageState
from portal.web.site.access import access
from portal.web.site.current_staff import acting_staff
from portal.web.site.desk_addresses import RENEW, read_place, submission_address


def add_routes(room: Blueprint) -> None:
    """Add writing and taking back to the room of the desk."""
    room.add_url_rule(f"{PAGE}/message", view_func=write_message, methods=["POST"])
    room.add_url_rule(f"{PAGE}/renewal", view_func=ask_for_renewal, methods=["POST"])
    room.add_url_rule(
        f"{PAGE}/message/<public_id:message_id>/take-back", view_func=take_back_message, methods=["POST"]
    )


@access(Permission.SUBMISSION_MODERATE)
def write_message(public_id: str) -> ResponseReturnValue:
    """Send a message to the author."""
    submission = load_submission(public_id)
    return _send(submission, read_form(forms.WriteForm, submission))


@access(Permission.SUBMISSION_MODERATE)
def ask_for_renewal(public_id: str) -> ResponseReturnValue:
    """Ask the author to agree to words that have changed since."""
    submission = load_submission(public_id)
    return _send(submission, read_form(forms.WriteForm, submission, name=RENEW))


def _send(submission: Submission, form: forms.WriteForm) -> ResponseReturnValue:
    window = current_portal().settings.undo_window
    refused = run_act(
        submission,
        form,
        lambda session, given: messages.write_to_author(
            session,
            submission,
            body=form.body.data,
            lang=submission.locale,
            seen=form.carried.seen.data,
            window=window,
            **given,
        ),
    )
    if refused is not None:
        return refused
    return return_to_submission(
        submission, form, _("The message is saved. You can withdraw it until it is sent.")
    )


@access(Permission.SUBMISSION_MODERATE)
def take_back_message(public_id: str, message_id: str) -> ResponseReturnValue:
    """Take a message back before it leaves, with its words in the form again; too late leaves it as it is."""
    submission = load_submission(public_id)
    form = read_form(forms.PressForm, submission, name="take-back")
    if not form.validate():
        return show_refused(submission, form)
    message = find_message(db.session(), submission, message_id) or abort(404)
    words, wanted = message.body, read_place(form.carried.queue.data or "")
    try:
        with transaction() as session:
            messages.take_back_message(session, submission, message, by=acting_staff(), at=now())
    except IllegalTransition:
        flash(_("The message has reached the author and cannot be withdrawn."), "warn")
        return redirect(submission_address(public_id, wanted), 303)
    flash(_("The message was withdrawn. The author has not seen it; its text is in the form."), "ok")
    page = PageState(load_submission(public_id), acting_staff(), wanted, now())
    again = page.make_form(forms.WriteForm, data={"body": words})
    return render_submission(PageState(page.submission, page.actor, wanted, page.at, again), status=200)
