"""Entering the code again when the page was closed while one wrote: then the same request goes on."""

from typing import Any

from flask import Blueprint, abort, g, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from werkzeug.exceptions import RequestEntityTooLarge, Unauthorized

from portal.database import transaction
from portal.domain.errors import CodeNotYetValid
from portal.extensions import current_portal, db, now
from portal.forms.private import ReenterCodeForm
from portal.operations.private.access import close_private_page, find_open_page
from portal.operations.private.enter import open_by_code
from portal.web.site.access import access
from portal.web.site.contributor_session import remember_page
from portal.web.site.error_pages import error_page
from portal.web.site.error_texts import (
    describe_closed_to_files,
    describe_domain,
    describe_http,
    describe_large_file,
    describe_other_text,
    describe_signed_out,
)
from portal.web.site.form_faults import describe_refusal, wants_script
from portal.web.site.form_fields import find_label
from portal.web.site.locale import find_locale
from portal.web.site.page_owner import FIELD, mark_owner
from portal.web.site.typed_back import is_written
from portal.web.site.uploads import brings_story_file, is_file_too_large

room = Blueprint("contribute_reenter_code", __name__, url_prefix="/<lang:lang>/my/again")

GOES_ON = frozenset(
    {
        "contribute.full_story",
        "contribute.send_full_story",
        "contribute.switch_full_story_language",
        "contribute_after.switch_language",
        "contribute_after.edit",
        "contribute_after.send",
        "contribute_change.switch_language",
        "contribute_change.edit",
        "contribute_change.send",
        "contribute_save.save_full_story",
        "contribute_save.save_change",
        "contribute_save.save_after",
        "private_messages.write",
        "private_approval.show",
        "private_approval.send",
        "private_photos.save",
    }
)
"""Views whose whole form is carried on: they hold long texts."""
_OWN = frozenset({"csrf_token", "code", "to"})


@room.app_errorhandler(Unauthorized)
def answer_closed_page(error: Unauthorized) -> ResponseReturnValue:
    """Ask for the code with everything typed carried along; elsewhere show the page of every error."""
    if request.method != "POST" or request.endpoint not in GOES_ON:
        return error_page(401, *_describe_closed(error))
    form = ReenterCodeForm(formdata=None, data={"to": request.endpoint})
    if wants_script():
        return jsonify(_describe(form)), 401
    try:
        return _ask(form), 401
    except RequestEntityTooLarge as too_large:
        if is_file_too_large():
            return error_page(413, *describe_large_file())
        if brings_story_file():
            return error_page(401, *describe_closed_to_files())
        return error_page(413, *describe_http(too_large))


@room.post("")
@access("open")
def enter() -> ResponseReturnValue:
    """Open the private page of the code, and go on with the request that found it closed."""
    form = ReenterCodeForm()
    if form.to.data not in GOES_ON:
        abort(404)
    if not form.validate():
        return _ask(form), 422
    try:
        token = _open_page(form.digits)
    except CodeNotYetValid as early:
        _status, _heading, sentence = describe_domain(early)
        return _refuse(form, sentence)
    if token is None:
        return _refuse(
            form, _("We do not recognise this code. Check every group of four digits and try again.")
        )
    if not _is_owner(token):
        return _refuse(
            form, _("This code belongs to another text, so nothing was sent. Enter the code of this text.")
        )
    remember_page(token)
    # 307: the browser sends the same form again, to the address it was meant for.
    return redirect(url_for(form.to.data), 307)


def _refuse(form: ReenterCodeForm, why: str) -> ResponseReturnValue:
    form.code.errors = [why]
    return _ask(form), 422


def _describe_closed(error: Unauthorized) -> tuple[str, str]:
    """Return heading and sentence for a page that is closed, or is that of another text by now."""
    if request.path.startswith("/desk"):
        return describe_signed_out()
    return describe_other_text() if g.get("submission_id") is not None else describe_http(error)


def _describe(form: ReenterCodeForm) -> dict[str, Any]:
    """Return what a script needs to ask for the code where the form stands, and to send that on."""
    sentence = _(
        "Your page was closed while you were writing: it closes by itself after two to three "
        "hours. Everything you typed is still here. Enter your receipt code to continue where "
        "you were."
    )
    asked = {
        "label": form.code.label.text,
        "hint": _("Twenty digits. Spaces and dashes do not matter."),
        "button": _("Continue"),
        "action": url_for("contribute_reenter_code.enter"),
        "to": form.to.data,
    }
    told = describe_refusal(_("Enter your code again"), [sentence])
    return {**told, "state": "code", "code": asked}


def _ask(form: ReenterCodeForm) -> str:
    pairs = [(name, value) for name, value in request.form.items(multi=True) if name not in _OWN]
    sent, tag, path = frozenset(name for name, _value in pairs), find_locale().tag, url_for(form.to.data)
    shown = [name for name, value in pairs if value.strip() and is_written(name, value)]
    labels = {name: find_label(name, sent=sent, path=path, tag=tag) for name in shown}
    return render_template(
        "contribute/reenter_code.html",
        form=form,
        carried=[(name, value, labels.get(name)) for name, value in pairs],
        has_lost_file=any(one.filename for one in request.files.values()),
    )


def _is_owner(token: str) -> bool:
    """Say whether the page that was opened is the one the form stood on; else it is closed again."""
    page = find_open_page(db.session(), token, at=now())
    if page is not None and request.form.get(FIELD) == mark_owner(page.submission):
        return True
    with transaction() as session:
        close_private_page(session, token)
    return False


def _open_page(code: str) -> str | None:
    """Open the private page of a code; None whatever was wrong with it. Raises TooBusy, CodeNotYetValid."""
    instance = current_portal().instance
    with transaction() as session:
        return open_by_code(
            session, code, at=now(), keys=instance.keys, receipt_secret=instance.receipt_secret
        )
