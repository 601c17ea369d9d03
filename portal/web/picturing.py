"""Photos of the contributor's own story: add, describe, remove, one at a time and without scripts."""

import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from flask import Blueprint, Flask, abort, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel.speaklater import LazyString
from werkzeug.exceptions import RequestEntityTooLarge

from portal.database import transaction
from portal.domain.errors import IllegalTransition
from portal.domain.pictures import (
    CREDIT_LIMIT,
    DESCRIPTION_LIMIT,
    MOST_PICTURES,
    PeopleAnswer,
    PictureFault,
    PictureRefused,
    TooManyPictures,
    takes_pictures,
)
from portal.extensions import current_portal, db
from portal.forms.my import PageForm
from portal.forms.picturing import AddPhotoForm, DescribePhotoForm, RemovePhotoForm
from portal.media.image import clean_picture
from portal.models import Attachment, Submission
from portal.operations import picturing
from portal.queries.pictures import find_picture, list_pictures
from portal.storage import remove_files, store_file
from portal.web.access import access
from portal.web.clock import now
from portal.web.contributor_session import open_page
from portal.web.picture_bytes import send_picture

room = Blueprint("photos", __name__, url_prefix="/<lang:lang>/my/photos")

_MAX_UPLOAD = 13 * 1024 * 1024
"""Bytes of one upload: a photo of 12 MiB and the form around it."""
_FAULTY = 422
_TOO_LARGE = 413
_FAULTS: Mapping[PictureFault, LazyString] = {
    PictureFault.TOO_LARGE: _l(
        "This file is larger than 12 MB. Nothing was added. Make the photo smaller, or choose another one."
    ),
    PictureFault.NOT_A_PICTURE: _l(
        "We could not read this file as a photo. Nothing was added. Choose a JPEG, PNG or WebP file."
    ),
    PictureFault.TOO_MANY_PIXELS: _l(
        "This photo has more than 52 million pixels. Nothing was added. "
        "Make it smaller, or choose another one."
    ),
    PictureFault.TOO_SLOW: _l(
        "Reading this photo took too long. Nothing was added. Try again in a minute, or choose another one."
    ),
}


def init_uploads(app: Flask) -> None:
    """Let an upload be larger than a text; call it after the private page is loaded, before CSRF."""

    @app.before_request
    def _widen() -> None:
        if request.endpoint != "photos.add" or g.get("piece_id") is None:
            return
        request.max_content_length = _MAX_UPLOAD
        # Looking up the private page began a transaction. A slow line sends for minutes: nobody waits for it.
        db.session.rollback()


@room.get("")
@access("contributor")
def index() -> ResponseReturnValue:
    """Show the photos, each with what is known about it, and the way to add one."""
    return _show(_load_piece())


@room.post("")
@access("contributor")
def add() -> ResponseReturnValue:
    """Take one photo."""
    form = AddPhotoForm()
    if not form.validate():
        return _show(_load_piece(), form), _FAULTY
    piece = _load_piece()
    if not takes_pictures(piece.state_shown(now()), piece.stage):
        raise IllegalTransition(piece.state, "add_picture")
    try:
        _take_photo(piece, form)
    except PictureRefused as refused:
        form.photo.errors = [str(_FAULTS[refused.fault])]
    except TooManyPictures:
        form.photo.errors = [
            _("A story can have up to %(most)s photos. Remove one to add another.", most=MOST_PICTURES)
        ]
    else:
        flash(_("The photo is with us. Say now what it shows, who took it and who is in it."), "success")
        return redirect(url_for("photos.index"), 303)
    return _show(_load_piece(), form), _FAULTY


@room.post("/<public_id:public_id>")
@access("contributor")
def change(public_id: str) -> ResponseReturnValue:
    """Keep what is said about a photo, or remove it."""
    piece = _load_piece()
    picture = find_picture(db.session(), piece.id, public_id) or abort(404)
    return _remove(piece, picture) if "remove" in request.form else _describe(piece, picture)


@room.get("/<public_id:public_id>/picture")
@access("contributor")
def picture(public_id: str) -> ResponseReturnValue:
    """Send the photo itself."""
    return send_picture(find_picture(db.session(), open_page().submission_id, public_id) or abort(404))


@room.errorhandler(RequestEntityTooLarge)
def refuse_large(error: RequestEntityTooLarge) -> ResponseReturnValue:
    """Say that the file is too large, on the page it was chosen on."""
    if g.get("piece_id") is None:
        return redirect(url_for("my.enter"), 303)
    form = AddPhotoForm(formdata=None)
    form.photo.errors = [str(_FAULTS[PictureFault.TOO_LARGE])]
    return _show(_load_piece(), form), _TOO_LARGE


def _load_piece() -> Submission:
    return open_page().submission


def _take_photo(piece: Submission, form: AddPhotoForm) -> None:
    """Clean and store the file, then add its row. Raises PictureRefused and what add_picture raises."""
    folder = current_portal().instance.files_folder
    # No transaction is open while the picture is read: on SQLite every writer would wait for it.
    db.session.rollback()
    with tempfile.TemporaryDirectory(dir=folder, prefix=".upload-") as made:
        sent = Path(made) / "sent"
        form.photo.data.save(sent)
        cleaned = clean_picture(sent, Path(made) / "clean")
    name = store_file(folder, cleaned.content)
    stored = picturing.StoredPicture(
        name, cleaned.sha256, cleaned.width, cleaned.height, len(cleaned.content)
    )
    kept = ""
    try:
        with transaction() as session:
            kept = picturing.add_picture(session, piece, stored, at=now()).public_id
    finally:
        if kept != name:
            remove_files(folder, [name])


def _describe(piece: Submission, photo: Attachment) -> ResponseReturnValue:
    form = DescribePhotoForm(name=f"describe-{photo.position}")
    if not form.validate():
        return _show(piece, form), _FAULTY
    with transaction() as session:
        picturing.describe_picture(
            session,
            piece,
            photo,
            description=form.description.data,
            credit=form.credit.data,
            people=PeopleAnswer(form.people.data),
            at=now(),
        )
    flash(_("What you said about the photo is saved."), "success")
    return redirect(url_for("photos.index"), 303)


def _remove(piece: Submission, photo: Attachment) -> ResponseReturnValue:
    form = RemovePhotoForm(name=f"remove-{photo.position}")
    if not form.validate():
        return _show(piece, form), _FAULTY
    with transaction() as session:
        name = picturing.remove_picture(session, photo)
    remove_files(current_portal().instance.files_folder, [name])
    flash(_("The photo is removed."), "success")
    return redirect(url_for("photos.index"), 303)


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
        credit_limit=CREDIT_LIMIT,
    )


def _word_photo(photo: Attachment, sent: PageForm | None) -> dict[str, Any]:
    """Return a photo with its two forms; the one that was sent keeps what was typed."""
    known = {"description": photo.description, "credit": photo.credit, "people": photo.people}
    describe = DescribePhotoForm(formdata=None, name=f"describe-{photo.position}", data=known)
    remove = RemovePhotoForm(formdata=None, name=f"remove-{photo.position}")
    is_sent = sent is not None and sent.name == describe.name
    return {
        "photo": photo,
        "describe": sent if is_sent else describe,
        "remove": remove,
        "is_described": photo.people is not None,
    }
