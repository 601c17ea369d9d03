"""What an author does on a page read before the desk did something is done, on what is there by then."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.domain.acts import Act, HistoryAct
from portal.domain.answers import GivenConsent
from portal.extensions import current_portal, db
from portal.models import Consent, Event, Staff, Submission
from portal.operations.private.access import replace_code
from portal.operations.private.author_acts import reply, undo_withdrawal, withdraw
from portal.operations.private.consents import renew_consents, switch_mail
from portal.operations.private.messages import write_to_author, write_to_desk
from tests.support.contributor import Contributor

SECRET = b"s" * 32
NEW_WORDS = [GivenConsent("c_age", 9, "Нові слова.", "uk")]
WINDOW = timedelta(minutes=10)

LateAct = Callable[[Session, Submission, datetime], object]

LATE_ACTS: dict[str, LateAct] = {
    Act.REPLY: lambda session, submission, at: reply(session, submission, body="У Харкові.", at=at),
    HistoryAct.MESSAGE: lambda session, submission, at: write_to_desk(
        session, submission, body="Ще одне.", at=at
    ),
    Act.WITHDRAW: lambda session, submission, at: withdraw(session, submission, at=at),
    HistoryAct.UNDO: lambda session, submission, at: undo_withdrawal(session, submission, at=at),
    HistoryAct.SWITCH_MAIL: lambda session, submission, at: switch_mail(
        session, submission, wanted=False, keys=current_portal().instance.keys, at=at
    ),
    HistoryAct.RENEW_CONSENT: lambda session, submission, at: renew_consents(
        session, submission, NEW_WORDS, at=at
    ),
    HistoryAct.REPLACE_CODE: lambda session, submission, at: replace_code(
        session, submission, at=at, receipt_secret=SECRET
    ),
}


@pytest.fixture
def author(app: Flask, client: FlaskClient, at: datetime) -> Contributor:
    person = Contributor(app, client, at)
    person.send()
    return person


def do_before(author: Contributor, act: str) -> None:
    """Bring the text to where the act fits."""
    if act == Act.REPLY:
        author.decide(Act.ASK, body="Де це було?")
    if act == HistoryAct.UNDO:
        with author.app.app_context(), Session(db.engine) as session:
            withdraw(session, session.get_one(Submission, author.submission_id), at=author.at, window=WINDOW)
            session.commit()


def write_elsewhere(author: Contributor) -> None:
    """Have the desk write to the author: whoever has read the text before has read an older one."""
    with Session(db.engine) as session:
        submission = session.get_one(Submission, author.submission_id)
        editor = session.scalars(select(Staff)).one()
        write_to_author(
            session,
            submission,
            by=editor,
            body="Дякуємо.",
            lang="uk",
            at=author.at,
            seen=submission.version,
            window=WINDOW,
        )
        session.commit()


def read_before(session: Session, author: Contributor) -> Submission:
    """Return the text as a page has read it that stays open."""
    session.expire_on_commit = False
    submission = session.get_one(Submission, author.submission_id)
    assert submission.consents
    session.commit()
    return submission


@pytest.mark.either_database
@pytest.mark.parametrize("act", LATE_ACTS)
def test_what_the_author_does_on_an_older_page_is_done(author: Contributor, act: str) -> None:
    do_before(author, act)
    with author.app.app_context():
        session = db.session()
        submission = read_before(session, author)
        write_elsewhere(author)
        LATE_ACTS[act](session, submission, author.at)
        session.commit()
        acts = session.scalars(select(Event.act).order_by(Event.id.desc()))
        assert acts.first() == act


def test_new_words_agreed_to_in_two_tabs_are_kept_once(author: Contributor) -> None:
    with author.app.app_context():
        session = db.session()
        submission = read_before(session, author)
        with Session(db.engine) as other:
            renew_consents(other, other.get_one(Submission, author.submission_id), NEW_WORDS, at=author.at)
            other.commit()
        renew_consents(session, submission, NEW_WORDS, at=author.at)
        session.commit()
        kept = select(Consent.text_version).where(Consent.key == "c_age", Consent.text_version == 9)
        assert session.scalars(kept).all() == [9]
