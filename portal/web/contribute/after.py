"""The questions after the receipt: skippable, in a form of their own, and answered anew at any time."""

from flask import Blueprint, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext as _l

from portal.domain.answers import may_answer_after
from portal.domain.questions import asked_after
from portal.domain.ways_in import PageRight
from portal.extensions import now
from portal.models import Submission
from portal.operations.contribute.change import answer_after
from portal.operations.contribute.submit import SubmitOutcome
from portal.web.contribute.form_target import make_after_target
from portal.web.contribute.further_text import take_further
from portal.web.contribute.language_change import carry_over
from portal.web.site.access import access
from portal.web.site.contributor_session import open_page

room = Blueprint("contribute_after", __name__, url_prefix="/<lang:lang>/my/questions")

_TOLD = {
    SubmitOutcome.AS_VERSION: (_l("Thank you. Your answers are with us."), "success"),
    SubmitOutcome.UNCHANGED: (_l("Nothing was added. You can come back to these questions."), "message"),
}


@room.route("", methods=["GET", "POST"], strict_slashes=False)
@access(PageRight.CHANGE)
def edit() -> ResponseReturnValue:
    """Ask what was not asked with the text, and keep what is answered."""
    return _edit()


@room.route("/send", methods=["GET", "POST"])
@access(PageRight.CHANGE)
def send() -> ResponseReturnValue:
    """Keep the answers; who loads the address again is led to their form."""
    return _edit() if request.method == "POST" else redirect(url_for("contribute_after.edit"), 303)


@room.route("/language", methods=["GET", "POST"])
@access(PageRight.CHANGE)
def switch_language() -> ResponseReturnValue:
    """Show the questions in this language with what was typed in another one."""
    submission = open_page().submission
    if request.method != "POST" or not _is_asked(submission):
        return redirect(url_for("contribute_after.edit"), 303)
    return carry_over(make_after_target(submission))


def _edit() -> ResponseReturnValue:
    submission = open_page().submission
    shown = submission.state_shown(now())
    if not _is_asked(submission) or (request.method == "GET" and not may_answer_after(shown)):
        return redirect(url_for("private.enter"), 303)
    return take_further(make_after_target(submission), submission, shown=shown, keep=answer_after, told=_TOLD)


def _is_asked(submission: Submission) -> bool:
    """Say whether something was sent whose call asks further questions."""
    return bool(submission.revisions and asked_after(submission.call.questions, submission.latest.stage))
