"""What every answer tells a browser: what it may load, keep and send on."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.http import parse_cookie

from portal.app import create_app
from portal.config import Settings
from portal.database import transaction
from tests.conftest import close_connections
from tests.security.headers import WatchedClient
from tests.support.factories import make_call
from tests.support.plain_browser import read_forms

pytestmark = pytest.mark.either_database

SECURE_BASE = "https://stories.example.org"
OPENED = datetime(2020, 1, 1, tzinfo=UTC)
YEAR = 365 * 24 * 3600


def read_attributes(cookie: str) -> set[str]:
    """Return the attributes of a Set-Cookie header, its name and value left out."""
    return {part.strip() for part in cookie.split(";")[1:]}


def linked_assets(page: str) -> list[str]:
    """Return the addresses of the files a page loads."""
    quoted = page.split('"')[1::2]
    return [address for address in quoted if address.startswith("/static/")]


@pytest.fixture
def secure_client(tmp_path: Path) -> Iterator[FlaskClient]:
    """A browser on a portal whose public address is encrypted."""
    made = create_app(Settings(instance=tmp_path / "instance", base_url=SECURE_BASE))
    made.testing = True
    made.test_client_class = WatchedClient
    yield made.test_client()
    close_connections(made)


def test_the_files_of_a_page_are_kept_for_a_year(app: Flask, client: FlaskClient) -> None:
    found = [client.get(address, buffered=True) for address in linked_assets(client.get("/en/").text)]
    kept = [(answer.status_code, answer.headers["Cache-Control"]) for answer in found]
    assert kept == [(200, f"public, max-age={YEAR}, immutable")] * 3


def test_a_missing_file_with_a_fingerprint_is_not_kept(client: FlaskClient) -> None:
    answer = client.get("/static/css/nothing.css?v=0123456789ab", buffered=True)
    assert (answer.status_code, answer.headers["Cache-Control"]) == (404, "no-store")


def test_a_fingerprint_on_a_page_does_not_make_it_kept(client: FlaskClient) -> None:
    assert client.get("/en/?v=0123456789ab").headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize("address", ["/static/css/portal.css", "/static/css/portal.css?v=1"])
def test_files_are_the_same_for_everybody(app: Flask, client: FlaskClient, address: str) -> None:
    client.get("/en/my")
    answer = client.get(address, buffered=True)
    assert ("Cookie" in answer.vary, answer.headers.getlist("Set-Cookie")) == (False, [])


def test_pages_without_a_language_in_the_address_say_what_they_depend_on(client: FlaskClient) -> None:
    vary = client.get("/").vary
    assert ("Accept-Language" in vary, "Cookie" in vary) == (True, True)


def test_a_reader_of_public_pages_gets_no_cookie(app: Flask, client: FlaskClient) -> None:
    with app.app_context(), transaction() as session:
        make_call(session, OPENED)
    addresses = ("/", "/en/", "/en/ukraine-taiwan/", "/en/safety", "/en/help", "/en/nowhere/")
    assert [client.get(one).headers.getlist("Set-Cookie") for one in addresses] == [[]] * len(addresses)


def test_the_cookie_of_a_local_portal_is_closed_to_scripts_and_other_sites(client: FlaskClient) -> None:
    (cookie,) = client.get("/en/my").headers.getlist("Set-Cookie")
    assert (list(parse_cookie(cookie.split(";")[0])), read_attributes(cookie)) == (
        ["portal"],
        {"HttpOnly", "SameSite=Lax", "Path=/"},
    )


def test_the_cookie_of_an_encrypted_portal_is_bound_to_it(secure_client: FlaskClient) -> None:
    (cookie,) = secure_client.get("/en/my", base_url=SECURE_BASE).headers.getlist("Set-Cookie")
    assert (list(parse_cookie(cookie.split(";")[0])), read_attributes(cookie)) == (
        ["__Host-portal"],
        {"Secure", "HttpOnly", "SameSite=Lax", "Path=/"},
    )


def test_an_encrypted_portal_asks_to_be_reached_encrypted_only(secure_client: FlaskClient) -> None:
    answer = secure_client.get("/en/my", base_url=SECURE_BASE)
    assert answer.headers["Strict-Transport-Security"] == f"max-age={YEAR}; includeSubDomains"


def test_a_local_portal_does_not_ask_for_encryption(client: FlaskClient) -> None:
    assert "Strict-Transport-Security" not in client.get("/en/my").headers


def test_an_encrypted_portal_takes_forms_of_its_own_pages_only(secure_client: FlaskClient) -> None:
    (form,) = read_forms(secure_client.get("/en/my", base_url=SECURE_BASE).text)
    sent = [
        secure_client.post("/en/my", data=form["values"], base_url=SECURE_BASE, headers={"Referer": referer})
        for referer in (f"{SECURE_BASE}/en/my", "https://evil.example/en/my")
    ]
    assert [answer.status_code for answer in sent] == [422, 400]
