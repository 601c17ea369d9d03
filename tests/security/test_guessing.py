"""Passwords and codes are guessed slowly, without keeping the owner out."""

import logging
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient

from portal.domain.admission import CONFIRMATIONS, OF_BROWSER, OF_HALFWAY, PROVED_SIGN_INS
from portal.domain.sign_in import ATTEMPT_WINDOW, ATTEMPTS
from portal.models import Staff
from portal.operations.contribute.admission import PROVED_SIGN_IN
from portal.web.staff.known_browsers import read_browser_mark
from tests.security.accounts import (
    ANOTHER,
    CountedHashing,
    change,
    fill_site,
    give_password,
    is_in,
    make_recovery_code,
    send_password,
)
from tests.support.plain_browser import find_form, send_form
from tests.support.proof_of_work import solve
from tests.support.staff import PASSWORD, sign_in

pytestmark = pytest.mark.either_database


def test_recovery_codes_cannot_be_guessed_one_after_another(
    app: Flask, client: FlaskClient, moderator: str
) -> None:
    sign_in(client, moderator)
    code = make_recovery_code(client)
    guesser = give_password(app, moderator)
    for _attempt in range(5):
        send_form(guesser, "/account/recovery-code", {"code": "0000-0000-0000"})
    assert send_form(guesser, "/account/recovery-code", {"code": code}, follow=False).status_code == 200


def test_wrong_passwords_in_any_number_leave_the_owner_in_and_keep_nobody_out_for_long(
    app: Flask, client: FlaskClient, moderator: str, pytestconfig: pytest.Config
) -> None:
    wrong = 10_000 if pytestconfig.getoption("full") else 20
    sign_in(client, moderator)
    attacker, owner = app.test_client(), app.test_client()
    with time_machine.travel(datetime.now(UTC), tick=False) as clock:
        form = find_form(attacker.get("/account/sign-in").text, field="password")
        guess = {**form["values"], "email": moderator, "password": "wrong" * 4}
        for _attempt in range(wrong):
            attacker.post("/account/sign-in", data=guess)
        stays = is_in(client)
        clock.shift(timedelta(seconds=60))
        answer = sign_in(owner, moderator)
    assert (stays, answer.headers["Location"]) == (True, "/desk/")


def test_when_strangers_knock_nothing_is_computed_for_others_of_them(
    app: Flask, moderator: str, caplog: pytest.LogCaptureFixture
) -> None:
    client = app.test_client()
    form = find_form(client.get("/account/sign-in").text, field="password")
    with time_machine.travel(datetime.now(UTC) + timedelta(minutes=5), tick=False):
        fill_site(app)
        typed = {**form["values"], "email": moderator, "password": PASSWORD}
        with caplog.at_level(logging.INFO, "portal.web.site.access"):
            answer = client.post("/account/sign-in", data=typed)
    told = [one.getMessage() for one in caplog.records if one.name == "portal.web.site.access"]
    assert (answer.status_code, answer.headers["Retry-After"], told) == (
        429,
        "1",
        ["no room: POST security.login"],
    )


def test_a_browser_that_has_signed_in_before_does_so_while_strangers_knock(
    app: Flask, moderator: str
) -> None:
    client = app.test_client()
    sign_in(client, moderator)
    send_form(client, "/account/", {}, action="/sign-out")
    with time_machine.travel(datetime.now(UTC) + timedelta(minutes=5), tick=False):
        fill_site(app)
        fill_site(app, PROVED_SIGN_IN, PROVED_SIGN_INS)
        assert sign_in(client, moderator).headers["Location"] == "/desk/"


def test_a_proof_opens_the_door_while_strangers_knock(app: Flask, moderator: str) -> None:
    client = app.test_client()
    with time_machine.travel(datetime.now(UTC) + timedelta(minutes=5), tick=False):
        fill_site(app)
        proof = solve(client.get("/en/my/proof").get_json())
        typed = {"email": moderator, "password": PASSWORD, "proof": proof}
        answers = [send_form(client, "/account/sign-in", typed, follow=False) for _ in range(2)]
    assert [one.status_code for one in answers] == [302, 429]


@pytest.mark.parametrize("address", ["/account/code", "/account/recovery-code"])
def test_whoever_has_passed_the_password_tries_codes_for_one_account(
    app: Flask, moderator: str, address: str
) -> None:
    with time_machine.travel(datetime.now(UTC), tick=False):
        halfway = give_password(app, moderator)
        fill_site(app)
        form = find_form(halfway.get(address).text, field="code")
        wrong = {**form["values"], "code": "0000"}
        answers = [halfway.post(address, data=wrong).status_code for _ in range(OF_HALFWAY.burst + 1)]
    assert answers == [200] * OF_HALFWAY.burst + [429]


def test_a_known_browser_tries_only_so_many_passwords(
    app: Flask, client: FlaskClient, moderator: str
) -> None:
    sign_in(client, moderator)
    send_form(client, "/account/", {}, action="/sign-out")
    form = find_form(client.get("/account/sign-in").text, field="password")
    wrong = {**form["values"], "email": moderator, "password": "wrong" * 4}
    with time_machine.travel(datetime.now(UTC) + timedelta(hours=2), tick=False):
        answers = [
            client.post("/account/sign-in", data=wrong).status_code for _ in range(OF_BROWSER.burst + 1)
        ]
    assert answers == [200] * OF_BROWSER.burst + [429]


