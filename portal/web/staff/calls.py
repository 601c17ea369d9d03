"""Calls, and who decides in each: set by admins."""

from flask import Blueprint, abort, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from portal.database import transaction
from portal.domain.languages import best_text
from portal.domain.permissions import Permission
from portal.extensions import db, now
from portal.forms.calls import DecidersForm
from portal.models import Call
from portal.operations.staff.calls import let_moderators_decide
from portal.queries.calls import find_any_call, list_all_calls
from portal.web.site.access import access
from portal.web.site.current_staff import acting_staff
from portal.web.site.locale import find_locale

room = Blueprint("staff_calls", __name__, url_prefix="/desk/settings/calls")


@room.get("/")
@access(Permission.CALL_SETTINGS)
def index() -> ResponseReturnValue:
    """List the calls with who decides in them."""
    return render_template(
        "staff/calls.html", calls=[_describe(call) for call in list_all_calls(db.session())]
    )


def _describe(call: Call) -> dict[str, object]:
    tags = [find_locale().tag, call.coverage.primary_locale]
    return {
        "title": best_text(call.title, tags),
        "coverage": best_text(call.coverage.title, tags),
        "moderators_decide": call.moderators_decide,
        "form": DecidersForm(formdata=None, data={"lets_moderators": "" if call.moderators_decide else "1"}),
        "action": url_for("staff_calls.set_deciders", public_id=call.public_id),
    }


@room.post("/<public_id:public_id>/deciders")
@access(Permission.CALL_SETTINGS, fresh=True)
def set_deciders(public_id: str) -> ResponseReturnValue:
    """Let moderators decide in a call, or leave it to editors."""
    call = find_any_call(db.session(), public_id) or abort(404)
    form = DecidersForm()
    if form.validate():
        with transaction() as session:
            let_moderators_decide(session, call, wanted=form.lets, by=acting_staff(), at=now())
        flash(
            _("Moderators now invite and decline in this call.")
            if form.lets
            else _("In this call only editors decide now; moderators recommend."),
            "ok",
        )
    return redirect(url_for("staff_calls.index"), 303)
