"""The contributor takes the text back, or has everything erased."""

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from portal.database import transaction
from portal.domain.states import Act, State, fits
from portal.extensions import current_portal, db
from portal.forms.my import EraseForm, WithdrawForm
from portal.operations import answering
from portal.operations.erasing import erase as erase_piece
from portal.queries.beside import count_staying
from portal.queries.submissions import find_draft
from portal.storage import remove_files
from portal.web.access import access
from portal.web.beside_words import describe_beside
from portal.web.clock import now
from portal.web.contributor_session import noted_texts
from portal.web.my_page import forget_browser, load_page

room = Blueprint("my_ending", __name__, url_prefix="/<lang:lang>/my")


@room.route("/withdraw", methods=["GET", "POST"])
@access("contributor")
def withdraw() -> ResponseReturnValue:
    """Say what withdrawing means, and do it; what was never sent is deleted instead."""
    page = load_page()
    form = WithdrawForm()
    if page.shown is State.WRITING:
        return redirect(url_for("my_ending.erase"), 303)
    if request.method != "POST" and not fits(page.shown, page.piece.stage, Act.WITHDRAW):
        return redirect(url_for("my.enter"), 303)
    if request.method != "POST" or not form.validate():
        shown = render_template(
            "my/withdraw.html",
            form=form,
            days=page.piece.call.declined_kept_days,
            beside=describe_beside(page.piece),
        )
        return (shown, 422) if request.method == "POST" else shown
    with transaction() as session:
        answering.withdraw(session, page.piece, at=now())
    return redirect(url_for("my.enter"), 303)


@room.route("/erase", methods=["GET", "POST"])
@access("contributor")
def erase() -> ResponseReturnValue:
    """Say what erasing means, and do it: the answer closes the page, so nothing is left to lead to."""
    page = load_page()
    form = EraseForm()
    draft = find_draft(db.session(), page.piece)
    has_left = draft is not None and (bool(draft.publications) or draft.exported_at is not None)
    is_unsent = page.shown is State.WRITING
    staying = count_staying(db.session(), page.piece, noted_texts())
    if request.method != "POST" or not form.validate():
        shown = render_template(
            "my/erase.html",
            form=form,
            has_left=has_left,
            is_unsent=is_unsent,
            beside=describe_beside(page.piece),
            staying=staying,
        )
        return (shown, 422) if request.method == "POST" else shown
    with transaction() as session:
        files = erase_piece(session, page.piece, by=None, at=now())
    remove_files(current_portal().instance.files_folder, files)
    gone = "contribute/deleted.html" if is_unsent else "my/erased.html"
    return forget_browser(render_template(gone, has_left=has_left, staying=staying))
