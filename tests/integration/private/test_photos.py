"""Photos of a story: added, described and removed on the private page without scripts."""

import io
import logging

import pytest
from sqlalchemy import select
from werkzeug.datastructures import FileStorage
from werkzeug.test import encode_multipart

from portal.database import transaction
from portal.domain.acts import Act
from portal.domain.photos import MOST_PICTURES, PeopleAnswer, PhotoLicence, TooManyPictures
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
    list_stored_names,
    name_field,
    read_stored,
    send_photo,
)
from tests.support.photos import (
    CANARY,
    keep_picture,
    make_bomb,
    make_noise,
    make_picture,
    make_telling_jpeg,
)
from tests.support.plain_browser import find_form, send_form
from tests.support.staff import enter


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
    assert (answer.status_code, len(list_attachments(author.app))) == (303, 1)


def make_cut_photo() -> bytes:
    """Return what a line that broke brought of a photo: its upper half."""
    whole = make_noise()
    return whole[: len(whole) // 2]


@pytest.mark.either_database
@pytest.mark.parametrize(
    ("sent", "said"), [(make_cut_photo(), 1), (make_picture(), 0)], ids=["in part", "whole"]
)
def test_a_photo_that_arrived_in_part_is_said_to_as_long_as_it_is_there(
    author: Contributor, sent: bytes, said: int
) -> None:
    send_photo(author.client, sent)
    pages = [author.client.get(PHOTOS).text for _ in range(2)]
    desk = enter(author.app.test_client(), find_editor(author))
    page = desk.get(f"/desk/submission/{find_public_id(author)}").text
    assert [one.count("This photo did not arrive whole.") for one in pages] == [said, said]
    assert page.count("Only a part of this photo arrived.") == said


def find_editor(author: Contributor) -> str:
    with author.app.app_context():
        return db.session.scalars(select(Staff.fs_uniquifier)).one()


def find_public_id(author: Contributor) -> str:
    with author.app.app_context():
        return db.session.scalars(select(Submission.public_id)).one()


@pytest.mark.either_database
def test_what_is_stored_of_a_photo_tells_nothing(author: Contributor) -> None:
    send_photo(author.client, make_telling_jpeg(), f"{CANARY}.jpg")
    stored = read_stored(author.app, list_attachments(author.app)[0])
    assert (stored[:2], stored.count(CANARY.encode())) == (b"\xff\xd8", 0)


@pytest.mark.either_database
def test_nothing_else_of_an_upload_stays_on_the_disk(author: Contributor) -> None:
    before = list_stored_names(author.app)
    send_photo(author.client, make_picture())
    assert list_stored_names(author.app) - before == {list_attachments(author.app)[0].public_id}


def test_a_photo_that_is_sent_twice_is_kept_once(author: Contributor) -> None:
    before = list_stored_names(author.app)
    answers = [send_photo(author.client, make_picture()).status_code for _ in range(2)]
    assert (answers, len(list_stored_names(author.app) - before)) == ([303, 303], 1)


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
    before = list_stored_names(author.app)
    answer = send_photo(author.client, sent)
    assert (answer.status_code, list_stored_names(author.app) - before) == (status, set())


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


@pytest.mark.either_database
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
    photo = list_attachments(author.app)[0]
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
    photo = list_attachments(author.app)[0]
    send_form(author.client, PHOTOS, {"remove": photo.public_id})
    assert (list_attachments(author.app), find_path(author.app, photo).exists()) == ([], False)


@pytest.mark.either_database
def test_words_about_a_photo_of_somebody_else_are_not_kept(author: Contributor) -> None:
    send_photo(author.client, make_picture())
    other = Contributor(author.app, author.app.test_client(), author.at)
    other.send(Stage.STORY)
    other.enter()
    values = find_form(other.client.get(PHOTOS).text, field="photo")["values"]
    other.client.post(PHOTOS, data={**values, name_field(author, "description"): "Не моє"})
    assert [one.description for one in list_attachments(author.app)] == [""]


@pytest.mark.either_database
def test_a_declined_story_takes_no_photo(author: Contributor) -> None:
    form = find_form(author.client.get(PHOTOS).text, field="photo")
    author.decide(Act.DECLINE, reason="other", body="Дякуємо.")
    chosen = FileStorage(io.BytesIO(make_picture()), "IMG_1.jpg")
    answer = author.client.post(PHOTOS, data={**form["values"], "photo": chosen})
    assert (answer.status_code, list_attachments(author.app)) == (409, [])


@pytest.mark.either_database
def test_an_old_page_loses_no_words_about_a_photo(author: Contributor) -> None:
    send_photo(author.client, make_picture())
    answer = describe(author, csrf_token="stale")
    form = find_form(answer.text, field="photo")
    shown = form["values"][name_field(author, "description")]
    assert (answer.status_code, shown) == (400, WORDS["description"])
