"""Files of a text: sent on the private page, described there, and as they are kept."""

import io
from collections.abc import Sequence
from pathlib import Path

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.datastructures import FileStorage
from werkzeug.test import TestResponse, encode_multipart

from portal.database import transaction
from portal.extensions import current_portal, db
from portal.models import Attachment, Event, Submission
from portal.storage import read_file
from tests.support.contributor import MY, Contributor
from tests.support.html_pages import read_tree
from tests.support.photos import keep_picture
from tests.support.plain_browser import find_form

PHOTOS = f"{MY}/photos"
DOCUMENTS = f"{MY}/documents"
NAME = "Лист від Олени.pdf"
JSON = {"Accept": "application/json"}
WORDS = {
    "description": "Полиця з книжками",
    "caption": "Перша зима",
    "credit": "Олена К.",
    "people": "nobody",
    "licence": "own",
}


def send_file(
    client: FlaskClient, page: str, field: str, sent: bytes, name: str = NAME, **headers: str
) -> TestResponse:
    """Choose a file on a page and send it, as a browser without scripts does."""
    form = find_form(client.get(page).text, field=field)
    # Encoded here: the test client would leave the temporary file of a large body open.
    boundary, body = encode_multipart({**form["values"], field: FileStorage(io.BytesIO(sent), name)})
    kind = f"multipart/form-data; boundary={boundary}"
    return client.post(form["action"], data=body, content_type=kind, headers=headers)


def send_document(author: Contributor, sent: bytes, name: str = NAME) -> TestResponse:
    return send_file(author.client, DOCUMENTS, "document", sent, name)


def list_acts(author: Contributor) -> Sequence[str]:
    with author.app.app_context():
        return list(db.session.scalars(select(Event.act).order_by(Event.id)))[1:]


def keep_two(author: Contributor) -> None:
    with author.app.app_context(), transaction() as session:
        submission = session.get_one(Submission, author.submission_id)
        for colour in ("olive", "navy"):
            keep_picture(session, submission, at=author.at, colour=colour)


def list_untaken(author: Contributor) -> list[str]:
    """Return what the page says is not kept of the files that were sent."""
    page = read_tree(author.client.get(DOCUMENTS).text)
    return [str(line.text) for line in page.iterfind(".//*[@class='notice']/ul/li")]


def send_photo(client: FlaskClient, sent: bytes, name: str = "IMG_1.jpg") -> TestResponse:
    return send_file(client, PHOTOS, "photo", sent, name)


def list_attachments(app: Flask) -> list[Attachment]:
    with app.app_context():
        return list(db.session.scalars(select(Attachment).order_by(Attachment.position)))


def read_stored(app: Flask, photo: Attachment) -> bytes:
    with app.app_context():
        return read_file(current_portal().instance.files_folder, photo.file)


def find_path(app: Flask, photo: Attachment) -> Path:
    with app.app_context():
        return current_portal().instance.files_folder / photo.public_id


def list_stored_names(app: Flask) -> set[str]:
    with app.app_context():
        return {path.name for path in current_portal().instance.files_folder.iterdir()}


def name_field(author: Contributor, name: str, number: int = 0) -> str:
    """Return the name of a field about a photo."""
    return f"{list_attachments(author.app)[number].public_id}-{name}"


def describe(author: Contributor, *, csrf_token: str = "", **changes: str) -> TestResponse:
    """Say everything about the first photo, and press Save."""
    values = find_form(author.client.get(PHOTOS).text, field="photo")["values"]
    said = {name_field(author, name): text for name, text in {**WORDS, **changes}.items()}
    token = {"csrf_token": csrf_token} if csrf_token else {}
    return author.client.post(PHOTOS, data={**values, **said, **token})
