"""The log says who signed in and out and who was refused: by the account's public id and by nothing else."""

import logging
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient

from tests.support.plain_browser import find_form, send_form
from tests.support.staff import PASSWORD, account_of, press, sign_in

pytestmark = pytest.mark.either_database

CODE = "11112222333344445555"
SOMEBODY = "ab" * 16


@pytest.fixture
def log(caplog: pytest.LogCaptureFixture) -> Iterator[pytest.LogCaptureFixture]:
    with caplog.at_level(logging.INFO):
        yield caplog


def read_log(log: pytest.LogCaptureFixture) -> list[tuple[str, str]]:
    """Return level and words of everything that the portal logged."""
    return [(one.levelname, one.getMessage()) for one in log.records if one.name.startswith("portal")]


def test_signing_in_and_out_is_logged(
    app: Flask, client: FlaskClient, moderator: str, log: pytest.LogCaptureFixture
) -> None:
    sign_in(client, moderator)
    press(client, "/account/", "/sign-out")
    account = account_of(app, moderator).public_id
    assert read_log(log) == [
        ("INFO", f"signed in: account {account}"),
        ("INFO", f"signed out: account {account}"),
    ]


def test_a_session_that_ended_by_itself_is_logged_as_a_sign_out(
    app: Flask, client: FlaskClient, moderator: str, log: pytest.LogCaptureFixture
) -> None:
    sign_in(client, moderator)
    with time_machine.travel(datetime.now(UTC) + timedelta(minutes=31), tick=True):
        client.get("/account/")
        client.get("/account/")
    account = account_of(app, moderator).public_id
    assert read_log(log)[1:] == [("INFO", f"signed out: account {account}")]


def test_a_password_alone_is_no_sign_in(
    client: FlaskClient, moderator: str, log: pytest.LogCaptureFixture
) -> None:
    send_form(client, "/account/sign-in", {"email": moderator, "password": PASSWORD})
    assert read_log(log) == []


def test_a_failed_sign_in_is_logged_with_its_account_if_there_is_one(
    app: Flask, client: FlaskClient, moderator: str, log: pytest.LogCaptureFixture
) -> None:
    for email in (moderator, "nobody@example.org"):
        send_form(client, "/account/sign-in", {"email": email, "password": "not the password"})
    assert read_log(log) == [
        ("INFO", f"failed to sign in: account {account_of(app, moderator).public_id}"),
        ("INFO", "failed to sign in: no such account"),
    ]


def test_what_is_refused_is_logged_without_its_address(
    app: Flask, client: FlaskClient, moderator: str, log: pytest.LogCaptureFixture
) -> None:
    sign_in(client, moderator)
    token = find_form(client.get("/account/").text, action="/sign-out")["values"]["csrf_token"]
    address = f"/desk/settings/staff/{SOMEBODY}?code={CODE}"
    read, sent = client.get(address), client.post(address, data={"csrf_token": token, "code": CODE})
    account = account_of(app, moderator).public_id
    assert (read.status_code, sent.status_code, read_log(log)[1:]) == (
        403,
        403,
        [
            ("WARNING", f"refused: GET staff_settings.person to account {account}"),
            ("WARNING", f"refused: POST staff_settings.person to account {account}"),
        ],
    )
