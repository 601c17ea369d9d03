"""Answers of a passkey that prove nothing: refused in one sentence, logged, and nothing is changed."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from portal.database import transaction
from portal.domain.passkeys import QUESTION_STANDS
from portal.domain.permissions import Role
from portal.extensions import db
from portal.models import AuditEntry, Passkey
from portal.operations.staff.passkeys import LONGEST_ANSWER, remove_passkey
from portal.queries.staff import find_staff_by_email
from tests.security.accounts import give_password, is_in
from tests.support.passkeys import (
    CODE,
    CONFIRM,
    LATE,
    NAME,
    NOT_ACCEPTED,
    Device,
    add_passkey,
    fill_in,
    list_passkeys,
    open_account,
    read_refusal,
    use_passkey,
)
from tests.support.plain_browser import find_form, send_form
from tests.support.staff import PASSWORD, make_account, press

pytestmark = pytest.mark.either_database


@dataclass
class Visit:
    """Somebody who has entered the password of the moderator, and holds a device."""

    app: Flask
    email: str
    client: FlaskClient
    device: Device


@pytest.fixture
def visit(app: Flask, moderator: str, device: Device) -> Visit:
    return Visit(app, moderator, give_password(app, moderator), device)


def pick_passkey(values: dict[str, str]) -> dict[str, str]:
    """Return what of a form is about a passkey."""
    return {name: value for name, value in values.items() if name.startswith("passkey-")}


def answer_elsewhere(visit: Visit) -> TestResponse:
    """Be led to another site, which has our question answered and brings the answer."""
    visit.device.origin = "https://evil.example"
    return use_passkey(visit.client, visit.device)


def answer_for_elsewhere(visit: Visit) -> TestResponse:
    """Bring what the device has signed for a passkey of another site."""
    visit.device.site = "evil.example"
    return use_passkey(visit.client, visit.device)


def answer_in_a_frame(visit: Visit) -> TestResponse:
    """Have our page stand in a frame of another site, in a browser that lets it."""
    visit.device.frame_of = "https://evil.example"
    return use_passkey(visit.client, visit.device)


def answer_at_another_port(visit: Visit) -> TestResponse:
    """Be at an address that the request names and the settings do not."""
    visit.device.origin = "http://localhost:5001"
    action, values = fill_in(visit.client, CODE, visit.device)
    return visit.client.post(
        action, data=values, base_url=visit.device.origin, headers={"Origin": visit.device.origin}
    )


def answer_with_a_copy(visit: Visit) -> TestResponse:
    """Use a copy of the device: it knows nothing of what the other one has counted."""
    visit.device.step = 0
    return use_passkey(visit.client, visit.device)


def answer_with_another(visit: Visit) -> TestResponse:
    """Use a device that nobody has added."""
    return use_passkey(visit.client, Device())


def answer_with_another_key(visit: Visit) -> TestResponse:
    """Use a device that says it is the one that was added."""
    return use_passkey(visit.client, Device(id=visit.device.id))


def answer_as_another(visit: Visit) -> TestResponse:
    """Use a device that names another account."""
    visit.device.handle = b"somebody else"
    return use_passkey(visit.client, visit.device)


def answer_after_removal(visit: Visit) -> TestResponse:
    """Have an answer ready when the passkey is removed elsewhere; the owner goes on with the sign-in."""
    action, values = fill_in(visit.client, CODE, visit.device)
    with visit.app.app_context(), transaction() as session:
        passkey = session.scalars(select(Passkey)).one().public_id
        owner = find_staff_by_email(session, visit.email)
        assert owner is not None
        remove_passkey(session, owner, passkey, at=datetime.now(UTC))
    return visit.client.post(action, data=values)


def answer_nonsense(visit: Visit) -> TestResponse:
    action, values = fill_in(visit.client, CODE, visit.device)
    return visit.client.post(action, data={**values, "passkey-credential": "{"})


def answer_without_end(visit: Visit) -> TestResponse:
    action, values = fill_in(visit.client, CODE, visit.device)
    return visit.client.post(action, data={**values, "passkey-credential": "[" * (LONGEST_ANSWER + 1)})


def answer_late(visit: Visit) -> TestResponse:
    """Answer a question that stood on the page for too long."""
    action, values = fill_in(visit.client, CODE, visit.device)
    with time_machine.travel(datetime.now(UTC) + QUESTION_STANDS + timedelta(seconds=2), tick=True):
        return visit.client.post(action, data=values)


def answer_another_browser(visit: Visit) -> TestResponse:
    """Bring the answer to a question that another browser was asked."""
    _action, theirs = fill_in(give_password(visit.app, visit.email), CODE, visit.device)
    action, values = fill_in(visit.client, CODE, visit.device)
    return visit.client.post(action, data={**values, **pick_passkey(theirs)})


def answer_another_page(visit: Visit) -> TestResponse:
    """Bring the answer to a question for something else, which was asked in this browser."""
    with visit.client.session_transaction() as cookie:
        cookie["passkeys"] = "this browser"
    confirming = open_account(visit.app, visit.email)
    with confirming.session_transaction() as cookie:
        cookie["passkeys"] = "this browser"
    _action, theirs = fill_in(confirming, CONFIRM, visit.device)
    action, values = fill_in(visit.client, CODE, visit.device)
    return visit.client.post(action, data={**values, **pick_passkey(theirs)})


def answer_twice(visit: Visit) -> TestResponse:
    """Sign in with an answer, and out, and try the same answer once more."""
    visit.device.count = visit.device.step = 0  # as passkeys that are copied from phone to phone
    with visit.app.app_context(), transaction() as session:
        session.scalars(select(Passkey)).one().sign_count = 0
    action, values = fill_in(visit.client, CODE, visit.device)
    visit.client.post(action, data=values)
    press(visit.client, "/account/", "/sign-out")
    send_form(visit.client, "/account/sign-in", {"email": visit.email, "password": PASSWORD})
    fresh = find_form(visit.client.get(CODE).text, field="code")["values"]
    return visit.client.post(action, data={**values, "csrf_token": fresh["csrf_token"]})


REFUSED: dict[Callable[[Visit], TestResponse], str] = {
    answer_elsewhere: NOT_ACCEPTED,
    answer_for_elsewhere: NOT_ACCEPTED,
    answer_in_a_frame: NOT_ACCEPTED,
    answer_at_another_port: NOT_ACCEPTED,
    answer_with_a_copy: NOT_ACCEPTED,
    answer_with_another: NOT_ACCEPTED,
    answer_with_another_key: NOT_ACCEPTED,
    answer_as_another: NOT_ACCEPTED,
    answer_after_removal: NOT_ACCEPTED,
    answer_nonsense: NOT_ACCEPTED,
    answer_without_end: NOT_ACCEPTED,
    answer_late: LATE,
    answer_another_browser: LATE,
    answer_another_page: LATE,
    answer_twice: LATE,
}


@pytest.mark.parametrize("answer", REFUSED)
def test_what_proves_nothing_is_refused_in_one_sentence(
    visit: Visit, answer: Callable[[Visit], TestResponse]
) -> None:
    refused = answer(visit)
    assert (read_refusal(refused), is_in(visit.client)) == ([REFUSED[answer]], False)


def test_a_refused_answer_changes_nothing_and_is_logged(visit: Visit) -> None:
    before = list_passkeys(visit.app)
    answer_elsewhere(visit)
    visit.device.origin = "http://localhost"
    visit.device.count -= 1
    again = use_passkey(visit.client, visit.device)
    with visit.app.app_context():
        acts = db.session.scalars(select(AuditEntry.act).order_by(AuditEntry.seq.desc()).limit(1)).all()
    assert (before, again.location, acts) == ([(NAME, 1, None)], "/desk/", ["fail_sign_in"])


def test_the_passkey_of_a_colleague_opens_neither_account(app: Flask, moderator: str, device: Device) -> None:
    colleague, theirs = make_account(app, Role.EDITOR), Device()
    add_passkey(open_account(app, colleague), theirs)
    visitor = give_password(app, moderator)
    refused = use_passkey(visitor, theirs)
    assert (read_refusal(refused), is_in(visitor)) == ([NOT_ACCEPTED], False)
    assert list_passkeys(app) == [(NAME, 1, None), (NAME, 1, None)]


def test_a_passkey_stands_in_for_no_code_of_an_app_that_is_set_up(visit: Visit) -> None:
    action, values = fill_in(visit.client, CODE, visit.device)
    with visit.client.session_transaction() as cookie:
        cookie.update(tf_state="validating_profile", tf_primary_method="authenticator", tf_totp_secret="S")
    answer = visit.client.post(action, data=values)
    assert (answer.status_code, is_in(visit.client), list_passkeys(visit.app)) == (
        200,
        False,
        [(NAME, 1, None)],
    )
