"""Signing in as a member of staff does: password, then a code from the authenticator app."""

import base64
import hmac
import re
import struct
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache

from flask import Flask, current_app
from flask.testing import FlaskClient
from flask_security import hash_password
from sqlalchemy import select
from werkzeug.test import TestResponse

from portal.database import transaction
from portal.domain.permissions import Role
from portal.extensions import db
from portal.models import Staff
from portal.operations.staff.sign_in import open_session
from portal.queries.staff import find_staff_by_email
from tests.support.factories import make_staff
from tests.support.plain_browser import find_form, send_form

PASSWORD = "correct horse battery staple"
SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"


def read_code(secret: str = SECRET, *, step: int = 0) -> str:
    """Return the code the app shows now, or `step` times 30 seconds later (RFC 6238 over RFC 4226)."""
    key = base64.b32decode("".join(char for char in secret if char.isalnum()))
    counter = int(time.time()) // 30 + step
    digest = hmac.digest(key, struct.pack(">Q", counter), "sha1")
    start = digest[-1] & 15
    number = int.from_bytes(digest[start : start + 4]) & 0x7FFFFFFF
    return f"{number % 1_000_000:06}"


@cache
def _hash_password(_pepper: str) -> str:
    """Return the hash of the one password, worked out once for each portal: it costs what it should."""
    hashed: str = hash_password(PASSWORD)
    return hashed


def give_access(staff: Staff) -> None:
    """Give an account a password and an authenticator app; no code has been used yet."""
    staff.password = _hash_password(current_app.config["SECURITY_PASSWORD_SALT"])
    staff.tf_primary_method = "authenticator"
    staff.tf_totp_secret = f"otpauth://totp/test?secret={SECRET}"
    staff.last_totp_step = 0


def make_account(app: Flask, role: Role) -> str:
    """Return the address of a new member of staff who can sign in."""
    with app.app_context(), transaction() as session:
        staff = make_staff(session, role)
        give_access(staff)
        return staff.email


def sign_in(client: FlaskClient, staff: Staff | str) -> TestResponse:
    """Sign in through the pages and return the answer; `staff` is an account that is kept, or its address."""
    with client.application.app_context(), transaction() as session:
        email = staff if isinstance(staff, str) else staff.email
        account = find_staff_by_email(session, email)
        assert account is not None
        give_access(account)
    send_form(client, "/account/sign-in", {"email": email, "password": PASSWORD})
    return send_form(client, "/account/code", {"code": read_code()}, follow=False)


@dataclass(frozen=True)
class Ticket:
    """What a finished sign-in leaves in a browser."""

    known: str
    token: str
    since: datetime


def begin(app: Flask, known: str, *, ago: float = 0) -> Ticket:
    """Sign an account in, as of `ago` seconds before; `known` is the account's mark."""
    since = datetime.now(UTC) - timedelta(seconds=ago)
    with app.app_context(), transaction() as session:
        staff = session.scalars(select(Staff).where(Staff.fs_uniquifier == known)).one()
        return Ticket(known, open_session(session, staff, at=since), since)


def carry(client: FlaskClient, ticket: Ticket, *, base_url: str = "http://localhost") -> FlaskClient:
    """Put a sign-in into a browser."""
    known, since = ticket.known, ticket.since.timestamp()
    with client.session_transaction(base_url=base_url) as cookie:
        cookie.update(
            _user_id=known, _fresh=True, fs_cc="set", fs_paa=since, identity=known, sid=ticket.token
        )
    return client


def enter(client: FlaskClient, known: str, *, ago: float = 0) -> FlaskClient:
    """Leave in a browser what a finished sign-in left `ago` seconds before."""
    return carry(client, begin(client.application, known, ago=ago))


def enter_as(client: FlaskClient, email: str) -> FlaskClient:
    """Leave in a browser what a finished sign-in of the account with this address left."""
    return enter(client, account_of(client.application, email).fs_uniquifier)


def press(client: FlaskClient, address: str, action: str) -> TestResponse:
    """Open a page and press the button whose form leads to `action`."""
    form = find_form(client.get(address).text, action=action)
    return client.post(form["action"], data=form["values"])


def account_of(app: Flask, email: str) -> Staff:
    """Return what is kept of an account, its languages too."""
    with app.app_context():
        staff = find_staff_by_email(db.session(), email)
        assert staff is not None
        assert staff.languages is not None
        return staff


def finish_second_factor(client: FlaskClient, *, step: int = 0) -> str:
    """Set the authenticator app up, with its code of `step`; return where the last page leads."""
    shown = press(client, "/account/second-factor", "/second-factor")
    key = re.search(r"<code>([A-Z0-9 -]+)</code>", shown.text)
    assert key is not None
    form = find_form(shown.text, field="code")
    answer = client.post(form["action"], data={**form["values"], "code": read_code(key[1], step=step)})
    return answer.headers["Location"]
