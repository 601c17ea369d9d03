"""Forms over an encrypted line: whoever hides the page they come from can write; others learn why not."""

import io
import logging
from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from portal.config import Settings
from portal.database import transaction
from portal.domain.permissions import Role
from portal.domain.states import State
from portal.extensions import Portal, db
from portal.models import Attachment, Note, Submission
from tests.conftest import close_connections, make_own
from tests.support.bad_input import OPENED
from tests.support.factories import make_call, make_submission
from tests.support.form_writer import (
    ANSWERS,
    IDEA,
    MY,
    PITCH,
    SCRIPT,
    STORY,
    STORY_ANSWERS,
    count_rows,
    open_form,
    read_json,
    save_by_script,
)
from tests.support.photos import make_picture
from tests.support.plain_browser import find_form, read_forms, send_form
from tests.support.staff import PASSWORD, make_account, read_code

pytestmark = pytest.mark.either_database

BASE = "https://localhost"
"""The name that the test browser calls by itself, behind a proxy that encrypts."""

QUIET: tuple[dict[str, str], ...] = (
    {},
    {"HTTP_ORIGIN": BASE, "HTTP_SEC_FETCH_SITE": "same-origin"},
    {"HTTP_ORIGIN": "null"},
    {"HTTP_ORIGIN": "null", "HTTP_SEC_FETCH_SITE": "same-origin"},
    {"HTTP_REFERER": f"{BASE}/"},
)
"""What browsers of careful people say."""

OLD = "Сторінка надто довго була відкрита"
"""Words of each sentence, in the language of the page."""
BLOCKED = "Браузер не передав файл cookie"
ELSEWHERE = "Це надійшло не з\u00a0нашої сторінки"
MISPLACED = "Сайт не впізнає адреси, за якою його відкрито"

REFUSED: tuple[tuple[dict[str, str], str], ...] = (
    ({"HTTP_ORIGIN": "https://evil.example"}, ELSEWHERE),
    ({"HTTP_SEC_FETCH_SITE": "cross-site"}, ELSEWHERE),
    ({"HTTP_SEC_FETCH_SITE": "same-site", "HTTP_ORIGIN": BASE}, ELSEWHERE),
    ({"HTTP_REFERER": "https://evil.example/"}, ELSEWHERE),
    ({"HTTP_ORIGIN": f"{BASE}:8443"}, MISPLACED),
    ({"HTTP_ORIGIN": "https://stories.example", "HTTP_SEC_FETCH_SITE": "same-origin"}, MISPLACED),
)


@pytest.fixture
def encrypted(app: Flask) -> Iterator[Flask]:
    """The portal behind a proxy that encrypts, with the call open."""
    portal: Portal = app.extensions["portal"]
    settings = portal.settings
    made = make_own(
        Settings(instance=settings.instance, database_url=settings.database_url, base_url=BASE, proxy_hops=1)
    )
    made.testing = True
    with app.app_context(), transaction() as session:
        make_call(session, OPENED)
    yield made
    close_connections(made)


def open_browser(app: Flask, said: dict[str, str] | None = None) -> FlaskClient:
    """Return a browser that comes through the proxy and says this of where its forms are sent from."""
    client = app.test_client()
    client.environ_base.update(
        HTTP_X_FORWARDED_PROTO="https", HTTP_X_FORWARDED_HOST="localhost", **(said or {})
    )
    return client


def say(client: FlaskClient, said: dict[str, str]) -> FlaskClient:
    """Let the browser say something else from now on."""
    client.environ_base.update(said)
    return client


def send_pitch(client: FlaskClient) -> TestResponse:
    return client.post(PITCH, data={**open_form(client), **ANSWERS})


@pytest.mark.parametrize("said", QUIET)
def test_a_pitch_is_sent(encrypted: Flask, said: dict[str, str]) -> None:
    answer = send_pitch(open_browser(encrypted, said))
    assert (answer.status_code, answer.location) == (303, "/uk/my/receipt")


@pytest.mark.parametrize("said", QUIET)
def test_what_is_written_is_saved_by_script_and_by_button(encrypted: Flask, said: dict[str, str]) -> None:
    client = open_browser(encrypted, said)
    values = {**open_form(client), **ANSWERS}
    by_script = save_by_script(client, values)
    by_button = client.post(f"{PITCH}/save", data={**values, "save": "1"})
    assert (by_script["state"], by_button.status_code) == ("saved", 303)


@pytest.mark.parametrize("said", QUIET)
def test_a_photo_and_a_message_go_up_on_the_private_page(encrypted: Flask, said: dict[str, str]) -> None:
    client = open_browser(encrypted, said)
    client.post(STORY, data={**open_form(client, STORY), **ANSWERS, **STORY_ANSWERS})
    form = find_form(client.get(f"{MY}/photos").text, field="photo")
    photo = (io.BytesIO(make_picture()), "IMG_1.jpg")
    added = client.post(f"{MY}/photos", data={**form["values"], "photo": photo}, headers=SCRIPT)
    written = send_form(client, MY, {"body": "Додаю світлину."}, field="body", follow=False)
    assert (added.status_code, written.status_code) == (201, 303)
    assert count_rows(encrypted, Attachment) == 1


@pytest.mark.parametrize("said", QUIET)
def test_the_desk_signs_in_and_acts(encrypted: Flask, said: dict[str, str]) -> None:
    with encrypted.app_context(), transaction() as session:
        public_id = make_submission(session, OPENED).public_id
    client = open_browser(encrypted, said)
    email = make_account(encrypted, Role.EDITOR)
    first = send_form(client, "/account/sign-in", {"email": email, "password": PASSWORD}, follow=False)
    second = send_form(client, first.headers["Location"], {"code": read_code()}, follow=False)
    page = f"/desk/submission/{public_id}"
    noted = send_form(client, page, {"body": "Прочитано."}, action="/note", follow=False)
    assert (second.location, noted.status_code, count_rows(encrypted, Note)) == ("/desk/", 303, 1)


