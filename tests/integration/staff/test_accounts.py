"""Admins invite people, say what they may do, and close accounts; the command line does the same."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from click.testing import CliRunner, Result
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from portal.cli.staff import staff as staff_commands
from portal.database import transaction
from portal.domain.mail_notices import Notice
from portal.domain.permissions import Role
from portal.domain.sign_in import ATTEMPTS
from portal.extensions import current_portal, db
from portal.models import AuditEntry, Call, Coverage, Invitation, OutboxMail, Staff
from portal.operations.staff.accounts import (
    LastAdmin,
    LinkSpent,
    NewAccount,
    accept_invitation,
    count_failure,
    deactivate,
    invitation_address,
    invite_staff,
    take_totp_step,
)
from portal.queries.staff import find_open_invitation, find_staff_by_email
from tests.support.factories import make_call, make_staff
from tests.support.plain_browser import find_form, send_form
from tests.support.staff import enter_as, give_access, press, sign_in

SOMEBODY = NewAccount("Somebody", "somebody@example.org", "hash", "en", {})


@pytest.fixture
def admin(app: Flask, client: FlaskClient, at: datetime) -> str:
    """The address of an admin, signed in."""
    with app.app_context(), transaction() as session:
        make_call(session, at)
        staff = make_staff(session, Role.ADMIN)
        give_access(staff)
        email = staff.email
    enter_as(client, email)
    return email


def add_person(app: Flask, role: Role = Role.EDITOR) -> tuple[str, str]:
    """Make a colleague who can sign in; return address and public id."""
    with app.app_context(), transaction() as session:
        staff = make_staff(session, role)
        give_access(staff)
        return staff.email, staff.public_id


def load(email: str) -> Staff:
    found = find_staff_by_email(db.session(), email)
    assert found is not None
    return found


@pytest.mark.either_database
def test_an_admin_gets_a_link_that_opens(client: FlaskClient, admin: str) -> None:
    shown = send_form(client, "/desk/settings/invite", {"role": "editor"})
    link = re.search(r"http://localhost(/account/invitation/[\w-]+)", shown.text)
    assert link is not None
    assert client.get(link[1]).status_code == 200


@pytest.mark.either_database
@pytest.mark.parametrize("has_coverages", [True, False])
@pytest.mark.parametrize("page", ["invite", "person"])
def test_coverages_are_offered_where_there_are_any(
    app: Flask, client: FlaskClient, admin: str, page: str, *, has_coverages: bool
) -> None:
    _email, public_id = add_person(app)
    if not has_coverages:
        with app.app_context(), transaction() as session:
            session.delete(session.scalars(select(Call)).one())
            session.delete(session.scalars(select(Coverage)).one())
    address = {"invite": "/desk/settings/invite", "person": f"/desk/settings/staff/{public_id}"}[page]
    shown = client.get(address).text
    ticked = find_form(shown, field="role")["values"].get("coverages")
    assert (ticked, shown.count(">Coverages</legend>")) == (
        ("ukraine-taiwan", 1) if has_coverages else (None, 0)
    )


@pytest.mark.either_database
def test_only_a_hash_of_the_link_is_kept(app: Flask, client: FlaskClient, admin: str) -> None:
    shown = send_form(client, "/desk/settings/invite", {"role": "editor"})
    link = re.search(r"/account/invitation/([\w-]+)", shown.text)
    assert link is not None
    with app.app_context():
        assert db.session.scalars(select(Invitation.token_hash)).all() != [link[1]]


@pytest.mark.either_database
def test_an_invited_moderator_gets_the_coverages_of_the_invitation(app: Flask, at: datetime) -> None:
    with app.app_context(), transaction() as session:
        coverage = make_call(session, at).coverage
        token = invite_staff(session, role=Role.MODERATOR, by=None, at=at, coverages=[coverage])
        invitation = find_open_invitation(session, token, at=at)
        assert invitation is not None
        made = accept_invitation(session, invitation, SOMEBODY, at=at)
        assert made.coverages == [coverage]


@pytest.mark.either_database
@pytest.mark.parametrize("has_admin", [True, False])
@pytest.mark.parametrize("role", [Role.ADMIN, Role.MODERATOR])
def test_the_link_for_the_first_admin_alone_is_good_for_a_day_only(
    app: Flask,
    at: datetime,
    role: Role,
    *,
    has_admin: bool,
) -> None:
    with app.app_context(), transaction() as session:
        if has_admin:
            give_access(make_staff(session, Role.ADMIN))
            session.flush()
        token = invite_staff(session, role=role, by=None, at=at)
        opens = [
            find_open_invitation(session, token, at=at + timedelta(days=days)) is not None for days in (2, 6)
        ]
    is_first = role is Role.ADMIN and not has_admin
    assert opens == [not is_first, not is_first]


@pytest.mark.either_database
def test_an_invitation_taken_back_does_not_work(app: Flask, client: FlaskClient, admin: str) -> None:
    with app.app_context(), transaction() as session:
        token = invite_staff(session, role=Role.EDITOR, by=None, at=datetime.now(UTC))
    press(client, "/desk/settings/", "/revoke")
    assert client.get(f"/account/invitation/{token}").status_code == 404


@pytest.mark.either_database
def test_inviting_an_address_that_has_an_account_is_refused(
    app: Flask, client: FlaskClient, admin: str
) -> None:
    answer = send_form(client, "/desk/settings/invite", {"role": "editor", "email": admin})
    assert answer.status_code == 422


@pytest.mark.either_database
@pytest.mark.parametrize("role", [Role.MODERATOR, Role.EDITOR])
def test_only_admins_enter_the_settings(app: Flask, role: Role) -> None:
    email, _public_id = add_person(app, role)
    client = app.test_client()
    enter_as(client, email)
    assert [client.get(path).status_code for path in ("/desk/settings/", "/desk/settings/invite")] == [
        403,
        403,
    ]


@pytest.mark.either_database
def test_the_list_names_everybody(app: Flask, client: FlaskClient, admin: str) -> None:
    add_person(app)
    page = client.get("/desk/settings/").text
    with app.app_context():
        names = set(db.session.scalars(select(Staff.name)))
    assert {name for name in names if f">{name}</bdi></a>" in page} == names


@pytest.mark.either_database
def test_an_admin_changes_a_role_and_coverages(app: Flask, client: FlaskClient, admin: str) -> None:
    email, public_id = add_person(app)
    send_form(
        client, f"/desk/settings/staff/{public_id}", {"role": "moderator", "coverages": []}, field="role"
    )
    with app.app_context():
        assert (load(email).role, load(email).coverages) == (Role.MODERATOR, [])


def test_the_only_admin_stays_one(app: Flask, client: FlaskClient, admin: str) -> None:
    with app.app_context():
        public_id = load(admin).public_id
    answer = send_form(client, f"/desk/settings/staff/{public_id}", {"role": "editor"}, field="role")
    assert answer.status_code == 422


@pytest.mark.either_database
def test_closing_an_account_ends_its_session_at_once(app: Flask, client: FlaskClient, admin: str) -> None:
    email, public_id = add_person(app)
    colleague = app.test_client()
    sign_in(colleague, email)
    press(client, f"/desk/settings/staff/{public_id}", "/deactivate")
    assert colleague.get("/account/").status_code == 303


@pytest.mark.either_database
def test_an_admin_ends_all_sessions_of_an_account_that_stays_open(
    app: Flask, client: FlaskClient, admin: str
) -> None:
    email, public_id = add_person(app)
    colleague = app.test_client()
    sign_in(colleague, email)
    press(client, f"/desk/settings/staff/{public_id}", "/end-sessions")
    with app.app_context():
        assert (colleague.get("/account/").status_code, load(email).active) == (303, True)


@pytest.mark.either_database
@pytest.mark.parametrize(
    ("tag", "said"), [("uk", "Ваш обліковий запис збережено."), ("zh-Hant-TW", "您的帳號已儲存。")]
)
def test_who_chooses_another_language_is_told_in_it(
    client: FlaskClient, admin: str, tag: str, said: str
) -> None:
    page = send_form(client, "/account/", {"locale": tag}, field="locale").text
    assert said in page


@pytest.mark.either_database
def test_a_closed_account_can_be_opened_again(app: Flask, client: FlaskClient, admin: str) -> None:
    email, public_id = add_person(app)
    press(client, f"/desk/settings/staff/{public_id}", "/deactivate")
    press(client, f"/desk/settings/staff/{public_id}", "/activate")
    assert sign_in(app.test_client(), email).headers["Location"] == "/desk/"


def test_the_only_admin_cannot_close_the_account(app: Flask, client: FlaskClient, admin: str) -> None:
    with app.app_context():
        public_id = load(admin).public_id
    press(client, f"/desk/settings/staff/{public_id}", "/deactivate")
    with app.app_context():
        assert load(admin).active


def test_closing_the_only_admin_raises(app: Flask, admin: str, at: datetime) -> None:
    with app.app_context(), pytest.raises(LastAdmin), transaction() as session:
        deactivate(session, load(admin), by=None, at=at)


@pytest.mark.either_database
def test_a_colleague_who_lost_the_device_gets_a_new_link(app: Flask, client: FlaskClient, admin: str) -> None:
    _email, public_id = add_person(app)
    shown = press(client, f"/desk/settings/staff/{public_id}", "/new-link")
    link = re.search(r"http://localhost(/account/invitation/[\w-]+)", shown.text)
    assert link is not None
    assert app.test_client().get(link[1]).status_code == 200


def test_of_two_people_with_one_link_the_second_is_refused(app: Flask, at: datetime) -> None:
    with app.app_context(), transaction() as session:
        token = invite_staff(session, role=Role.EDITOR, by=None, at=at)
        invitation = find_open_invitation(session, token, at=at)
        assert invitation is not None
        accept_invitation(session, invitation, SOMEBODY, at=at)
        with pytest.raises(LinkSpent):
            accept_invitation(session, invitation, SOMEBODY, at=at)


def test_a_time_step_is_taken_once(app: Flask) -> None:
    with app.app_context(), transaction() as session:
        staff = make_staff(session, Role.EDITOR)
        assert [take_totp_step(session, staff, step) for step in (5, 6, 5, 6, 7)] == [
            True,
            True,
            False,
            False,
            True,
        ]


@pytest.mark.either_database
def test_the_first_admins_link_works_for_a_day(app: Flask, at: datetime) -> None:
    with app.app_context(), transaction() as session:
        invite_staff(session, role=Role.ADMIN, by=None, at=at)
        assert session.scalar(select(Invitation.expires_at)) == at + timedelta(hours=24)


def run(app: Flask, monkeypatch: pytest.MonkeyPatch, *words: str) -> Result:
    """Run `portal staff …` on the database of the test."""
    with app.app_context():
        settings = current_portal().settings
    monkeypatch.setenv("PORTAL_INSTANCE", str(settings.instance))
    monkeypatch.setenv("PORTAL_DATABASE_URL", settings.database_url)
    monkeypatch.setenv("PORTAL_BASE_URL", settings.base_url)
    return CliRunner().invoke(staff_commands, words)


@pytest.mark.either_database
def test_the_command_line_prints_a_link_that_opens(
    app: Flask, client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    printed = run(
        app, monkeypatch, "invite", "--role", "admin", "--email", "first@example.org"
    ).output.strip()
    assert client.get(printed.removeprefix("http://localhost")).status_code == 200


@pytest.mark.either_database
def test_the_command_line_refuses_an_unknown_coverage(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    refused = run(app, monkeypatch, "invite", "--role", "editor", "--coverage", "nowhere")
    assert (refused.exit_code, refused.output) == (1, "Error: There is no coverage nowhere.\n")


@pytest.mark.either_database
def test_the_command_line_lists_accounts(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    email, _public_id = add_person(app)
    assert run(app, monkeypatch, "list").output == f"{email}\teditor\tactive\n"


@pytest.mark.either_database
def test_the_command_line_closes_an_account(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    email, _public_id = add_person(app)
    run(app, monkeypatch, "deactivate", email)
    with app.app_context():
        assert not load(email).active


@pytest.mark.either_database
def test_the_command_line_brings_somebody_back(
    app: Flask, client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    email, _public_id = add_person(app)
    printed = run(app, monkeypatch, "renew", email).output.strip()
    assert client.get(printed.removeprefix("http://localhost")).status_code == 200


@pytest.mark.either_database
def test_the_printed_address_is_that_of_the_page(app: Flask) -> None:
    with app.test_request_context():
        assert invitation_address("", "token") == app.url_for(
            "staff_account.invitation", token="token", _external=False
        )


def test_who_is_guessed_at_hears_of_it_by_mail_once_a_day(app: Flask, at: datetime) -> None:
    with app.app_context(), transaction() as session:
        staff = make_staff(session, Role.EDITOR)
        for days in (0, 1):
            for _window in range(2):
                for _attempt in range(ATTEMPTS + 2):
                    count_failure(session, staff, at=at + timedelta(days=days))
                staff.failed_since = None
        kinds = session.scalars(select(OutboxMail.kind).where(OutboxMail.staff_id == staff.id)).all()
    assert kinds == [Notice.SIGN_IN] * 2


@pytest.mark.either_database
def test_a_few_failed_sign_ins_are_told_to_nobody(app: Flask, at: datetime) -> None:
    with app.app_context(), transaction() as session:
        staff = make_staff(session, Role.EDITOR)
        for _attempt in range(ATTEMPTS - 1):
            count_failure(session, staff, at=at)
        assert session.scalars(select(OutboxMail)).all() == []


def test_what_is_tried_while_an_account_is_held_is_neither_counted_nor_logged(
    app: Flask, at: datetime
) -> None:
    with app.app_context(), transaction() as session:
        staff = make_staff(session, Role.EDITOR)
        for _attempt in range(ATTEMPTS + 2):
            count_failure(session, staff, at=at)
        about, failed = staff.public_id, staff.failed_sign_ins
    with app.app_context():
        entries = select(func.count()).select_from(AuditEntry).where(AuditEntry.about == about)
        assert (failed, db.session.scalar(entries)) == (ATTEMPTS, ATTEMPTS)
