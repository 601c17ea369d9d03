"""The receipt people keep: the code, what happens next, and a copy of everything that was sent or saved."""

from typing import Any

from flask import Blueprint, Response, abort, render_template, request
from flask.typing import ResponseReturnValue

from portal.domain.answers import may_answer_after
from portal.domain.photos import takes_pictures
from portal.domain.receipt_code import Comparison, compare_groups, derive_code, group_code
from portal.domain.states import State
from portal.domain.ways_in import PageRight
from portal.extensions import current_portal, db, now
from portal.forms.codes import TypeBackForm
from portal.models import ContributorSession, Submission
from portal.operations.private.access import recall_form_key
from portal.queries.answers import count_unanswered
from portal.queries.private.page import load_receipt
from portal.web.contribute.form_target import name_sent_copies
from portal.web.contribute.receipt_picture import draw_code
from portal.web.contribute.receipt_texts import list_steps, lost_code_sentence, write_notes
from portal.web.site.access import access
from portal.web.site.answer_texts import copy_versions
from portal.web.site.contributor_session import open_page
from portal.web.site.locale import find_locale
from portal.web.site.localized import choose_text

room = Blueprint("contribute_receipt", __name__, url_prefix="/<lang:lang>/my/receipt")

_TEXT_NAME, _PICTURE_NAME = "notes.txt", "picture.png"
"""Names of the files: they say nothing to who looks through a phone."""


@room.route("", methods=["GET", "POST"], strict_slashes=False)
@access(PageRight.RECEIPT)
def show() -> ResponseReturnValue:
    """Show the receipt; a code that was typed back is compared with the real one, and kept nowhere."""
    code = _recall_code(open_page())
    form = TypeBackForm()
    if request.method != "POST" or not code:
        return _show(code, form)
    if not form.validate():
        return _show(code, form), 422
    return _show(code, form, typed=compare_groups(code, form.groups))


@room.get("/text")
@access(PageRight.RECEIPT)
def save_text() -> ResponseReturnValue:
    """Give the receipt as a text file in the reader's language."""
    page = open_page()
    submission = load_receipt(db.session(), page.submission_id)
    text = write_notes(submission, **_describe(_require_code(page), submission))
    # Older Windows reads neither UTF-8 without the mark nor bare line feeds.
    return _attach(("\ufeff" + text.replace("\n", "\r\n")).encode(), "text/plain", _TEXT_NAME)


@room.get("/picture")
@access(PageRight.RECEIPT)
def save_picture() -> ResponseReturnValue:
    """Give the code as a picture."""
    groups = group_code(_require_code(open_page())).split()
    return _attach(draw_code(groups, _page_address()), "image/png", _PICTURE_NAME)


def _recall_code(page: ContributorSession) -> str:
    """Return the code while this browser still has the page open that came with it, else an empty string."""
    instance = current_portal().instance
    form_key = recall_form_key(page, keys=instance.keys)
    return derive_code(instance.receipt_secret, form_key) if form_key else ""


def _require_code(page: ContributorSession) -> str:
    return _recall_code(page) or abort(404)


def _show(code: str, form: TypeBackForm, *, typed: Comparison | None = None) -> str:
    page = open_page()
    submission = load_receipt(db.session(), page.submission_id)
    form_key = recall_form_key(page, keys=current_portal().instance.keys)
    shown = submission.state_shown(now())
    return render_template(
        "contribute/receipt.html",
        **_describe(code, submission),
        submission=submission,
        is_sent=submission.state is not State.WRITING,
        copies=name_sent_copies(submission, form_key),
        form=form,
        typed=typed,
        heading=choose_text(submission.call.coverage.title, submission.call.coverage.primary_locale),
        consents=submission.consents,
        lost=lost_code_sentence(submission),
        takes_photos=takes_pictures(shown, submission.stage),
        unanswered=count_unanswered(submission) if may_answer_after(shown) else 0,
    )


def _describe(code: str, submission: Submission) -> dict[str, Any]:
    """Return what the page and the file have in common."""
    return {
        "code": group_code(code),
        "address": _page_address(),
        "steps": list_steps(submission, at=now()),
        "versions": copy_versions(submission, current_portal().instance.keys),
    }


def _page_address() -> str:
    """Return the public address of the private page: without the code, which stands in no address."""
    return f"{current_portal().settings.base_url}/{find_locale().url}/my"


def _attach(body: bytes, mimetype: str, name: str) -> Response:
    answer = Response(body, mimetype=mimetype)
    answer.headers.set("Content-Disposition", "attachment", filename=name)
    return answer
