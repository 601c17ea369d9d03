"""Documents for the editors: what is kept of them, who sees them, and what their author is told."""

import io
from datetime import datetime

import pypdfium2
import pytest
from flask import Flask
from flask.testing import FlaskClient
from PIL import Image
from sqlalchemy import select

from portal.database import transaction
from portal.domain.documents import MOST_FILES
from portal.domain.permissions import Role
from portal.domain.photos import AttachmentKind
from portal.export.photos import Pictures, gather_pictures
from portal.models import Staff, Submission
from tests.support.contributor import Contributor
from tests.support.documents import make_pdf, make_telling_pdf, make_word, write_paragraph, write_run
from tests.support.docx_part_cases import HIDDEN
from tests.support.file_pages import (
    DOCUMENTS,
    JSON,
    PHOTOS,
    list_acts,
    list_attachments,
    list_untaken,
    read_stored,
    send_document,
    send_file,
)
from tests.support.html_pages import read_tree
from tests.support.leaving_stories import make_approved
from tests.support.photos import CANARY, keep_document
from tests.support.plain_browser import find_form, read_forms, send_form
from tests.support.staff import enter_as, give_access


@pytest.mark.either_database
def test_a_pdf_is_kept_as_pictures_of_its_pages(author: Contributor) -> None:
    answer = send_document(author, make_telling_pdf())
    file = list_attachments(author.app)[0]
    stored = read_stored(author.app, file)
    assert (answer.status_code, file.kind, file.format, file.pages, stored.count(CANARY.encode())) == (
        303,
        AttachmentKind.DOCUMENT,
        "pdf",
        1,
        0,
    )


@pytest.mark.either_database
def test_what_was_on_a_page_is_seen_on_it_still(author: Contributor) -> None:
    send_document(author, make_telling_pdf())
    document = pypdfium2.PdfDocument(read_stored(author.app, list_attachments(author.app)[0]))
    pixels = document[0].render(scale=1).to_pil().convert("RGB")
    seen = pixels.getpixel((150, 250))
    document.close()
    assert isinstance(seen, tuple)
    assert (seen[0] > 200, seen[1] < 60) == (True, True)


@pytest.mark.either_database
def test_the_author_of_a_pdf_sees_its_first_page_as_the_editors_do(author: Contributor) -> None:
    send_document(author, make_telling_pdf())
    address = f"{DOCUMENTS}/{list_attachments(author.app)[0].public_id}/page"
    answer = author.client.get(address)
    picture = Image.open(io.BytesIO(answer.data))
    seen = picture.getpixel((312, 520))
    assert isinstance(seen, tuple)
    assert (seen[0] > 200, seen[1] < 60) == (True, True)
    shown = f'src="{address}" width="{picture.width}" height="{picture.height}" loading="lazy" alt="Pic'
    headers = [answer.headers[name] for name in ("Content-Type", "Content-Disposition", "Cache-Control")]
    assert (author.client.get(DOCUMENTS).text.count(shown), headers) == (
        1,
        ["image/jpeg", "inline", "no-store"],
    )


@pytest.mark.either_database
def test_words_have_no_first_page(author: Contributor) -> None:
    send_document(author, make_word())
    address = f"{DOCUMENTS}/{list_attachments(author.app)[0].public_id}/page"
    page = author.client.get(DOCUMENTS).text
    assert (author.client.get(address).status_code, "<img" in page) == (404, False)


@pytest.mark.either_database
def test_of_a_word_document_the_text_is_kept(author: Contributor) -> None:
    send_document(author, make_word())
    file = list_attachments(author.app)[0]
    assert (file.format, read_stored(author.app, file).decode().partition("\n")[0]) == ("md", "## Підвал")


def test_a_document_sent_twice_is_kept_once(author: Contributor) -> None:
    for _time in range(2):
        send_document(author, make_pdf())
    assert len(list_attachments(author.app)) == 1


@pytest.mark.either_database
def test_a_document_comes_as_a_file_that_can_do_nothing(author: Contributor) -> None:
    send_document(author, make_pdf())
    file = list_attachments(author.app)[0]
    headers = author.client.get(f"{DOCUMENTS}/{file.public_id}/file").headers
    named = ("Content-Disposition", "Content-Type", "Content-Security-Policy", "X-Content-Type-Options")
    assert [headers[name] for name in named] == [
        "attachment; filename=document-1.pdf",
        "application/pdf",
        "default-src 'none'; sandbox",
        "nosniff",
    ]


@pytest.mark.either_database
def test_a_removed_document_is_gone(author: Contributor) -> None:
    send_document(author, make_pdf())
    address = f"{DOCUMENTS}/{list_attachments(author.app)[0].public_id}"
    send_form(author.client, DOCUMENTS, {}, action=address)
    assert (list_attachments(author.app), list_acts(author)) == ([], ["add_document", "remove_document"])


