"""An admin lets moderators decide in a call, and takes that back; the log says who."""

from datetime import datetime

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from portal.database import transaction
from portal.domain.audit import AuditAct
from portal.domain.errors import NotPermitted
from portal.domain.permissions import Role
from portal.extensions import db
from portal.models import AuditEntry, Call
from portal.operations.staff.calls import let_moderators_decide
from tests.support.bad_input import Desk, open_desk
from tests.support.factories import make_call, make_staff
from tests.support.plain_browser import find_form

CALLS = "/desk/settings/calls/"
pytestmark = pytest.mark.either_database


def read_bar(desk: Desk) -> list[str]:
    """Return the acts that the page of a pitch has forms for."""
    page = desk.client.get(desk.page(desk.pitch)).text
    return [act for act in ("invite", "decline", "recommend") if f'/{act}"' in page]


def switch(admin: Desk) -> str:
    """Press the one button of the page, and return what the page says then."""
    form = find_form(admin.client.get(CALLS).text, action="/deciders")
    answer = admin.client.post(form["action"], data=form["values"], follow_redirects=True)
    assert answer.status_code == 200
    return answer.text


def test_a_moderator_recommends_until_an_admin_lets_moderators_decide(
    opened: Flask, client: FlaskClient
) -> None:
    moderator = open_desk(opened, client, Role.MODERATOR)
    before = read_bar(moderator)
    admin = open_desk(opened, opened.test_client(), Role.ADMIN)
    said = switch(admin)
    assert (before, read_bar(moderator)) == (["recommend"], ["invite", "decline", "recommend"])
    assert said.count("Moderators and editors invite and decline.") == 1


def test_the_same_button_takes_it_back(opened: Flask, client: FlaskClient) -> None:
    admin = open_desk(opened, client, Role.ADMIN)
    switch(admin)
    assert switch(admin).count("Editors invite and decline; moderators recommend.") == 1


def test_the_log_says_who_changed_it_once(app: Flask, at: datetime) -> None:
    with app.app_context():
        with transaction() as session:
            call, admin = make_call(session, at), make_staff(session, Role.ADMIN)
            let_moderators_decide(session, call, wanted=True, by=admin, at=at)
            let_moderators_decide(session, call, wanted=True, by=admin, at=at)
            about, actor = call.public_id, admin.public_id
        wanted = select(AuditEntry).where(AuditEntry.act == AuditAct.CHANGE_CALL, AuditEntry.about == about)
        found = [(one.about, one.actor, one.detail) for one in db.session.scalars(wanted)]
    assert found == [(about, actor, {"moderators_decide": True})]


@pytest.mark.parametrize("role", [Role.MODERATOR, Role.EDITOR])
def test_nobody_else_changes_it(app: Flask, at: datetime, role: Role) -> None:
    with app.app_context():
        call = make_call(db.session(), at)
        with pytest.raises(NotPermitted):
            let_moderators_decide(db.session(), call, wanted=True, by=make_staff(db.session(), role), at=at)
        assert db.session.scalars(select(Call.moderators_decide)).all() == [False]
