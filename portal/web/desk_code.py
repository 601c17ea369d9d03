"""The desk issues a new code to an author who lost the old one: with a reason, and shown once."""

from datetime import timedelta

from flask import Blueprint, abort, render_template, request
from flask.typing import ResponseReturnValue

from portal.database import transaction
from portal.domain.languages import language_name
from portal.domain.permissions import Permission
from portal.domain.receipt import group_code
from portal.extensions import current_portal
from portal.forms.codes import ReplaceCodeForm
from portal.operations.visiting import may_replace_code, replace_code
from portal.web.access import access
from portal.web.actor import acting_staff
from portal.web.clock import now
from portal.web.desk_page import load_submission
from portal.web.locale import find_locale
from portal.web.next_mail import update_line
from portal.web.queue_words import read_filter, submission_address
from portal.web.words import stage_label, state_label

room = Blueprint("desk_code", __name__, url_prefix="/desk/submission/<public_id:public_id>/code")


@room.route("", methods=["GET", "POST"])
@access(Permission.SUBMISSION_MODERATE)
def replace(public_id: str) -> ResponseReturnValue:
    """Ask for a reason; the answer to it shows the code, which stands nowhere else."""
    piece, actor = load_submission(public_id), acting_staff()
    if not may_replace_code(actor, piece):
        abort(404)
    form, code = ReplaceCodeForm(), ""
    is_valid = request.method == "POST" and form.validate()
    if is_valid:
        secret = current_portal().instance.receipt_secret
        with transaction() as session:
            code = replace_code(
                session, piece, by=actor, reason=form.reason.data, at=now(), receipt_secret=secret
            )
    page = render_template(
        "desk/replace_code.html",
        piece=piece,
        form=form,
        code=group_code(code),
        kind=stage_label(piece.stage),
        language=language_name(piece.lang, find_locale().tag),
        state=state_label(piece.state),
        mail=update_line(piece, window=timedelta(0), tag=find_locale().tag),
        back_href=submission_address(piece.public_id, read_filter(request.args)),
        desk_section="queue",
    )
    return (page, 422) if request.method == "POST" and not is_valid else page
