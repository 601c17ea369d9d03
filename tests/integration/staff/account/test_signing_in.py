"""Password and code open the desk, and nothing else does; it closes when one signs out or is away."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import delete
from werkzeug.test import TestResponse

from portal.database import transaction
from portal.extensions import db
from portal.models import StaffSession
from portal.queries.staff import find_staff_by_email
from tests.support.bad_input import OPENED
from tests.support.factories import make_call
from tests.support.form_writer import ANSWERS, PITCH, open_form, read_values
from tests.support.plain_browser import find_form, send_form
from tests.support.staff import PASSWORD, press, read_code, sign_in

pytestmark = pytest.mark.either_database


def test_password_and_code_open_the_desk(client: FlaskClient, moderator: str) -> None:
    assert sign_in(client, moderator).headers["Location"] == "/desk/"


def test_signing_in_leads_back_to_the_page_one_wanted(client: FlaskClient, moderator: str) -> None:
    wanted = client.get("/account/").headers["Location"]
    first = send_form(client, wanted, {"email": moderator, "password": PASSWORD}, follow=False)
    second = send_form(client, first.headers["Location"], {"code": read_code()}, follow=False)
    assert second.headers["Location"] == "/account/"


@pytest.mark.parametrize("target", ["https://evil.example/", "//evil.example/", "////evil.example/"])
def test_a_way_to_another_site_is_refused(client: FlaskClient, moderator: str, target: str) -> None:
    assert _sign_in_towards(client, moderator, target).status_code == 200


def test_a_backslash_leads_nowhere_else(client: FlaskClient, moderator: str) -> None:
    first = _sign_in_towards(client, moderator, "/\\evil.example")
    second = send_form(client, first.headers["Location"], {"code": read_code()}, follow=False)
    assert second.headers["Location"] == "/%5Cevil.example"


def _sign_in_towards(client: FlaskClient, email: str, target: str) -> TestResponse:
    form = find_form(client.get("/account/sign-in").text, field="password")
    values = {**form["values"], "email": email, "password": PASSWORD}
    return client.post("/account/sign-in", query_string={"next": target}, data=values)


def test_a_password_alone_opens_nothing(client: FlaskClient, moderator: str) -> None:
    send_form(client, "/account/sign-in", {"email": moderator, "password": PASSWORD})
    assert client.get("/account/").status_code == 303


def test_wrong_password_and_unknown_address_are_answered_alike(client: FlaskClient, moderator: str) -> None:
    known = send_form(client, "/account/sign-in", {"email": moderator, "password": "wrong" * 4})
    unknown = send_form(client, "/account/sign-in", {"email": "nobody@example.org", "password": "wrong" * 4})
    hide = re.compile(r'value="[^"]*"')
    assert hide.sub("", known.text) == hide.sub("", unknown.text)


def test_a_password_that_differs_in_one_character_is_another(client: FlaskClient, moderator: str) -> None:
    tried = [PASSWORD.capitalize(), f"{PASSWORD} ", PASSWORD[:-1], PASSWORD]
    typed = [{"email": moderator, "password": one} for one in tried]
    outcomes = [send_form(client, "/account/sign-in", one, follow=False).status_code for one in typed]
    assert outcomes == [200, 200, 200, 302]


def test_a_code_that_was_used_is_refused_even_after_a_newer_one(app: Flask, moderator: str) -> None:
    first, second = read_code(), read_code(step=1)
    outcomes = []
    for code in (first, second, first):
        client = app.test_client()
        send_form(client, "/account/sign-in", {"email": moderator, "password": PASSWORD})
        outcomes.append(send_form(client, "/account/code", {"code": code}, follow=False).status_code)
    assert outcomes == [302, 302, 200]


def test_a_remember_me_field_is_ignored(client: FlaskClient, moderator: str) -> None:
    form = find_form(client.get("/account/sign-in").text, field="password")
    client.post(
        "/account/sign-in", data={**form["values"], "email": moderator, "password": PASSWORD, "remember": "y"}
    )
    send_form(client, "/account/code", {"code": read_code()})
    assert client.get_cookie("remember_token") is None


def test_after_five_wrong_passwords_even_the_right_one_waits(client: FlaskClient, moderator: str) -> None:
    for _attempt in range(5):
        send_form(client, "/account/sign-in", {"email": moderator, "password": "wrong" * 4})
    held = send_form(client, "/account/sign-in", {"email": moderator, "password": PASSWORD}, follow=False)
    assert held.status_code == 200


def test_a_minute_after_wrong_passwords_the_owner_can_sign_in(client: FlaskClient, moderator: str) -> None:
    for _attempt in range(7):
        send_form(client, "/account/sign-in", {"email": moderator, "password": "wrong" * 4})
    with time_machine.travel(datetime.now(UTC) + timedelta(seconds=61), tick=True):
        again = send_form(
            client, "/account/sign-in", {"email": moderator, "password": PASSWORD}, follow=False
        )
    assert again.status_code == 302


def test_codes_cannot_be_guessed_one_after_another(client: FlaskClient, moderator: str) -> None:
    send_form(client, "/account/sign-in", {"email": moderator, "password": PASSWORD})
    for _attempt in range(5):
        send_form(client, "/account/code", {"code": "000000"})
    assert send_form(client, "/account/code", {"code": read_code()}, follow=False).status_code == 200


def test_a_recovery_code_opens_the_desk_once(app: Flask, client: FlaskClient, moderator: str) -> None:
    sign_in(client, moderator)
    page = send_form(client, "/account/recovery-codes", {"generate_new_codes": "yes"}).text
    code = re.findall(r"<code>([0-9a-f-]+)</code>", page)[0]
    outcomes = []
    for _attempt in range(2):
        visitor = app.test_client()
        send_form(visitor, "/account/sign-in", {"email": moderator, "password": PASSWORD})
        outcomes.append(
            send_form(visitor, "/account/recovery-code", {"code": code}, follow=False).status_code
        )
    assert outcomes == [302, 200]


def test_a_lost_device_offers_recovery_codes_and_sends_no_mail(client: FlaskClient, moderator: str) -> None:
    send_form(client, "/account/sign-in", {"email": moderator, "password": PASSWORD})
    form = find_form(client.get("/account/code").text, field="code")
    asked = client.post("/account/code/lost", data={**form["values"], "help_setup": "help"})
    assert (asked.status_code, 'href="/account/recovery-code"' in asked.text) == (200, True)


def test_signing_out_closes_the_desk(client: FlaskClient, moderator: str) -> None:
    sign_in(client, moderator)
    press(client, "/account/", "/sign-out")
    assert client.get("/account/").status_code == 303


def test_signing_out_everywhere_ends_the_other_browser(
    app: Flask, client: FlaskClient, moderator: str
) -> None:
    other = app.test_client()
    sign_in(other, moderator)
    sign_in(client, moderator)
    press(client, "/account/", "/end-sessions")
    assert other.get("/account/").status_code == 303


def test_signing_out_one_browser_ends_that_one_and_says_so(
    app: Flask, client: FlaskClient, moderator: str
) -> None:
    other = app.test_client()
    sign_in(other, moderator)
    sign_in(client, moderator)
    press(client, "/account/", "/end")
    told = client.get("/account/").text.count("That session is ended.")
    assert (told, client.get("/account/").status_code, other.get("/account/").status_code) == (1, 200, 303)


def test_words_typed_before_signing_in_are_given_back_and_go_after_it(
    app: Flask, client: FlaskClient, moderator: str
) -> None:
    with app.app_context(), transaction() as session:
        make_call(session, OPENED)
    typed = {**open_form(client), **ANSWERS}
    sign_in(client, moderator)
    refused = client.post(PITCH, data=typed)
    given = read_values(refused.text)
    sent = client.post(PITCH, data=given)
    kept = {name: given[name] for name in ANSWERS}
    assert (refused.status_code, kept, sent.status_code) == (400, ANSWERS, 303)


def test_half_an_hour_away_signs_out(client: FlaskClient, moderator: str) -> None:
    sign_in(client, moderator)
    client.get("/account/")
    with time_machine.travel(datetime.now(UTC) + timedelta(minutes=31), tick=True):
        assert client.get("/account/").status_code == 303


def language_of(page: str) -> str:
    return page.partition('<html lang="')[2].partition('"')[0]


def speak_ukrainian(app: Flask, email: str) -> None:
    with app.app_context(), transaction() as session:
        staff = find_staff_by_email(session, email)
        assert staff is not None
        staff.locale = "uk"


def end_elsewhere(client: FlaskClient) -> None:
    with client.application.app_context(), transaction() as session:
        session.execute(delete(StaffSession))


@pytest.mark.parametrize(
    ("minutes", "ends", "language"),
    [
        (31, None, "uk"),
        (1, end_elsewhere, "uk"),
        (1, lambda client: press(client, "/account/", "/sign-out"), "en"),
    ],
    ids=["after half an hour", "ended elsewhere", "signed out"],
)
def test_who_is_to_sign_in_again_is_asked_in_the_language_of_the_account(
    app: Flask,
    client: FlaskClient,
    moderator: str,
    minutes: int,
    ends: Callable[[FlaskClient], object] | None,
    language: str,
) -> None:
    """Whoever signs out may leave the browser to somebody else: it asks in the browser's then."""
    speak_ukrainian(app, moderator)
    sign_in(client, moderator)
    client.get("/account/")
    if ends:
        ends(client)
    with time_machine.travel(datetime.now(UTC) + timedelta(minutes=minutes), tick=True):
        page = client.get("/account/", headers={"Accept-Language": "en"}, follow_redirects=True).text
    assert (language_of(page), 'name="password"' in page) == (language, True)


