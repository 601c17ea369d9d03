"""Somebody who has just sent or saved a text: the private page is open in the very browser it came from."""

from dataclasses import dataclass
from datetime import UTC, datetime

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from portal.database import transaction
from portal.domain.answers import EnteredAnswers, SubmittedAnswers
from portal.domain.receipt_code import derive_code
from portal.domain.states import Stage
from portal.domain.ways_in import WayIn
from portal.extensions import current_portal
from portal.models import Submission
from portal.operations.contribute.save import save_new
from portal.operations.contribute.submit import FormSecrets, find_by_form_key
from portal.operations.private.access import open_private_page
from tests.support.factories import IDEA, make_call, make_form_key, make_submission

RISK = "Не кажіть, звідки я."


@dataclass(frozen=True)
class Sender:
    """What the browser and the person hold."""

    submission_id: int
    form_key: str
    code: str


def send_text(
    app: Flask,
    client: FlaskClient,
    at: datetime,
    *,
    stage: Stage = Stage.PITCH,
    sending: SubmittedAnswers | None = None,
    locale: str = "uk",
) -> Sender:
    """Send a text from this browser."""
    with app.app_context(), transaction() as session:
        form_key = make_form_key()
        make_submission(session, at, stage, locale=locale, form_key=form_key, sending=sending)
        return remember_sending(session, client, form_key, at=at)


def save_text(app: Flask, client: FlaskClient, at: datetime) -> Sender:
    """Save a pitch that is not finished from this browser."""
    with app.app_context(), transaction() as session:
        form_key = make_form_key()
        save_pitch(session, at, form_key=form_key)
        return remember_sending(session, client, form_key, at=at)


def save_pitch(session: Session, at: datetime, *, form_key: str) -> Submission:
    """Return a pitch that was saved and not sent."""
    instance = current_portal().instance
    answers, sealed = {"lang": "uk", "idea": IDEA}, {"risk_text": RISK}
    saved = save_new(
        session,
        make_call(session, at),
        EnteredAnswers(Stage.PITCH, "uk", answers, sealed, has_words=True),
        FormSecrets(instance.keys, instance.receipt_secret, form_key),
        at=at,
        locale="uk",
    )
    assert saved.submission is not None
    return saved.submission


def remember_sending(
    session: Session, client: FlaskClient, form_key: str, *, at: datetime | None = None
) -> Sender:
    """Open the private page in the browser a form came from."""
    instance = current_portal().instance
    submission = find_by_form_key(session, FormSecrets(instance.keys, instance.receipt_secret, form_key))
    assert submission is not None
    moment = at or datetime.now(UTC)
    token = open_private_page(
        session, submission, at=moment, keys=instance.keys, way_in=WayIn.FORM, form_key=form_key
    )
    with client.session_transaction() as cookie:
        cookie["page"] = token
    return Sender(submission.id, form_key, derive_code(instance.receipt_secret, form_key))
