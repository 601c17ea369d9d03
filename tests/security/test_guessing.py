"""Passwords and codes are guessed slowly, without keeping the owner out."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient

from portal.domain.lanes import CONFIRMATIONS
from portal.models import Staff
from portal.operations.staffing import ATTEMPT_WINDOW, ATTEMPTS
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
from tests.staff import PASSWORD, sign_in
from tests.walk import find_form, send_form

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


@pytest.mark.parametrize("address", ["/account/sign-in", "/account/code", "/account/recovery-code"])
def test_when_the_whole_site_is_tried_nothing_is_computed_for_a_second(
    app: Flask, client: FlaskClient, moderator: str, address: str
) -> None:
    halfway = give_password(app, moderator)
    client = client if address.endswith("sign-in") else halfway
    form = find_form(client.get(address).text, field="csrf_token")
    with time_machine.travel(datetime.now(UTC) + timedelta(minutes=5), tick=False):
        fill_site(app)
        answer = client.post(address, data={**form["values"], "email": moderator, "password": PASSWORD})
    assert (answer.status_code, answer.headers["Retry-After"]) == (429, "1")


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
    assert [one.text.count("This was tried very often.") for one in answers] == [1, 1]


@pytest.mark.parametrize(("failures", "is_let_in"), [(ATTEMPTS - 1, True), (ATTEMPTS, False)])
def test_a_minute_after_failures_as_many_more_are_borne(
    app: Flask,
    client: FlaskClient,
    moderator: str,
    failures: int,
    is_let_in: bool,  # noqa: FBT001  # a case
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
