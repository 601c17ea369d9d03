"""A message can carry one photo or document: both are kept, or neither."""

import io

import pytest
from sqlalchemy import select
from werkzeug.datastructures import FileStorage
from werkzeug.test import TestResponse, encode_multipart

from portal.database import transaction
from portal.domain.acts import Act
from portal.domain.documents import MOST_FILES
from portal.domain.photos import AttachmentKind
from portal.domain.states import Stage
from portal.extensions import current_portal, db
from portal.models import Attachment, Message, Submission
from portal.web.site.file_responses import read_document_text
from portal.web.site.uploads import open_name
from tests.support.contributor import MY, Contributor
from tests.support.docx_part_cases import HIDDEN
from tests.support.html_pages import read_tree
from tests.support.photos import keep_document, make_bomb, make_picture
from tests.support.plain_browser import find_form, send_form

pytestmark = pytest.mark.either_database

WORDS = "Дивіться додане."
UNSURE = "Мы жили в подвале двадцать дней."
"""In cp1251 it can be read as Mac letters too."""
PAPER = "Довідка.\n\nСвітла не було.".encode()


def write(author: Contributor, sent: bytes, name: str, body: str = WORDS) -> TestResponse:
    """Fill in the box, choose a file and send both, as a browser without scripts does."""
    form = find_form(author.client.get(MY).text, action="/reply")
    return post(author, {**form["values"], "body": body}, sent, name)


def post(author: Contributor, values: dict[str, str], sent: bytes, name: str) -> TestResponse:
    # Encoded here: the test client would leave the temporary file of a large body open.
    boundary, body = encode_multipart({**values, "file": FileStorage(io.BytesIO(sent), name)})
    return author.client.post(
        f"{MY}/reply", data=body, content_type=f"multipart/form-data; boundary={boundary}"
    )


def kept(author: Contributor) -> list[tuple[AttachmentKind, str]]:
    """Return the kind of each file with the message it came with."""
    with author.app.app_context():
        rows = db.session.execute(
            select(Attachment.kind, Message.body)
            .join(Message, Message.id == Attachment.message_id)
            .order_by(Attachment.id)
        )
        return [(kind, body) for kind, body in rows]


def list_files(author: Contributor) -> int:
    with author.app.app_context():
        return len(list(current_portal().instance.files_folder.iterdir()))


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_a_photo_comes_with_its_message(author: Contributor, kind: str) -> None:
    write(author, make_picture(kind), "IMG_1")
    assert kept(author) == [(AttachmentKind.PHOTO, WORDS)]


def test_a_document_comes_with_its_message(author: Contributor) -> None:
    write(author, PAPER, "dovidka.txt")
    assert kept(author) == [(AttachmentKind.DOCUMENT, WORDS)]


def test_of_words_hidden_in_a_document_that_comes_with_a_message_its_author_is_told(
    author: Contributor,
) -> None:
    write(author, HIDDEN[0].sent, "lyst.docx")
    page = read_tree(author.client.get(MY).text)
    told = "1 passage that is hidden in the file. It stays hidden: nobody here sees it."
    assert [line.text for line in page.iter("p") if line.text == told] == [told]


def test_the_thread_names_files_by_number_and_not_by_name(author: Contributor) -> None:
    write(author, make_picture(), "IMG_1.jpg")
    write(author, PAPER, "dovidka.txt", "Ще одне.")
    page = author.client.get(MY).text
    assert [page.count(words) for words in (">Photo 1</a>", ">Document 1</a>", "IMG_1", "dovidka")] == [
        1,
        1,
        0,
        0,
    ]


@pytest.mark.parametrize(("sent", "name"), [(make_picture(), "IMG_1.jpg"), (PAPER, "dovidka.txt")])
def test_the_thread_leads_to_the_file(author: Contributor, sent: bytes, name: str) -> None:
    write(author, sent, name)
    page = author.client.get(MY).text
    address = page.partition('<ol class="thread">')[2].partition('<a href="')[2].partition('"')[0]
    assert author.client.get(address).status_code == 200


def test_a_message_with_a_file_that_arrives_twice_is_kept_once(author: Contributor) -> None:
    values = {**find_form(author.client.get(MY).text, action="/reply")["values"], "body": WORDS}
    before = list_files(author)
    for _ in range(2):
        post(author, values, make_picture(), "IMG_1.jpg")
    assert (author.messages(), len(kept(author)), list_files(author) - before) == ([WORDS], 1, 1)


@pytest.mark.parametrize(("sent", "name"), [(make_bomb(), "IMG_1.png"), (b"\x00\x01\x02" * 99, "x.doc")])
def test_a_file_that_is_refused_leaves_the_message_in_its_box(
    author: Contributor, sent: bytes, name: str
) -> None:
    before = list_files(author)
    answer = write(author, sent, name)
    typed = find_form(answer.text, action="/reply")["values"]["body"].strip()
    assert (answer.status_code, typed, author.messages(), list_files(author)) == (422, WORDS, [], before)


