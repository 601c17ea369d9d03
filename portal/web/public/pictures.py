"""Pictures of front pages: the one at the head of a coverage, and photos on cards of published stories."""

from io import BytesIO

from flask import Blueprint, Response, abort, request, send_file

from portal.extensions import current_portal, db, now
from portal.media.preview import CARD_WIDTH, shrink_picture
from portal.models import Attachment
from portal.queries.calls import find_coverage_id, find_lead_picture
from portal.queries.published import find_story_photo
from portal.sealing.keys import CannotOpen
from portal.storage import read_file
from portal.web.site.access import access

room = Blueprint("public_pictures", __name__, url_prefix="/picture")
_JPEG = "image/jpeg"


@room.get("/<coverage>/<fingerprint>.jpg")
@access("open")
def lead(coverage: str, fingerprint: str) -> Response:
    """Send the picture at the head of a coverage's page; 404 for one that was replaced."""
    coverage_id = find_coverage_id(db.session(), coverage)
    found = find_lead_picture(db.session(), coverage_id) if coverage_id is not None else None
    if found is None or not found.sha256.startswith(fingerprint):
        abort(404)
    return _send(found.content, found.sha256)


@room.get("/story/<public_id:public_id>")
@access("open")
def card_photo(public_id: str) -> Response:
    """Send a photo in the size of a card, as long as it stands on one."""
    photo = find_story_photo(db.session(), public_id, at=now()) or abort(404)
    if photo.sha256 in request.if_none_match:
        return _answer(Response(status=304), photo.sha256)
    return _send(shrink_picture(_read_photo(photo), CARD_WIDTH), photo.sha256)


def _read_photo(photo: Attachment) -> bytes:
    try:
        return read_file(current_portal().instance.files_folder, photo.file)
    except (OSError, CannotOpen):
        abort(404)


def _send(content: bytes, fingerprint: str) -> Response:
    return _answer(
        send_file(BytesIO(content), mimetype=_JPEG, etag=fingerprint, conditional=True), fingerprint
    )


def _answer(response: Response, fingerprint: str) -> Response:
    response.set_etag(fingerprint)
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return response
