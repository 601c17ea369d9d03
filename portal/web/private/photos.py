"""Photos of the contributor's own text: one form describes them all, and adds, orders and removes them."""

from typing import Any

from flask import Blueprint, abort, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from werkzeug.exceptions import RequestEntityTooLarge

from portal.database import transaction
from portal.domain.errors import IllegalTransition
from portal.domain.photos import (
    CAPTION_LIMIT,
    CREDIT_LIMIT,
    DESCRIPTION_LIMIT,
    MOST_PICTURES,
    PictureWords,
    may_leave,
    takes_pictures,
    takes_refusals,
)
from portal.domain.states import HistoryAct
from portal.domain.unsent_words import Place
from portal.domain.ways_in import PageRight
from portal.extensions import db
from portal.forms.photos import PhotosForm, photos_form
from portal.models import Attachment, Submission
from portal.operations.private.documents import remove_file
from portal.operations.private.photos import (
    add_picture,
    describe_pictures,
    move_picture,
    read_words,
    refuse_picture,
)
from portal.queries.photos import find_picture, list_pictures
from portal.traces import clear_at_once
from portal.web.private import documents
from portal.web.private.unsent import TypedBefore, find_typed, forget_sent, note_sent, take_sent_copy
from portal.web.site.access import access
from portal.web.site.clock import now
from portal.web.site.contributor_session import open_page
from portal.web.site.file_responses import send_picture
from portal.web.site.file_texts import word_cut_photo, word_large_document, word_refusal, word_too_large
from portal.web.site.form_faults import tell_faults
from portal.web.site.photo_texts import word_missing
from portal.web.site.scripts import wants_script
from portal.web.site.stored_files import add_stored, store_photo
from portal.web.site.uploads import FAULTY, REFUSALS, open_name, receive, status_of, tell_added, tell_refused

room = Blueprint("photos", __name__, url_prefix="/<lang:lang>/my")
documents.add_routes(room)

_TOO_LARGE = 413
_STEPS = {"up": -1, "down": 1}


@room.get("/photos")
@access(PageRight.PHOTOS)
def index() -> ResponseReturnValue:
    """Show the photos, each with what is known about it, and the way to add one."""
    return _show(_load_piece())


@room.post("/photos")
@access(PageRight.PHOTOS)
def change() -> ResponseReturnValue:
    """Keep what is said about the photos, and do what the button pressed asks for besides."""
    piece = _load_piece()
    form = _read_form(piece)
    if not form.validate():
        return _refuse(form)
    chosen = _find_chosen(piece)
    words = {public_id: form.words_of(public_id) for public_id in form.known}
    with transaction() as session:
        describe_pictures(session, piece, words, known=form.known, at=now())
        # Where no photo is described any more, the form shows none of the words that are kept.
        is_described = takes_pictures(piece.state_shown(now()), piece.stage)
        if is_described:
            forget_sent(session, piece, Place.PHOTOS)
    if is_described:
        note_sent(piece, Place.PHOTOS)
    if chosen is not None and "refuse" in request.form:
        return _take_back(piece, chosen)
    if chosen is not None and "remove" in request.form:
        return _remove(piece, chosen)
    if chosen is not None:
        return _move(piece, chosen)
    if form.photo.data or "add" in request.form:
        return _add(piece, form)
    flash(_("Your answers about the photos are saved."), "success")
    return redirect(url_for("photos.index"), 303)


@room.get("/photos/<public_id:public_id>/picture")
@access(PageRight.PHOTOS)
def picture(public_id: str) -> ResponseReturnValue:
    """Send the photo itself."""
    return send_picture(find_picture(db.session(), open_page().submission_id, public_id) or abort(404))


@room.errorhandler(RequestEntityTooLarge)
def refuse_large(error: RequestEntityTooLarge) -> ResponseReturnValue:
    """Say that the file is too large, on the page it was chosen on."""
    if g.get("piece_id") is None:
        return redirect(url_for("my.enter"), 303)
    if request.endpoint == "photos.add_document":
        return documents.refuse(word_large_document(), _TOO_LARGE)
    if wants_script():
        return tell_refused([word_too_large()], _TOO_LARGE)
    piece = _load_piece()
    form = _fill_in(photos_form(_read_known(piece))(formdata=None), find_typed(piece, Place.PHOTOS))
    form.photo.errors = [word_too_large()]
    return _show(piece, form), _TOO_LARGE


def _load_piece() -> Submission:
    return open_page().submission


