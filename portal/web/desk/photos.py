"""Photos and documents of a submission on the desk."""

from flask import Blueprint, abort, render_template
from flask.typing import ResponseReturnValue

from portal.domain.permissions import Permission
from portal.extensions import db
from portal.models import Attachment
from portal.queries.photos import find_document, find_picture
from portal.web.desk.act import load_submission
from portal.web.site.access import access
from portal.web.site.file_responses import read_document_text, send_document, send_picture
from portal.web.site.file_texts import word_format


def add_routes(room: Blueprint) -> None:
    """Add the files to the room of the desk."""
    place = "/submission/<public_id:public_id>"
    room.add_url_rule(f"{place}/photo/<public_id:photo_id>", view_func=photo, methods=["GET"])
    room.add_url_rule(f"{place}/document/<public_id:file_id>", view_func=document, methods=["GET"])
    room.add_url_rule(f"{place}/document/<public_id:file_id>/file", view_func=document_file, methods=["GET"])


@access(Permission.QUEUE_READ)
def photo(public_id: str, photo_id: str) -> ResponseReturnValue:
    """Send one photo of a submission the person may read."""
    submission = load_submission(public_id)
    return send_picture(find_picture(db.session(), submission.id, photo_id) or abort(404))


@access(Permission.SUBMISSION_DECIDE)
def document(public_id: str, file_id: str) -> ResponseReturnValue:
    """Show what a document is, with its words when it has any."""
    submission = load_submission(public_id)
    found = _find(public_id, file_id)
    return render_template(
        "desk/document.html",
        submission=submission,
        document=found,
        format=word_format(found),
        words=read_document_text(found),
    )


@access(Permission.SUBMISSION_DECIDE)
def document_file(public_id: str, file_id: str) -> ResponseReturnValue:
    """Send one document of a submission the person may read, to be saved."""
    return send_document(_find(public_id, file_id))


def _find(public_id: str, file_id: str) -> Attachment:
    return find_document(db.session(), load_submission(public_id).id, file_id) or abort(404)
