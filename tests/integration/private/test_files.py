"""Files of a text: their names, how many and how large they may be, and what a script hears."""

import io

import pytest
from flask import Flask
from werkzeug.datastructures import FileStorage

from portal.database import transaction
from portal.domain.documents import MOST_FILES, MOST_STORED_BYTES, TooManyFiles, TooMuchStored
from portal.extensions import current_portal
from portal.models import Submission
from portal.operations.private.documents import require_file_room
from portal.sealing.keys import file_name_place
from portal.storage import has_room
from portal.web.site.uploads import clean_name
from tests.support.contributor import MY, Contributor
from tests.support.documents import make_pdf
from tests.support.file_pages import (
    DOCUMENTS,
    JSON,
    NAME,
    PHOTOS,
    list_attachments,
    send_document,
    send_file,
)
from tests.support.photos import keep_document, make_picture
from tests.support.plain_browser import send_form


@pytest.mark.either_database
def test_the_name_of_a_file_is_kept_sealed(author: Contributor) -> None:
    send_document(author, make_pdf())
    file = list_attachments(author.app)[0]
    with author.app.app_context():
        opened = current_portal().instance.keys.open(file.sealed_name or b"", file_name_place(file.public_id))
    assert opened.decode() == NAME


@pytest.mark.either_database
@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("../../etc/passwd", "passwd"),
        ("\u202egpj.exe", "gpj.exe"),
        ("a\x00b.pdf", "ab.pdf"),
        ("ж" * 300, "ж" * 200),
    ],
)
def test_a_name_is_only_ever_a_line_of_words(author: Contributor, name: str, kept: str) -> None:
    send_document(author, make_pdf(), name)
    page = author.client.get(DOCUMENTS).text
    shown = page.partition('<bdi lang="und">')[2].partition("</bdi>")[0]
    assert shown == kept


@pytest.mark.either_database
def test_a_page_where_nothing_is_taken_any_more_brings_no_script_for_it(author: Contributor) -> None:
    before = author.client.get(DOCUMENTS).text
    send_form(author.client, f"{MY}/withdraw", {})
    after = author.client.get(DOCUMENTS).text
    assert [page.count("/js/upload.") for page in (before, after)] == [1, 0]


def test_a_name_with_a_whole_path_loses_it() -> None:
    assert clean_name("C:\\Users\\olena\\a.pdf") == "a.pdf"


@pytest.mark.either_database
def test_a_script_hears_that_a_photo_is_added(author: Contributor) -> None:
    answer = send_file(author.client, PHOTOS, "photo", make_picture(), "IMG_1.jpg", **JSON)
    assert (answer.status_code, answer.json) == (201, {"state": "added"})


@pytest.mark.either_database
def test_a_script_hears_why_a_file_is_not_taken(author: Contributor) -> None:
    answer = send_file(author.client, PHOTOS, "photo", b"no photo", "IMG_1.jpg", **JSON)
    assert answer.json is not None
    assert (answer.status_code, answer.json["state"]) == (422, "refused")


@pytest.mark.either_database
def test_a_script_with_an_old_token_gets_a_new_one(author: Contributor) -> None:
    sent = {"csrf_token": "stale", "photo": FileStorage(io.BytesIO(make_picture()), "IMG_1.jpg")}
    answer = author.client.post(PHOTOS, data=sent, headers=JSON)
    assert answer.json is not None
    assert (answer.status_code, answer.json["state"]) == (400, "token")


@pytest.mark.either_database
def test_a_full_disk_takes_no_files(author: Contributor, monkeypatch: pytest.MonkeyPatch) -> None:
    with author.app.app_context():
        settings = current_portal().settings
    monkeypatch.setitem(vars(settings), "upload_floor_mib", 1024**3)
    answer = send_document(author, make_pdf())
    assert (answer.status_code, list_attachments(author.app)) == (507, [])


@pytest.mark.either_database
@pytest.mark.parametrize(("floor", "has"), [(0, True), (1, True), (2**60, False)])
def test_the_disk_keeps_its_floor(app: Flask, floor: int, *, has: bool) -> None:
    with app.app_context():
        assert has_room(current_portal().instance.files_folder, floor=floor) is has


def test_a_text_has_no_more_files_than_it_may(author: Contributor) -> None:
    with author.app.app_context(), transaction() as session:
        submission = session.get_one(Submission, author.submission_id)
        for number in range(MOST_FILES):
            keep_document(session, submission, at=author.at, words=f"Лист {number}")
        with pytest.raises(TooManyFiles):
            keep_document(session, submission, at=author.at)


@pytest.mark.parametrize(("step", "fits"), [(-1, True), (0, True), (1, False)])
def test_files_of_a_text_are_together_as_large_as_they_may_be(step: int, *, fits: bool) -> None:
    kept = [MOST_STORED_BYTES - 1000, 400]
    if fits:
        require_file_room(kept, 600 + step)
    else:
        with pytest.raises(TooMuchStored):
            require_file_room(kept, 600 + step)
