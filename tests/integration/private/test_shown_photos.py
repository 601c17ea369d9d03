"""Photos as their author and the desk see them, nobody else, and nobody once they are erased."""

from datetime import UTC, datetime
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.wsgi import FileWrapper

from portal.cli.retention import clear_traces
from portal.database import transaction
from portal.domain.states import Stage
from portal.extensions import db
from portal.models import Staff, Submission
from tests.support.contributor import MY, Contributor
from tests.support.file_pages import (
    PHOTOS,
    WORDS,
    describe,
    find_path,
    list_attachments,
    read_stored,
    send_photo,
)
from tests.support.photos import (
    make_picture,
)
from tests.support.plain_browser import find_form, send_form
from tests.support.staff import enter_as


@pytest.mark.either_database
def test_the_contributor_sees_the_photo(author: Contributor) -> None:
    send_photo(author.client, make_picture())
    photo = list_attachments(author.app)[0]
    answer = author.client.get(f"{PHOTOS}/{photo.public_id}/picture")
    assert (answer.data, answer.mimetype) == (read_stored(author.app, photo), "image/jpeg")


@pytest.mark.either_database
def test_a_photo_is_sent_from_where_it_lies(author: Contributor) -> None:
    """In memory many slow readers would have it wait there many times."""
    send_photo(author.client, make_picture())
    photo = list_attachments(author.app)[0]
    lent: list[str] = []

    def lend(file: Any, size: int) -> FileWrapper:
        lent.append(str(file.name))
        return FileWrapper(file, size)

    author.client.get(f"{PHOTOS}/{photo.public_id}/picture", environ_overrides={"wsgi.file_wrapper": lend})
    assert lent == [str(find_path(author.app, photo))]


@pytest.mark.either_database
def test_a_photo_can_do_nothing_in_a_browser(author: Contributor) -> None:
    send_photo(author.client, make_picture())
    headers = author.client.get(f"{PHOTOS}/{list_attachments(author.app)[0].public_id}/picture").headers
    assert (headers["Content-Security-Policy"], headers["X-Content-Type-Options"]) == (
        "default-src 'none'; sandbox",
        "nosniff",
    )


@pytest.mark.either_database
@pytest.mark.parametrize("button", ["", "remove", "up", "down"])
def test_a_photo_of_somebody_else_is_not_there(author: Contributor, button: str) -> None:
    send_photo(author.client, make_picture())
    public_id = list_attachments(author.app)[0].public_id
    other = Contributor(author.app, author.app.test_client(), author.at)
    other.send(Stage.STORY)
    other.enter()
    values = find_form(other.client.get(PHOTOS).text, field="photo")["values"]
    if button:
        answer = other.client.post(PHOTOS, data={**values, button: public_id})
    else:
        answer = other.client.get(f"{PHOTOS}/{public_id}/picture")
    assert (answer.status_code, len(list_attachments(author.app))) == (404, 1)


def sign_in_editor(author: Contributor) -> tuple[FlaskClient, str]:
    """Return an editor's browser and the address of the story on the desk."""
    with author.app.app_context():
        email = db.session.scalars(select(Staff.email)).one()
        public_id = db.session.get_one(Submission, author.submission_id).public_id
    editor = author.app.test_client()
    enter_as(editor, email)
    return editor, f"/desk/submission/{public_id}"


@pytest.mark.either_database
def test_the_desk_sees_the_photo_behind_its_words(author: Contributor) -> None:
    send_photo(author.client, make_picture())
    describe(author)
    editor, address = sign_in_editor(author)
    photo = list_attachments(author.app)[0]
    page = editor.get(address).text
    shown = page.partition(f'src="{address}/photo/{photo.public_id}"')[0].rpartition("<details>")[2]
    assert shown.count(WORDS["credit"]) == 1


NOT_ASKED = "Not exported while someone in it has not been asked."
NOT_ALLOWED = "Not exported: its author has not said that it may be published."


@pytest.mark.either_database
@pytest.mark.parametrize(
    ("people", "licence", "said"),
    [
        ("nobody", "own", []),
        ("agreed", "allowed", []),
        ("not_asked", "own", [NOT_ASKED]),
        ("not_asked", "editors_only", [NOT_ASKED]),
        ("nobody", "editors_only", [NOT_ALLOWED]),
        ("agreed", "editors_only", [NOT_ALLOWED]),
    ],
)
def test_the_desk_reads_why_a_photo_does_not_leave(
    author: Contributor, people: str, licence: str, said: list[str]
) -> None:
    send_photo(author.client, make_picture())
    describe(author, people=people, licence=licence)
    editor, address = sign_in_editor(author)
    page = editor.get(address).text
    assert [one for one in (NOT_ASKED, NOT_ALLOWED) if one in page] == said


@pytest.mark.either_database
def test_the_desk_gets_the_photo_itself(author: Contributor) -> None:
    send_photo(author.client, make_picture())
    editor, address = sign_in_editor(author)
    photo = list_attachments(author.app)[0]
    assert editor.get(f"{address}/photo/{photo.public_id}").data == read_stored(author.app, photo)


@pytest.mark.either_database
def test_colleagues_of_other_coverages_do_not_get_the_photo(author: Contributor) -> None:
    send_photo(author.client, make_picture())
    _editor, address = sign_in_editor(author)
    photo = list_attachments(author.app)[0]
    with author.app.app_context(), transaction() as session:
        staff = session.scalars(select(Staff)).one()
        staff.coverages = []
    assert _editor.get(f"{address}/photo/{photo.public_id}").status_code == 404


@pytest.mark.either_database
def test_a_contributor_who_erases_erases_the_photos(author: Contributor) -> None:
    send_photo(author.client, make_picture())
    photo = list_attachments(author.app)[0]
    send_form(author.client, f"{MY}/erase", {}, action="/erase")
    assert (list_attachments(author.app), find_path(author.app, photo).exists()) == ([], False)


def test_the_file_of_a_row_is_not_swept_away(author: Contributor) -> None:
    send_photo(author.client, make_picture())
    with author.app.app_context():
        clear_traces(at=datetime(2099, 1, 1, tzinfo=UTC))
    assert find_path(author.app, list_attachments(author.app)[0]).exists() is True