def test_guesses_elsewhere_hold_an_account_but_not_in_its_own_browser(app: Flask, moderator: str) -> None:
    own, other = app.test_client(), app.test_client()
    sign_in(own, moderator)
    send_form(own, "/account/", {}, action="/sign-out")
    with time_machine.travel(datetime.now(UTC), tick=False):
        for _attempt in range(ATTEMPTS):
            send_password(other, moderator, "wrong" * 4)
        found = [send_password(browser, moderator, PASSWORD)[0] for browser in (other, own)]
    assert found == [200, 302]


def test_the_mark_of_a_browser_ends_with_all_sessions_of_its_account(app: Flask, moderator: str) -> None:
    own, other = app.test_client(), app.test_client()
    sign_in(own, moderator)
    change(app, moderator, lambda staff: setattr(staff, "fs_uniquifier", "another"))
    with time_machine.travel(datetime.now(UTC), tick=False):
        for _attempt in range(ATTEMPTS):
            send_password(other, moderator, "wrong" * 4)
        assert send_password(own, moderator, PASSWORD)[0] == 200


@pytest.mark.parametrize("value", ["", "nonsense", "WyJhIiwiYiJd.aaaaaa.bbbbbbbb"])
def test_a_mark_that_was_made_up_makes_no_room(app: Flask, moderator: str, value: str) -> None:
    client = app.test_client()
    client.set_cookie("portal-desk", value)
    form = find_form(client.get("/account/sign-in").text, field="password")
    with time_machine.travel(datetime.now(UTC) + timedelta(minutes=5), tick=False):
        fill_site(app)
        typed = {**form["values"], "email": moderator, "password": PASSWORD}
        assert client.post("/account/sign-in", data=typed).status_code == 429


def test_what_is_signed_for_something_else_is_no_mark(app: Flask) -> None:
    signer = app.session_interface.get_signing_serializer(app)  # type: ignore[attr-defined]  # of cookies
    token = signer.dumps(["a" * 32, "b" * 32])
    with app.test_request_context(headers={"Cookie": f"portal-desk={token}"}):
        assert (signer.loads(token), read_browser_mark()) == (["a" * 32, "b" * 32], None)


def test_a_second_later_there_is_room_again(app: Flask, client: FlaskClient, moderator: str) -> None:
    with time_machine.travel(datetime.now(UTC) + timedelta(minutes=5), tick=False) as clock:
        fill_site(app)
        clock.shift(timedelta(seconds=1))
        typed = {"email": moderator, "password": PASSWORD}
        answer = send_form(client, "/account/sign-in", typed, follow=False)
    assert answer.status_code == 302


def test_whoever_sits_at_an_open_desk_cannot_try_passwords_for_long(
    app: Flask, client: FlaskClient, moderator: str
) -> None:
    sign_in(client, moderator)
    with time_machine.travel(datetime.now(UTC), tick=False):
        for _attempt in range(CONFIRMATIONS.burst):
            send_form(client, "/account/confirm", {"password": "wrong" * 4})
        answers = [
            send_form(client, "/account/confirm", {"password": PASSWORD}),
            send_form(client, "/account/password", {"password": PASSWORD, "new_password": ANOTHER}),
        ]
    assert [one.text.count("There were too many tries.") for one in answers] == [1, 1]


@pytest.mark.parametrize(("failures", "is_let_in"), [(ATTEMPTS - 1, True), (ATTEMPTS, False)])
def test_a_minute_after_failures_as_many_more_are_borne(
    app: Flask,
    client: FlaskClient,
    moderator: str,
    failures: int,
    *,
    is_let_in: bool,
) -> None:
    typed = {"email": moderator, "password": "wrong" * 4}
    with time_machine.travel(datetime.now(UTC), tick=False) as clock:
        send_form(client, "/account/sign-in", typed)
        clock.shift(ATTEMPT_WINDOW)
        for _attempt in range(failures):
            send_form(client, "/account/sign-in", typed)
        answer = send_form(client, "/account/sign-in", {**typed, "password": PASSWORD}, follow=False)
    assert (answer.status_code == 302) is is_let_in


@pytest.fixture
def counted(app: Flask) -> Iterator[CountedHashing]:
    security = app.extensions["security"]
    usual = security.pwd_context
    security.pwd_context = CountedHashing(usual)
    yield security.pwd_context
    security.pwd_context = usual


def close_account(app: Flask, client: FlaskClient, email: str) -> str:
    change(app, email, lambda staff: setattr(staff, "active", False))
    return email


def hold_account(app: Flask, client: FlaskClient, email: str) -> str:
    def hold(staff: Staff) -> None:
        staff.failed_sign_ins, staff.failed_since = 5, datetime.now(UTC)

    change(app, email, hold)
    return email


def name_nobody(app: Flask, client: FlaskClient, email: str) -> str:
    return "nobody@example.org"


@pytest.mark.parametrize("arrange", [close_account, hold_account, name_nobody])
def test_no_answer_tells_whether_there_is_such_an_account(
    app: Flask,
    client: FlaskClient,
    moderator: str,
    counted: CountedHashing,
    arrange: Callable[[Flask, FlaskClient, str], str],
) -> None:
    wrong = (*send_password(client, moderator, "wrong" * 4), counted.count)
    email = arrange(app, client, moderator)
    counted.count = 0
    assert (*send_password(client, email, PASSWORD), counted.count) == wrong
