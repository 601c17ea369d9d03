"""What goes wrong between people and the portal, and somebody at the desk to whom it happens."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from flask_babel import force_locale, gettext
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from portal.database import transaction
from portal.domain.languages import locale_by_url
from portal.domain.permissions import Role
from portal.domain.states import Stage
from portal.extensions import db
from portal.models import Draft, DraftRevision, Event, GistVersion, Message, Note, OutboxMail, Submission
from tests.support.factories import make_draft, make_sending, make_staff, make_submission
from tests.support.plain_browser import find_form
from tests.support.staff import enter

OPENED = datetime(2020, 1, 1, tzinfo=UTC)
FORGED = "evil.example"
LANGUAGES = ("en", "uk", "zh-tw")
LONG = "字" * 200_000
TYPED = "Довгий текст, який писали цілий вечір."
PITCH_ANSWERS = {
    "lang": "uk",
    "idea": TYPED,
    "link": "Полиця.",
    "you": "Це моя бабуся.",
    "before": "no",
    "byline": "pen",
    "byline_text": "Олена К.",
    "risk": "no",
    "reply": "email",
    "reply_text": "olena@example.org",
    "c_use": "y",
    "c_age": "y",
}
STORY_TEXTS = (
    "title",
    "story",
    "before_text",
    "byline_text",
    "others_text",
    "avoid",
    "risk_text",
    "reply_text",
)
AFTER_TEXTS = ("place_time", "community_text", "check", "bio", "more")
"""What is asked after the receipt of a story."""
DESK_TEXTS = {
    "ask": "body",
    "invite": "body",
    "decline": "body",
    "withdraw": "note",
    "note": "body",
    "gist": "body",
    "identity": "reason",
}
ONE_DATABASE = pytest.mark.parametrize("app", ["sqlite"], indirect=True)
"""For requests that are answered before anything is read or written."""
SHARED_ON_ONE = pytest.mark.parametrize("shared_app", ["sqlite"], indirect=True)
"""The same, of tests that leave the portal of their module as they found it."""

HEADINGS = {
    401: "Please open your page again",
    403: "You cannot make this decision",
    404: "There is no such page",
    405: "This does not work here",
    413: "This is too much text at once",
    503: "We are overloaded",
}


def say(app: Flask, lang: str, sentence: str) -> str:
    """Return one of our sentences in a language of the interface, as a page writes it."""
    locale = locale_by_url(lang)
    assert locale is not None
    with app.test_request_context(), force_locale(locale.babel):
        return str(gettext(sentence))


def heading_of(page: str) -> str:
    """Return the text of the page's h1."""
    return page.partition("<h1>")[2].partition("</h1>")[0]


def shown_texts(page: str) -> list[str]:
    """Return the texts an error page gives back, in order."""
    return [part.partition("</textarea>")[0] for part in page.split("readonly>")[1:]]


def typed_in(page: str, action: str, field: str) -> str:
    """Return what stands in a field of a form."""
    return str(find_form(page, action=action)["values"][field]).strip()


@dataclass(frozen=True)
class Desk:
    """A member of staff at the desk, with a pitch, a story and a draft."""

    app: Flask
    client: FlaskClient
    pitch: str
    story: str
    draft: str

    def page(self, public_id: str) -> str:
        """Return the address of a submission's page."""
        return f"/desk/submission/{public_id}"

    @property
    def draft_page(self) -> str:
        """Return the address of the draft's page."""
        return f"/desk/coverages/draft/{self.draft}"

    def send(self, address: str, action: str, **values: str) -> TestResponse:
        """Fill in the form of a page and send it."""
        form = find_form(self.client.get(address).text, action=action)
        return self.client.post(form["action"], data={**form["values"], **values})

    def kept(self) -> list[Any]:
        """Return all that an act of the desk could have changed."""
        with self.app.app_context():
            session = db.session()
            rows = [
                session.scalar(select(func.count()).select_from(table))
                for table in (Event, GistVersion, Message, Note, OutboxMail, DraftRevision)
            ]
            submissions = session.execute(
                select(Submission.version, Submission.state).order_by(Submission.id)
            )
            return [*rows, *submissions.all(), session.scalars(select(Draft.version)).all()]


def open_desk(app: Flask, client: FlaskClient, role: Role) -> Desk:
    """Open the session that a finished sign-in leaves."""
    at = datetime.now(UTC)
    with app.app_context(), transaction() as session:
        submissions = [make_submission(session, at), make_submission(session, at, Stage.STORY)]
        editor = make_staff(session, Role.EDITOR)
        draft = make_draft(session, at, by=editor, sending=make_sending(Stage.STORY, title="Чернетка"))
        staff = make_staff(session, role)
        staff.reads_identity = role is Role.EDITOR
        known = staff.fs_uniquifier
        pitch, story = (submission.public_id for submission in submissions)
        public_id = draft.public_id
    enter(client, known)
    return Desk(app, client, pitch, story, public_id)
