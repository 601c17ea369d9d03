"""An approved story between its author and an editor, as what has left is called back."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from html import unescape

import time_machine
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from portal.database import transaction
from portal.domain.states import Stage
from portal.domain.take_downs import TakeDownOutcome
from portal.extensions import current_portal, db
from portal.models import Draft, OutboxMail, Staff, Submission, TakeDown
from portal.operations.contribute.submit import FormSecrets, submit
from portal.operations.coverages.departures import record_export
from portal.operations.private import author_acts
from tests.support.contributor import MY, Contributor
from tests.support.factories import make_sending
from tests.support.plain_browser import find_form, send_form
from tests.support.staff import enter

PLACE = "https://example.org/2026/03/story"
LIST = "/desk/take-downs"


@dataclass(frozen=True)
class ApprovedStory:
    """An approved story whose author has the private page open, with an editor at the desk."""

    app: Flask
    author: Contributor
    editor: FlaskClient
    at: datetime

    def submission(self, session: Session) -> Submission:
        return session.get_one(Submission, self.author.submission_id)

    def staff(self, session: Session) -> Staff:
        return session.scalars(select(Staff).order_by(Staff.id)).first()  # type: ignore[return-value]  # there is one

    def export(self) -> None:
        with self.app.app_context(), transaction() as session:
            record_export(session, [session.scalars(select(Draft)).one()], by=self.staff(session), at=self.at)

    def send_again(self, **answers: str) -> None:
        """Send the form of the story once more, as an old tab does."""
        with self.app.app_context(), transaction() as session:
            submission = self.submission(session)
            instance = current_portal().instance
            form = make_sending(Stage.STORY, **answers)
            secrets = FormSecrets(instance.keys, instance.receipt_secret, self.author.form_key)
            submit(session, submission.call, form, secrets, at=self.at, locale="uk")

    def withdraw(self, path: str = "/withdraw") -> str:
        return send_form(self.author.client, f"{MY}{path}", {}, action=path).text

    def tasks(self) -> list[tuple[str, str, str | None]]:
        """Return reason, address and outcome of each task."""
        with self.app.app_context():
            rows = db.session.scalars(select(TakeDown).order_by(TakeDown.id))
            return [(one.reason.value, one.url, one.outcome.value if one.outcome else None) for one in rows]

    def record(self, outcome: TakeDownOutcome, note: str = "") -> TestResponse:
        form = find_form(self.editor.get(LIST).text, field="outcome")
        return self.editor.post(
            form["action"], data={**form["values"], "outcome": outcome.value, "note": note}
        )

    def front_page(self) -> int:
        """Return how often everybody is led to the published text."""
        return self.app.test_client().get("/uk/ukraine-taiwan/").text.count(f'href="{PLACE}"')

    def draft_page(self) -> str:
        with self.app.app_context():
            public_id = db.session.scalars(select(Draft.public_id)).one()
        return unescape(self.editor.get(f"/desk/coverages/draft/{public_id}").text)

    def mails(self) -> int:
        with self.app.app_context():
            return len(list(db.session.scalars(select(OutboxMail.id).where(OutboxMail.kind == "update"))))


@contextmanager
def open_approved_story(app: Flask, client: FlaskClient, at: datetime) -> Iterator[ApprovedStory]:
    """Have a story written and approved, at this moment."""
    with time_machine.travel(at, tick=False):
        author = Contributor(app, client, at)
        author.await_approval("Світло зникло.")
        with app.app_context(), transaction() as session:
            submission = session.get_one(Submission, author.submission_id)
            author_acts.approve(session, submission, revision=2, at=at)
        editor = app.test_client()
        with app.app_context():
            known = db.session.scalars(select(Staff.fs_uniquifier)).one()
        enter(editor, known)
        yield ApprovedStory(app, author, editor, at)
