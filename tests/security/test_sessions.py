"""Sessions end where and when they should, and whose account it is hears of another way into it."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from pathlib import Path

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from portal.domain.permissions import Role
from portal.extensions import Portal, db
from portal.mail.deliver import FolderCarrier, deliver_due
from portal.models import OutboxMail, Staff, StaffSession
from portal.operations.staff.accounts import assign_role, deactivate
from portal.operations.staff.sign_in import queue_account_notice, queue_sign_in_notice
from tests.security.accounts import ANOTHER, change, is_in
from tests.support.plain_browser import find_form, read_forms, send_form
from tests.support.staff import PASSWORD, finish_second_factor, make_account, press, sign_in

pytestmark = pytest.mark.either_database

FIREFOX = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0"
SAFARI = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1 Version/18.0 Safari/604.1"


def read_token(client: FlaskClient) -> str:
    """Return what names the session in the cookie of a browser."""
    with client.session_transaction() as cookie:
        return str(cookie.get("sid", ""))


def copy_cookie(client: FlaskClient) -> FlaskClient:
    """Return a browser with the same cookie: what a thief has."""
    thief = client.application.test_client()
    stolen = client.get_cookie("portal")
    assert stolen is not None
    thief.set_cookie("portal", stolen.value)
    return thief


def test_signing_in_again_names_the_session_anew(client: FlaskClient, moderator: str) -> None:
    sign_in(client, moderator)
    first, thief = read_token(client), copy_cookie(client)
    press(client, "/account/", "/sign-out")
    sign_in(client, moderator)
    assert (read_token(client) == first, is_in(client), is_in(thief)) == (False, True, False)


def test_signing_in_again_leaves_no_earlier_session_of_the_browser(
    app: Flask, client: FlaskClient, moderator: str
) -> None:
    start = datetime.now(UTC)
    sign_in(client, moderator)
    for minutes in range(20, 12 * 60, 20):
        with time_machine.travel(start + timedelta(minutes=minutes), tick=True):
            client.get("/account/password")
    with time_machine.travel(start + timedelta(hours=12, minutes=1), tick=True):
        sign_in(client, moderator)
        ends = [form["action"] for form in read_forms(client.get("/account/").text)]
    with app.app_context():
        kept = len(db.session.scalars(select(StaffSession)).all())
    assert (kept, [one for one in ends if one.endswith("/end")]) == (1, [])


def test_a_cookie_copied_before_signing_out_opens_nothing_after_it(
    client: FlaskClient, moderator: str
) -> None:
    sign_in(client, moderator)
    thief = copy_cookie(client)
    press(client, "/account/", "/sign-out")
    assert (is_in(client), is_in(thief)) == (False, False)


def test_a_cookie_copied_before_the_browser_was_made_to_forget_us_opens_nothing_after_it(
    client: FlaskClient, moderator: str
) -> None:
    sign_in(client, moderator)
    thief = copy_cookie(client)
    token = find_form(client.get("/account/").text, action="/sign-out")["values"]["csrf_token"]
    left = client.post("/en/my/leave", data={"csrf_token": token})
    assert (left.status_code, is_in(client), is_in(thief)) == (303, False, False)


def test_a_session_that_ended_by_itself_is_over_for_a_copied_cookie_too(
    client: FlaskClient, moderator: str
) -> None:
    start = datetime.now(UTC)
    sign_in(client, moderator)
    is_in(client)
    thief = copy_cookie(client)
    with time_machine.travel(start + timedelta(minutes=20), tick=True):
        busy = is_in(thief)
    with time_machine.travel(start + timedelta(minutes=31), tick=True):
        assert (busy, is_in(client), is_in(thief)) == (True, False, False)


def test_a_form_from_before_signing_in_does_nothing_after_it(client: FlaskClient, moderator: str) -> None:
    before = client.get("/account/sign-in").text
    sign_in(client, moderator)
    token = find_form(before, field="password")["values"]["csrf_token"]
    answer = client.post("/account/end-sessions", data={"csrf_token": token})
    assert (answer.status_code, is_in(client)) == (400, True)


def test_the_database_keeps_no_token_that_opens_anything(
    app: Flask, client: FlaskClient, moderator: str
) -> None:
    sign_in(client, moderator)
    with app.app_context():
        kept = db.session.scalars(select(StaffSession.token_hash)).all()
    assert (len(kept), read_token(client) in kept) == (1, False)


def test_confirming_the_password_names_the_session_anew(client: FlaskClient, moderator: str) -> None:
    sign_in(client, moderator)
    thief = copy_cookie(client)
    send_form(client, "/account/confirm", {"password": PASSWORD})
    assert (is_in(client), is_in(thief)) == (True, False)


def test_confirming_the_password_does_not_prolong_the_twelve_hours(
    client: FlaskClient, moderator: str
) -> None:
    start = datetime.now(UTC)
    sign_in(client, moderator)
    for minutes in range(20, 12 * 60, 20):
        with time_machine.travel(start + timedelta(minutes=minutes), tick=True):
            client.get("/account/password")
    with time_machine.travel(start + timedelta(hours=11, minutes=50), tick=True):
        confirmed = send_form(client, "/account/confirm", {"password": PASSWORD}, follow=False)
    with time_machine.travel(start + timedelta(hours=12, minutes=1), tick=True):
        assert (confirmed.status_code, is_in(client)) == (302, False)


def test_a_session_ended_elsewhere_is_refused_on_the_other_node_at_its_next_request(
    app: Flask, other_node: Flask, moderator: str
) -> None:
    here, there = app.test_client(), other_node.test_client()
    with time_machine.travel(datetime.now(UTC) - timedelta(minutes=1), tick=True):
        sign_in(there, moderator)
    before = is_in(there)
    sign_in(here, moderator)
    press(here, "/account/", "/end")
    assert (before, is_in(there), is_in(here)) == (True, False, True)


def test_the_account_names_the_browsers_one_is_signed_in_with(app: Flask, moderator: str) -> None:
    phone, desk = app.test_client(), app.test_client()
    phone.environ_base["HTTP_USER_AGENT"], desk.environ_base["HTTP_USER_AGENT"] = SAFARI, FIREFOX
    sign_in(phone, moderator)
    sign_in(desk, moderator)
    page = desk.get("/account/").text
    ends = [form["action"] for form in read_forms(page) if form["action"].endswith("/end")]
    found = [page.count(name) for name in ("Safari, iPhone", "Firefox, Windows", "the one you use now")]
    assert (found, len(ends)) == ([1, 1, 1], 1)


def test_nobody_ends_a_session_of_somebody_else(app: Flask, client: FlaskClient, moderator: str) -> None:
    colleague = app.test_client()
    sign_in(colleague, make_account(app, Role.EDITOR))
    with app.app_context():
        foreign = db.session.scalars(select(StaffSession.public_id)).one()
    sign_in(client, moderator)
    form = find_form(client.get("/account/").text, action="/end-sessions")
    client.post(f"/account/sessions/{foreign}/end", data=form["values"])
    assert is_in(colleague)


def change_password(client: FlaskClient) -> None:
    typed = {"password": PASSWORD, "new_password": ANOTHER, "new_password_confirm": ANOTHER}
    send_form(client, "/account/password", typed)


def move_second_factor(client: FlaskClient) -> None:
    """Set up another authenticator app."""
    finish_second_factor(client, step=1)


@pytest.mark.parametrize("act", [change_password, move_second_factor])
def test_another_way_to_sign_in_ends_all_sessions_but_the_own_one(
    app: Flask, client: FlaskClient, moderator: str, act: Callable[[FlaskClient], None]
) -> None:
    other = app.test_client()
    sign_in(other, moderator)
    sign_in(client, moderator)
    thief = copy_cookie(client)
    act(client)
    assert (is_in(client), is_in(other), is_in(thief)) == (True, False, False)


def make_recovery_codes(client: FlaskClient) -> None:
    send_form(client, "/account/recovery-codes", {"generate_new_codes": "yes"})


@pytest.mark.parametrize("act", [change_password, move_second_factor, make_recovery_codes])
def test_the_person_hears_by_mail_of_another_way_to_sign_in(
    app: Flask, client: FlaskClient, moderator: str, act: Callable[[FlaskClient], None]
) -> None:
    sign_in(client, moderator)
    act(client)
    with app.app_context():
        waiting = db.session.execute(
            select(OutboxMail.kind, Staff.email).join(Staff, Staff.id == OutboxMail.staff_id)
        ).all()
    assert [tuple(one) for one in waiting] == [("account", moderator)]


@pytest.mark.parametrize(
    ("queue", "subject"),
    [
        (queue_account_notice, "Story portal: how you sign in has changed"),
        (queue_sign_in_notice, "Story portal: failed sign-ins to your account"),
    ],
)
def test_that_mail_goes_to_the_account_in_its_language_and_names_nothing(
    app: Flask, moderator: str, tmp_path: Path, queue: Callable[..., None], subject: str
) -> None:
    portal: Portal = app.extensions["portal"]

    def notify(staff: Staff) -> None:
        staff.locale = "en"
        queue(db.session(), staff, at=datetime.now(UTC))

    change(app, moderator, notify)
    with app.app_context():
        sent = deliver_due(portal, FolderCarrier(tmp_path), clock=lambda: datetime.now(UTC))
    (file,) = tmp_path.glob("*.eml")
    mail = message_from_bytes(file.read_bytes())
    links = [line for line in str(mail.get_payload()).splitlines() if line.startswith("http")]
    assert (sent, mail["To"], mail["Subject"], links) == (
        1,
        moderator,
        subject,
        ["http://localhost/account/"],
    )


def test_another_role_ends_the_session_at_the_next_request(
    app: Flask, client: FlaskClient, moderator: str
) -> None:
    sign_in(client, moderator)
    at = datetime.now(UTC)
    change(
        app,
        moderator,
        lambda staff: assign_role(db.session(), staff, role=Role.EDITOR, coverages=[], by=None, at=at),
    )
    assert not is_in(client)


def test_a_closed_account_is_out_at_the_next_request(app: Flask, client: FlaskClient, moderator: str) -> None:
    sign_in(client, moderator)
    at = datetime.now(UTC)
    change(app, moderator, lambda staff: deactivate(db.session(), staff, by=None, at=at))
    assert not is_in(client)
