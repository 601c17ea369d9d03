"""Opening contact and risk answers: named people only, with a reason, and the contributor can see it."""

import base64
import zlib
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import time_machine
from click.testing import CliRunner
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from portal.app import create_app
from portal.cli import portal
from portal.config import Settings
from portal.database import transaction
from portal.domain.errors import MissingText, NotPermitted
from portal.domain.permissions import Permission, Role
from portal.extensions import current_portal, db
from portal.models import Event, Staff, Submission
from portal.operations.desk.sealed_answers import open_identity
from tests.integration.desk.test_pages import sign_in
from tests.support.bad_input import heading_of
from tests.support.contributor import MY, Contributor
from tests.support.factories import ADDRESS, make_call, make_staff, make_submission
from tests.support.plain_browser import find_form, read_forms
from tests.support.staff import PASSWORD, give_access

REASON = "The author asked us to call back"
HINT = "Sealed: opened only by named people."
OPENED = datetime(2026, 3, 14, 9, 26, 53, tzinfo=UTC)


@pytest.fixture
def page(app: Flask) -> str:
    """The desk's page of a pitch whose author left an e-mail address."""
    with app.app_context(), transaction() as session:
        return f"/desk/submission/{make_submission(session, datetime.now(UTC)).public_id}"


@pytest.fixture
def named(app: Flask, client: FlaskClient, page: str) -> FlaskClient:
    """A moderator who is named for opening identities."""
    sign_in(app, client, Role.MODERATOR)
    with app.app_context(), transaction() as session:
        person = session.scalars(select(Staff)).one()
        person.reads_identity = True
        give_access(person)
    return client


def ask_to_open(client: FlaskClient, page: str, reason: str = REASON) -> TestResponse:
    form = find_form(client.get(page).text, action="/identity")
    return client.post(form["action"], data={**form["values"], "reason": reason})


def read_openings(app: Flask) -> list[dict[str, str]]:
    with app.app_context():
        return list(db.session.scalars(select(Event.detail).where(Event.act == "open_identity")))


@pytest.mark.either_database
def test_the_desk_page_shows_no_contact_to_named_people_either(named: FlaskClient, page: str) -> None:
    assert named.get(page).text.count(ADDRESS) == 0


@pytest.mark.either_database
def test_a_named_person_reads_the_contact_after_giving_a_reason(named: FlaskClient, page: str) -> None:
    answer = ask_to_open(named, page)
    assert (answer.status_code, answer.text.count(f'<p dir="auto">{ADDRESS}</p>')) == (200, 1)


@pytest.mark.either_database
def test_the_opened_contact_is_kept_by_no_browser(named: FlaskClient, page: str) -> None:
    assert ask_to_open(named, page).headers["Cache-Control"] == "no-store"


@pytest.mark.either_database
def test_the_labels_are_in_the_language_of_the_desk(named: FlaskClient, page: str) -> None:
    assert ask_to_open(named, page).text.count('<dt lang="en" dir="auto">How do we answer you?</dt>') == 1


@pytest.mark.either_database
def test_the_opened_contact_has_no_address_of_its_own(named: FlaskClient, page: str) -> None:
    ask_to_open(named, page)
    assert named.get(f"{page}/identity").status_code == 405


def test_the_reason_is_kept(app: Flask, named: FlaskClient, page: str) -> None:
    ask_to_open(named, page)
    assert read_openings(app) == [{"reason": REASON}]


@pytest.mark.either_database
def test_colleagues_read_the_opening_and_its_reason_in_the_history(named: FlaskClient, page: str) -> None:
    ask_to_open(named, page)
    shown = named.get(page).text
    assert (shown.count("Contact opened"), shown.count(REASON)) == (1, 1)


@pytest.mark.either_database
@pytest.mark.parametrize("reason", ["", "   "])
def test_without_a_reason_nothing_is_opened(app: Flask, named: FlaskClient, page: str, reason: str) -> None:
    answer = ask_to_open(named, page, reason)
    assert (answer.status_code, answer.text.count(ADDRESS), read_openings(app)) == (422, 0, [])


