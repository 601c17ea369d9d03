"""Stories read from files cost a process each: when very many come, the words wait, and are not lost."""

import io
import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from portal.domain.admission import FILES_OF_PAGE, FILES_READ
from portal.extensions import current_portal, db
from portal.models import RateBucket, Submission
from portal.operations.rate_limits import name_bucket
from tests.support.contributor import Contributor
from tests.support.form_writer import MY, STORY, fill_up, open_form, read_values

pytestmark = [pytest.mark.either_database, pytest.mark.usefixtures("opened")]

WORDS = "Світло зникло."


def send_file(client: FlaskClient, address: str, sent: bytes = WORDS.encode(), **typed: str) -> TestResponse:
    values: dict[str, Any] = {**open_form(client, address), **typed}
    values["document"] = (io.BytesIO(sent), "story.txt")
    return client.post(f"{address}/file", data=values, content_type="multipart/form-data")


def test_a_file_that_finds_no_room_costs_no_word_of_the_form(app: Flask, client: FlaskClient) -> None:
    fill_up(app, "files", FILES_READ)
    answered = send_file(client, STORY, story="Початок.", lang="uk")
    assert (answered.status_code, read_values(answered.text)["story"]) == (429, "Початок.")


def test_a_file_that_finds_no_room_is_told_when_to_come_back(app: Flask, client: FlaskClient) -> None:
    fill_up(app, "files", FILES_READ)
    waited = int(send_file(client, STORY).headers["Retry-After"])
    assert timedelta(seconds=1) <= timedelta(seconds=waited) <= timedelta(hours=1)


def test_files_of_strangers_are_counted_on_the_whole_site(
    app: Flask, client: FlaskClient, moment: datetime
) -> None:
    for browser in (client, app.test_client()):
        assert send_file(browser, STORY).status_code == 200
    with app.app_context():
        level = db.session.scalars(select(RateBucket.level).where(RateBucket.name == "files")).one()
    assert level == 2


def test_strangers_do_not_hold_up_who_has_a_page(app: Flask, invited: FlaskClient) -> None:
    fill_up(app, "files", FILES_READ)
    answered = send_file(invited, f"{MY}/story")
    assert (answered.status_code, read_values(answered.text)["story"]) == (200, WORDS)


def test_one_page_does_not_keep_the_machine_busy(app: Flask, invited: FlaskClient) -> None:
    with app.app_context():
        submission = db.session.scalars(select(Submission)).one()
        name = name_bucket(current_portal().instance.receipt_secret, "files", submission.public_id)
    fill_up(app, name, FILES_OF_PAGE)
    assert send_file(invited, f"{MY}/story").status_code == 429


def test_a_pitch_takes_no_file_in_place_of_its_words(app: Flask, client: FlaskClient) -> None:
    person = Contributor(app, client, datetime.now(UTC))
    person.send()
    person.enter()
    answered = send_file(client, f"{MY}/change")
    assert (answered.status_code, answered.location) == (303, MY)


UNSURE = "Мы жили в подвале двадцать дней."
OTHERWISE = UNSURE.encode("cp1251").decode("mac_cyrillic")


def choose_reading(client: FlaskClient, page: str, encoding: str) -> TestResponse:
    """Press the button below one of the readings that a page shows."""
    values = {**read_values(page), "document_reading": encoding}
    return client.post(f"{STORY}/file", data=values, content_type="multipart/form-data")


def test_who_sends_a_text_with_several_readings_is_asked_which_is_meant(client: FlaskClient) -> None:
    asked = send_file(client, STORY, UNSURE.encode("cp1251"), lang="ru", story="Начало.")
    shown = re.findall(r'<blockquote id="reading-\d" lang="und"><p dir="auto">(.*?)</p>', asked.text)
    assert (asked.status_code, shown, read_values(asked.text)["story"]) == (
        200,
        [UNSURE, OTHERWISE],
        "Начало.",
    )


@pytest.mark.parametrize(("encoding", "story"), [("cp1251", UNSURE), ("mac_cyrillic", OTHERWISE)])
def test_the_reading_that_was_chosen_is_the_story(client: FlaskClient, encoding: str, story: str) -> None:
    asked = send_file(client, STORY, UNSURE.encode("cp1251"), lang="ru")
    assert read_values(choose_reading(client, asked.text, encoding).text)["story"] == story


def test_another_file_is_not_read_as_was_chosen_for_the_first(client: FlaskClient) -> None:
    asked = send_file(client, STORY, UNSURE.encode("cp1251"), lang="ru")
    values = {**read_values(asked.text), "document_reading": "mac_cyrillic"}
    values["document"] = (io.BytesIO(WORDS.encode()), "story.txt")
    answer = client.post(f"{STORY}/file", data=values, content_type="multipart/form-data")
    assert read_values(answer.text)["story"] == WORDS


@pytest.mark.parametrize("way", ["send", "language"])
def test_the_question_stays_when_something_else_is_pressed(client: FlaskClient, way: str) -> None:
    asked = read_values(send_file(client, STORY, UNSURE.encode("cp1251"), lang="ru").text)
    page = client.post(f"{STORY}/{way}", data={**asked, "story": "Начало."}).text
    shown = re.findall(r'<blockquote id="reading-\d" lang="und"><p dir="auto">(.*?)</p>', page)
    assert (shown, read_values(page)["document_held"]) == ([UNSURE, OTHERWISE], asked["document_held"])


@pytest.mark.parametrize("held", ["", "not of the page", "A" * 100_000, "QQ== " + "W1tb" * 30_000])
def test_a_page_that_took_no_text_along_says_so(client: FlaskClient, held: str) -> None:
    values = {**open_form(client, STORY), "document_held": held, "document_reading": "cp1251"}
    answer = client.post(f"{STORY}/file", data=values, content_type="multipart/form-data")
    assert (answer.status_code, answer.text.count('id="document-error"')) == (422, 1)


LARGE, LARGER = 20 * 1024 * 1024, 40 * 1024 * 1024
TOO_LARGE = "The file you chose for the story is larger than 25 MB, so nothing was sent."
CLOSED = "Nothing was sent: a closed page does not take large files."
TEXT = "What you sent is larger than the form can take."


def send_large(client: FlaskClient, address: str, size: int) -> TestResponse:
    """Begin to send a form with a file of so many bytes; it is answered before they come."""
    data = {"document": (io.BytesIO(b"x"), "story.docx")}
    return client.post(address, data=data, environ_overrides={"CONTENT_LENGTH": str(size)})


@pytest.mark.parametrize("path", ["", "/file", "/send", "/save"])
def test_a_file_that_is_far_too_large_is_called_a_file(client: FlaskClient, path: str) -> None:
    answer = send_large(client, f"/en/ukraine-taiwan/story{path}", LARGER)
    assert (answer.status_code, TOO_LARGE in answer.text, TEXT in answer.text) == (413, True, False)


@pytest.mark.parametrize(("size", "status", "told"), [(LARGE, 401, CLOSED), (LARGER, 413, TOO_LARGE)])
def test_a_large_file_for_a_page_that_is_closed_is_called_a_file_too(
    client: FlaskClient, size: int, status: int, told: str
) -> None:
    answer = send_large(client, "/en/my/change/send", size)
    assert (answer.status_code, told in answer.text, TEXT in answer.text) == (status, True, False)
