"""Somebody of the desk adds a passkey, signs in and confirms with it, and removes it."""

import base64
import dataclasses
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import delete, select

from portal.database import transaction
from portal.domain.passkeys import MOST_PASSKEYS
from portal.domain.permissions import Role
from portal.extensions import Portal, db
from portal.models import AuditEntry, OutboxMail, Staff
from portal.operations.staff.accounts import activate, deactivate, issue_renewal_link
from tests.security.accounts import give_password, is_in
from tests.support.passkeys import (
    CODE,
    CONFIRM,
    LATE,
    NAME,
    NOT_ACCEPTED,
    PASSKEYS,
    Device,
    add_passkey,
    list_passkeys,
    open_account,
    read_options,
    read_refusal,
    use_passkey,
)
from tests.support.plain_browser import find_form, read_forms, send_form
from tests.support.staff import PASSWORD, account_of, make_account, press, read_code

pytestmark = pytest.mark.either_database
A_WHILE = timedelta(minutes=16)


def today() -> date:
    return datetime.now(UTC).date()


def test_a_passkey_opens_the_desk_after_the_password(app: Flask, moderator: str, device: Device) -> None:
    visitor = give_password(app, moderator)
    before = is_in(visitor)
    answer = use_passkey(visitor, device)
    assert (before, answer.location, is_in(visitor)) == (False, "/desk/", True)
    assert list_passkeys(app) == [(NAME, 2, today())]


def test_one_device_of_several_is_enough(app: Flask, moderator: str, device: Device) -> None:
    # A phone counts nothing and says whose passkey it is; at a sign-in its PIN is not insisted on.
    phone = Device(count=0, step=0, verifies=False, handle=account_of(app, moderator).public_id.encode())
    add_passkey(open_account(app, moderator), phone, "Телефон")
    for used in (phone, phone, device):
        assert use_passkey(give_password(app, moderator), used).location == "/desk/"
    assert list_passkeys(app) == [(NAME, 2, today()), ("Телефон", 0, today())]


def test_a_passkey_leads_back_to_the_page_one_wanted(app: Flask, moderator: str, device: Device) -> None:
    visitor = app.test_client()
    wanted = visitor.get("/account/").headers["Location"]
    first = send_form(visitor, wanted, {"email": moderator, "password": PASSWORD}, follow=False)
    assert use_passkey(visitor, device, first.headers["Location"]).location == "/account/"


def test_without_a_passkey_nothing_is_asked_of_one(app: Flask, moderator: str) -> None:
    pages = [give_password(app, moderator).get(CODE), open_account(app, moderator).get(CONFIRM)]
    assert [page.text.count("passkey") for page in pages] == [0, 0]


def test_a_passkey_opens_the_desk_while_guessed_codes_wait(
    app: Flask, moderator: str, device: Device
) -> None:
    visitor = give_password(app, moderator)
    for _attempt in range(5):
        send_form(visitor, CODE, {"code": "000000"})
    held = send_form(visitor, CODE, {"code": read_code()}, follow=False)
    assert (held.status_code, use_passkey(visitor, device).location) == (200, "/desk/")


def test_a_passkey_confirms_that_one_is_there(app: Flask, moderator: str, device: Device) -> None:
    client = open_account(app, moderator, ago=A_WHILE.total_seconds())
    asked = client.get("/account/recovery-codes").location
    led = use_passkey(client, device, asked)
    assert (led.location, client.get("/account/recovery-codes").status_code) == (
        "/account/recovery-codes",
        200,
    )
    assert list_passkeys(app) == [(NAME, 2, today())]


def test_a_device_that_asks_nobody_who_they_are_confirms_nothing(
    app: Flask, moderator: str, device: Device
) -> None:
    client = open_account(app, moderator, ago=A_WHILE.total_seconds())
    asked = client.get("/account/recovery-codes").location
    device.verifies = False
    refused = use_passkey(client, device, asked)
    assert (read_refusal(refused), client.get("/account/recovery-codes").status_code) == ([NOT_ACCEPTED], 302)
    assert list_passkeys(app) == [(NAME, 1, None)]


