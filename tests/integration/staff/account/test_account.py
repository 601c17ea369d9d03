"""A member of staff looks after the account: name, languages, password and authenticator app."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient

from portal.domain.permissions import ReadingLevel
from tests.support.plain_browser import find_form, send_form
from tests.support.staff import PASSWORD, SECRET, account_of, finish_second_factor, read_code, sign_in

pytestmark = pytest.mark.either_database


def test_changing_the_account_is_kept(app: Flask, client: FlaskClient, moderator: str) -> None:
    sign_in(client, moderator)
    form = find_form(client.get("/account/").text, field="shortcuts")
    values = {key: value for key, value in form["values"].items() if key != "shortcuts"}
    changed = {
        **values,
        "name": "Юрій",
        "locale": "zh-Hant-TW",
        "languages-0-language": "",
        "languages-1-reading": "gist",
    }
    client.post("/account/", data=changed)
    kept = account_of(app, moderator)
    languages = {one.tag: one.reading for one in kept.languages}
    gone, lowered = values["languages-0-language"], values["languages-1-language"]
    assert (kept.name, kept.locale, kept.shortcuts, gone in languages, languages[lowered]) == (
        "Юрій",
        "zh-Hant-TW",
        False,
        False,
        ReadingLevel.GIST,
    )


def test_of_a_language_named_twice_the_better_reading_is_kept(
    app: Flask, client: FlaskClient, moderator: str
) -> None:
    sign_in(client, moderator)
    rows = {f"languages-{row}-language": "uk" for row in range(3)}
    readings = {
        "languages-0-reading": "gist",
        "languages-1-reading": "native",
        "languages-2-reading": "reads",
    }
    send_form(client, "/account/", {**rows, **readings}, field="name")
    assert [(one.tag, one.reading) for one in account_of(app, moderator).languages] == [
        ("uk", ReadingLevel.NATIVE)
    ]


def test_the_account_page_is_in_the_language_of_the_account(
    app: Flask, client: FlaskClient, moderator: str
) -> None:
    sign_in(client, moderator)
    send_form(client, "/account/", {"locale": "uk"}, field="name")
    assert client.get("/account/").headers["Content-Language"] == "uk"


def test_a_changed_password_is_the_one_that_counts(client: FlaskClient, app: Flask, moderator: str) -> None:
    sign_in(client, moderator)
    fresh = "a quite different password"
    typed = {"password": PASSWORD, "new_password": fresh, "new_password_confirm": fresh}
    send_form(client, "/account/password", typed)
    visitor = app.test_client()
    outcomes = [
        send_form(
            visitor, "/account/sign-in", {"email": moderator, "password": one}, follow=False
        ).status_code
        for one in (PASSWORD, fresh)
    ]
    assert outcomes == [200, 302]


def test_moving_to_another_device_replaces_the_first_one(
    app: Flask, client: FlaskClient, moderator: str
) -> None:
    sign_in(client, moderator)
    with time_machine.travel(datetime.now(UTC) + timedelta(seconds=60), tick=True):
        moved = finish_second_factor(client)
        visitor = app.test_client()
        send_form(visitor, "/account/sign-in", {"email": moderator, "password": PASSWORD})
        old_device = send_form(visitor, "/account/code", {"code": read_code(SECRET, step=1)}, follow=False)
    assert (moved, old_device.status_code) == ("/account/", 200)


def test_changing_the_device_long_after_signing_in_asks_for_the_password(
    client: FlaskClient, moderator: str
) -> None:
    sign_in(client, moderator)
    with time_machine.travel(datetime.now(UTC) + timedelta(minutes=20), tick=True):
        asked = client.get("/account/second-factor").headers["Location"]
        after = send_form(client, asked, {"password": PASSWORD}, follow=False)
    assert (asked.split("?")[0], after.headers["Location"]) == ("/account/confirm", "/account/second-factor")
