"""Where the password is asked for again: the doors are pinned, and nobody fills a form in a second time."""

import html
import re
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from flask.typing import ResponseReturnValue
from sqlalchemy import select
from werkzeug.datastructures import MultiDict
from werkzeug.test import TestResponse

from portal.domain.permissions import Permission, Role
from portal.domain.states import State
from portal.extensions import db
from portal.models import Draft, Invitation, Staff, Submission
from portal.story.normalise import clean_text
from portal.web.site.access import access, needs_fresh
from tests.security.routes import Row, Visitors, list_rows
from tests.support.bad_input import SHARED_ON_ONE, heading_of
from tests.support.hostile_text import clean_texts
from tests.support.page_outline import read_outline
from tests.support.plain_browser import find_form, read_forms
from tests.support.staff import PASSWORD, begin, carry, enter
from tests.support.world import A_WHILE

pytestmark = SHARED_ON_ONE  # what is asked for is decided before anything is written
FRESH = {
    "coverages.end_target",
    "coverages.export_drafts",
    "coverages.fetch_export",
    "coverages.make_export_again",
    "coverages.new_target",
    "coverages.save_target",
    "coverages.send_stories",
    "desk.erase",
    "desk.open_identity",
    "desk_desk_codes.ask_for_code",
    "desk_desk_codes.confirm",
    "staff_calls.set_deciders",
    "staff_passkeys.index",
    "staff_passkeys.remove",
    "staff_settings.close_account",
    "staff_settings.make_invitation",
    "staff_settings.person",
    "staff_settings.renew_link",
    "staff_settings.reopen_account",
    "staff_settings.end_sessions",
    "staff_settings.revoke_invitation",
}
"""Doors that ask for the password anew. A name that is taken away here was looked at by two people."""
THEIR_OWN = {"security.mf_recovery_codes", "security.two_factor_setup"}
"""Doors of Flask-Security that lead to /account/confirm; a password is changed with the present one."""
LEAVING = (
    "security.logout",
    "staff_account.end_sessions",
    "private.leave",
    "security.two_factor_token_validation",
    "security.verify",
)
"""Ways out, and the question itself."""
ASKED = "Confirm that it is you"
RECOVERY = "/account/recovery-codes"


@pytest.fixture
def unguarded(shared_app: Flask) -> Iterator[Flask]:
    """The application without the check of tokens: what lies behind it is to be tried."""
    shared_app.config["WTF_CSRF_ENABLED"] = False
    yield shared_app
    shared_app.config["WTF_CSRF_ENABLED"] = True


def open_late(visitors: Visitors, role: Role) -> FlaskClient:
    """Return a browser of somebody who signed in 16 minutes ago."""
    known, _ago = visitors.known[role]
    return enter(visitors.world.app.test_client(), known, ago=A_WHILE)


def asks(answer: TestResponse) -> bool:
    return heading_of(answer.text) == ASKED or answer.headers.get("Location", "").startswith(
        "/account/confirm"
    )


def list_doors(app: Flask) -> list[Row]:
    """Return the routes that a form can be sent to by whoever goes on working."""
    return [row for row in list_rows(app) if row.method == "POST" and row.endpoint not in LEAVING]


def find_asking(visitors: Visitors, rows: Iterable[Row]) -> set[str]:
    """Return the views that ask for the password when a form is sent there, whoever of the desk sends it."""
    app = visitors.world.app
    tickets = [begin(app, visitors.known[role][0], ago=A_WHILE) for role in (Role.EDITOR, Role.ADMIN)]
    return {
        row.endpoint
        for row in rows
        for ticket in tickets
        if asks(carry(app.test_client(), ticket).post(visitors.address(row), buffered=True))
    }


def test_exactly_the_known_doors_ask_for_the_password(unguarded: Flask, visitors: Visitors) -> None:
    assert find_asking(visitors, list_doors(unguarded)) == FRESH | THEIR_OWN


def test_a_door_that_forgot_to_ask_is_found(unguarded: Flask, visitors: Visitors) -> None:
    whole = unguarded.view_functions["desk.erase"]

    @access(Permission.SUBMISSION_ERASE)
    def forget(public_id: str) -> ResponseReturnValue:
        return unguarded.ensure_sync(whole)(public_id)  # type: ignore[no-any-return]  # as Flask calls it

    doors = [row for row in list_doors(unguarded) if row.endpoint == "desk.erase"]
    asking = find_asking(visitors, doors)
    unguarded.view_functions["desk.erase"] = forget
    try:
        forgotten = asking - find_asking(visitors, doors)
    finally:
        unguarded.view_functions["desk.erase"] = whole
    assert forgotten == {"desk.erase"}


def test_the_doors_say_so_themselves(shared_app: Flask) -> None:
    assert {one for one in shared_app.view_functions if needs_fresh(shared_app, one)} == FRESH


def fill_in(client: FlaskClient, address: str, action: str, **typed: object) -> TestResponse:
    form = find_form(client.get(address).text, action=action)
    return client.post(form["action"] or address, data={**form["values"], **typed}, buffered=True)


def confirm(client: FlaskClient, asked: TestResponse, password: str = PASSWORD) -> TestResponse:
    """Enter the password; what the page carries goes along, names that stand there twice, too."""
    form = find_form(asked.text, field="confirm-password")
    found = re.findall(r'<input type="hidden" name="([^"]*)" value="([^"]*)">', asked.text)
    sent = MultiDict([(name, html.unescape(value)) for name, value in found if name != "csrf_token"])
    sent["csrf_token"], sent["confirm-password"] = form["values"]["csrf_token"], password
    return client.post(form["action"], data=sent, buffered=True)


