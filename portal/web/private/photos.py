"""Photos of the contributor's own text: one form describes them all, and adds, orders and removes them."""

from typing import Any

from flask import Blueprint, abort, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from werkzeug.exceptions import RequestEntityTooLarge

from portal.database import transaction
from portal.domain.acts import HistoryAct
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
from portal.domain.unsent_words import UnsentPlace
from portal.domain.ways_in import PageRight
from portal.extensions import db, now
from portal.forms.photos import PhotosForm, photos_form
from portal.models import Attachment, Submission
from portal.operations.private.documents import remove_file
from portal.operations.private.photos import (
    add_picture,
    describe_pictures,
    move_picture,
    read_picture_words,
    refuse_picture,
)
from portal.queries.photos import find_picture, list_photos
from portal.traces import clear_at_once
from portal.web.private.unsent import TypedBefore, delete_posted_words, find_typed, note_sent, take_sent_copy
from portal.web.site.access import access
from portal.web.site.contributor_session import open_page
from portal.web.site.file_responses import send_picture
from portal.web.site.file_texts import word_cut_photo, word_missing_answers, word_refusal, word_too_large
from portal.web.site.form_faults import answer_faults, wants_script
from portal.web.site.stored_files import add_stored, store_photo
from portal.web.site.uploads import (
    FAULTY,
    REFUSALS,
    answer_added,
    answer_refused,
    open_name,
    receive,
    status_of,
)

room = Blueprint("private_photos", __name__, url_prefix="/<lang:lang>/my")

_TOO_LARGE = 413
_STEPS = {"up": -1, "down": 1}


@room.get("/photos")
@access(PageRight.PHOTOS)
def index() -> ResponseReturnValue:
    """Show the photos, each with what is known about it, and the way to add one."""
    return _show(_load_submission())


@room.post("/photos")
@access(PageRight.PHOTOS)
def save() -> ResponseReturnValue:
    """Keep what is said about the photos, and do what the button pressed asks for besides."""
    submission = _load_submission()
    form = _read_form(submission)
    if not form.validate():
        return _refuse(form)
    chosen = _find_chosen(submission)
    words = {public_id: form.words_of(public_id) for public_id in form.known}
    with transaction() as session:
        describe_pictures(session, submission, words, known=form.known, at=now())
        # Where no photo is described any more, the form shows none of the words that are kept.
        is_described = takes_pictures(submission.state_shown(now()), submission.stage)
        if is_described:
            delete_posted_words(session, submission, UnsentPlace.PHOTOS)
    if is_described:
        note_sent(submission, UnsentPlace.PHOTOS)
    if chosen is not None and "refuse" in request.form:
        return _take_back(submission, chosen)
    if chosen is not None and "remove" in request.form:
        return _remove(submission, chosen)
    if chosen is not None:
        return _move(submission, chosen)
    if form.photo.data or "add" in request.form:
        return _add(submission, form)
    flash(_("Your answers about the photos are saved."), "success")
    return redirect(url_for("private_photos.index"), 303)


@room.get("/photos/<public_id:public_id>/picture")
@access(PageRight.PHOTOS)
def picture(public_id: str) -> ResponseReturnValue:
    """Send the photo itself."""
    return send_picture(find_picture(db.session(), open_page().submission_id, public_id) or abort(404))


@room.errorhandler(RequestEntityTooLarge)
def refuse_large(error: RequestEntityTooLarge) -> ResponseReturnValue:
    """Say that the file is too large, on the page it was chosen on."""
    if g.get("submission_id") is None:
        return redirect(url_for("private.enter"), 303)
    if wants_script():
        return answer_refused([word_too_large()], _TOO_LARGE)
    submission = _load_submission()
    form = _fill_in(
        photos_form(_read_known(submission))(formdata=None), find_typed(submission, UnsentPlace.PHOTOS)
    )
    form.photo.errors = [word_too_large()]
    return _show(submission, form), _TOO_LARGE


