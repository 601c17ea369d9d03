"""A colleague whose account is closed between the press and the act: nobody is responsible in their stead."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, update

from portal.database import transaction
from portal.domain.permissions import Role
from portal.extensions import db
from portal.models import Staff, Submission
from tests.support.bad_input import Desk
from tests.support.concurrency import before_statements
from tests.support.factories import make_staff
from tests.support.plain_browser import find_form

SAID = "This account has been closed in the meantime. Choose somebody else."
REFUSED = 422

pytestmark = pytest.mark.parametrize("app", ["postgresql"], indirect=True)
"""SQLite keeps who closes an account waiting until the act is done."""


@pytest.fixture
def leaver(editor: Desk) -> str:
    """A colleague whose account is about to be closed."""
    with editor.app.app_context(), transaction() as session:
        return make_staff(session, Role.MODERATOR, name="Ірина").public_id


@contextmanager
def leaving_at_that_moment(app: Flask, leaver: str) -> Iterator[None]:
    """Close the account when the act looks it up: the form has been looked through by then."""
    left: list[str] = []

    def close(_connection: Any, _cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
        if left or "staff.public_id = " not in statement or leaver not in dict(parameters).values():
            return
        left.append(leaver)
        with db.engine.begin() as elsewhere:
            elsewhere.execute(update(Staff).where(Staff.public_id == leaver).values(active=False))

    with before_statements(close, app):
        yield
    assert left


def responsible(app: Flask) -> set[int | None]:
    with app.app_context():
        return set(db.session.scalars(select(Submission.assignee_id)))


def give_to_oneself(desk: Desk) -> None:
    with desk.app.app_context():
        own = db.session.scalars(select(Staff.public_id).order_by(Staff.id)).first()
    assert own is not None
    desk.send(desk.page(desk.pitch), "/assign", person=own)


def test_one_text_stays_with_whom_it_is(editor: Desk, leaver: str) -> None:
    give_to_oneself(editor)
    form = find_form(editor.client.get(editor.page(editor.pitch)).text, action="/assign")
    before = editor.kept(), responsible(editor.app)
    with leaving_at_that_moment(editor.app, leaver):
        answer = editor.client.post(form["action"], data={**form["values"], "person": leaver})
    after = editor.kept(), responsible(editor.app)
    assert (answer.status_code, answer.text.count(SAID) > 0, after) == (REFUSED, True, before)


def test_many_stay_with_whom_they_are(editor: Desk, leaver: str) -> None:
    give_to_oneself(editor)
    queue = editor.client.get("/desk/?view=open").text
    form = find_form(queue, action="/desk/bulk")
    chosen = {**form["values"], "rows": form["values"]["page"].split(), "act": "assign"}
    sheet = find_form(editor.client.post("/desk/bulk", data=chosen).text, action="/desk/bulk/assign")
    before = editor.kept(), responsible(editor.app)
    with leaving_at_that_moment(editor.app, leaver):
        answer = editor.client.post(
            sheet["action"], data={**sheet["values"], "rows": chosen["rows"], "person": leaver}
        )
    after = editor.kept(), responsible(editor.app)
    assert (answer.status_code, answer.text.count(SAID) > 0, after) == (REFUSED, True, before)
