"""Documents for the editors on the contributor's private page: added, downloaded, removed."""

from collections.abc import Sequence
from typing import Any

from flask import Blueprint, abort, flash, g, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from werkzeug.exceptions import RequestEntityTooLarge

from portal.database import transaction
from portal.domain.acts import HistoryAct
from portal.domain.documents import MOST_FILES, MOST_PAGES, takes_documents
from portal.domain.errors import IllegalTransition
from portal.domain.ways_in import PageRight
from portal.extensions import db, now
from portal.forms.photos import AddDocumentForm, RemoveDocumentForm
from portal.forms.private import PageForm
from portal.models import Attachment, Submission
from portal.operations.private.documents import StoredDocument, add_document, remove_file
from portal.queries.photos import find_document, find_original_file, list_documents, was_done
from portal.traces import clear_at_once
from portal.web.site.access import access
from portal.web.site.contributor_session import open_page
from portal.web.site.file_responses import (
    read_document_text,
    read_first_page,
    send_document,
    send_first_page,
    send_original,
)
from portal.web.site.file_texts import describe_dropped, describe_letters, word_format, word_large_document
from portal.web.site.form_faults import wants_script
from portal.web.site.original_files import delete_original_file, describe_originals, make_confirm_form
from portal.web.site.stored_files import add_stored, store_document
from portal.web.site.uploads import (
    FAULTY,
    REFUSALS,
    answer_added,
    answer_asked,
    answer_refused,
    open_name,
    receive,
    refuse_file,
    status_of,
    take_held_file,
)

room = Blueprint("private_documents", __name__, url_prefix="/<lang:lang>/my/documents")

_TOO_LARGE = 413
_SHOWN = 2000
"""Characters of a document that its author sees on the page: a first page of it."""


@room.get("")
@access(PageRight.DOCUMENTS)
def index() -> ResponseReturnValue:
    """Show the documents and the way to add one."""
    return _show(_load_submission())


@room.post("")
@access(PageRight.DOCUMENTS)
def add() -> ResponseReturnValue:
    """Take one document."""
    form = AddDocumentForm()
    take_held_file(form.document)
    if not form.validate():
        return _refuse(form)
    submission = _load_submission()
    if not takes_documents(submission.state_shown(now())):
        raise IllegalTransition(submission.state, HistoryAct.ADD_DOCUMENT)
    try:
        stored, is_original_kept = _take_document(submission, form)
    except REFUSALS as refused:
        refuse_file(form.document, refused)
        return _refuse(form, status_of(refused))
    told = [*describe_letters(stored.letters), *describe_dropped(stored.dropped)]
    if wants_script():
        return answer_added(told)
    flash(_("The document is with us. Only the editors see it."), "success")
    # Words of a document go into no cookie. Without the original the page has them from nowhere else.
    is_told = not told or is_original_kept
    return (
        redirect(url_for("private_documents.index"), 303) if is_told else _show(_load_submission(), told=told)
    )


@room.post("/<public_id:public_id>")
@access(PageRight.DOCUMENTS)
def remove(public_id: str) -> ResponseReturnValue:
    """Take one document back. Removed in another tab already, it is removed."""
    submission = _load_submission()
    found = find_document(db.session(), submission.id, public_id)
    if found is not None:
        form = RemoveDocumentForm(name=f"remove-{found.position}")
        if not form.validate():
            return _show(submission, form), FAULTY
        with transaction() as session:
            remove_file(session, submission, found, at=now())
        clear_at_once(at=now())
    elif not was_done(db.session(), submission.id, HistoryAct.REMOVE_DOCUMENT, public_id):
        abort(404)
    flash(_("The document is removed."), "success")
    return redirect(url_for("private_documents.index"), 303)


@room.get("/<public_id:public_id>/file")
@access(PageRight.DOCUMENTS)
def file(public_id: str) -> ResponseReturnValue:
    """Send the document as we keep it."""
    return send_document(find_document(db.session(), open_page().submission_id, public_id) or abort(404))