@pytest.mark.either_database
@pytest.mark.parametrize("role", list(Role))
def test_no_role_implies_the_right(app: Flask, client: FlaskClient, page: str, role: Role) -> None:
    sign_in(app, client, role)
    shown = client.get(page).text
    offered = [form for form in read_forms(shown) if form["action"].endswith("/identity")]
    assert (offered, shown.count(HINT)) == ([], 1)


@pytest.mark.either_database
@pytest.mark.parametrize("role", list(Role))
def test_who_is_not_named_is_refused(app: Flask, client: FlaskClient, page: str, role: Role) -> None:
    sign_in(app, client, role)
    form = find_form(client.get(page).text, action="/note")
    answer = client.post(f"{page}/identity", data={**form["values"], "reason": REASON})
    assert (answer.status_code, read_openings(app)) == (403, [])


@pytest.mark.either_database
def test_a_page_that_was_open_too_long_opens_nothing(app: Flask, named: FlaskClient, page: str) -> None:
    answer = named.post(f"{page}/identity", data={"reason": REASON, "seen": "1"})
    assert (answer.status_code, answer.text.count(ADDRESS), read_openings(app)) == (400, 0, [])


def test_a_named_person_opens_nothing_outside_the_own_coverages(app: Flask, at: datetime) -> None:
    with app.app_context(), transaction() as session:
        make_call(session, at)
        stranger = make_staff(session, Role.EDITOR, member=False)
        stranger.reads_identity = True
        submission = make_submission(session, at)
        with pytest.raises(NotPermitted):
            open_identity(
                session, submission, by=stranger, reason=REASON, keys=current_portal().instance.keys, at=at
            )


def test_an_operation_without_a_reason_is_refused(app: Flask, at: datetime) -> None:
    with app.app_context(), transaction() as session:
        make_call(session, at)
        person = make_staff(session, Role.EDITOR)
        person.reads_identity = True
        submission = make_submission(session, at)
        with pytest.raises(MissingText):
            open_identity(
                session, submission, by=person, reason=" ", keys=current_portal().instance.keys, at=at
            )


def test_a_closed_account_loses_the_right(app: Flask, at: datetime) -> None:
    with app.app_context(), transaction() as session:
        person = make_staff(session, Role.ADMIN)
        person.reads_identity, person.active = True, False
        assert not person.may(Permission.IDENTITY_READ)


@pytest.mark.either_database
def test_the_contributor_sees_the_hour_and_nobody(app: Flask, client: FlaskClient) -> None:
    with time_machine.travel(OPENED, tick=False):
        person = Contributor(app, client, OPENED)
        person.send()
        with app.app_context(), transaction() as session:
            staff = session.scalars(select(Staff)).one()
            staff.reads_identity = True
            name = staff.name
            open_identity(
                session,
                session.get_one(Submission, person.submission_id),
                by=staff,
                reason=REASON,
                keys=current_portal().instance.keys,
                at=OPENED,
            )
        person.enter()
        shown = client.get(MY).text.replace("\u202f", " ")
    sentence = (
        "<p>Your contact details were opened on 14\u00a0March 2026 at 09:00 UTC "
        "by someone who is authorised to do so and gave a reason.</p>"
    )
    assert [shown.count(text) for text in (sentence, name, REASON)] == [1, 0, 0]


@pytest.mark.either_database
def test_an_operator_names_a_person_and_ends_it(tmp_path: Path) -> None:
    app = create_app(Settings(instance=tmp_path))
    environ = {"PORTAL_INSTANCE": str(tmp_path)}
    CliRunner().invoke(portal, ("upgrade",), env=environ)
    with app.app_context(), transaction() as session:
        email = make_staff(session, Role.EDITOR).email
    said = [
        CliRunner().invoke(portal, ("staff", "identity", email, option), env=environ).output
        for option in ("--grant", "--revoke")
    ]
    with app.app_context():
        named = db.session.scalars(select(Staff.reads_identity)).all()
        db.engine.dispose()
    assert (said, named) == (
        [
            f"{email} may open contact and risk answers.\n",
            f"{email} may not open contact and risk answers.\n",
        ],
        [False],
    )


