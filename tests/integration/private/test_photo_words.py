"""What is said about photos: no button, no other photo and no older page takes a word of it back."""

import io
import json
import zipfile
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.datastructures import FileStorage
from werkzeug.test import TestResponse

from portal.database import transaction
from portal.domain.errors import StaleEdit
from portal.domain.photos import PeopleAnswer, PhotoLicence, PictureWords
from portal.domain.states import Stage
from portal.export.photos import NOT_DESCRIBED, gather_pictures
from portal.extensions import db
from portal.models import Attachment, Staff, Submission
from portal.operations.private.photos import describe_pictures
from tests.support.contributor import MY, Contributor
from tests.support.photos import keep_picture, make_picture
from tests.support.plain_browser import find_form
from tests.support.staff import enter_as

pytestmark = pytest.mark.either_database

PHOTOS = f"{MY}/photos"
WHOLE = {"description": "Полиця", "credit": "Олена", "people": "nobody", "licence": "own"}
MISSING = "It cannot be printed yet. Please tell us: "


@pytest.fixture
def author(app: Flask, client: FlaskClient, at: datetime) -> Iterator[Contributor]:
    """A contributor with two photos, and the private page open."""
    with time_machine.travel(at, tick=False):
        person = Contributor(app, client, at)
        person.send(Stage.STORY)
        person.enter()
        with app.app_context(), transaction() as session:
            submission = session.get_one(Submission, person.submission_id)
            for colour in ("olive", "navy"):
                keep_picture(session, submission, at=at, colour=colour)
        yield person


def list_photos(author: Contributor) -> list[Attachment]:
    with author.app.app_context():
        return list(db.session.scalars(select(Attachment).order_by(Attachment.position)))


def read(author: Contributor, name: str) -> list[Any]:
    """Return one thing that is said about each photo."""
    return [getattr(one, name) for one in list_photos(author)]


def open_form(author: Contributor) -> dict[str, Any]:
    values: dict[str, Any] = find_form(author.client.get(PHOTOS).text, field="photo")["values"]
    return values


def say(author: Contributor, number: int, words: Mapping[str, str]) -> dict[str, str]:
    """Return fields of one photo with what is typed into them."""
    public_id = list_photos(author)[number].public_id
    return {f"{public_id}-{name}": text for name, text in words.items()}


def post(author: Contributor, *typed: Mapping[str, Any]) -> TestResponse:
    return author.client.post(PHOTOS, data={name: one for part in typed for name, one in part.items()})


def test_saving_one_photo_keeps_what_was_typed_for_the_others(author: Contributor) -> None:
    post(
        author,
        open_form(author),
        say(author, 0, {"description": "Полиця"}),
        say(author, 1, {"description": "Ґанок"}),
        {"save": "2"},
    )
    assert read(author, "description") == ["Полиця", "Ґанок"]


def test_what_is_kept_of_them_may_be_forgotten_by_the_device(author: Contributor) -> None:
    before = author.client.get(PHOTOS).text.count("data-forget")
    post(author, open_form(author), say(author, 0, {"description": "Полиця"}), {"save": "1"})
    after = [author.client.get(PHOTOS).text.count("data-forget") for _ in range(2)]
    assert (before, after) == (0, [1, 0])


@pytest.mark.parametrize("button", ["remove", "up", "down", "add"])
def test_every_button_keeps_what_was_typed(author: Contributor, button: str) -> None:
    stays = list_photos(author)[0].public_id
    about = {"remove": 1, "up": 1, "down": 0}.get(button)
    value = {button: "yes" if about is None else list_photos(author)[about].public_id}
    chosen = FileStorage(io.BytesIO(make_picture(colour="red")), "IMG_1.jpg")
    more = {"photo": chosen} if button == "add" else {}
    answered = post(author, open_form(author), say(author, 0, {"caption": "Зима"}), value, more)
    kept = {one.public_id: one.caption for one in list_photos(author)}
    assert (answered.status_code, kept[stays], len(kept)) == (
        303,
        "Зима",
        {"remove": 1, "add": 3}.get(button, 2),
    )


def test_a_photo_that_is_refused_costs_no_word(author: Contributor) -> None:
    chosen = FileStorage(io.BytesIO(b"no photo"), "IMG_1.jpg")
    answered = post(author, open_form(author), say(author, 0, {"caption": "Зима"}), {"photo": chosen})
    shown = find_form(answered.text, field="photo")["values"]
    assert (answered.status_code, read(author, "caption")[0]) == (422, "Зима")
    assert shown[next(iter(say(author, 0, {"caption": ""})))] == "Зима"


def test_a_description_alone_is_kept_and_what_is_missing_is_said(author: Contributor) -> None:
    post(author, open_form(author), say(author, 0, {"description": "Полиця"}))
    page = author.client.get(PHOTOS).text
    assert (
        read(author, "description"),
        page.count(f"{MISSING}who took it, who is in it, whether it may be published."),
        page.count(f"{MISSING}what it shows, who took it, who is in it, whether it may be published."),
    ) == (["Полиця", ""], 1, 1)


