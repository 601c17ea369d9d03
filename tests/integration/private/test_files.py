"""Files of a text: their order, history and names, documents for the editors, and when none is taken."""

import io
import re
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime

import pypdfium2
import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from PIL import Image
from sqlalchemy import select
from werkzeug.datastructures import FileStorage
from werkzeug.test import TestResponse, encode_multipart

from portal.database import transaction
from portal.domain.documents import MOST_FILES, MOST_STORED_BYTES, TooManyFiles, TooMuchStored
from portal.domain.permissions import Role
from portal.domain.photos import AttachmentKind, PeopleAnswer, PhotoLicence, PictureWords, may_leave
from portal.domain.states import Stage
from portal.export.photos import Pictures, gather_pictures
from portal.extensions import current_portal, db
from portal.models import Attachment, Draft, Event, Staff, Submission
from portal.operations.coverages.departures import record_export
from portal.operations.coverages.drafts import waive_approval
from portal.operations.private.documents import require_file_room
from portal.operations.private.photos import describe_picture, move_picture
from portal.queries.photos import PhotosSince, find_photos_since
from portal.sealing.keys import file_name_place
from portal.storage import has_room, read_file
from portal.web.site.uploads import clean_name
from tests.support.contributor import MY, Contributor
from tests.support.documents import make_pdf, make_telling_pdf, make_word, write_paragraph, write_run
from tests.support.docx_part_cases import HIDDEN
from tests.support.factories import make_draft, make_staff
from tests.support.html_pages import read_tree
from tests.support.leaving_stories import make_approved
from tests.support.photos import CANARY, keep_document, keep_picture, make_picture
from tests.support.plain_browser import find_form, read_forms, send_form
from tests.support.staff import enter_as, give_access

PHOTOS = f"{MY}/photos"
DOCUMENTS = f"{MY}/documents"
NAME = "Лист від Олени.pdf"
_LICENSED = (PhotoLicence.OWN, PhotoLicence.ALLOWED)
JSON = {"Accept": "application/json"}


@pytest.fixture
def author(app: Flask, client: FlaskClient, at: datetime) -> Iterator[Contributor]:
    """A contributor who has just sent a story and has the private page open."""
    with time_machine.travel(at, tick=False):
        person = Contributor(app, client, at)
        person.send(Stage.STORY)
        person.enter()
        yield person


def send_file(
    client: FlaskClient, page: str, field: str, sent: bytes, name: str = NAME, **headers: str
) -> TestResponse:
    """Choose a file on a page and send it."""
    form = find_form(client.get(page).text, field=field)
    boundary, body = encode_multipart({**form["values"], field: FileStorage(io.BytesIO(sent), name)})
    kind = f"multipart/form-data; boundary={boundary}"
    return client.post(form["action"], data=body, content_type=kind, headers=headers)


def send_document(author: Contributor, sent: bytes, name: str = NAME) -> TestResponse:
    return send_file(author.client, DOCUMENTS, "document", sent, name)


def list_files(author: Contributor) -> list[Attachment]:
    with author.app.app_context():
        return list(db.session.scalars(select(Attachment).order_by(Attachment.position)))


def read_stored(author: Contributor, file: Attachment) -> bytes:
    with author.app.app_context():
        return read_file(current_portal().instance.files_folder, file.file)


def list_acts(author: Contributor) -> Sequence[str]:
    with author.app.app_context():
        return list(db.session.scalars(select(Event.act).order_by(Event.id)))[1:]


def read_version(author: Contributor) -> int:
    with author.app.app_context():
        return db.session.get_one(Submission, author.submission_id).version


def keep_two(author: Contributor) -> None:
    with author.app.app_context(), transaction() as session:
        submission = session.get_one(Submission, author.submission_id)
        for colour in ("olive", "navy"):
            keep_picture(session, submission, at=author.at, colour=colour)


def move(author: Contributor, photo: Attachment, way: str) -> TestResponse:
    return send_form(author.client, PHOTOS, {way: photo.public_id})


@pytest.mark.parametrize(("index", "way"), [(0, "down"), (1, "up")])
def test_photos_change_places(author: Contributor, index: int, way: str) -> None:
    keep_two(author)
    before = [one.public_id for one in list_files(author)]
    move(author, list_files(author)[index], way)
    assert [one.public_id for one in list_files(author)] == before[::-1]


