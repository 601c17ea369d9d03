"""No page that is only opened takes a sign-in away: who is in, half-way in or outside goes on after it."""

import pytest
from flask import Flask
from flask.testing import FlaskClient

from portal.domain.permissions import Role
from tests.security.accounts import change, give_password, is_in
from tests.security.routes import list_rows
from tests.support.plain_browser import find_form, send_form
from tests.support.staff import PASSWORD, finish_second_factor, make_account, read_code, sign_in

pytestmark = pytest.mark.either_database

CODE = "/account/code"
SECOND_FACTOR = "/account/second-factor"


def list_rooms(app: Flask) -> list[str]:
    """Return the address of every page of the sign-in and of the account."""
    return [
        row.rule.replace("<token>", "nothing")
        for row in list_rows(app)
        if row.method == "GET" and row.rule.startswith("/account/")
    ]


def find_taking(client: FlaskClient, door: str) -> list[str]:
    """Open every page of the rooms; return those after which `door` is closed to the browser."""
    taking = []
    for address in list_rooms(client.application):
        client.get(address)
        if client.get(door).status_code != 200:
            taking.append(address)
    return taking


def test_the_rooms_are_found(app: Flask) -> None:
    assert {CODE, SECOND_FACTOR, "/account/sign-in", "/account/invitation/nothing"} <= set(list_rooms(app))


def test_no_page_signs_anybody_out(client: FlaskClient, moderator: str) -> None:
    sign_in(client, moderator)
    assert (is_in(client), find_taking(client, "/account/")) == (True, [])


def test_a_code_that_nobody_waits_for_leads_to_the_desk(client: FlaskClient, moderator: str) -> None:
    sign_in(client, moderator)
    answer = client.get(CODE)
    assert (answer.status_code, answer.location) == (302, "/desk/")


def test_no_page_takes_the_password_that_was_given(app: Flask, moderator: str) -> None:
    client = give_password(app, moderator)
    taking = find_taking(client, CODE)
    sent = send_form(client, CODE, {"code": read_code()}, follow=False)
    assert (taking, sent.location, is_in(client)) == ([], "/desk/", True)


def test_no_page_takes_a_second_factor_that_is_being_set_up_at_the_first_sign_in(
    app: Flask, moderator: str
) -> None:
    change(app, moderator, lambda staff: setattr(staff, "tf_primary_method", None))
    client = give_password(app, moderator)
    taking = find_taking(client, SECOND_FACTOR)
    assert (taking, finish_second_factor(client), is_in(client)) == ([], "/desk/", True)


def test_no_page_takes_a_second_factor_that_is_being_moved(app: Flask, client: FlaskClient) -> None:
    sign_in(client, make_account(app, Role.EDITOR))
    form = find_form(client.get(SECOND_FACTOR).text, action=SECOND_FACTOR)
    client.post(form["action"], data=form["values"])
    assert find_taking(client, CODE) == []


def test_no_page_takes_the_form_a_stranger_has_open(client: FlaskClient, moderator: str) -> None:
    form = find_form(client.get("/account/sign-in").text, field="password")
    for address in list_rooms(client.application):
        client.get(address)
    values = {**form["values"], "email": moderator, "password": PASSWORD}
    answer = client.post("/account/sign-in", data=values)
    assert (answer.status_code, answer.location.partition("?")[0]) == (302, CODE)
