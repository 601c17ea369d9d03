"""One code or answer in two browsers at once, each at a web node of its own, opens one of them."""

from functools import partial
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from portal.models import Staff
from portal.web.staff import sign_in as signing_in
from tests.security.accounts import give_password, is_in, make_recovery_code
from tests.support.concurrency import MOMENT, PATIENCE, act_at_once, before_statements, meeting_before
from tests.support.passkeys import Device, add_passkey, fill_in
from tests.support.plain_browser import find_form
from tests.support.staff import read_code, sign_in

ON_POSTGRESQL = pytest.mark.parametrize("app", ["postgresql"], indirect=True)
"""On SQLite one alone writes, whatever is forgotten."""
STEP, CODES = "UPDATE staff SET last_totp_step=", "UPDATE staff SET mf_recovery_codes="
ONE, BOTH = (["", "/desk/"], [False, True]), (["/desk/", "/desk/"], [True, True])


@pytest.fixture
def halfway(app: Flask, other_node: Flask, moderator: str) -> list[FlaskClient]:
    """Two browsers, each at another node, in which the password was entered, and no code yet."""
    return [give_password(node, moderator) for node in (app, other_node)]


def send_code(
    browsers: list[FlaskClient], address: str, code: str, write: str, *, seconds: float = MOMENT
) -> tuple[list[str], list[bool]]:
    """Send the same code from all at the same moment; return where they are led, and whether they are in.

    They meet before either has used the code up, unless the portal keeps them apart.
    """
    forms = [find_form(browser.get(address).text, field="code") for browser in browsers]
    acts = [
        partial(browser.post, address, data={**form["values"], "code": code})
        for browser, form in zip(browsers, forms, strict=True)
    ]
    with meeting_before(write, *(browser.application for browser in browsers), seconds=seconds):
        answers = act_at_once(acts)
    led = [answer.headers.get("Location", "") for answer in answers]
    return sorted(led), sorted(is_in(browser) for browser in browsers)


def test_one_code_on_two_nodes_at_once_signs_in_once(halfway: list[FlaskClient]) -> None:
    assert send_code(halfway, "/account/code", read_code(), STEP) == ONE


def look_then_take(_session: Session, staff: Staff, step: int) -> bool:
    """Stand in for taking a step in one statement: look whether it is free, then take it."""
    is_free = staff.last_totp_step < step
    staff.last_totp_step = step
    return is_free


@ON_POSTGRESQL
def test_a_step_that_is_looked_at_before_it_is_taken_is_found_out(
    halfway: list[FlaskClient], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(signing_in, "take_totp_step", look_then_take)
    assert send_code(halfway, "/account/code", read_code(), STEP, seconds=PATIENCE) == BOTH


@pytest.fixture
def recovery_code(client: FlaskClient, moderator: str) -> str:
    """One of the codes the moderator wrote down."""
    sign_in(client, moderator)
    return make_recovery_code(client)


def test_one_recovery_code_on_two_nodes_at_once_signs_in_once(
    recovery_code: str, halfway: list[FlaskClient]
) -> None:
    assert send_code(halfway, "/account/recovery-code", recovery_code, CODES) == ONE


def let_go(_connection: Any, _cursor: Any, statement: str, values: Any, *_: Any) -> tuple[str, Any]:
    """Break the portal: nobody waits for who looks at the codes of the same account."""
    is_account = "FROM staff" in statement and "mf_recovery_codes" in statement
    return (statement.replace(" FOR UPDATE", "") if is_account else statement), values


@ON_POSTGRESQL
def test_recovery_codes_of_an_account_nobody_holds_are_found_out(
    recovery_code: str, halfway: list[FlaskClient]
) -> None:
    nodes = [browser.application for browser in halfway]
    with before_statements(let_go, *nodes, rewrites=True):
        found = send_code(halfway, "/account/recovery-code", recovery_code, CODES, seconds=PATIENCE)
    assert found == BOTH


def test_one_answer_of_a_passkey_on_two_nodes_at_once_signs_in_once(
    app: Flask, other_node: Flask, moderator: str, client: FlaskClient
) -> None:
    device = Device(count=0, step=0)  # it counts nothing: that an answer is used up must not hang on that
    sign_in(client, moderator)
    add_passkey(client, device)
    here, there = give_password(app, moderator), other_node.test_client()
    action, values = fill_in(here, "/account/code", device)
    cookie = here.get_cookie("portal")
    assert cookie is not None
    there.set_cookie("portal", cookie.value)
    with meeting_before("INSERT INTO used_proof", app, other_node):
        answers = act_at_once([partial(one.post, action, data=values) for one in (here, there)])
    led = sorted(answer.headers.get("Location", "") for answer in answers)
    assert (led, sorted([is_in(here), is_in(there)])) == ONE