def test_a_file_without_words_asks_for_words(author: Contributor) -> None:
    before = list_files(author)
    answer = write(author, make_picture(), "IMG_1.jpg", " ")
    assert (answer.status_code, kept(author), list_files(author)) == (422, [], before)


def test_a_photo_with_a_pitch_comes_later(author: Contributor) -> None:
    author.send(Stage.PITCH)
    author.client.delete_cookie("portal")
    author.enter()
    answer = write(author, make_picture(), "IMG_1.jpg")
    assert (answer.status_code, answer.text.count("Photos come with the full story."), kept(author)) == (
        422,
        2,  # above the page and beside the field
        [],
    )


def test_after_a_no_there_is_no_place_for_files(author: Contributor) -> None:
    author.decide(Act.DECLINE, reason="off_topic", body="Ні.")
    assert "file" not in find_form(author.client.get(MY).text, action="/reply")["names"]


def test_a_file_that_is_far_too_large_is_said_so(author: Contributor) -> None:
    answer = write(author, bytes(27 * 1024 * 1024), "film.mov")
    assert (answer.status_code, answer.text.count("This file is larger than 25 MB"), author.messages()) == (
        413,
        2,
        [],
    )


def test_a_file_there_is_no_room_for_leaves_the_words_on_the_device(author: Contributor) -> None:
    form = find_form(author.client.get(MY).text, action="/reply")
    with author.app.app_context(), transaction() as session:
        submission = session.get_one(Submission, author.submission_id)
        for number in range(MOST_FILES):
            keep_document(session, submission, at=author.at, words=f"Лист {number}")
    page = post(author, {**form["values"], "body": WORDS}, PAPER, "dovidka.txt").text
    assert ([one.get("data-forget") for one in read_tree(page).iter("h1")], author.messages()) == ([None], [])


def test_words_kept_while_they_were_typed_stand_beside_a_file_that_is_far_too_large(
    author: Contributor,
) -> None:
    form = find_form(author.client.get(MY).text, action="/reply")
    script = {"Accept": "application/json"}
    author.client.post(f"{MY}/words/thread", data={**form["values"], "body": WORDS}, headers=script)
    page = write(author, bytes(27 * 1024 * 1024), "film.mov").text
    assert find_form(page, action="/reply")["values"]["body"] == WORDS


def test_the_same_words_as_before_are_a_new_message_after_a_file_was_too_large(author: Contributor) -> None:
    send_form(author.client, MY, {"body": "Так."}, action="/reply")
    page = write(author, bytes(27 * 1024 * 1024), "film.mov").text
    shown = find_form(page, action="/reply")["values"]
    author.client.post(f"{MY}/reply", data={**shown, "body": "Так."})
    assert author.messages() == ["Так.", "Так."]


def ask_reading(author: Contributor) -> dict[str, str]:
    """Send a text that can be read in several ways; return the form that asks in which."""
    asked = write(author, UNSURE.encode("cp1251"), "pismo.txt")
    assert (asked.status_code, asked.text.count(f">{UNSURE}</p>"), author.messages()) == (422, 1, [])
    return dict(find_form(asked.text, action="/reply")["values"])


def read_documents(author: Contributor) -> list[tuple[str, str]]:
    """Return the name and the words of each document."""
    with author.app.test_request_context():
        rows = db.session.scalars(select(Attachment).where(Attachment.kind == AttachmentKind.DOCUMENT))
        return [(open_name(one), read_document_text(one).strip()) for one in rows]


@pytest.mark.parametrize(
    ("chosen", "files"),
    [
        ("cp1251", [("pismo.txt", UNSURE)]),
        ("mac_cyrillic", [("pismo.txt", UNSURE.encode("cp1251").decode("mac_cyrillic"))]),
        ("none", []),
    ],
)
def test_a_text_goes_with_its_message_as_its_author_reads_it(
    author: Contributor, chosen: str, files: list[tuple[str, str]]
) -> None:
    author.client.post(f"{MY}/reply", data={**ask_reading(author), "document_reading": chosen})
    assert (author.messages(), read_documents(author)) == ([WORDS], files)


def test_a_message_whose_file_waits_for_a_choice_goes_not_without_it(author: Contributor) -> None:
    answer = author.client.post(f"{MY}/reply", data=ask_reading(author))
    assert (answer.status_code, answer.text.count(f">{UNSURE}</p>"), author.messages()) == (422, 1, [])


def test_another_file_is_not_read_as_was_chosen_for_the_first(author: Contributor) -> None:
    post(author, {**ask_reading(author), "document_reading": "mac_cyrillic"}, PAPER, "dovidka.txt")
    assert read_documents(author) == [("dovidka.txt", PAPER.decode())]


def test_a_message_without_words_does_not_cost_the_file_that_waits_for_a_choice(author: Contributor) -> None:
    asked = ask_reading(author)
    answer = author.client.post(f"{MY}/reply", data={**asked, "body": " ", "document_reading": "cp1251"})
    shown = find_form(answer.text, action="/reply")["values"]
    assert (answer.status_code, shown["document_held"]) == (422, asked["document_held"])
