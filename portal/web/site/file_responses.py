"""Files as answers: bytes we wrote ourselves, which no browser may take for anything else."""

from flask import Response, abort, request
from werkzeug.wsgi import wrap_file

from portal.domain.documents import DocumentFormat, find_ending
from portal.extensions import current_portal
from portal.media.first_page import FirstPage, cut_first_page
from portal.models import Attachment, OriginalFile
from portal.sealing.keys import CannotOpen
from portal.storage import open_file, read_file

_POLICY = "default-src 'none'; sandbox"
_TYPES = {DocumentFormat.PDF: "application/pdf"}


def send_picture(picture: Attachment) -> Response:
    """Return the photo's bytes, to be shown in place; 404 when its file is gone or damaged."""
    return _send(picture, "image/jpeg", "inline")


def send_document(document: Attachment) -> Response:
    """Return the document's bytes, to be saved under a name that says nothing; 404 when its file is gone."""
    kind = _TYPES.get(DocumentFormat(document.format), "text/plain")
    return _send(document, kind, f"attachment; filename=document-{document.position}.{document.format}")


def send_first_page(document: Attachment) -> Response:
    """Return the picture of the first page of a document, to be shown in place; 404 where there is none."""
    page = read_first_page(document) or abort(404)
    return _protect(Response(page.content, mimetype="image/jpeg"), "inline")


def send_original(original: OriginalFile) -> Response:
    """Return a file as it was sent, to its author, to be saved under a name that says nothing."""
    try:
        ending = find_ending(original.name)
    except CannotOpen:
        abort(404)
    return _send(original, "application/octet-stream", f"attachment; filename=original.{ending}")


def read_document_text(document: Attachment) -> str:
    """Return the text of a document that is one; empty for pages, and when its file is gone or damaged."""
    if document.format == DocumentFormat.PDF:
        return ""
    try:
        return read_file(current_portal().instance.files_folder, document.file).decode()
    except (OSError, CannotOpen):
        return ""


def read_first_page(document: Attachment) -> FirstPage | None:
    """Return the first page of a document that is pages; None for words, and when its file is damaged."""
    if document.format != DocumentFormat.PDF:
        return None
    try:
        with open_file(current_portal().instance.files_folder, document.file) as kept:
            return cut_first_page(kept)
    except (OSError, CannotOpen):
        return None


def _send(file: Attachment | OriginalFile, kind: str, disposition: str) -> Response:
    """Send the file from where it lies: a slow reader must not have all of it wait in memory.

    A block that is not what was kept ends the answer before its length is reached.
    """
    try:
        content = open_file(current_portal().instance.files_folder, file.file)
    except (OSError, CannotOpen):
        abort(404)
    response = Response(wrap_file(request.environ, content), mimetype=kind, direct_passthrough=True)
    response.content_length = file.content_size
    return _protect(response, disposition)


def _protect(response: Response, disposition: str) -> Response:
    response.headers["Content-Security-Policy"] = _POLICY
    response.headers["Content-Disposition"] = disposition
    return response
