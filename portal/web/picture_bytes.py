"""A photo as an answer: a JPEG we wrote ourselves, which no browser may take for anything else."""

from flask import Response, abort

from portal.extensions import current_portal
from portal.models import Attachment
from portal.storage import read_file

_POLICY = "default-src 'none'; sandbox"


def send_picture(picture: Attachment) -> Response:
    """Return the photo's bytes, to be shown in place; 404 when its file is gone."""
    try:
        content = read_file(current_portal().instance.files_folder, picture.public_id)
    except FileNotFoundError:
        abort(404)
    response = Response(content, mimetype="image/jpeg")
    response.headers["Content-Security-Policy"] = _POLICY
    response.headers["Content-Disposition"] = "inline"
    return response