@pytest.mark.either_database
def test_a_document_is_no_photo(author: Contributor) -> None:
    send_document(author, make_pdf())
    file = list_attachments(author.app)[0]
    assert author.client.get(f"{PHOTOS}/{file.public_id}/picture").status_code == 404


def open_desk(author: Contributor, role: Role) -> tuple[FlaskClient, str]:
    """Sign in as a colleague of this role and return the address of the story's document."""
    with author.app.app_context(), transaction() as session:
        staff = session.scalars(select(Staff)).one()
        staff.role = role
        give_access(staff)
        email, public_id = staff.email, session.get_one(Submission, author.submission_id).public_id
    client = author.app.test_client()
    enter_as(client, email)
    return client, f"/desk/submission/{public_id}/document/{list_attachments(author.app)[0].public_id}"


@pytest.mark.either_database
@pytest.mark.parametrize(("role", "status"), [(Role.EDITOR, 200), (Role.MODERATOR, 403)])
@pytest.mark.parametrize("place", ["", "/file"])
def test_documents_are_for_editors_alone(author: Contributor, role: Role, status: int, place: str) -> None:
    send_document(author, make_word())
    client, address = open_desk(author, role)
    assert client.get(f"{address}{place}").status_code == status


@pytest.mark.either_database
def test_a_document_is_never_exported(app: Flask, at: datetime) -> None:
    with app.app_context(), transaction() as session:
        submission = make_approved(session, at).submission
        keep_document(session, submission, at=at)
        session.expire_all()
        gathered = gather_pictures(submission.attachments, lambda _name: b"", lang="uk")
    assert gathered == Pictures()


@pytest.mark.parametrize(("files", "is_offered"), [(MOST_FILES - 1, True), (MOST_FILES, False)])
def test_one_more_document_is_asked_for_while_there_is_room(
    author: Contributor,
    files: int,
    *,
    is_offered: bool,
) -> None:
    with author.app.app_context(), transaction() as session:
        submission = session.get_one(Submission, author.submission_id)
        for number in range(files):
            keep_document(session, submission, at=author.at, words=f"Лист {number}")
    fields = [name for form in read_forms(author.client.get(DOCUMENTS).text) for name in form["names"]]
    assert ("document" in fields) is is_offered


HIDDEN_IN_FILE = "1 passage that is hidden in the file. It stays hidden: nobody here sees it."


@pytest.mark.either_database
def test_of_words_hidden_in_a_document_its_author_is_told_at_once(author: Contributor) -> None:
    send_document(author, HIDDEN[0].sent)
    assert list_untaken(author) == [HIDDEN_IN_FILE]


@pytest.mark.either_database
def test_a_script_hears_of_words_hidden_in_a_document(author: Contributor) -> None:
    answer = send_file(author.client, DOCUMENTS, "document", HIDDEN[0].sent, **JSON)
    assert answer.json == {"state": "added", "sentence": HIDDEN_IN_FILE}


@pytest.mark.either_database
def test_who_adds_a_document_sees_what_the_editors_read_of_it(author: Contributor) -> None:
    send_document(author, "Лист.\n\nДругий абзац.".encode(), "letter.txt")
    page = read_tree(author.client.get(DOCUMENTS).text)
    assert [line.text for line in page.iterfind(".//details/div/p")] == ["Лист.", "Другий абзац."]


@pytest.mark.either_database
def test_who_adds_a_document_hears_what_was_left_out_of_it(author: Contributor) -> None:
    send_document(
        author,
        make_word(f"<w:tbl><w:tr><w:tc>{write_paragraph(write_run('день'))}</w:tc></w:tr></w:tbl>"),
        "letter.docx",
    )
    assert list_untaken(author)[0] == "1 table. Its text is kept as paragraphs."


UNSURE = "Мы жили в подвале двадцать дней."


@pytest.mark.either_database
def test_of_a_document_that_can_be_read_in_two_ways_its_author_chooses_one(author: Contributor) -> None:
    asked = send_document(author, UNSURE.encode("cp1251"), "pismo.txt")
    values = {**find_form(asked.text, field="document_held")["values"], "document_reading": "cp1251"}
    author.client.post(DOCUMENTS, data=values)
    assert (
        asked.status_code,
        [read_stored(author.app, one).decode().strip() for one in list_attachments(author.app)],
    ) == (
        422,
        [UNSURE],
    )


@pytest.mark.either_database
def test_a_script_hears_in_which_ways_a_document_can_be_read(author: Contributor) -> None:
    asked = send_file(author.client, DOCUMENTS, "document", UNSURE.encode("cp1251"), **JSON).json
    assert asked is not None
    values = find_form(author.client.get(DOCUMENTS).text, field="document")["values"]
    added = author.client.post(DOCUMENTS, data={**values, **asked["readings"][0]["chosen"]}, headers=JSON)
    assert (asked["state"], asked["readings"][0]["begins"], added.json) == (
        "asked",
        UNSURE,
        {"state": "added"},
    )