def test_a_form_goes_on_as_it_was_filled_in_after_a_passkey(
    app: Flask, moderator: str, device: Device
) -> None:
    client = open_account(app, moderator, ago=A_WHILE.total_seconds())
    asked = add_passkey(client, Device(), "Телефон")
    form = find_form(asked.text, field="passkey-credential")
    answered = {**form["values"], "passkey-credential": device.answer(read_options(asked.text))}
    added = client.post(form["action"], data=answered)
    assert (asked.status_code, added.status_code) == (403, 303)
    assert list_passkeys(app) == [(NAME, 2, today()), ("Телефон", 1, None)]


def test_the_account_lists_passkeys_by_name_and_day(app: Flask, moderator: str, device: Device) -> None:
    client = open_account(app, moderator)
    before = client.get(PASSKEYS).text
    client = give_password(app, moderator)
    use_passkey(client, device)
    after = client.get(PASSKEYS).text
    assert [(page.count(f"<bdi>{NAME}</bdi>"), page.count("Not used yet.")) for page in (before, after)] == [
        (1, 1),
        (1, 0),
    ]


def add_another(client: FlaskClient) -> None:
    add_passkey(client, Device(), "Телефон")


def remove_first(client: FlaskClient) -> None:
    press(client, PASSKEYS, "/remove")


@pytest.mark.parametrize(
    ("act", "logged", "left"),
    [(add_another, "add_passkey", [NAME, "Телефон"]), (remove_first, "remove_passkey", [])],
)
def test_a_change_of_passkeys_is_told_logged_and_ends_other_sessions(
    app: Flask,
    moderator: str,
    device: Device,
    act: Callable[[FlaskClient], None],
    logged: str,
    left: list[str],
) -> None:
    other, client = open_account(app, moderator), open_account(app, moderator)
    with app.app_context(), transaction() as session:
        session.execute(delete(OutboxMail))
    act(client)
    staff = account_of(app, moderator)
    with app.app_context():
        mails = db.session.execute(select(OutboxMail.kind, OutboxMail.staff_id)).all()
        entry = db.session.scalars(select(AuditEntry).order_by(AuditEntry.seq.desc()).limit(1)).one()
        said = (entry.actor, entry.act, entry.about, list(entry.detail))
    assert [name for name, *_ in list_passkeys(app)] == left
    assert [tuple(one) for one in mails] == [("account", staff.id)]
    assert said == (staff.public_id, logged, staff.public_id, ["passkey"])
    assert (is_in(client), is_in(other)) == (True, False)


def test_nobody_removes_a_passkey_of_somebody_else(app: Flask, moderator: str, device: Device) -> None:
    form = find_form(open_account(app, moderator).get(PASSKEYS).text, action="/remove")
    colleague = open_account(app, make_account(app, Role.ADMIN))
    token = find_form(colleague.get(PASSKEYS).text, field="credential")["values"]["csrf_token"]
    answer = colleague.post(form["action"], data={"csrf_token": token})
    assert (answer.status_code, list_passkeys(app)) == (303, [(NAME, 1, None)])


def test_a_new_link_takes_passkeys_away(
    app: Flask, client: FlaskClient, moderator: str, device: Device
) -> None:
    with app.app_context(), transaction() as session:
        token = issue_renewal_link(session, account_of(app, moderator), by=None, at=datetime.now(UTC))
    before = list_passkeys(app)
    typed = {
        "new_password": "a quite different password",
        "new_password_confirm": "a quite different password",
    }
    send_form(client, f"/account/invitation/{token}", typed)
    assert (before, list_passkeys(app)) == ([(NAME, 1, None)], [])


def test_access_that_is_taken_away_and_given_back_brings_no_passkey_along(
    app: Flask, moderator: str, device: Device
) -> None:
    kept = list_passkeys(app)
    with app.app_context(), transaction() as session:
        staff = session.get_one(Staff, account_of(app, moderator).id)
        deactivate(session, staff, by=None, at=datetime.now(UTC))
        activate(session, staff, by=None, at=datetime.now(UTC))
    assert (len(kept), list_passkeys(app)) == (1, [])