def test_the_desk_is_told_what_is_missing(author: Contributor) -> None:
    post(author, open_form(author), say(author, 0, {**WHOLE, "credit": ""}))
    with author.app.app_context():
        public_id = db.session.get_one(Submission, author.submission_id).public_id
        email = db.session.scalars(select(Staff.email)).first()
    editor = author.app.test_client()
    enter_as(editor, str(email))
    page = editor.get(f"/desk/submission/{public_id}").text
    assert page.count("The author still has to say: who took it.") == 1


@pytest.mark.parametrize("left_out", WHOLE)
def test_an_incomplete_photo_does_not_leave(author: Contributor, left_out: str) -> None:
    whole = {name: text for name, text in WHOLE.items() if name != left_out}
    post(author, open_form(author), say(author, 0, whole), say(author, 1, WHOLE))
    found = gather_pictures(list_photos(author), lambda _name: b"", lang="uk")
    assert ([one.description for one in found.leaving], len(found.withheld)) == (["Полиця"], 1)
    reasons = {"people": "people_not_asked", "licence": "not_licensed"}
    assert found.withheld[0].reason == reasons.get(left_out, NOT_DESCRIBED)


def test_own_data_holds_what_was_said_so_far(author: Contributor) -> None:
    post(author, open_form(author), say(author, 0, {"description": "Полиця"}))
    values = find_form(author.client.get(f"{MY}/data").text, action="/data")["values"]
    sent = author.client.post(f"{MY}/data", data=values, buffered=True)
    with zipfile.ZipFile(io.BytesIO(sent.data)) as packed:
        data = json.loads(packed.read("data.json"))
    told = [(one["description"], one["people"]) for one in data["files"]]
    assert told == [("Полиця", None), ("", None)]


def test_an_old_page_takes_back_nothing(author: Contributor) -> None:
    old = open_form(author)
    post(author, open_form(author), say(author, 0, WHOLE))
    answered = post(author, old, say(author, 1, {"description": "Ґанок"}))
    assert (answered.status_code, read(author, "description"), read(author, "people")[0]) == (
        303,
        ["Полиця", "Ґанок"],
        PeopleAnswer.NOBODY,
    )


def test_what_two_tabs_changed_is_shown_before_one_of_them_wins(author: Contributor) -> None:
    old = open_form(author)
    post(author, open_form(author), say(author, 0, {"description": "Полиця", "caption": "Зима"}))
    typed = say(author, 0, {"description": "Ґанок"})
    refused = post(author, old, typed)
    shown = find_form(refused.text, field="photo")["values"]
    assert (
        refused.status_code,
        refused.text.count("in the meantime: “Полиця”."),
        read(author, "description")[0],
    ) == (
        422,
        2,
        "Полиця",
    )
    assert {name: shown[name] for name in typed} == typed
    again = post(author, shown)
    assert (again.status_code, read(author, "description")[0], read(author, "caption")[0]) == (
        303,
        "Ґанок",
        "Зима",
    )


def test_words_can_be_taken_out_again(author: Contributor) -> None:
    post(author, open_form(author), say(author, 0, WHOLE))
    post(author, open_form(author), say(author, 0, {"description": ""}))
    assert (read(author, "description")[0], read(author, "credit")[0]) == ("", "Олена")


def test_a_page_that_does_not_say_what_it_showed_takes_back_nothing(author: Contributor) -> None:
    post(author, open_form(author), say(author, 0, WHOLE))
    values = {name: one for name, one in open_form(author).items() if not name.endswith("-seen")}
    refused = post(author, values, say(author, 0, {"description": "Ґанок"}))
    assert (refused.status_code, read(author, "description")[0]) == (422, "Полиця")


def test_words_about_a_photo_that_is_gone_are_passed_over(author: Contributor) -> None:
    old, gone = open_form(author), list_photos(author)[1].public_id
    typed = say(author, 1, {"description": "Ґанок"})
    post(author, open_form(author), {"remove": gone})
    answered = post(author, old, typed, say(author, 0, {"description": "Полиця"}))
    assert (answered.status_code, read(author, "description")) == (303, ["Полиця"])


def test_what_changed_between_reading_and_keeping_is_not_written_over(
    author: Contributor, at: datetime
) -> None:
    photo = list_photos(author)[0]
    empty = PictureWords("", "", None, None)
    post(author, open_form(author), say(author, 0, WHOLE))
    typed = PictureWords("Ґанок", "", None, PhotoLicence.OWN)
    words, known = {photo.public_id: typed}, {photo.public_id: empty}
    with author.app.app_context(), transaction() as session:
        submission = session.get_one(Submission, author.submission_id)
        with pytest.raises(StaleEdit):
            describe_pictures(session, submission, words, known=known, at=at)
    assert read(author, "description")[0] == "Полиця"


def test_saving_what_did_not_change_leaves_no_trace(author: Contributor) -> None:
    post(author, open_form(author))
    assert read(author, "changed_at") == [None, None]
