"""Passwords are hashed as strongly as the machine can bear, weak ones are refused, and no secret is shown."""

import hashlib
import threading
from base64 import urlsafe_b64decode
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from flask_security import hash_password
from werkzeug.test import TestResponse

from portal.app import create_app
from portal.config import Settings
from portal.extensions import Portal, db
from portal.web.staff.password_hashing import CappedHashing, count_slots
from tests.security.accounts import CountedHashing, send_password
from tests.support.bad_input import heading_of
from tests.support.plain_browser import find_form, send_form
from tests.support.staff import PASSWORD, SECRET, sign_in

AT_ONCE = 2


def test_as_many_passwords_are_hashed_at_once_as_there_are_cores() -> None:
    slots = {
        (cores, workers): count_slots(workers=workers, cores=cores) for cores in (1, 8) for workers in (1, 4)
    }
    assert slots == {(1, 1): 1, (1, 4): 1, (8, 1): 8, (8, 4): 2}


class Crowd:
    """A password context in which people meet; it notes how many were inside at once."""

    def __init__(self) -> None:
        self.inside, self.most = 0, 0
        self._lock = threading.Lock()
        self._met = threading.Barrier(AT_ONCE, timeout=5)

    def verify(self, password: str, hashed: str) -> bool:
        with self._lock:
            self.inside += 1
            self.most = max(self.most, self.inside)
        self._met.wait()
        with self._lock:
            self.inside -= 1
        return password == hashed


def test_no_more_passwords_are_hashed_at_once_and_the_others_wait() -> None:
    crowd = Crowd()
    hashing = CappedHashing(crowd, slots=AT_ONCE)
    with ThreadPoolExecutor(3 * AT_ONCE) as pool:
        answers = list(pool.map(hashing.verify, "aaaaaa", "ababab"))
    assert (answers, crowd.most) == ([True, False] * 3, AT_ONCE)


def test_without_the_cap_more_are_hashed_at_once() -> None:
    crowd = Crowd()
    hashing = CappedHashing(crowd, slots=3 * AT_ONCE)
    start = threading.Barrier(AT_ONCE + 1)
    crowd._met = threading.Barrier(AT_ONCE + 1, timeout=5)  # noqa: SLF001  # one more than may be inside

    def verify(_number: int) -> bool:
        start.wait()
        return hashing.verify("a", "a")

    with ThreadPoolExecutor(AT_ONCE + 1) as pool:
        list(pool.map(verify, range(AT_ONCE + 1)))
    assert crowd.most == AT_ONCE + 1


@pytest.mark.either_database
def test_a_sign_in_that_waited_too_long_is_told_to_come_back(
    app: Flask, client: FlaskClient, moderator: str
) -> None:
    security = app.extensions["security"]
    usual = security.pwd_context
    security.pwd_context = full = CappedHashing(usual, slots=1, patience=0.01)
    try:
        with full.turn():
            answer: TestResponse = send_form(
                client, "/account/sign-in", {"email": moderator, "password": PASSWORD}
            )
    finally:
        security.pwd_context = usual
    assert (answer.status_code, heading_of(answer.text), answer.headers["Retry-After"]) == (
        503,
        "We are overloaded",
        "60",
    )


def test_nothing_of_the_database_is_held_while_a_password_is_hashed(
    app: Flask, client: FlaskClient, moderator: str
) -> None:
    security = app.extensions["security"]
    usual = security.pwd_context
    seen: list[bool] = []

    class Watching(CountedHashing):
        def verify(self, password: str, hashed: str) -> bool:
            seen.append(db.session().in_transaction())
            return super().verify(password, hashed)

    security.pwd_context = Watching(usual)
    try:
        send_form(client, "/account/sign-in", {"email": moderator, "password": PASSWORD})
    finally:
        security.pwd_context = usual
    assert seen == [False]


def test_the_hash_of_a_password_is_of_the_strength_that_is_asked_for(tmp_path: Path) -> None:
    with create_app(Settings(instance=tmp_path, base_url="http://localhost")).app_context():
        assert hash_password(PASSWORD).startswith("$argon2id$v=19$m=47104,t=1,p=1$")


@pytest.mark.either_database
@pytest.mark.parametrize(
    "weak",
    [
        "passwordpassword",
        "123456789012345",
        "qwertyuiopasdfgh",
        "aaaaaaaaaaaaaaaa",
        "too short",
        "x1Й漢" * 33,
    ],
)
def test_a_password_that_is_guessed_early_is_refused(client: FlaskClient, moderator: str, weak: str) -> None:
    sign_in(client, moderator)
    typed = {"password": PASSWORD, "new_password": weak, "new_password_confirm": weak}
    send_form(client, "/account/password", typed)
    assert send_password(client.application.test_client(), moderator, PASSWORD)[0] == 302


@pytest.mark.either_database
def test_a_password_made_of_the_own_address_is_refused(client: FlaskClient, moderator: str) -> None:
    sign_in(client, moderator)
    typed = {"password": PASSWORD, "new_password": moderator, "new_password_confirm": moderator}
    send_form(client, "/account/password", typed)
    assert send_password(client.application.test_client(), moderator, PASSWORD)[0] == 302


@pytest.mark.either_database
def test_the_secret_of_the_second_factor_is_shown_to_nobody_later(
    client: FlaskClient, moderator: str
) -> None:
    sign_in(client, moderator)
    assert client.get("/account/second-factor").text.count(SECRET) == 0


@pytest.mark.either_database
def test_cookies_and_tokens_are_signed_by_sha256(app: Flask, client: FlaskClient) -> None:
    token = find_form(client.get("/en/my").text, field="code")["values"]["csrf_token"]
    cookie = client.get_cookie(app.config["SESSION_COOKIE_NAME"])
    assert cookie is not None
    signatures = [urlsafe_b64decode(signed.rpartition(".")[2] + "=") for signed in (token, cookie.value)]
    assert [len(one) for one in signatures] == [hashlib.sha256().digest_size] * 2


@pytest.mark.either_database
def test_the_instance_folder_is_closed_to_others(app: Flask) -> None:
    portal: Portal = app.extensions["portal"]
    folder = Path(portal.instance.folder)
    assert folder.stat().st_mode & 0o077 == 0
