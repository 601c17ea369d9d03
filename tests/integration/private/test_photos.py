"""Photos of a story: added on the private page without scripts, seen by the desk, gone with the story."""

import io
import json
import logging
import zipfile
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.datastructures import FileStorage
from werkzeug.test import TestResponse, encode_multipart
from werkzeug.wsgi import FileWrapper

from portal.cli.retention import clear_traces
from portal.database import transaction
from portal.domain.acts import Act
from portal.domain.photos import MOST_PICTURES, PeopleAnswer, PhotoLicence, PictureWords, TooManyPictures
from portal.domain.states import Stage
from portal.extensions import current_portal, db
from portal.models import Attachment, Draft, Staff, Submission
from portal.operations.private.documents import remove_file
from portal.operations.private.photos import describe_picture, describe_pictures, move_picture
from portal.queries.coverages.export import load_sources
from portal.storage import read_file
from portal.web.coverages.export_stories import build_records
from tests.support.contributor import MY, Contributor
from tests.support.exports import write_file
from tests.support.factories import make_submission
from tests.support.leaving_stories import make_approved
from tests.support.photos import (
    CANARY,
    keep_document,
    keep_picture,
    make_bomb,
    make_picture,
    make_telling_jpeg,
)
from tests.support.plain_browser import find_form, send_form
from tests.support.staff import enter_as
from tests.support.statements import listening

PHOTOS = f"{MY}/photos"
WORDS = {
    "description": "Полиця з книжками",
    "caption": "Перша зима",
    "credit": "Олена К.",
    "people": "nobody",
    "licence": "own",
}


@pytest.fixture
def person(app: Flask, client: FlaskClient, at: datetime) -> Iterator[Contributor]:
    """A contributor, at the moment the tests happen at."""
    with time_machine.travel(at, tick=False):
        yield Contributor(app, client, at)


@pytest.fixture
def author(person: Contributor) -> Contributor:
    """A contributor who has just sent a story and has the private page open."""
    person.send(Stage.STORY)
    person.enter()
    return person


def send_photo(client: FlaskClient, sent: bytes, name: str = "IMG_1.jpg") -> TestResponse:
    """Choose a file on the page and send it, as a browser without scripts does."""
    form = find_form(client.get(PHOTOS).text, field="photo")
    # Encoded here: the test client would leave the temporary file of a large body open.
    boundary, body = encode_multipart({**form["values"], "photo": FileStorage(io.BytesIO(sent), name)})
    return client.post(form["action"], data=body, content_type=f"multipart/form-data; boundary={boundary}")


def list_photos(app: Flask) -> list[Attachment]:
    with app.app_context():
        return list(db.session.scalars(select(Attachment).order_by(Attachment.position)))


def read_stored(app: Flask, photo: Attachment) -> bytes:
    with app.app_context():
        return read_file(current_portal().instance.files_folder, photo.file)


def find_path(app: Flask, photo: Attachment) -> Path:
    with app.app_context():
        return current_portal().instance.files_folder / photo.public_id


def list_files(app: Flask) -> set[str]:
    with app.app_context():
        return {path.name for path in current_portal().instance.files_folder.iterdir()}


def name_field(author: Contributor, name: str, number: int = 0) -> str:
    """Return the name of a field about a photo."""
    return f"{list_photos(author.app)[number].public_id}-{name}"


def describe(author: Contributor, *, csrf_token: str = "", **changes: str) -> TestResponse:
    """Say everything about the first photo, and press Save."""
    values = find_form(author.client.get(PHOTOS).text, field="photo")["values"]
    said = {name_field(author, name): text for name, text in {**WORDS, **changes}.items()}
    token = {"csrf_token": csrf_token} if csrf_token else {}
    return author.client.post(PHOTOS, data={**values, **said, **token})


@pytest.mark.either_database
def test_the_private_page_leads_to_the_photos(author: Contributor) -> None:
    assert author.client.get(MY).text.count(f'href="{PHOTOS}"') == 1