def _load_submission() -> Submission:
    return open_page().submission


def _read_form(submission: Submission) -> PhotosForm:
    """Return the form of all photos with what was typed into it."""
    return photos_form(_read_known(submission))()


def _read_known(submission: Submission) -> dict[str, PictureWords]:
    """Return what is said about each photo now, by public id, in order."""
    return {one.public_id: read_picture_words(one) for one in list_photos(db.session(), submission.id)}


def _find_chosen(submission: Submission) -> Attachment | None:
    """Return the photo a button is about."""
    named = next((request.form[name] for name in ("refuse", "remove", *_STEPS) if name in request.form), None)
    return None if named is None else find_picture(db.session(), submission.id, named) or abort(404)


def _add(submission: Submission, form: PhotosForm) -> ResponseReturnValue:
    if not form.photo.data:
        form.photo.errors = [_("Choose a photo first.")]
        return _refuse(form)
    if not takes_pictures(submission.state_shown(now()), submission.stage):
        raise IllegalTransition(submission.state, HistoryAct.ADD_PICTURE)
    try:
        with receive(form.photo.data) as arrived:
            stored = store_photo(arrived)
        add_stored(stored, lambda session: add_picture(session, submission, stored, at=now()))
    except REFUSALS as refused:
        form.photo.errors = [word_refusal(refused)]
        return _refuse(form, status_of(refused))
    if wants_script():
        return answer_added()
    flash(_("The photo is with us. Now tell us what it shows, who took it and who is in it."), "success")
    return redirect(url_for("private_photos.index"), 303)


def _move(submission: Submission, photo: Attachment) -> ResponseReturnValue:
    step = next(step for way, step in _STEPS.items() if way in request.form)
    with transaction() as session:
        move_picture(session, submission, photo, step=step, at=now())
    return redirect(url_for("private_photos.index"), 303)


def _take_back(submission: Submission, photo: Attachment) -> ResponseReturnValue:
    with transaction() as session:
        is_new = refuse_picture(session, submission, photo, at=now())
    if is_new:
        flash(_("We have asked the desk to take the photo out wherever your story is published."), "success")
    return redirect(url_for("private_photos.index"), 303)


def _remove(submission: Submission, photo: Attachment) -> ResponseReturnValue:
    with transaction() as session:
        remove_file(session, submission, photo, at=now())
    clear_at_once(at=now())
    flash(_("The photo is removed."), "success")
    return redirect(url_for("private_photos.index"), 303)


def _refuse(form: PhotosForm, status: int = FAULTY) -> ResponseReturnValue:
    """Say what was not taken: to the script, or on the page with everything typed."""
    if wants_script() and "add" not in request.form and not request.files:
        return answer_faults(form)
    if wants_script():
        return answer_refused([*form.form_errors, *(one for field in form for one in field.errors)], status)
    return _show(_load_submission(), form), status


def _show(submission: Submission, refused: PhotosForm | None = None) -> str:
    """Render the page; `refused` is the form that was not taken."""
    photos = list_photos(db.session(), submission.id)
    is_taking = takes_pictures(submission.state_shown(now()), submission.stage)
    before = find_typed(submission, UnsentPlace.PHOTOS)
    form = refused or _fill_in(photos_form(_read_known(submission))(formdata=None), before)
    return render_template(
        "private/photos.html",
        form=form,
        submission=submission,
        photos=[_describe(photo, form) for photo in photos if photo.public_id in form.known],
        is_taking=is_taking,
        may_refuse=takes_refusals(submission.state_shown(now())),
        has_room=is_taking and len(photos) < MOST_PICTURES,
        licence=submission.call.coverage.licence,
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
    words = read_picture_words(photo)
    return {
        "photo": photo,
        "name": open_name(photo),
        "fields": form.fields_of(photo.public_id),
        "missing": word_missing_answers(words),
        "cut": word_cut_photo() if photo.is_cut else "",
        "may_leave": may_leave(photo.people, photo.licence),
    }
