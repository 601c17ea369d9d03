"""A contributor with the code in hand, and what a private page says to people."""

from collections.abc import Callable
from datetime import date, datetime
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from portal.database import transaction
from portal.domain.acts import Act
from portal.domain.answers import SubmittedAnswers
from portal.domain.permissions import Role
from portal.domain.receipt_code import derive_code
from portal.domain.states import Stage, State
from portal.extensions import current_portal, db, now
from portal.models import AuthorCheck, Draft, Message, Staff, Submission
from portal.operations.coverages import drafts
from portal.operations.desk import decisions
from portal.operations.private import author_acts
from portal.operations.private.enter import open_by_code
from portal.web.site.contributor_session import OPEN_PAGE
from tests.support.factories import make_call, make_form_key, make_staff, make_submission
from tests.support.plain_browser import find_form, read_forms

MY = "/en/my"


def enter_code(client: FlaskClient, code: str) -> None:
    """Leave in a browser what entering a receipt code leaves there: the private page is open."""
    with client.application.app_context(), transaction() as session:
        secrets = current_portal().instance
        token = open_by_code(
            session, code, at=now(), keys=secrets.keys, receipt_secret=secrets.receipt_secret
        )
    assert token is not None
    with client.session_transaction() as cookie:
        cookie[OPEN_PAGE] = token


class Contributor:
    """Somebody who has sent a text, and the editor who answers."""

    def __init__(self, app: Flask, client: FlaskClient, at: datetime) -> None:
        self.app, self.client, self.at = app, client, at
        self.submission_id = 0
        self.code = ""
        self.form_key = ""

    def send(self, stage: Stage = Stage.PITCH, sending: SubmittedAnswers | None = None) -> None:
        with self.app.app_context(), transaction() as session:
            form_key = self.form_key = make_form_key()
            make_call(session, self.at)
            make_staff(session, Role.EDITOR)
            submission = make_submission(session, self.at, stage, form_key=form_key, sending=sending)
            self.submission_id = submission.id
            self.code = derive_code(current_portal().instance.receipt_secret, form_key)

    def enter(self) -> None:
        enter_code(self.client, self.code)

    def read(self) -> str:
        """Enter, and return the page that opens."""
        self.enter()
        return self.client.get(MY).text

    def decide(self, act: Act, **more: Any) -> None:
        with self.app.app_context(), transaction() as session:
            submission = session.get_one(Submission, self.submission_id)
            by = session.scalars(select(Staff)).one()
            known: dict[str, Any] = {"by": by, "at": self.at, "seen": submission.version, **more}
            operations: dict[Act, Callable[..., Any]] = {
                Act.ASK: decisions.ask,
                Act.INVITE: decisions.invite,
                Act.ACCEPT: decisions.accept,
                Act.DECLINE: decisions.decline,
                Act.MARK_SPAM: decisions.mark_spam,
            }
            operations[act](session, submission, **known)

    def edit(self, body: str, **more: Any) -> None:
        """Save an edited text and send it for approval."""
        with self.app.app_context(), transaction() as session:
            draft = session.scalars(select(Draft)).one()
            by = session.scalars(select(Staff)).one()
            drafts.save_draft(session, draft, {"body": body}, by=by, at=self.at, seen=draft.version)
            seen = draft.submission.version
            drafts.send_for_approval(session, draft, by=by, at=self.at, seen=seen, **more)

    def publish(self, address: str, **more: Any) -> None:
        with self.app.app_context(), transaction() as session:
            draft = session.scalars(select(Draft)).one()
            by = session.scalars(select(Staff)).one()
            seen = draft.submission.version
            drafts.publish(session, draft, {"uk": address}, by=by, at=self.at, seen=seen, **more)

    def state(self) -> State:
        with self.app.app_context():
            return db.session.get_one(Submission, self.submission_id).state

    def messages(self) -> list[str]:
        with self.app.app_context():
            return list(db.session.scalars(select(Message.body).order_by(Message.id)))

    def check(self) -> AuthorCheck:
        with self.app.app_context():
            found = db.session.scalars(select(AuthorCheck).order_by(AuthorCheck.id.desc())).first()
            assert found is not None
            return found

    def await_approval(self, body: str, sending: SubmittedAnswers | None = None) -> None:
        """Bring a story to its author's approval and open the private page."""
        self.send(Stage.STORY, sending)
        self.decide(Act.ACCEPT)
        self.edit(body, answer_by=date(2026, 3, 21))
        self.enter()

    def approve(self) -> None:
        """Accept every change of the edited text, and send that."""
        form = answer_changes(self.client.get(f"{MY}/check").text)
        self.client.post(form["action"], data=form["values"], follow_redirects=True)

    def object_in_another_tab(self) -> None:
        with self.app.app_context(), transaction() as session:
            submission = session.get_one(Submission, self.submission_id)
            author_acts.object_to(session, submission, revision=2, body="Ні.", at=self.at)


def answer_changes(page: str, answer: str = "accept") -> dict[str, Any]:
    """Return the form of an edited text with this answer to every change, ready to be sent."""
    form = find_form(page, field="objections")
    choices = {name: answer for name in form["names"] if name.endswith("-choice")}
    return {**form, "values": {**form["values"], **choices}}


def status_of(page: str) -> str:
    """Return the public status a page shows."""
    return page.partition('<h1 class="status-word">')[2].partition("</h1>")[0]


def next_of(page: str) -> str:
    """Return the sentence about what happens next."""
    return page.partition('<p class="status-next">')[2].partition("</p>")[0]


def actions_of(page: str) -> list[str]:
    """Return where the forms of a page lead, and the acts linked from it."""
    linked = [f"{MY}/{one}" for one in ("story", "check", "withdraw") if f'href="{MY}/{one}"' in page]
    return sorted([form["action"] for form in read_forms(page)] + linked)