@pytest.mark.either_database
def test_the_receipt_leads_to_the_photos(author: Contributor) -> None:
    assert author.client.get(f"{MY}/receipt").text.count(f'href="{PHOTOS}"') == 1


@pytest.mark.either_database
def test_a_pitch_has_no_photos(person: Contributor) -> None:
    person.send(Stage.PITCH)
    assert person.read().count(PHOTOS) == 0


@pytest.mark.either_database
def test_a_photo_that_is_sent_is_kept(author: Contributor) -> None:
    answer = send_photo(author.client, make_picture())
    assert (answer.status_code, len(list_photos(author.app))) == (303, 1)


@pytest.mark.either_database
def test_what_is_stored_of_a_photo_tells_nothing(author: Contributor) -> None:
    send_photo(author.client, make_telling_jpeg(), f"{CANARY}.jpg")
    stored = read_stored(author.app, list_photos(author.app)[0])
    assert (stored[:2], stored.count(CANARY.encode())) == (b"\xff\xd8", 0)


@pytest.mark.either_database
def test_nothing_else_of_an_upload_stays_on_the_disk(author: Contributor) -> None:
    before = list_files(author.app)
    send_photo(author.client, make_picture())
    assert list_files(author.app) - before == {list_photos(author.app)[0].public_id}


def test_a_photo_that_is_sent_twice_is_kept_once(author: Contributor) -> None:
    before = list_files(author.app)
    answers = [send_photo(author.client, make_picture()).status_code for _ in range(2)]
    assert (answers, len(list_files(author.app) - before)) == ([303, 303], 1)


@pytest.mark.either_database
def test_a_photo_larger_than_any_text_is_kept(author: Contributor) -> None:
    # What follows the picture is not read, but it is sent.
    assert send_photo(author.client, make_picture() + bytes(5 * 1024 * 1024)).status_code == 303


@pytest.mark.either_database
@pytest.mark.parametrize(
    ("sent", "status"),
    [
        pytest.param(make_bomb(), 422, id="bomb"),
        pytest.param(b'<svg xmlns="http://www.w3.org/2000/svg"/>', 422, id="svg"),
        pytest.param(b"<!doctype html><script>1</script>", 422, id="html"),
        pytest.param(b"", 422, id="empty"),
        pytest.param(bytes(12 * 1024 * 1024 + 1), 422, id="too large"),
        pytest.param(bytes(14 * 1024 * 1024), 422, id="larger"),
        pytest.param(bytes(41 * 1024 * 1024), 413, id="far too large"),
    ],
)
def test_a_file_that_is_not_taken_leaves_nothing(author: Contributor, sent: bytes, status: int) -> None:
    before = list_files(author.app)
    answer = send_photo(author.client, sent)
    assert (answer.status_code, list_files(author.app) - before) == (status, set())


@pytest.mark.either_database
def test_a_refused_file_is_told_on_the_page_of_the_photos(author: Contributor) -> None:
    page = send_photo(author.client, bytes(41 * 1024 * 1024)).text
    assert find_form(page, field="photo")["action"] == PHOTOS


@pytest.mark.either_database
@pytest.mark.parametrize(
    ("sent", "said"),
    [
        pytest.param(make_bomb(), "This photo has more than 52 million pixels.", id="bomb"),
        pytest.param(b"<!doctype html><p>1</p>", "We could not read this file as a photo.", id="html"),
        pytest.param(bytes(12 * 1024 * 1024 + 1), "This file is larger than 12 MB.", id="too large"),
    ],
)
def test_why_a_photo_is_not_taken_is_said_above_and_at_its_field(
    author: Contributor, sent: bytes, said: str
) -> None:
    assert send_photo(author.client, sent).text.count(f"{said} Nothing was added.") == 2


@pytest.mark.either_database
def test_the_log_tells_what_was_wrong_with_a_file(
    author: Contributor, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO, "portal.web.site.uploads"):
        send_photo(author.client, b"<!doctype html><p>1</p>")
    told = [one.getMessage() for one in caplog.records if one.name == "portal.web.site.uploads"]
    assert told == ["refused a file (not_a_picture) of private_photos.save"]


