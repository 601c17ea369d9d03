"""Texts of the page that follows on a sending: what it says of what has just come."""

from flask import flash, g, redirect, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from portal.domain.answers import may_change
from portal.extensions import now
from portal.models import Submission


def ask_for_new_code() -> ResponseReturnValue:
    """Say that what came is kept, and lead to where the new code of its text is entered."""
    if g.get("submission_id") is None:
        kept = _(
            "We have what you sent and keep it with the text it belongs to. That text now has a new code, "
            "and only the new code opens its page. Enter the new code below."
        )
    else:
        kept = _(
            "We have what you sent and keep it with the text it belongs to. That text now has a new code, "
            "and only the new code opens its page. The page below belongs to another text: leave it first, "
            "then enter the new code."
        )
    flash(kept, "warning")
    return redirect(url_for("private.enter"), 303)


def flash_overtaken(submission: Submission) -> None:
    """Say on the next page that what came was here before, and that something newer counts."""
    told = _(
        "We already had what you just sent, and keep it as an earlier version. A newer version "
        "of your text has reached us since: it stays the newest and is shown below."
    )
    flash(told, "warning")
    if may_change(submission.state_shown(now())):
        flash(_("If you want the earlier wording back, change the text on your private page."))
