"""What authors do while somebody has a page of the desk open."""

from collections.abc import Callable
from datetime import UTC, datetime

from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.database import transaction
from portal.domain.admission import Lane, Signal
from portal.domain.answers import SubmittedAnswers
from portal.extensions import current_portal
from portal.models import Call, Message, Submission
from portal.operations.contribute.change import change
from portal.operations.contribute.submit import FormSecrets
from portal.operations.private.messages import write_to_desk
from tests.support.factories import make_form_key, make_sending, make_submission
from tests.support.photos import keep_picture

WORDS = "Я згадала ще щось."


def change_submission(app: Flask, public_id: str, do: Callable[[Session, Submission], object]) -> None:
    """Do something with a submission, and keep it."""
    with app.app_context(), transaction() as session:
        do(session, session.scalars(select(Submission).where(Submission.public_id == public_id)).one())


def write_as_author(app: Flask, public_id: str, body: str = WORDS) -> None:
    change_submission(
        app,
        public_id,
        lambda session, submission: write_to_desk(session, submission, body=body, at=datetime.now(UTC)),
    )


def add_version(session: Session, submission: Submission, sending: SubmittedAnswers, *, at: datetime) -> None:
    """Send another version of the text."""
    instance = current_portal().instance
    change(
        session,
        submission,
        sending,
        FormSecrets(instance.keys, instance.receipt_secret, make_form_key()),
        at=at,
    )


def count_unread(session: Session, submission: Submission) -> int:
    """Return how many messages of the author the desk has not read, counted from the messages themselves."""
    messages = session.scalars(select(Message).where(Message.submission_id == submission.id))
    return sum(not one.from_desk and one.id > (submission.desk_read_id or 0) for one in messages)


def send_version(app: Flask, public_id: str, sending: SubmittedAnswers) -> None:
    """Send another version, and keep it."""
    at = datetime.now(UTC)
    change_submission(
        app, public_id, lambda session, submission: add_version(session, submission, sending, at=at)
    )


def add_photo(app: Flask, public_id: str) -> None:
    change_submission(
        app, public_id, lambda session, submission: keep_picture(session, submission, at=datetime.now(UTC))
    )


def send_unverified(app: Flask, count: int = 1, *, signals: tuple[Signal, ...] = ()) -> list[str]:
    """Send pitches whose senders nothing vouches for; return their public ids."""
    at = datetime.now(UTC)
    with app.app_context(), transaction() as session:
        submissions = [
            make_submission(session, at, sending=make_sending(idea=f"Buy now {number}."))
            for number in range(count)
        ]
        for submission in submissions:
            submission.lane, submission.signals = Lane.UNVERIFIED, [signal.value for signal in signals]
        return [submission.public_id for submission in submissions]


def renew_words(app: Flask, key: str, text: str) -> None:
    """Give a consent of the call new words, as an admin does."""
    with app.app_context(), transaction() as session:
        call = session.scalars(select(Call)).one()
        call.consents = [
            {**row, "version": row["version"] + 1, "text": dict.fromkeys(row["text"], text)}
            if row["key"] == key
            else row
            for row in call.consents
        ]
