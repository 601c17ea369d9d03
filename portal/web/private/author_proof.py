"""Proof of being the author, for who came with a code of the desk; and the author's refusal of that code."""

from flask import Blueprint, abort, flash, redirect, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from portal.database import transaction
from portal.domain.errors import TooBusy
from portal.domain.ways_in import PageRight
from portal.extensions import current_portal, db, now
from portal.forms.desk_codes import ProofForm, RefuseCodeForm
from portal.operations.desk.desk_codes import prove_author, refuse_code
from portal.queries.desk.desk_codes import find_desk_code
from portal.web.private.page import load_page, show_page
from portal.web.site.access import access
from portal.web.site.contributor_session import open_page, remember_page
from portal.web.site.error_texts import answer_later, write_wait

room = Blueprint("private_author_proof", __name__, url_prefix="/<lang:lang>/my")


@room.post("/prove")
@access(PageRight.PROVE)
def prove() -> ResponseReturnValue:
    """Open the whole page to who types a sealed answer; every wrong one is answered alike."""
    form = ProofForm()
    if not form.validate():
        return show_page(load_page(), form=form), 422
    try:
        token = _prove(form.answer.data)
    except TooBusy as busy:
        form.answer.errors = [_("There were too many tries. Try again %(when)s.", when=write_wait(busy.wait))]
        return answer_later((show_page(load_page(), form=form), 429), busy.wait)
    if token is None:
        form.answer.errors = [_("This does not match any answer that we keep encrypted. Try another one.")]
        return show_page(load_page(), form=form), 422
    remember_page(token)
    flash(
        _("You can use all of your page again. Desk staff have seen this code, so get a new one."),
        "success",
    )
    return redirect(url_for("private_lost_code.renew_code"), 303)


@room.post("/code/<public_id:public_id>/refuse")
@access(PageRight.REFUSE_CODE)
def refuse(public_id: str) -> ResponseReturnValue:
    """Have a code of the desk open nothing: its holder is somebody else."""
    page = load_page()
    code = find_desk_code(db.session(), page.submission.id, public_id) or abort(404)
    form = RefuseCodeForm()
    if not form.validate():
        return show_page(page, form=form), 422
    with transaction() as session:
        refuse_code(session, page.submission, code, at=now())
    flash(_("The new code no longer works. The desk is told that it was not you."), "success")
    return redirect(url_for("private.enter"), 303)


def _prove(answer: str) -> str | None:
    instance = current_portal().instance
    with transaction() as session:
        return prove_author(
            session,
            open_page(),
            answer,
            at=now(),
            keys=instance.keys,
            receipt_secret=instance.receipt_secret,
        )