@pytest.mark.either_database
@pytest.mark.parametrize(
    ("colours", "buttons"),
    [
        (["olive"], []),
        (["olive", "navy"], ["1 down", "2 up"]),
        (["olive", "navy", "teal"], ["1 down", "2 up", "2 down", "3 up"]),
    ],
)
def test_each_photo_can_be_moved_where_there_is_another(
    author: Contributor, colours: list[str], buttons: list[str]
) -> None:
    with author.app.app_context(), transaction() as session:
        submission = session.get_one(Submission, author.submission_id)
        for colour in colours:
            keep_picture(session, submission, at=author.at, colour=colour)
    page = author.client.get(PHOTOS).text
    assert re.findall(r">Move photo (\d (?:up|down))<", page) == buttons


@pytest.mark.either_database
def test_the_first_photo_stays_first(author: Contributor, at: datetime) -> None:
    keep_two(author)
    with author.app.app_context(), transaction() as session:
        first = session.scalars(select(Attachment).order_by(Attachment.position)).first()
        assert first is not None
        submission = session.get_one(Submission, author.submission_id)
        assert move_picture(session, submission, first, step=-1, at=at) is False


@pytest.mark.either_database
def test_what_happens_to_photos_is_in_the_history(author: Contributor) -> None:
    keep_two(author)
    photo = list_files(author)[0]
    move(author, photo, "down")
    send_form(author.client, PHOTOS, {"remove": photo.public_id})
    assert list_acts(author) == ["add_picture", "add_picture", "change_picture", "remove_picture"]


@pytest.mark.either_database
def test_the_history_holds_no_word_about_a_photo(author: Contributor) -> None:
    send_file(author.client, PHOTOS, "photo", make_picture(), "IMG_1.jpg")
    with author.app.app_context():
        details = db.session.scalars(select(Event.detail).where(Event.act == "add_picture")).all()
    assert details == [{}]


def test_a_new_photo_makes_what_colleagues_have_open_out_of_date(author: Contributor) -> None:
    before = read_version(author)
    keep_two(author)
    assert read_version(author) == before + 2


@pytest.mark.either_database
def test_the_name_of_a_file_is_kept_sealed(author: Contributor) -> None:
    send_document(author, make_pdf())
    file = list_files(author)[0]
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
    assert (answer.status_code, list_files(author)) == (507, [])


@pytest.mark.either_database
@pytest.mark.parametrize(("floor", "has"), [(0, True), (1, True), (2**60, False)])
def test_the_disk_keeps_its_floor(app: Flask, floor: int, *, has: bool) -> None:
    with app.app_context():
        assert has_room(current_portal().instance.files_folder, floor=floor) is has


@pytest.mark.either_database
def test_a_pdf_is_kept_as_pictures_of_its_pages(author: Contributor) -> None:
    answer = send_document(author, make_telling_pdf())
    file = list_files(author)[0]
    stored = read_stored(author, file)
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
    document = pypdfium2.PdfDocument(read_stored(author, list_files(author)[0]))
    pixels = document[0].render(scale=1).to_pil().convert("RGB")
    seen = pixels.getpixel((150, 250))
    document.close()
    assert isinstance(seen, tuple)
    assert (seen[0] > 200, seen[1] < 60) == (True, True)


@pytest.mark.either_database
def test_the_author_of_a_pdf_sees_its_first_page_as_the_editors_do(author: Contributor) -> None:
    send_document(author, make_telling_pdf())
    address = f"{DOCUMENTS}/{list_files(author)[0].public_id}/page"
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
    address = f"{DOCUMENTS}/{list_files(author)[0].public_id}/page"
    page = author.client.get(DOCUMENTS).text
    assert (author.client.get(address).status_code, "<img" in page) == (404, False)


@pytest.mark.either_database
def test_of_a_word_document_the_text_is_kept(author: Contributor) -> None:
    send_document(author, make_word())
    file = list_files(author)[0]
    assert (file.format, read_stored(author, file).decode().partition("\n")[0]) == ("md", "## Підвал")


def test_a_document_sent_twice_is_kept_once(author: Contributor) -> None:
    for _time in range(2):
        send_document(author, make_pdf())
    assert len(list_files(author)) == 1


@pytest.mark.either_database
def test_a_document_comes_as_a_file_that_can_do_nothing(author: Contributor) -> None:
    send_document(author, make_pdf())
    file = list_files(author)[0]
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
    address = f"{DOCUMENTS}/{list_files(author)[0].public_id}"
    send_form(author.client, DOCUMENTS, {}, action=address)
    assert (list_files(author), list_acts(author)) == ([], ["add_document", "remove_document"])