@pytest.mark.either_database
def test_a_script_is_told_that_a_photo_is_far_too_large(author: Contributor) -> None:
    photo = FileStorage(io.BytesIO(bytes(41 * 1024 * 1024)), "IMG_1.jpg")
    boundary, body = encode_multipart({"photo": photo})
    answer = author.client.post(
        PHOTOS,
        data=body,
        content_type=f"multipart/form-data; boundary={boundary}",
        headers={"Accept": "application/json"},
    )
    assert (answer.status_code, answer.get_json()["state"]) == (413, "refused")


@pytest.mark.either_database
def test_a_text_stays_as_small_as_before(author: Contributor) -> None:
    answer = author.client.post(f"{MY}/reply", data={"body": "x" * (5 * 1024 * 1024)})
    assert answer.status_code == 413


def test_a_story_has_no_more_photos_than_it_may(author: Contributor) -> None:
    with author.app.app_context(), transaction() as session:
        submission = session.get_one(Submission, author.submission_id)
        for colour in ("red", "green", "blue", "black", "white")[:MOST_PICTURES]:
            keep_picture(session, submission, at=author.at, colour=colour)
        with pytest.raises(TooManyPictures):
            keep_picture(session, submission, at=author.at)


@pytest.mark.either_database
def test_what_is_said_about_a_photo_is_kept(author: Contributor) -> None:
    send_photo(author.client, make_picture())
    describe(author)
    photo = list_photos(author.app)[0]
    assert (photo.description, photo.caption, photo.credit, photo.people, photo.licence) == (
        *(WORDS[name] for name in ("description", "caption", "credit")),
        PeopleAnswer.NOBODY,
        PhotoLicence.OWN,
    )


@pytest.mark.either_database
def test_words_that_are_too_long_stand_in_the_form_again(author: Contributor) -> None:
    send_photo(author.client, make_picture())
    answer = describe(author, description="ж" * 301)
    form = find_form(answer.text, field="photo")
    assert (answer.status_code, form["values"][name_field(author, "description")]) == (422, "ж" * 301)


@pytest.mark.either_database
@pytest.mark.parametrize("question", ["people", "licence"])
def test_an_answer_nobody_offered_is_not_taken(author: Contributor, question: str) -> None:
    send_photo(author.client, make_picture())
    assert describe(author, **{question: "perhaps"}).status_code == 422


@pytest.mark.either_database
def test_a_removed_photo_is_gone_from_the_disk(author: Contributor) -> None:
    send_photo(author.client, make_picture())
    photo = list_photos(author.app)[0]
    send_form(author.client, PHOTOS, {"remove": photo.public_id})
    assert (list_photos(author.app), find_path(author.app, photo).exists()) == ([], False)


@pytest.mark.either_database
def test_the_contributor_sees_the_photo(author: Contributor) -> None:
    send_photo(author.client, make_picture())
    photo = list_photos(author.app)[0]
    answer = author.client.get(f"{PHOTOS}/{photo.public_id}/picture")
    assert (answer.data, answer.mimetype) == (read_stored(author.app, photo), "image/jpeg")


@pytest.mark.either_database
def test_a_photo_is_sent_from_where_it_lies(author: Contributor) -> None:
    """In memory many slow readers would have it wait there many times."""
    send_photo(author.client, make_picture())
    photo = list_photos(author.app)[0]
    lent: list[str] = []

    def lend(file: Any, size: int) -> FileWrapper:
        lent.append(str(file.name))
        return FileWrapper(file, size)

    author.client.get(f"{PHOTOS}/{photo.public_id}/picture", environ_overrides={"wsgi.file_wrapper": lend})
    assert lent == [str(find_path(author.app, photo))]


@pytest.mark.either_database
def test_a_photo_can_do_nothing_in_a_browser(author: Contributor) -> None:
    send_photo(author.client, make_picture())
    headers = author.client.get(f"{PHOTOS}/{list_photos(author.app)[0].public_id}/picture").headers
    assert (headers["Content-Security-Policy"], headers["X-Content-Type-Options"]) == (
        "default-src 'none'; sandbox",
        "nosniff",
    )


