"""Accounts people try to get into: what is answered, what is computed for it, and what changes meanwhile."""

from collections.abc import Callable
from datetime import UTC, datetime

from flask import Flask
from flask.testing import FlaskClient

from portal.database import transaction
from portal.domain.admission import SIGN_INS, BucketRule
from portal.models import Staff
from portal.operations.rate_limits import fill_bucket
from portal.queries.staff import find_staff_by_email
from portal.web.staff.password_hashing import CappedHashing
from tests.support.plain_browser import send_form
from tests.support.staff import PASSWORD

ANOTHER = "seven quiet lamps over Kharkiv"


def change(app: Flask, email: str, act: Callable[[Staff], object]) -> None:
    """Do something to an account, as a colleague does elsewhere."""
    with app.app_context(), transaction() as session:
        staff = find_staff_by_email(session, email)
        assert staff is not None
        act(staff)


def give_password(app: Flask, email: str) -> FlaskClient:
    """Return a browser in which the password was entered, and no code yet."""
    client = app.test_client()
    send_form(client, "/account/sign-in", {"email": email, "password": PASSWORD})
    return client


def make_recovery_code(client: FlaskClient) -> str:
    """Make new recovery codes for whoever is signed in; return one of them."""
    page = send_form(client, "/account/recovery-codes", {"generate_new_codes": "yes"}).text
    return page.partition("<code>")[2].partition("</code>")[0]


def is_in(client: FlaskClient) -> bool:
    """Say whether the browser is signed in."""
    return client.get("/account/").status_code == 200


def fill_site(app: Flask, name: str = "sign_in", rule: BucketRule = SIGN_INS) -> None:
    """Let others have tried as many passwords as there is room for."""
    with app.app_context(), transaction() as session:
        for _attempt in range(rule.burst):
            fill_bucket(session, name, at=datetime.now(UTC), rule=rule)


def send_password(client: FlaskClient, email: str, password: str) -> tuple[int, str]:
    """Type a password; return status and page, without what differs from page to page anyway."""
    answer = send_form(client, "/account/sign-in", {"email": email, "password": password}, follow=False)
    return answer.status_code, "\n".join(
        line for line in answer.text.splitlines() if "csrf_token" not in line and 'name="email"' not in line
    )


class CountedHashing:
    """A password context that counts what it computes."""

    def __init__(self, context: CappedHashing) -> None:
        self._context, self.count = context, 0

    def hash(self, password: str) -> str:
        self.count += 1
        return self._context.hash(password)

    def verify(self, password: str, hashed: str) -> bool:
        self.count += 1
        return self._context.verify(password, hashed)

    def __getattr__(self, name: str) -> object:
        return getattr(self._context, name)
