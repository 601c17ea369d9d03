"""The door of the private page: enter with the code, and leave without a trace."""

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from portal.database import transaction
from portal.domain.errors import CodeNotYetValid, TooBusy
from portal.extensions import current_portal, now
from portal.forms.private import CodeForm, LeaveForm
from portal.operations.private.access import close_private_page
from portal.operations.private.enter import open_by_code
from portal.web.private.page import find_private_page, show_page
from portal.web.site import contributor_session
from portal.web.site.access import access
from portal.web.site.contributor_session import forget_browser
from portal.web.site.error_texts import answer_later, describe_domain, write_wait

room = Blueprint("private", __name__, url_prefix="/<lang:lang>/my")


@room.route("", methods=["GET", "POST"], strict_slashes=False)
@access("open")
def enter() -> ResponseReturnValue:
    """Ask for the code, or show the page that is open: one address, so that a history tells nothing."""
    form = CodeForm()
    if request.method != "POST":
        page = find_private_page()
        return show_page(page) if page else render_template("private/enter.html", form=form)
    if not form.validate():
        return render_template("private/enter.html", form=form), 422
    try:
        token = _open_page(form.digits)
    except TooBusy as busy:
        return _ask_later(form, busy)
    except CodeNotYetValid as early:
        _status, _heading, sentence = describe_domain(early)
        return _refuse(form, sentence)
    if token is None:
        return _refuse(
            form, _("We do not recognise this code. Check every group of four digits and try again.")
        )
    contributor_session.remember_page(token)
    return redirect(url_for("private.enter"), 303)


@room.post("/leave")
@access("open")
def leave() -> ResponseReturnValue:
    """Close the private page and have the browser forget this site: that works without a page, too."""
    form = LeaveForm()
    if not form.validate():
        page = find_private_page()
        shown = show_page(page, form=form) if page else render_template("private/enter.html", form=CodeForm())
        return shown, 422
    token = contributor_session.current_token()
    if token:
        with transaction() as session:
            close_private_page(session, token)
    return forget_browser(redirect(url_for("public.coverages"), 303))


def _refuse(form: CodeForm, why: str) -> ResponseReturnValue:
    form.code.errors = [why]
    return render_template("private/enter.html", form=form), 422


def _ask_later(form: CodeForm, busy: TooBusy) -> ResponseReturnValue:
    """Say that a code is wrong while very many are: who has the right one is not held up."""
    form.code.errors = [
        _(
            "We do not recognise this code, and many wrong codes are being tried right now. Check "
            "every group of four digits: the right code opens your page at once. If you need "
            "another try, come back %(when)s.",
            when=write_wait(busy.wait),
        )
    ]
    return answer_later((render_template("private/enter.html", form=form), 429), busy.wait)


def _open_page(code: str) -> str | None:
    """Open the private page of a code; None whatever was wrong with it. Raises TooBusy, CodeNotYetValid."""
    instance = current_portal().instance
    with transaction() as session:
        return open_by_code(
            session, code, at=now(), keys=instance.keys, receipt_secret=instance.receipt_secret
        )
