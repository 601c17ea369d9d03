"""Photos of a submission on the desk."""

from flask import Blueprint, abort
from flask.typing import ResponseReturnValue

from portal.domain.permissions import Permission
from portal.extensions import db
from portal.queries.pictures import find_picture
from portal.web.access import access
from portal.web.desk_page import load_submission
from portal.web.picture_bytes import send_picture


def add_routes(room: Blueprint) -> None:
    """Add the photos to the room of the desk."""
    room.add_url_rule(
        "/submission/<public_id:public_id>/photo/<public_id:photo_id>", view_func=photo, methods=["GET"]
    )


@access(Permission.QUEUE_READ)
def photo(public_id: str, photo_id: str) -> ResponseReturnValue:
    """Send one photo of a submission the person may read."""
    piece = load_submission(public_id)
    return send_picture(find_picture(db.session(), piece.id, photo_id) or abort(404))
