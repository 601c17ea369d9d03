"""The order of photos, and what the history tells of them."""

import re
from datetime import datetime

import pytest
from sqlalchemy import select
from werkzeug.test import TestResponse

from portal.database import transaction
from portal.domain.photos import PeopleAnswer, PhotoLicence, PictureWords
from portal.extensions import db
from portal.models import Attachment, Event, Submission
from portal.operations.private.photos import describe_picture, move_picture
from tests.support.contributor import Contributor
from tests.support.file_pages import PHOTOS, keep_two, list_acts, list_attachments, send_file
from tests.support.photos import keep_picture, make_picture
from tests.support.plain_browser import send_form


def read_version(author: Contributor) -> int:
    with author.app.app_context():
        return db.session.get_one(Submission, author.submission_id).version


def move(author: Contributor, photo: Attachment, way: str) -> TestResponse:
    return send_form(author.client, PHOTOS, {way: photo.public_id})


@pytest.mark.parametrize(("index", "way"), [(0, "down"), (1, "up")])
def test_photos_change_places(author: Contributor, index: int, way: str) -> None:
    keep_two(author)
    before = [one.public_id for one in list_attachments(author.app)]
    move(author, list_attachments(author.app)[index], way)
    assert [one.public_id for one in list_attachments(author.app)] == before[::-1]


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
    photo = list_attachments(author.app)[0]
    move(author, photo, "down")
    send_form(author.client, PHOTOS, {"remove": photo.public_id})
    assert list_acts(author) == ["add_picture", "add_picture", "change_picture", "remove_picture"]


@pytest.mark.either_database
def test_the_history_holds_no_word_about_a_photo(author: Contributor) -> None:
    send_file(author.client, PHOTOS, "photo", make_picture(), "IMG_1.jpg")
    with author.app.app_context():
        details = db.session.scalars(select(Event.detail).where(Event.act == "add_picture")).all()
    assert details == [{}]


@pytest.mark.either_database
def test_a_new_photo_makes_what_colleagues_have_open_out_of_date(author: Contributor) -> None:
    before = read_version(author)
    keep_two(author)
    assert read_version(author) == before + 2


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