@pytest.mark.parametrize(("said", "sentence"), REFUSED)
def test_a_form_from_elsewhere_keeps_its_words_and_says_so(
    encrypted: Flask, said: dict[str, str], sentence: str
) -> None:
    client = open_browser(encrypted)
    values = {**open_form(client), **ANSWERS}
    sent = say(client, said).post(PITCH, data=values)
    saved = client.post(f"{PITCH}/save", data={**values, "save": "1"})
    by_script = client.post(f"{PITCH}/save", data=values, headers=SCRIPT)
    assert [one.status_code for one in (sent, saved, by_script)] == [400] * 3
    assert [(sentence in one.text, IDEA in one.text) for one in (sent, saved)] == [(True, True)] * 2
    assert (read_json(by_script)["state"], sentence in read_json(by_script)["sentence"]) == ("refused", True)
    assert count_rows(encrypted, Submission) == 0


@pytest.mark.parametrize(("said", "sentence"), REFUSED)
def test_nobody_is_signed_in_from_elsewhere(encrypted: Flask, said: dict[str, str], sentence: str) -> None:
    client, email = open_browser(encrypted), make_account(encrypted, Role.EDITOR)
    client.environ_base["HTTP_ACCEPT_LANGUAGE"] = "uk"
    form = find_form(client.get("/account/sign-in").text, field="password")
    say(client, said)
    answer = client.post(form["action"], data={**form["values"], "email": email, "password": PASSWORD})
    assert (answer.status_code, sentence in answer.text) == (400, True)
    assert client.get("/account/code").status_code == 302


def test_an_old_page_and_blocked_cookies_have_a_sentence_each(encrypted: Flask) -> None:
    client = open_browser(encrypted)
    values: dict[str, Any] = {**open_form(client), **ANSWERS}
    old = client.post(PITCH, data={**values, "csrf_token": "old"})
    client.delete_cookie("__Host-portal")
    blocked = client.post(PITCH, data=values)
    told = [
        [one for one in (OLD, BLOCKED, ELSEWHERE, MISPLACED) if one in page.text] for page in (old, blocked)
    ]
    assert (told, [page.status_code for page in (old, blocked)]) == ([[OLD], [BLOCKED]], [400, 400])
    assert [IDEA in page.text for page in (old, blocked)] == [True, True]


def test_a_form_that_was_refused_is_sent_again_from_the_page_it_came_back_on(encrypted: Flask) -> None:
    client = open_browser(encrypted)
    refused = say(client, {"HTTP_ORIGIN": "https://evil.example"}).post(
        PITCH, data={**open_form(client), **ANSWERS}
    )
    again = find_form(refused.text, field="form_key")["values"]
    answer = say(client, {"HTTP_ORIGIN": BASE}).post(PITCH, data=again)
    assert (answer.status_code, answer.location) == (303, "/uk/my/receipt")


def test_the_log_tells_the_operator_what_arrived(encrypted: Flask, caplog: pytest.LogCaptureFixture) -> None:
    client = open_browser(encrypted)
    values = open_form(client)
    origin = {"HTTP_ORIGIN": f"{BASE}:8443/{'x' * 300}"}
    with caplog.at_level(logging.WARNING, "portal.web.site.form_guard"):
        say(client, origin).post(PITCH, data=values)
    (told,) = (one.getMessage() for one in caplog.records if one.name == "portal.web.site.form_guard")
    assert [part in told for part in (f"{BASE}:8443", "PORTAL_BASE_URL", "'localhost'", "x" * 201)] == [
        True,
        True,
        True,
        False,
    ]


def test_the_log_tells_that_a_token_was_not_good(encrypted: Flask, caplog: pytest.LogCaptureFixture) -> None:
    client = open_browser(encrypted)
    values = {**open_form(client), "csrf_token": "made up"}
    with caplog.at_level(logging.INFO, "portal.web.site.form_guard"):
        client.post(PITCH, data=values)
    told = [one.getMessage() for one in caplog.records if one.name == "portal.web.site.form_guard"]
    assert told == ["refused a form (old_page) of contribute.pitch"]


def test_another_name_of_ours_is_our_own_page(app: Flask) -> None:
    portal: Portal = app.extensions["portal"]
    settings = Settings(
        instance=portal.settings.instance,
        database_url=portal.settings.database_url,
        base_url=BASE,
        trusted_hosts="stories.example",
    )
    made = make_own(settings)
    client = made.test_client()
    (form,) = read_forms(client.get("/en/my", base_url="https://stories.example").text)
    answer = client.post(
        "/en/my",
        data=form["values"],
        base_url="https://stories.example",
        headers={"Origin": "https://stories.example"},
    )
    close_connections(made)
    assert answer.status_code == 422


def test_a_withdrawal_from_elsewhere_is_no_withdrawal(encrypted: Flask) -> None:
    client = open_browser(encrypted)
    send_pitch(client)
    form = find_form(client.get(f"{MY}/withdraw").text, action="/withdraw")
    said = {"HTTP_ORIGIN": "https://evil.example"}
    answer = say(client, said).post(form["action"] or f"{MY}/withdraw", data=form["values"])
    with encrypted.app_context():
        state = db.session.query(Submission).one().state
    assert (answer.status_code, ELSEWHERE in answer.text, state) == (400, True, State.SUBMITTED)