@pytest.mark.either_database
@pytest.mark.parametrize("button", ["", "remove", "up", "down"])
def test_a_photo_of_somebody_else_is_not_there(author: Contributor, button: str) -> None:
    send_photo(author.client, make_picture())
    public_id = list_photos(author.app)[0].public_id
    other = Contributor(author.app, author.app.test_client(), author.at)
    other.send(Stage.STORY)
    other.enter()
    values = find_form(other.client.get(PHOTOS).text, field="photo")["values"]
    if button:
        answer = other.client.post(PHOTOS, data={**values, button: public_id})
    else:
        answer = other.client.get(f"{PHOTOS}/{public_id}/picture")
    assert (answer.status_code, len(list_photos(author.app))) == (404, 1)


@pytest.mark.either_database
def test_words_about_a_photo_of_somebody_else_are_not_kept(author: Contributor) -> None:
    send_photo(author.client, make_picture())
    other = Contributor(author.app, author.app.test_client(), author.at)
    other.send(Stage.STORY)
    other.enter()
    values = find_form(other.client.get(PHOTOS).text, field="photo")["values"]
    other.client.post(PHOTOS, data={**values, name_field(author, "description"): "Не моє"})
    assert [one.description for one in list_photos(author.app)] == [""]


@pytest.mark.either_database
def test_a_declined_story_takes_no_photo(author: Contributor) -> None:
    form = find_form(author.client.get(PHOTOS).text, field="photo")
    author.decide(Act.DECLINE, reason="other", body="Дякуємо.")
    chosen = FileStorage(io.BytesIO(make_picture()), "IMG_1.jpg")
    answer = author.client.post(PHOTOS, data={**form["values"], "photo": chosen})
    assert (answer.status_code, list_photos(author.app)) == (409, [])


@pytest.mark.either_database
def test_an_old_page_loses_no_words_about_a_photo(author: Contributor) -> None:
    send_photo(author.client, make_picture())
    answer = describe(author, csrf_token="stale")
    form = find_form(answer.text, field="photo")
    shown = form["values"][name_field(author, "description")]
    assert (answer.status_code, shown) == (400, WORDS["description"])


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
    photo = list_photos(author.app)[0]
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
    photo = list_photos(author.app)[0]
    assert editor.get(f"{address}/photo/{photo.public_id}").data == read_stored(author.app, photo)


@pytest.mark.either_database
def test_colleagues_of_other_coverages_do_not_get_the_photo(author: Contributor) -> None:
    send_photo(author.client, make_picture())
    _editor, address = sign_in_editor(author)
    photo = list_photos(author.app)[0]
    with author.app.app_context(), transaction() as session:
        staff = session.scalars(select(Staff)).one()
        staff.coverages = []
    assert _editor.get(f"{address}/photo/{photo.public_id}").status_code == 404


@pytest.mark.either_database
def test_a_contributor_who_erases_erases_the_photos(author: Contributor) -> None:
    send_photo(author.client, make_picture())
    photo = list_photos(author.app)[0]
    send_form(author.client, f"{MY}/erase", {}, action="/erase")
    assert (list_photos(author.app), find_path(author.app, photo).exists()) == ([], False)


def test_the_file_of_a_row_is_not_swept_away(author: Contributor) -> None:
    send_photo(author.client, make_picture())
    with author.app.app_context():
        clear_traces(at=datetime(2099, 1, 1, tzinfo=UTC))
    assert find_path(author.app, list_photos(author.app)[0]).exists() is True