def test_a_passkey_with_a_longer_id_than_the_standard_allows_is_not_added(app: Flask, moderator: str) -> None:
    client = open_account(app, moderator)
    refused = [add_passkey(client, Device(id=bytes([length % 256]) * length)) for length in (1024, 3000)]
    assert [read_refusal(one) for one in refused] == [[NOT_ACCEPTED]] * 2
    add_passkey(client, Device(id=b"x" * 1023))
    assert len(list_passkeys(app)) == 1


def test_a_passkey_made_for_another_site_is_not_added(app: Flask, moderator: str) -> None:
    client = open_account(app, moderator)
    elsewhere = "https://evil.example"
    devices = (Device(origin=elsewhere), Device(site="evil.example"), Device(frame_of=elsewhere))
    refused = [add_passkey(client, one) for one in devices]
    assert [(one.status_code, read_refusal(one)) for one in refused] == [(422, [NOT_ACCEPTED])] * 3
    assert (list_passkeys(app), refused[0].text.count(f'value="{NAME}"')) == ([], 1)


def test_a_passkey_whose_maker_is_told_in_nonsense_is_not_added(app: Flask, moderator: str) -> None:
    word = base64.urlsafe_b64encode(b"[]")
    device = Device(
        statement={"fmt": "android-safetynet", "attStmt": {"ver": "1", "response": b".".join([word] * 3)}}
    )
    refused = add_passkey(open_account(app, moderator), device)
    assert (refused.status_code, read_refusal(refused), list_passkeys(app)) == (422, [NOT_ACCEPTED], [])


def test_a_passkey_is_added_once(app: Flask, moderator: str, device: Device) -> None:
    colleague = open_account(app, make_account(app, Role.EDITOR))
    refused = [add_passkey(one, device) for one in (open_account(app, moderator), colleague)]
    assert [read_refusal(one) for one in refused] == [[NOT_ACCEPTED]] * 2
    assert list_passkeys(app) == [(NAME, 1, None)]


def test_an_answer_that_has_added_a_passkey_adds_none_after_its_removal(app: Flask, moderator: str) -> None:
    client, device = open_account(app, moderator), Device()
    page = client.get(PASSKEYS).text
    form = find_form(page, field="credential")
    sent = {**form["values"], "passkey_name": NAME, "credential": device.make(read_options(page))}
    added = client.post(form["action"], data=sent)
    remove_first(client)
    again = client.post(form["action"], data=sent)
    assert (added.status_code, read_refusal(again), list_passkeys(app)) == (303, [LATE], [])


def test_an_account_has_no_more_passkeys_than_it_may(app: Flask, moderator: str) -> None:
    client = open_account(app, moderator)
    page = client.get(PASSKEYS).text
    form = find_form(page, field="credential")
    for _one in range(MOST_PASSKEYS):
        add_passkey(client, Device())
    sent = {**form["values"], "passkey_name": NAME, "credential": Device().make(read_options(page))}
    refused = client.post(form["action"], data=sent)
    forms = [one for one in read_forms(client.get(PASSKEYS).text) if "credential" in one["names"]]
    assert (len(list_passkeys(app)), read_refusal(refused), forms) == (MOST_PASSKEYS, [NOT_ACCEPTED], [])


def test_a_passkey_needs_a_name(app: Flask, moderator: str) -> None:
    refused = add_passkey(open_account(app, moderator), Device(), " ")
    assert (refused.status_code, list_passkeys(app), refused.text.count("Enter a name.")) == (422, [], 2)


def test_a_site_without_a_name_offers_none(
    app: Flask, moderator: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    portal: Portal = app.extensions["portal"]
    client = open_account(app, moderator)
    numbered = dataclasses.replace(portal.settings, base_url="http://127.0.0.1:8000")
    monkeypatch.setitem(app.extensions, "portal", dataclasses.replace(portal, settings=numbered))
    page = client.get(PASSKEYS).text
    assert (page.count("Browsers make passkeys only for"), page.count("data-passkey")) == (1, 0)