def test_twelve_hours_after_signing_in_the_desk_closes_whatever_one_does(
    client: FlaskClient, moderator: str
) -> None:
    start = datetime.now(UTC)
    sign_in(client, moderator)
    outcomes = []
    for minutes in range(20, 12 * 60 + 40, 20):
        with time_machine.travel(start + timedelta(minutes=minutes), tick=True):
            outcomes.append(client.get("/account/").status_code)
    assert (outcomes[:-3], outcomes[-1]) == ([200] * (len(outcomes) - 3), 303)


def test_an_expired_page_changes_nothing_and_says_so(client: FlaskClient, moderator: str) -> None:
    sent = client.post("/account/sign-in", data={"email": moderator, "password": PASSWORD})
    assert (sent.status_code, "nothing was changed." in sent.text) == (400, True)


def test_a_token_in_an_address_or_header_signs_nobody_in(
    app: Flask, client: FlaskClient, moderator: str
) -> None:
    with app.test_request_context():
        staff = find_staff_by_email(db.session(), moderator)
        assert staff is not None
        token = staff.get_auth_token()
    assert isinstance(token, str)
    answered = client.get(f"/desk/?auth_token={token}", headers={"Authentication-Token": token})
    assert (answered.status_code, answered.location.partition("?")[0]) == (303, "/account/sign-in")
