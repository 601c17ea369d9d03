"""A new code for an author who lost theirs: one colleague of the desk asks, a second one confirms."""

from datetime import timedelta
from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from portal.database import transaction
from portal.domain.desk_codes import CodeState
from portal.domain.languages import language_name
from portal.domain.permissions import Permission
from portal.domain.receipt_code import group_code
from portal.extensions import current_portal, db, now
from portal.forms.desk_codes import AskCodeForm, CallOffCodeForm, ConfirmCodeForm
from portal.forms.private import PageForm
from portal.models import DeskCode, Submission
from portal.operations.desk import desk_codes
from portal.queries.desk.desk_codes import find_desk_code, find_under_way
from portal.web.desk.act import load_submission
from portal.web.site.access import access
from portal.web.site.current_staff import acting_staff
from portal.web.site.desk_addresses import filter_args, read_filter, submission_address
from portal.web.site.desk_code_texts import describe_code
from portal.web.site.labels import stage_label, state_label
from portal.web.site.locale import find_locale
from portal.web.site.mail_preview import code_line

room = Blueprint("desk_desk_codes", __name__, url_prefix="/desk/submission/<public_id:public_id>/code")


@room.route("", methods=["GET", "POST"])
@access(Permission.SUBMISSION_MODERATE, fresh=True)
def ask_for_code(public_id: str) -> ResponseReturnValue:
    """Show how a code under way stands, or ask for one with a reason."""
    submission = _load(public_id)
    form = AskCodeForm()
    if request.method != "POST":
        return _show(submission)
    if not form.validate():
        return _show(submission, form), 422
    with transaction() as session:
        desk_codes.ask_for_code(session, submission, by=acting_staff(), reason=form.reason.data, at=now())
    flash(_("You have asked for a new code. A colleague sees it on the page of the submission."), "success")
    return redirect(_address(submission), 303)


@room.post("/<public_id:code_id>/confirm")
@access(Permission.SUBMISSION_MODERATE, fresh=True)
def confirm(public_id: str, code_id: str) -> ResponseReturnValue:
    """Say yes as the second person; the answer shows the code, which stands nowhere else."""
    submission = _load(public_id)
    asked = _find_code(submission, code_id)
    form = ConfirmCodeForm()
    if not form.validate():
        return _show(submission, form), 422
    instance = current_portal().instance
    with transaction() as session:
        code = desk_codes.confirm_code(
            session,
            submission,
            asked,
            by=acting_staff(),
            keys=instance.keys,
            receipt_secret=instance.receipt_secret,
            at=now(),
        )
    return _show(submission, code=code)


@room.post("/<public_id:code_id>/call-off")
@access(Permission.SUBMISSION_MODERATE)
def call_off(public_id: str, code_id: str) -> ResponseReturnValue:
    """Have a code that is under way open nothing."""
    submission = _load(public_id)
    asked = _find_code(submission, code_id)
    form = CallOffCodeForm()
    if not form.validate():
        return _show(submission, form), 422
    with transaction() as session:
        desk_codes.call_off_code(session, submission, asked, by=acting_staff(), at=now())
    flash(_("The new code is cancelled: it does not work."), "success")
    return redirect(_address(submission), 303)


def _load(public_id: str) -> Submission:
    submission = load_submission(public_id)
    return submission if desk_codes.may_give_code(acting_staff(), submission) else abort(404)


def _find_code(submission: Submission, code_id: str) -> DeskCode:
    return find_desk_code(db.session(), submission.id, code_id) or abort(404)


def _address(submission: Submission) -> str:
    wanted: dict[str, Any] = filter_args(read_filter(request.args))
    return url_for("desk_desk_codes.ask_for_code", public_id=submission.public_id, **wanted)


def _code_address(view: str, submission: Submission, code: DeskCode | None) -> str:
    """Return where an act about a code is sent to; empty without a code."""
    if code is None:
        return ""
    wanted: dict[str, Any] = filter_args(read_filter(request.args))
    wanted |= {"public_id": submission.public_id, "code_id": code.public_id}
    return url_for(f"desk_desk_codes.{view}", **wanted)


def _show(submission: Submission, form: PageForm | None = None, *, code: str = "") -> str:
    """Render the page; `form` is the one that was refused, `code` the one that was just made."""
    actor, tag = acting_staff(), find_locale().tag
    under_way = find_under_way(db.session(), submission.id, at=now())
    return render_template(
        "desk/desk_code.html",
        submission=submission,
        form=form,
        code=group_code(code),
        under_way=describe_code(under_way) if under_way else None,
        may_confirm=under_way is not None and desk_codes.may_confirm(actor, submission, under_way),
        is_asked=under_way is not None and under_way.state is CodeState.ASKED,
        waits=desk_codes.find_code_delay(submission, current_portal().instance.keys) > timedelta(0),
        ask_form=form if isinstance(form, AskCodeForm) else AskCodeForm(formdata=None),
        confirm_form=form if isinstance(form, ConfirmCodeForm) else ConfirmCodeForm(formdata=None),
        call_off_form=form if isinstance(form, CallOffCodeForm) else CallOffCodeForm(formdata=None),
        ask_url=_address(submission),
        confirm_url=_code_address("confirm", submission, under_way),
        call_off_url=_code_address("call_off", submission, under_way),
        kind=stage_label(submission.stage),
        language=language_name(submission.lang, tag),
        state=state_label(submission.state),
        mail=code_line(submission, tag=tag),
        back_href=submission_address(submission.public_id, read_filter(request.args)),
        desk_section="queue",
    )
