"""Recommendations on one submission's page: given, and taken back."""

from flask import Blueprint, abort, flash, redirect
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from portal.domain.permissions import Permission
from portal.extensions import current_portal, db, now
from portal.forms.desk import PressForm
from portal.forms.recommendations import RecommendForm
from portal.operations.desk import recommendations
from portal.queries.desk.queue_pages import find_next
from portal.queries.desk.recommendations import find_recommendation
from portal.web.desk.act import PAGE, load_submission, read_form, return_to_submission, run_act
from portal.web.site.access import access
from portal.web.site.current_staff import acting_staff
from portal.web.site.desk_addresses import queue_address, read_place, submission_address


def add_routes(room: Blueprint) -> None:
    """Add these acts to the room of the desk."""
    room.add_url_rule(f"{PAGE}/recommend", view_func=recommend, methods=["POST"])
    room.add_url_rule(
        f"{PAGE}/recommend/<public_id:given_id>/confirm", view_func=confirm_advice, methods=["POST"]
    )
    room.add_url_rule(f"{PAGE}/recommend/take-back", view_func=take_advice_back, methods=["POST"])


@access(Permission.SUBMISSION_MODERATE)
def recommend(public_id: str) -> ResponseReturnValue:
    """Recommend what should be done, and go on to the next submission of the queue one came from."""
    submission = load_submission(public_id)
    form = read_form(RecommendForm, submission)
    wanted = read_place(form.carried.queue.data or "")
    following = find_next(db.session(), acting_staff(), wanted, submission, at=now())
    keys = current_portal().instance.keys
    refused = run_act(
        submission,
        form,
        lambda session, given: recommendations.recommend(
            session, submission, seen=form.carried.seen.data, keys=keys, **form.handed, **given
        ),
    )
    if refused is not None:
        return refused
    flash(_("Your recommendation is saved: %(heading)s", heading=submission.heading), "ok")
    return redirect(submission_address(following, wanted) if following else queue_address(wanted), 303)


@access(Permission.SUBMISSION_MODERATE)
def confirm_advice(public_id: str, given_id: str) -> ResponseReturnValue:
    """Recommend what a colleague does who cannot read the text, as one who reads it."""
    submission = load_submission(public_id)
    given = find_recommendation(db.session(), submission, given_id) or abort(404)
    form = read_form(PressForm, submission, name="confirm-advice")
    keys = current_portal().instance.keys
    refused = run_act(
        submission,
        form,
        lambda session, acting: recommendations.confirm_advice(
            session, submission, given, seen=form.carried.seen.data, keys=keys, **acting
        ),
    )
    if refused is not None:
        return refused
    return return_to_submission(submission, form, _("You recommend the same now, as one who reads the text."))


@access(Permission.SUBMISSION_MODERATE)
def take_advice_back(public_id: str) -> ResponseReturnValue:
    """Take the own recommendation back."""
    submission = load_submission(public_id)
    form = read_form(PressForm, submission, name="take-advice-back")
    refused = run_act(
        submission, form, lambda session, given: recommendations.take_back(session, submission, **given)
    )
    if refused is not None:
        return refused
    return return_to_submission(submission, form, _("Your recommendation has been withdrawn."))