@pytest.mark.either_database
def test_naming_needs_a_yes_or_a_no(tmp_path: Path) -> None:
    environ = {"PORTAL_INSTANCE": str(tmp_path)}
    assert CliRunner().invoke(portal, ("upgrade",), env=environ).exit_code == 0
    said = CliRunner().invoke(portal, ("staff", "identity", "a@example.org"), env=environ)
    assert (said.exit_code, "Error: Say --grant or --revoke." in said.output) == (2, True)


WHILE_AGO = timedelta(minutes=16)


def confirm(client: FlaskClient, asked: TestResponse, password: str = PASSWORD) -> TestResponse:
    """Enter the password on the page that asks for it."""
    form = find_form(asked.text, field="confirm-password")
    return client.post(form["action"], data={**form["values"], "confirm-password": password})


@pytest.mark.either_database
def test_after_a_quarter_of_an_hour_the_password_is_asked_for(
    app: Flask, named: FlaskClient, page: str
) -> None:
    with time_machine.travel(datetime.now(UTC) + WHILE_AGO, tick=False):
        asked = ask_to_open(named, page)
    assert (asked.status_code, heading_of(asked.text), read_openings(app)) == (
        403,
        "Confirm that it is you",
        [],
    )


@pytest.mark.either_database
def test_what_one_did_meanwhile_does_not_count_as_the_password(
    app: Flask, named: FlaskClient, page: str
) -> None:
    with time_machine.travel(datetime.now(UTC), tick=False) as clock:
        ask_to_open(named, page)
        clock.shift(WHILE_AGO)
        asked = ask_to_open(named, page)
    assert (asked.status_code, len(read_openings(app))) == (403, 1)


@pytest.mark.either_database
def test_the_cookie_of_the_question_names_no_reason(named: FlaskClient, page: str) -> None:
    with time_machine.travel(datetime.now(UTC) + WHILE_AGO, tick=False):
        ask_to_open(named, page, "Kanarka")
        cookie = named.get_cookie("portal")
    assert cookie is not None
    payload = cookie.decoded_value.lstrip(".").partition(".")[0]
    raw = base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4))
    shown = zlib.decompress(raw) if cookie.decoded_value.startswith(".") else raw
    assert shown.count(b"Kanarka") == 0


@pytest.mark.either_database
def test_with_the_password_the_contact_is_opened_for_the_reason_typed(
    app: Flask, named: FlaskClient, page: str
) -> None:
    with time_machine.travel(datetime.now(UTC) + WHILE_AGO, tick=False):
        opened = confirm(named, ask_to_open(named, page))
    assert (opened.status_code, opened.text.count(ADDRESS), read_openings(app)) == (
        200,
        1,
        [{"reason": REASON}],
    )


@pytest.mark.either_database
def test_a_wrong_password_opens_nothing(app: Flask, named: FlaskClient, page: str) -> None:
    with time_machine.travel(datetime.now(UTC) + WHILE_AGO, tick=False):
        answer = confirm(named, ask_to_open(named, page), "not the password at all")
        again = ask_to_open(named, page)
    assert (answer.status_code, again.status_code, read_openings(app)) == (403, 403, [])


@pytest.mark.either_database
def test_after_a_wrong_password_the_reason_still_waits(app: Flask, named: FlaskClient, page: str) -> None:
    with time_machine.travel(datetime.now(UTC) + WHILE_AGO, tick=False):
        confirm(named, confirm(named, ask_to_open(named, page), "not the password at all"))
    assert read_openings(app) == [{"reason": REASON}]
