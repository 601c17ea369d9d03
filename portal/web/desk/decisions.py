"""The desk: the moderation queue, one submission, and the decisions of staff about it."""

from collections.abc import Callable

from flask import Blueprint, flash, redirect, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from portal.domain.acts import Act, HistoryAct
from portal.domain.permissions import Permission
from portal.domain.transitions import TRANSITIONS, permission_for
from portal.extensions import current_portal, db, now
from portal.forms import desk as forms
from portal.models import Submission
from portal.operations import erasure
from portal.operations.desk import decisions
from portal.queries.desk.queue_pages import find_next
from portal.queries.desk.submission import find_original_submission
from portal.traces import clear_at_once
from portal.web.desk import (
    bulk,
    bulk_spam,
    gists,
    messages,
    notices,
    photos,
    presence,
    queue,
    queue_table,
    recommendations,
    saved_views,
    tags,
    take_downs,
    triage,
    versions,
)
from portal.web.desk.act import PAGE, Run, load_submission, read_form, run_act, show_refused
from portal.web.desk.acts import DESK_ACTS, DeskAct
from portal.web.desk.part import is_fetched_ahead
from portal.web.desk.submission import render_submission
from portal.web.desk.submission_forms import PageState
from portal.web.desk.submission_texts import prepared_message
from portal.web.site.access import access
from portal.web.site.claims import keep_claim
from portal.web.site.current_staff import acting_staff
from portal.web.site.desk_addresses import queue_address, read_filter, read_place, submission_address
from portal.web.site.labels import done_label

room = Blueprint("desk", __name__, url_prefix="/desk")
for part in (
    queue,
    queue_table,
    saved_views,
    gists,
    triage,
    messages,
    notices,
    presence,
    versions,
    bulk_spam,
    photos,
    take_downs,
    tags,
    recommendations,
    bulk,
):
    part.add_routes(room)

_OK = 200
_FORBIDDEN = 403


@room.get(PAGE)
@access(Permission.QUEUE_READ)
def submission(public_id: str) -> ResponseReturnValue:
    """Show one submission with what may be done to it."""
    submission = load_submission(public_id)
    page = PageState(submission, acting_staff(), read_filter(request.args), now())
    answer = render_submission(page, status=_OK)
    if not is_fetched_ahead():
        keep_claim(submission)
    return answer


def _add_decision(row: DeskAct, run: Callable[..., object]) -> None:
    """Add the route of an act whose form says everything."""

    @access(permission_for(row.act))
    def decide(public_id: str) -> ResponseReturnValue:
        submission = load_submission(public_id)
        named = {"name": row.form_name} if row.form is forms.PressForm else {}
        form = read_form(row.form, submission, **named)
        return _decide(
            submission, form, row.act, lambda session, given: run(session, submission, **form.handed, **given)
        )

    room.add_url_rule(f"{PAGE}/{row.path}", row.act.value, decide, methods=["POST"])


for _row in DESK_ACTS:
    if _row.run is not None:
        _add_decision(_row, _row.run)


def _decide(submission: Submission, form: forms.DeskForm, act: Act, run: Run) -> ResponseReturnValue:
    """Do the act of a valid form and go on to the next submission of the queue one came from."""
    wanted = read_place(form.carried.queue.data or "")
    following = find_next(db.session(), acting_staff(), wanted, submission, at=now())
    given = {"seen": form.carried.seen.data}
    if TRANSITIONS[act].has_window:
        given["window"] = current_portal().settings.undo_window
    refused = run_act(
        submission, form, lambda session, values: run(session, {**values, **given}), heeds_claim=True
    )
    if refused is not None:
        return refused
    more = {"done": submission.public_id} if submission.announce_at is not None else {}
    if not more:
        flash(_("%(act)s: %(heading)s", act=done_label(HistoryAct(act)), heading=submission.heading), "ok")
    target = submission_address(following, wanted, **more) if following else queue_address(wanted, **more)
    return redirect(target, 303)


@room.post(f"{PAGE}/decline")
@access(permission_for(Act.DECLINE))
def decline(public_id: str) -> ResponseReturnValue:
    """Decline with a reason and words; without words the prepared ones are offered first."""
    submission = load_submission(public_id)
    form = read_form(forms.DeclineForm, submission)
    if not decisions.may_judge(acting_staff(), submission):
        form.form_errors.append(
            _("You do not read this language well enough to decline the text. Ask a colleague who does.")
        )
        return show_refused(submission, form, _FORBIDDEN)
    if not form.validate():
        return _offer_words(submission, form)
    return _decide(
        submission,
        form,
        Act.DECLINE,
        lambda session, given: decisions.decline(
            session, submission, reason=form.reason.data, body=form.body.data, **given
        ),
    )


def _offer_words(submission: Submission, form: forms.DeclineForm) -> ResponseReturnValue:
    """Show the panel again; where only words are missing, with the prepared ones and without a fault."""
    only_words_missing = not form.body.data and set(form.errors) == {"body"}
    if not form.body.data:
        form.body.data = prepared_message(submission, form.reason.data or "")
    if not only_words_missing or not form.body.data:
        return show_refused(submission, form)
    form.body.errors = []
    flash(
        _("Nothing is sent yet. Read the prepared words, change what you like, and press once more."), "info"
    )
    return show_refused(submission, form, _OK)


@room.post(f"{PAGE}/duplicate")
@access(permission_for(Act.MARK_DUPLICATE))
def mark_duplicate(public_id: str) -> ResponseReturnValue:
    """Close it as a second copy of another submission of the same call."""
    submission = load_submission(public_id, other=forms.read_original_id(request.form))
    form = read_form(forms.DuplicateForm, submission)
    valid = form.validate()
    original = (
        find_original_submission(db.session(), acting_staff(), submission, form.original_id)
        if valid
        else None
    )
    if original is None:
        if valid:
            form.address.errors = [_("There is no such submission in this call. Check the address.")]
        return show_refused(submission, form)
    return _decide(
        submission,
        form,
        Act.MARK_DUPLICATE,
        lambda session, given: decisions.mark_duplicate(session, submission, original=original, **given),
    )


@room.post(f"{PAGE}/erase")
@access(permission_for(Act.ERASE), fresh=True)
def erase(public_id: str) -> ResponseReturnValue:
    """Erase everything of a submission because its author asked for it."""
    submission = load_submission(public_id)
    form = read_form(forms.EraseOnRequestForm, submission)
    refused = run_act(
        submission,
        form,
        lambda session, given: erasure.erase(session, submission, seen=form.carried.seen.data, **given),
    )
    if refused is not None:
        return refused
    clear_at_once(at=now())
    flash(_("Everything is erased. Only a number, the month and the language remain."), "ok")
    return redirect(queue_address(read_place(form.carried.queue.data or "")), 303)
