"""Photos of an export, for a newsroom's site that fetches them at the addresses in its import file."""

from flask import Blueprint, Response, abort

from portal.export.photo_addresses import find_name, read_token
from portal.export.photos import may_leave_now
from portal.extensions import current_portal, db, now
from portal.models import Attachment
from portal.queries.coverages.export import find_photo_source
from portal.web.site.access import access
from portal.web.site.file_responses import send_picture

room = Blueprint("public_shared_photos", __name__)


@room.get("/shared-photo/<token>/<name>.jpg")
@access("open")
def shared_photo(token: str, name: str) -> Response:
    """Send a photo that was exported within a day, as long as it may leave: each time anew."""
    photo = _find_photo(token) or abort(404)
    if find_name(photo) != name:
        abort(404)
    return send_picture(photo)


def _find_photo(token: str) -> Attachment | None:
    at = now()
    public_id = read_token(current_portal(), token, at=at)
    found = find_photo_source(db.session(), public_id, at=at) if public_id else None
    if found is None:
        return None
    photo, source = found
    return photo if source.refusal is None and may_leave_now(photo) else None
