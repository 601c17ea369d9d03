"""Messages to the desk: an answer while a question is open, else a message of its own."""

from flask import Blueprint, flash, g, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy.orm import Session
from werkzeug.exceptions import RequestEntityTooLarge

from portal.domain.documents import takes_documents
from portal.domain.errors import NotProved
from portal.domain.photos import takes_pictures
from portal.domain.unsent_words import UnsentPlace
from portal.domain.ways_in import PageRight
from portal.extensions import now
from portal.forms.private import MessageForm
from portal.models import Attachment
from portal.operations.private.documents import StoredDocument
from portal.operations.private.messages import attach_file, write_to_desk
from portal.operations.private.photos import StoredPicture
from portal.queries.private.page import PrivatePage
from portal.web.private.message_files import PhotoTooEarly, take_file
from portal.web.private.page import (
    asks_question,
    fill_in_message_form,
    load_page,
    read_message_form,
    show_page,
)
from portal.web.private.unsent import delete_posted_words, note_sent
from portal.web.site.access import access
from portal.web.site.contributor_session import is_author_here, may_here
from portal.web.site.error_pages import error_page
from portal.web.site.error_texts import describe_http
from portal.web.site.file_texts import summarise_letters, word_cut_photo
from portal.web.site.form_faults import answer_faults, wants_script
from portal.web.site.stored_files import StoredFile, add_stored
from portal.web.site.uploads import FAULTY, REFUSALS, refuse_file, status_of, take_held_file

room = Blueprint("private_messages", __name__, url_prefix="/<lang:lang>/my")

_TOO_LARGE = 413
_WITH_FILE = "multipart/form-data"


@room.post("/reply")
@access(PageRight.WRITE_MESSAGE)
def write() -> ResponseReturnValue:
    """Keep what was written, and the file that came along: both, or neither."""
    page = load_page()
    form = read_message_form(page)
    take_held_file(form.file)
    if (request.files or form.file.data) and not may_here(PageRight.DOCUMENTS):
        raise NotProved(PageRight.DOCUMENTS)
    is_answer = asks_question(page)
    if not form.validate():
        return answer_faults(form) if wants_script() else (show_page(page, form=form), FAULTY)
    try:
        _keep(page, form)
    except PhotoTooEarly:
        form.file.errors = [_("Photos come with the full story. Send the message without it now.")]
        return _give_back(form)
    except REFUSALS as refused:
        refuse_file(form.file, refused)
        return _give_back(form, status_of(refused))
    flash(_("Your answer is with us.") if is_answer else _("Your message is with us."), "success")
    return redirect(url_for("private.enter"), 303)


@room.errorhandler(RequestEntityTooLarge)
def refuse_large(error: RequestEntityTooLarge) -> ResponseReturnValue:
    """Say that the file is too large; what was written beside it never arrived."""
    if g.get("submission_id") is None or request.mimetype != _WITH_FILE:
        return error_page(_TOO_LARGE, *describe_http(error))
    page = load_page()
    form = fill_in_message_form(page)
    form.file.errors = [
        _(
            "This file is larger than 25 MB, so nothing was sent. Go back: your message is still in the box. "
            "Send it without the file, or choose a smaller one."
        )
    ]
    return show_page(page, form=form), _TOO_LARGE


def _give_back(form: MessageForm, status: int = FAULTY) -> ResponseReturnValue:
    """Say why the file was not taken, with the message still in its box."""
    form.file.errors = [*form.file.errors, _("Your message was not sent either. It is still here.")]
    return show_page(load_page(), form=form), status


def _keep(page: PrivatePage, form: MessageForm) -> None:
    """Store the message and its file. Raises REFUSALS, PhotoTooEarly, and what write_to_desk raises."""
    stored = _take_file(page, form)

    def add(session: Session) -> Attachment | None:
        submission, at = page.submission, now()
        message = write_to_desk(
            session, submission, body=form.body.data, at=at, after=form.after.data, is_author=is_author_here()
        )
        # What the author has typed and not sent is nobody else's to send or to throw away.
        if may_here(PageRight.KEEP_WORDS):
            delete_posted_words(session, submission, UnsentPlace.THREAD)
        return attach_file(session, submission, message, stored, at=at) if stored is not None else None

    add_stored(stored, add)
    if isinstance(stored, StoredPicture) and stored.is_cut:
        flash(word_cut_photo(), "warning")
    if isinstance(stored, StoredDocument):
        for line in summarise_letters(stored.letters):
            flash(line, "warning")
    note_sent(page.submission, UnsentPlace.THREAD)


def _take_file(page: PrivatePage, form: MessageForm) -> StoredFile | None:
    if not form.file.data or not takes_documents(page.shown):
        return None
    with_photos = takes_pictures(page.shown, page.submission.stage)
    return take_file(form.file.data, with_photos=with_photos, language=page.submission.lang)