def leave_theirs(client: FlaskClient) -> None:
    assert not asks(client.get(RECOVERY))


def leave_ours(client: FlaskClient) -> None:
    assert not asks(fill_in(client, "/desk/settings/invite", "/invite", role="editor", locale="uk"))


@pytest.mark.parametrize("passed", [leave_theirs, leave_ours])
def test_what_was_done_at_one_door_prolongs_the_time_at_no_other(
    visitors: Visitors, passed: Callable[[FlaskClient], None]
) -> None:
    """Flask-Security lets its own doors stand open longer for whoever goes through one; ours do not."""
    known, _ago = visitors.known[Role.ADMIN]
    client = enter(visitors.world.app.test_client(), known, ago=A_WHILE - 120)
    passed(client)
    with time_machine.travel(datetime.now(UTC) + timedelta(minutes=2), tick=True):
        theirs = client.get(RECOVERY)
        ours = fill_in(client, "/desk/settings/invite", "/invite", role="editor", locale="uk")
    assert (asks(theirs), asks(ours)) == (passed is leave_ours, True)


def test_an_invitation_goes_on_as_it_was_filled_in(visitors: Visitors) -> None:
    client = open_late(visitors, Role.ADMIN)
    typed = {"role": "editor", "email": "olha@example.org", "locale": "uk"}
    asked = fill_in(client, "/desk/settings/invite", "/invite", **typed)
    made = confirm(client, asked)
    with visitors.world.app.app_context():
        one = db.session.scalars(select(Invitation).where(Invitation.email == "olha@example.org")).one()
        kept = (one.role, one.locale, len(one.coverages))
    assert (asked.status_code, made.status_code, kept) == (403, 201, (Role.EDITOR, "uk", 1))


def test_an_export_of_several_drafts_goes_on_with_all_of_them_and_leaves_no_question_open(
    visitors: Visitors,
) -> None:
    client = open_late(visitors, Role.EDITOR)
    address = f"/desk/coverages/{visitors.world.slug}/export"
    boxes = [form for form in read_forms(client.get(address).text) if "drafts" in form["names"]]
    with visitors.world.app.app_context():
        ready = [
            one.public_id
            for one in db.session.scalars(select(Draft))
            if f'value="{one.public_id}"' in client.get(address).text
        ]
    values = {**boxes[0]["values"], "drafts": ready, "format": "bundle"}
    asked = client.post(address, data=values, buffered=True)
    sent = confirm(client, asked)
    page = client.get(sent.location)
    file = client.get(page.headers["Refresh"].removeprefix("0; url="), buffered=True)
    with visitors.world.app.app_context():
        exported = {one.public_id for one in db.session.scalars(select(Draft)) if one.exported_at}
    codes = (asked.status_code, sent.status_code, page.status_code, file.status_code)
    assert (codes, exported >= set(ready), len(ready) > 1) == ((403, 303, 200, 200), True, True)


def test_texts_come_through_unchanged_and_are_words_on_the_page(visitors: Visitors) -> None:
    client = open_late(visitors, Role.EDITOR)
    page = f"/desk/submission/{visitors.world.submissions['worked on']}"
    hostile = "\r\n".join(clean_texts(clean_text)).replace("\r\n", "\n").replace("\n", "\r\n")
    reasons = ["  «Перша»\r\n<b>друга</b> & \"третя\" 'четверта'\r\n\r\n字\t", hostile]
    asked = [fill_in(client, page, "/identity", reason=reason) for reason in ("Call back", *reasons)]
    carried = [find_form(one.text, field="confirm-password")["values"]["reason"] for one in asked]
    shown = [read_outline(one.text) for one in asked]
    assert carried[1:] == reasons
    assert [(one.bones == shown[0].bones, one.strange) for one in shown] == [(True, shown[0].strange)] * 3


def test_the_password_stands_in_no_page_when_the_form_fails_after_it(visitors: Visitors) -> None:
    client = open_late(visitors, Role.ADMIN)
    submission = visitors.world.submissions["to be erased"]
    asked = fill_in(client, f"/desk/submission/{submission}", "/erase", sure="y", seen="0")
    answer = confirm(client, asked)
    with visitors.world.app.app_context():
        state = db.session.scalars(select(Submission.state).where(Submission.public_id == submission)).one()
    assert (answer.status_code, answer.text.count(PASSWORD), state) == (409, 0, State.SUBMITTED)


def test_a_wrong_password_changes_nothing_and_keeps_the_form(visitors: Visitors) -> None:
    client = open_late(visitors, Role.ADMIN)
    person = f"/desk/settings/staff/{visitors.world.people[Role.MODERATOR]}"
    asked = fill_in(client, person, person, role="admin")
    again = confirm(client, asked, "not the password at all")
    with visitors.world.app.app_context():
        role = db.session.scalars(
            select(Staff.role).where(Staff.public_id == visitors.world.people[Role.MODERATOR])
        ).one()
    kept = find_form(again.text, field="confirm-password")["values"]["role"]
    assert (again.status_code, again.text.count("not the password"), role, kept) == (
        403,
        0,
        Role.MODERATOR,
        "admin",
    )


def test_the_question_itself_needs_a_token(visitors: Visitors) -> None:
    client = open_late(visitors, Role.ADMIN)
    sent = client.post("/desk/settings/invite", data={"role": "admin", "confirm-password": PASSWORD})
    assert (sent.status_code, asks(sent)) == (400, False)