def make_bundle(app: Flask, at: datetime) -> bytes:
    """Return the bundle of an approved story with a photo that may leave and one that may not."""
    with app.app_context(), transaction() as session:
        draft = make_approved(session, at)
        for colour, people in (("olive", PeopleAnswer.AGREED), ("navy", PeopleAnswer.NOT_ASKED)):
            photo = keep_picture(session, draft.submission, at=at, colour=colour)
            words = PictureWords(WORDS["description"], WORDS["credit"], people, PhotoLicence.OWN)
            describe_picture(session, draft.submission, photo, words, at=at)
        session.flush()
        session.expire_all()
        return write_again(draft)


def write_again(draft: Draft) -> bytes:
    sources = load_sources(
        db.session(), draft.submission.call.coverage, [draft.public_id], at=datetime.now(UTC)
    )
    return write_file("bundle", build_records(sources))


@pytest.mark.either_database
def test_the_bundle_has_the_photo_that_may_leave(app: Flask, at: datetime) -> None:
    bundle = zipfile.ZipFile(io.BytesIO(make_bundle(app, at)))
    pictures = [name for name in bundle.namelist() if "/pictures/" in name]
    leaving = next(one for one in list_photos(app) if one.people is PeopleAnswer.AGREED)
    assert (
        [name.rpartition("/")[2] for name in pictures],
        bundle.read(pictures[0]),
    ) == ([f"{leaving.content_sha256[:12]}.jpg"], read_stored(app, leaving))


@pytest.mark.either_database
def test_the_manifest_lists_the_photo_that_stays(app: Flask, at: datetime) -> None:
    bundle = zipfile.ZipFile(io.BytesIO(make_bundle(app, at)))
    staying = next(one for one in list_photos(app) if one.people is PeopleAnswer.NOT_ASKED)
    stories = json.loads(bundle.read("manifest.json"))["stories"]
    assert [story["withheld_pictures"] for story in stories] == [
        [{"file": f"pictures/{staying.content_sha256[:12]}.jpg", "reason": "people_not_asked"}]
    ]


@pytest.mark.either_database
def test_the_bundle_with_photos_is_the_same_twice(app: Flask, at: datetime) -> None:
    first = make_bundle(app, at)
    with app.app_context():
        draft = db.session.scalars(select(Draft)).one()
        assert write_again(draft) == first


# --- Two at once --------------------------------------------------------------------------------------------

NO_WORDS = PictureWords("", "", None, None)
SAID = PictureWords("Полиця", "Олена К.", PeopleAnswer.NOBODY, PhotoLicence.OWN)


def add_another(session: Session, submission: Submission, at: datetime) -> None:
    keep_picture(session, submission, at=at, colour="navy")


def add_paper(session: Session, submission: Submission, at: datetime) -> None:
    keep_document(session, submission, at=at)


def describe_one(session: Session, submission: Submission, at: datetime) -> None:
    describe_picture(session, submission, submission.attachments[0], SAID, at=at)


def describe_all(session: Session, submission: Submission, at: datetime) -> None:
    name = submission.attachments[0].public_id
    describe_pictures(session, submission, {name: SAID}, known={name: NO_WORDS}, at=at)


def move_one(session: Session, submission: Submission, at: datetime) -> None:
    move_picture(session, submission, submission.attachments[0], step=1, at=at)


def remove_one(session: Session, submission: Submission, at: datetime) -> None:
    remove_file(session, submission, submission.attachments[0], at=at)


@pytest.mark.parametrize("act", [add_another, add_paper, describe_one, describe_all, move_one, remove_one])
def test_what_an_author_does_to_files_holds_the_row_before_it_looks_at_anything(
    app: Flask, at: datetime, act: Callable[[Session, Submission, datetime], None]
) -> None:
    """SQLite lets one person write at a time: whoever writes there holds everything."""
    with app.app_context():
        session = db.session()
        submission = make_submission(session, at, Stage.STORY)
        keep_picture(session, submission, at=at)
        session.flush()
        session.refresh(submission, ["attachments"])
        with listening(app) as sent:
            act(session, submission, at)
        first, is_postgresql = sent[0][0], db.engine.dialect.name == "postgresql"
        session.rollback()
    assert ("FROM submission" in first, first.endswith("FOR UPDATE OF submission")) == (True, is_postgresql)