@room.get("/<public_id:public_id>/page")
@access(PageRight.DOCUMENTS)
def first_page(public_id: str) -> ResponseReturnValue:
    """Show the first page of a document as we keep it."""
    return send_first_page(find_document(db.session(), open_page().submission_id, public_id) or abort(404))


@room.post("/originals/<public_id:public_id>")
@access(PageRight.DOCUMENTS)
def delete_original(public_id: str) -> ResponseReturnValue:
    """Delete a file as it was sent: what was taken from it is the text. A second yes is the same one."""
    submission = _load_submission()
    found = find_original_file(db.session(), submission.id, public_id)
    if found is not None:
        form = make_confirm_form(found)
        if not form.validate():
            return _show(submission, form), FAULTY
        delete_original_file(submission, found)
    elif not was_done(db.session(), submission.id, HistoryAct.CONFIRM_WORDS, public_id):
        abort(404)
    flash(_("The file itself is deleted. What we took from it stays."), "success")
    return redirect(url_for("private_documents.index"), 303)


@room.get("/originals/<public_id:public_id>/file")
@access(PageRight.DOCUMENTS)
def original_file(public_id: str) -> ResponseReturnValue:
    """Send a file as it came, to whoever sent it."""
    return send_original(find_original_file(db.session(), open_page().submission_id, public_id) or abort(404))


@room.errorhandler(RequestEntityTooLarge)
def refuse_large(_error: RequestEntityTooLarge) -> ResponseReturnValue:
    """Say that the file is too large, on the page it was chosen on."""
    if g.get("submission_id") is None:
        return redirect(url_for("private.enter"), 303)
    form = AddDocumentForm(formdata=None)
    form.document.errors = [word_large_document()]
    return _refuse(form, _TOO_LARGE)


def _load_submission() -> Submission:
    return open_page().submission


def _take_document(submission: Submission, form: AddDocumentForm) -> tuple[StoredDocument, bool]:
    """Rebuild and store the file, then add its row; return what is stored, and whether the original is kept.

    Raises REFUSALS and what add_document raises.
    """
    language = submission.lang  # read before the file is: no transaction is open meanwhile
    with receive(form.document.data) as arrived:
        stored = store_document(arrived, language=language)
    is_kept = add_stored(stored, lambda session: add_document(session, submission, stored, at=now()))
    return stored, is_kept


def _refuse(form: AddDocumentForm, status: int = FAULTY) -> ResponseReturnValue:
    if wants_script() and form.document.readings:
        return answer_asked(form.document)
    if wants_script():
        return answer_refused(form.document.errors or form.form_errors, status)
    return _show(_load_submission(), form), status


def _show(submission: Submission, form: PageForm | None = None, *, told: Sequence[str] = ()) -> str:
    """Render the page; `form` is the one that was refused, `told` is about the document just added."""
    is_taking = takes_documents(submission.state_shown(now()))
    has_place = len(submission.attachments) < MOST_FILES
    originals = describe_originals(submission)
    return render_template(
        "private/documents.html",
        form=form,
        told=told,
        documents=[
            {**_word_document(one), "original": originals.pop(one.id, None)}
            for one in list_documents(db.session(), submission.id)
        ],
        stories=list(originals.values()),
        text_lang=submission.lang,
        is_taking=is_taking,
        add_form=(form if isinstance(form, AddDocumentForm) else AddDocumentForm(formdata=None))
        if is_taking and has_place
        else None,
        most=MOST_FILES,
        most_pages=MOST_PAGES,
    )


def _begin_words(document: Attachment) -> str:
    """Return the beginning of what the editors read of a document; empty for pages."""
    words = read_document_text(document)
    return words if len(words) <= _SHOWN else f"{words[:_SHOWN]}…"


def _word_document(document: Attachment) -> dict[str, Any]:
    return {
        "document": document,
        "name": open_name(document),
        "format": word_format(document),
        "words": _begin_words(document),
        "page": read_first_page(document),
        "remove": RemoveDocumentForm(formdata=None, name=f"remove-{document.position}"),
    }