def _read_form(piece: Submission) -> PhotosForm:
    """Return the form of all photos with what was typed into it."""
    return photos_form(_read_known(piece))()


def _read_known(piece: Submission) -> dict[str, PictureWords]:
    """Return what is said about each photo now, by public id, in order."""
    return {one.public_id: read_words(one) for one in list_pictures(db.session(), piece.id)}


def _find_chosen(piece: Submission) -> Attachment | None:
    """Return the photo a button is about."""
    named = next((request.form[name] for name in ("refuse", "remove", *_STEPS) if name in request.form), None)
    return None if named is None else find_picture(db.session(), piece.id, named) or abort(404)


def _add(piece: Submission, form: PhotosForm) -> ResponseReturnValue:
    if not form.photo.data:
        form.photo.errors = [_("Choose a photo first.")]
        return _refuse(form)
    if not takes_pictures(piece.state_shown(now()), piece.stage):
        raise IllegalTransition(piece.state, HistoryAct.ADD_PICTURE)
    try:
        with receive(form.photo.data) as arrived:
            stored = store_photo(arrived)
        add_stored(stored, lambda session: add_picture(session, piece, stored, at=now()))
    except REFUSALS as refused:
        form.photo.errors = [word_refusal(refused)]
        return _refuse(form, status_of(refused))
    if stored.is_cut:
        flash(word_cut_photo(), "warning")
    if wants_script():
        return tell_added()
    flash(_("The photo is with us. Say now what it shows, who took it and who is in it."), "success")
    return redirect(url_for("photos.index"), 303)


def _move(piece: Submission, photo: Attachment) -> ResponseReturnValue:
    step = next(step for way, step in _STEPS.items() if way in request.form)
    with transaction() as session:
        move_picture(session, piece, photo, step=step, at=now())
    return redirect(url_for("photos.index"), 303)


def _take_back(piece: Submission, photo: Attachment) -> ResponseReturnValue:
    with transaction() as session:
        is_new = refuse_picture(session, piece, photo, at=now())
    if is_new:
        flash(_("We have asked the desk to take the photo out wherever your story is published."), "success")
    return redirect(url_for("photos.index"), 303)


def _remove(piece: Submission, photo: Attachment) -> ResponseReturnValue:
    with transaction() as session:
        remove_file(session, piece, photo, at=now())
    clear_at_once(at=now())
    flash(_("The photo is removed."), "success")
    return redirect(url_for("photos.index"), 303)


def _refuse(form: PhotosForm, status: int = FAULTY) -> ResponseReturnValue:
    """Say what was not taken: to the script, or on the page with everything typed."""
    if wants_script() and "add" not in request.form and not request.files:
        return tell_faults(form)
    if wants_script():
        return tell_refused([*form.form_errors, *(one for field in form for one in field.errors)], status)
    return _show(_load_piece(), form), status


def _show(piece: Submission, refused: PhotosForm | None = None) -> str:
    """Render the page; `refused` is the form that was not taken."""
    photos = list_pictures(db.session(), piece.id)
    is_taking = takes_pictures(piece.state_shown(now()), piece.stage)
    before = find_typed(piece, Place.PHOTOS)
    form = refused or _fill_in(photos_form(_read_known(piece))(formdata=None), before)
    return render_template(
        "private/photos.html",
        form=form,
        piece=piece,
        photos=[_describe(photo, form) for photo in photos if photo.public_id in form.known],
        is_taking=is_taking,
        may_refuse=takes_refusals(piece.state_shown(now())),
        has_room=is_taking and len(photos) < MOST_PICTURES,
        licence=piece.call.coverage.licence,
        most=MOST_PICTURES,
        description_limit=DESCRIPTION_LIMIT,
        caption_limit=CAPTION_LIMIT,
        credit_limit=CREDIT_LIMIT,
        before=before,
        sent_copy=take_sent_copy(),
    )


def _fill_in(form: PhotosForm, before: TypedBefore) -> PhotosForm:
    """Put what was typed before and not sent into the form."""
    for name, text in {**before.words, **before.hidden}.items():
        if name in form:
            form[name].data = text
    return form


def _describe(photo: Attachment, form: PhotosForm) -> dict[str, Any]:
    """Return a photo with its fields."""
    words = read_words(photo)
    return {
        "photo": photo,
        "name": open_name(photo),
        "fields": form.fields_of(photo.public_id),
        "missing": word_missing(words),
        "may_leave": may_leave(photo.people, photo.licence),
    }
