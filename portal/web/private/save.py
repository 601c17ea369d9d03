"""Saving what is typed on the private page, while it is typed, like a story."""

from dataclasses import replace

from flask import Blueprint, abort, g, jsonify, redirect, request
from flask.typing import ResponseReturnValue

from portal.database import transaction
from portal.domain.author_checks import read_answers
from portal.domain.unsent_words import CHOSEN, MOST_LETTERS, UnsentPlace, UnsentWords
from portal.domain.ways_in import PageRight
from portal.extensions import current_portal, db, now
from portal.forms.private import DeleteForm
from portal.models import Submission
from portal.operations.private.messages import find_repeated
from portal.operations.private.photos import read_picture_words
from portal.operations.private.unsent import delete_version, keep_words
from portal.queries.photos import list_photos
from portal.web.private.page import load_page
from portal.web.private.unsent import page_of, read_posted_words
from portal.web.site.access import access
from portal.web.site.admission import judge_save
from portal.web.site.contributor_session import open_page
from portal.web.site.form_guard import answer_refused_script

room = Blueprint("private_save", __name__, url_prefix="/<lang:lang>/my/words")


@room.post("/<any(thread, check, photos):place>")
@access(PageRight.KEEP_WORDS)
def save(place: str) -> ResponseReturnValue:
    """Keep what stands in a form of the private page."""
    if g.get("csrf_failed"):
        return answer_refused_script(g.csrf_failed)
    typed = read_posted_words(UnsentPlace(place))
    if sum(map(len, typed.words.values())) > MOST_LETTERS:
        abort(413)
    submission, typed = open_page().submission, _leave_out_sent(typed)
    with transaction() as session:
        judge_save(submission.public_id, is_new=False)
        kept = keep_words(session, submission, typed, keys=current_portal().instance.keys, at=now())
    return jsonify(state=kept.state, writing=kept.public_id, sequence=kept.sequence, code="")


@room.post("/<any(thread, check, photos):place>/<public_id:public_id>/delete")
@access(PageRight.KEEP_WORDS)
def delete(place: str, public_id: str) -> ResponseReturnValue:
    """Throw one version away."""
    if DeleteForm().validate():
        with transaction() as session:
            delete_version(session, open_page().submission, public_id, at=now())
    return redirect(page_of(UnsentPlace(place)), 303)


def _leave_out_sent(typed: UnsentWords) -> UnsentWords:
    """Return what is typed without what is with the desk already: a save can come after the sending."""
    words = {
        UnsentPlace.THREAD: _leave_out_message,
        UnsentPlace.CHECK: _leave_out_answers,
        UnsentPlace.PHOTOS: _leave_out_captions,
    }[typed.place](open_page().submission, dict(typed.words))
    return replace(typed, words=words)


def _leave_out_message(submission: Submission, words: dict[str, str]) -> dict[str, str]:
    body = words.get("body", "")
    is_sent = body and find_repeated(db.session(), submission, body, request.form.get("after")) is not None
    return {} if is_sent else words


def _leave_out_answers(_submission: Submission, words: dict[str, str]) -> dict[str, str]:
    """Keep nothing where all of it was the last answer to an edited text."""
    draft = load_page().draft
    answered = [one for one in draft.checks if one.answered_at] if draft else []
    if not answered:
        return words
    sent = {"objections": answered[-1].objections}
    for one in read_answers(answered[-1].answers):
        sent |= {f"{one.key}-{CHOSEN}": one.answer, f"{one.key}-words": one.words}
    return {} if all(sent.get(name) == text for name, text in words.items()) else words


def _leave_out_captions(submission: Submission, words: dict[str, str]) -> dict[str, str]:
    said = {one.public_id: read_picture_words(one) for one in list_photos(db.session(), submission.id)}
    kept = {}
    for name, text in words.items():
        public_id, _dash, field = name.rpartition("-")
        if public_id in said and getattr(said[public_id], field) != text:
            kept[name] = text
    return kept
