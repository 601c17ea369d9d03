"""Files of the contributor's own text: photos are added, described, ordered and removed, one at a time."""

from typing import Any

from flask import Blueprint, abort, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from werkzeug.exceptions import RequestEntityTooLarge

from portal.database import transaction
from portal.domain.errors import IllegalTransition
from portal.domain.pictures import (
    ADD_PICTURE,
    CAPTION_LIMIT,
    CREDIT_LIMIT,
    DESCRIPTION_LIMIT,
    MOST_PICTURES,
    PeopleAnswer,
    PhotoLicence,
    may_leave,
    takes_pictures,
)
from portal.extensions import current_portal, db
from portal.forms.my import PageForm
from portal.forms.picturing import AddPhotoForm, DescribePhotoForm, MovePhotoForm, RemovePhotoForm
from portal.models import Attachment, Submission
from portal.operations import attaching, picturing
from portal.queries.pictures import find_picture, list_pictures
from portal.storage import remove_files
from portal.web import document_files
from portal.web.access import access
from portal.web.clock import now
from portal.web.contributor_session import open_page
from portal.web.file_words import word_large_document, word_refusal, word_too_large
from portal.web.picture_bytes import send_picture
from portal.web.stored_files import add_stored, store_photo
from portal.web.uploading import (
    FAULTY,
    REFUSALS,
    is_scripted,
    open_name,
    receive,
    status_of,
    tell_added,
    tell_refused,
)

room = Blueprint("photos", __name__, url_prefix="/<lang:lang>/my")
document_files.add_routes(room)

_TOO_LARGE = 413
_STEPS = {"up": -1, "down": 1}


@room.get("/photos")
@access("contributor")
def index() -> ResponseReturnValue:
    """Show the photos, each with what is known about it, and the way to add one."""
    return _show(_load_piece())


@room.post("/photos")
@access("contributor")
def add() -> ResponseReturnValue:
    """Take one photo."""
    form = AddPhotoForm()
    if not form.validate():
        return _refuse(form)
    piece = _load_piece()
    if not takes_pictures(piece.state_shown(now()), piece.stage):
        raise IllegalTransition(piece.state, ADD_PICTURE)
    try:
        _take_photo(piece, form)
    except REFUSALS as refused:
        form.photo.errors = [word_refusal(refused)]
        return _refuse(form, status_of(refused))
    if is_scripted():
        return tell_added()
    flash(_("The photo is with us. Say now what it shows, who took it and who is in it."), "success")
    return redirect(url_for("photos.index"), 303)


@room.post("/photos/<public_id:public_id>")
@access("contributor")
def change(public_id: str) -> ResponseReturnValue:
    """Keep what is said about a photo, move it, or remove it."""
    piece = _load_piece()
    photo = find_picture(db.session(), piece.id, public_id) or abort(404)
    if "remove" in request.form:
        return _remove(piece, photo)
    if request.form.get("move") in _STEPS:
        return _move(piece, photo, _STEPS[request.form["move"]])
    return _describe(piece, photo)


@room.get("/photos/<public_id:public_id>/picture")
@access("contributor")
def picture(public_id: str) -> ResponseReturnValue:
    """Send the photo itself."""
    return send_picture(find_picture(db.session(), open_page().submission_id, public_id) or abort(404))


@room.errorhandler(RequestEntityTooLarge)
def refuse_large(error: RequestEntityTooLarge) -> ResponseReturnValue:
    """Say that the file is too large, on the page it was chosen on."""
    if g.get("piece_id") is None:
        return redirect(url_for("my.enter"), 303)
    if request.endpoint == "photos.add_document":
        return document_files.refuse(word_large_document(), _TOO_LARGE)
    form = AddPhotoForm(formdata=None)
    form.photo.errors = [word_too_large()]
    return _refuse(form, _TOO_LARGE)


def _load_piece() -> Submission:
    return open_page().submission


def _take_photo(piece: Submission, form: AddPhotoForm) -> None:
    """Clean and store the file, then add its row. Raises REFUSALS and what add_picture raises."""
    with receive(form.photo.data) as arrived:
        stored = store_photo(arrived)
    add_stored(stored, lambda session: picturing.add_picture(session, piece, stored, at=now()))


def _describe(piece: Submission, photo: Attachment) -> ResponseReturnValue:
    form = DescribePhotoForm(name=f"describe-{photo.position}")
    if not form.validate():
        return _show(piece, form), FAULTY
    words = picturing.PictureWords(
        description=form.description.data,
        credit=form.credit.data,
        people=PeopleAnswer(form.people.data),
        licence=PhotoLicence(form.licence.data),
        caption=form.caption.data,
    )
    with transaction() as session:
        picturing.describe_picture(session, piece, photo, words, at=now())
    flash(_("What you said about the photo is saved."), "success")
    return redirect(url_for("photos.index"), 303)


def _move(piece: Submission, photo: Attachment, step: int) -> ResponseReturnValue:
    form = MovePhotoForm(name=f"move-{photo.position}")
    if not form.validate():
        return _show(piece, form), FAULTY
    with transaction() as session:
        picturing.move_picture(session, piece, photo, step=step, at=now())
    return redirect(url_for("photos.index"), 303)


def _remove(piece: Submission, photo: Attachment) -> ResponseReturnValue:
    form = RemovePhotoForm(name=f"remove-{photo.position}")
    if not form.validate():
        return _show(piece, form), FAULTY
    with transaction() as session:
        name = attaching.remove_file(session, piece, photo, at=now())
    remove_files(current_portal().instance.files_folder, [name])
    flash(_("The photo is removed."), "success")
    return redirect(url_for("photos.index"), 303)


def _refuse(form: AddPhotoForm, status: int = FAULTY) -> ResponseReturnValue:
    """Say why a photo was not taken: to the script, or on the page."""
    if is_scripted():
        return tell_refused(form.photo.errors or form.form_errors, status)
    return _show(_load_piece(), form), status


def _show(piece: Submission, form: PageForm | None = None) -> str:
    """Render the page; `form` is the one that was refused."""
    photos = list_pictures(db.session(), piece.id)
    is_taking = takes_pictures(piece.state_shown(now()), piece.stage)
    return render_template(
        "photos/index.html",
        form=form,
        piece=piece,
        photos=[_word_photo(photo, form) for photo in photos],
        is_taking=is_taking,
        add_form=(form if isinstance(form, AddPhotoForm) else AddPhotoForm(formdata=None))
        if is_taking and len(photos) < MOST_PICTURES
        else None,
        licence=piece.call.coverage.licence,
        most=MOST_PICTURES,
        description_limit=DESCRIPTION_LIMIT,
        caption_limit=CAPTION_LIMIT,
        credit_limit=CREDIT_LIMIT,
    )


def _word_photo(photo: Attachment, sent: PageForm | None) -> dict[str, Any]:
    """Return a photo with its forms; the one that was sent keeps what was typed."""
    known = {
        "description": photo.description,
        "caption": photo.caption,
        "credit": photo.credit,
        "people": photo.people,
        "licence": photo.licence,
    }
    describe = DescribePhotoForm(formdata=None, name=f"describe-{photo.position}", data=known)
    is_sent = sent is not None and sent.name == describe.name
    return {
        "photo": photo,
        "name": open_name(photo),
        "describe": sent if is_sent else describe,
        "move": MovePhotoForm(formdata=None, name=f"move-{photo.position}"),
        "remove": RemovePhotoForm(formdata=None, name=f"remove-{photo.position}"),
        "is_described": photo.people is not None and photo.licence is not None,
        "may_leave": may_leave(photo.people, photo.licence),
    }
