"""The passkeys of one's own account: listed, added, removed."""

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import format_date
from flask_babel import gettext as _

from portal.database import transaction
from portal.domain.passkeys import MOST_PASSKEYS, Purpose
from portal.domain.permissions import Permission
from portal.extensions import db, now
from portal.forms.account import PasskeyForm
from portal.forms.base import PortalForm
from portal.models import Passkey
from portal.operations.staff.passkeys import RefusedPasskey, add_passkey, remove_passkey
from portal.queries.staff import list_passkeys
from portal.web.site.access import access
from portal.web.site.current_staff import acting_staff
from portal.web.staff.passkey_questions import ask_new, read_question, site_of_passkeys, word_refused_passkey
from portal.web.staff.session import go_on_alone

room = Blueprint("staff_passkeys", __name__, url_prefix="/account/passkeys")


@room.route("/", methods=["GET", "POST"])
@access(Permission.ACCOUNT_OWN, fresh=True)
def index() -> ResponseReturnValue:
    """List the passkeys of the account, and add one."""
    form = PasskeyForm()
    if request.method != "POST":
        return _page(form)
    if form.validate():
        staff = acting_staff()
        try:
            question = read_question(Purpose.ADD, form.challenge.data)
            with transaction() as database:
                add_passkey(
                    database,
                    staff,
                    name=form.passkey_name.data,
                    answer=form.credential.data,
                    question=question,
                    at=now(),
                )
                go_on_alone(database, staff)
        except RefusedPasskey as refused:
            form.form_errors.append(word_refused_passkey(refused))
        else:
            flash(_("The passkey is added. You are signed out on all other devices."), "ok")
            return redirect(url_for("staff_passkeys.index"), 303)
    return _page(form), 422


@room.post("/<public_id:public_id>/remove")
@access(Permission.ACCOUNT_OWN, fresh=True)
def remove(public_id: str) -> ResponseReturnValue:
    """Take one passkey away."""
    if PortalForm().validate():
        staff = acting_staff()
        with transaction() as database:
            is_removed = remove_passkey(database, staff, public_id, at=now())
            if is_removed:
                go_on_alone(database, staff)
        if is_removed:
            flash(_("The passkey is removed. You are signed out on all other devices."), "ok")
    return redirect(url_for("staff_passkeys.index"), 303)


def _page(form: PasskeyForm) -> str:
    staff = acting_staff()
    passkeys = list_passkeys(db.session(), staff.fs_uniquifier)
    return render_template(
        "staff/passkeys.html",
        form=form,
        passkeys=[_describe(one) for one in passkeys],
        passkey=ask_new(staff) if len(passkeys) < MOST_PASSKEYS else None,
        has_site=site_of_passkeys() is not None,
    )


def _describe(passkey: Passkey) -> dict[str, Any]:
    return {
        "public_id": passkey.public_id,
        "name": passkey.name,
        "added": format_date(passkey.added_on, "medium"),
        "used": format_date(passkey.used_on, "medium") if passkey.used_on else "",
    }