@pytest.mark.either_database
def test_a_document_is_no_photo(author: Contributor) -> None:
    send_document(author, make_pdf())
    file = list_files(author)[0]
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
    return client, f"/desk/submission/{public_id}/document/{list_files(author)[0].public_id}"


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


def test_a_text_has_no_more_files_than_it_may(author: Contributor) -> None:
    with author.app.app_context(), transaction() as session:
        submission = session.get_one(Submission, author.submission_id)
        for number in range(MOST_FILES):
            keep_document(session, submission, at=author.at, words=f"Лист {number}")
        with pytest.raises(TooManyFiles):
            keep_document(session, submission, at=author.at)


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


@pytest.mark.parametrize("people", [*PeopleAnswer, None])
@pytest.mark.parametrize("licence", [*PhotoLicence, None])
def test_a_photo_leaves_only_with_both_answers(
    people: PeopleAnswer | None, licence: PhotoLicence | None
) -> None:
    says_yes = (people in (PeopleAnswer.NOBODY, PeopleAnswer.AGREED), licence in _LICENSED)
    assert may_leave(people, licence) is all(says_yes)


def add_photo(app: Flask, at: datetime) -> None:
    with app.app_context(), transaction() as session:
        keep_picture(session, session.scalars(select(Submission)).one(), at=at, colour="teal")


def accept(app: Flask, at: datetime) -> None:
    with app.app_context(), transaction() as session:
        make_draft(session, at, by=make_staff(session, Role.EDITOR))


def approve(app: Flask, at: datetime) -> None:
    with app.app_context(), transaction() as session:
        make_approved(session, at)


def waive(app: Flask, at: datetime) -> None:
    """Go on without the author's answer."""
    with app.app_context(), transaction() as session:
        editor = make_staff(session, Role.EDITOR)
        draft = make_draft(session, at, by=editor)
        seen = draft.submission.version
        waive_approval(session, draft, by=editor, at=at, seen=seen, reason="Said yes by telephone.")


def export(app: Flask, at: datetime) -> None:
    with app.app_context(), transaction() as session:
        record_export(session, [session.scalars(select(Draft)).one()], by=None, at=at)


@pytest.mark.parametrize(
    ("steps", "since"),
    [
        pytest.param([approve], None, id="no photo"),
        pytest.param([accept, add_photo], None, id="before the approval"),
        pytest.param([approve, add_photo], PhotosSince.APPROVAL, id="after the approval"),
        pytest.param([waive, add_photo], PhotosSince.APPROVAL, id="after a waived approval"),
        pytest.param([approve, add_photo, export], None, id="before the export"),
        pytest.param([approve, export, add_photo], PhotosSince.EXPORT, id="after the export"),
    ],
)
def test_editors_see_that_photos_came_later(
    app: Flask, at: datetime, steps: list[Callable[[Flask, datetime], None]], since: PhotosSince | None
) -> None:
    for step in steps:
        step(app, at)
    with app.app_context():
        submission = db.session.scalars(select(Submission)).one()
        assert find_photos_since(db.session(), submission) is since


@pytest.mark.either_database
def test_a_photo_described_again_in_the_same_words_is_no_change(author: Contributor) -> None:
    keep_two(author)
    words = PictureWords("Полиця", "Олена К.", PeopleAnswer.NOBODY, PhotoLicence.OWN)
    with author.app.app_context(), transaction() as session:
        submission = session.get_one(Submission, author.submission_id)
        photo = submission.attachments[0]
        assert [describe_picture(session, submission, photo, words, at=author.at) for _ in range(2)] == [
            True,
            False,
        ]


@pytest.mark.parametrize(("step", "fits"), [(-1, True), (0, True), (1, False)])
def test_files_of_a_text_are_together_as_large_as_they_may_be(step: int, *, fits: bool) -> None:
    kept = [MOST_STORED_BYTES - 1000, 400]
    if fits:
        require_file_room(kept, 600 + step)
    else:
        with pytest.raises(TooMuchStored):
            require_file_room(kept, 600 + step)


def list_untaken(author: Contributor) -> list[str]:
    """Return what the page says is not kept of the files that were sent."""
    page = read_tree(author.client.get(DOCUMENTS).text)
    return [str(line.text) for line in page.iterfind(".//*[@class='notice']/ul/li")]


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
    assert (asked.status_code, [read_stored(author, one).decode().strip() for one in list_files(author)]) == (
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
