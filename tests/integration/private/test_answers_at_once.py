"""An answer is judged by what is there when it is kept, not by what was there when its page was read."""

from collections.abc import Callable, Iterator
from datetime import datetime
from functools import partial

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from portal.domain.acts import Act
from portal.domain.errors import IllegalTransition
from portal.domain.states import State
from portal.extensions import db
from portal.models import AuthorCheck, Event, Submission
from portal.operations.private import author_acts
from tests.support.concurrency import act_at_once, meeting_before
from tests.support.contributor import MY, Contributor, answer_changes

Answer = Callable[[Session, Submission, datetime], AuthorCheck]


def agree(session: Session, submission: Submission, at: datetime) -> AuthorCheck:
    return author_acts.approve(session, submission, revision=2, at=at)


def object_to(session: Session, submission: Submission, at: datetime) -> AuthorCheck:
    return author_acts.object_to(session, submission, revision=2, body="Не так.", at=at)


@pytest.fixture
def author(app: Flask, client: FlaskClient, at: datetime) -> Iterator[Contributor]:
    """A contributor who is asked to agree to the edited text."""
    with time_machine.travel(at, tick=False):
        person = Contributor(app, client, at)
        person.await_approval("Світло зникло.")
        yield person


@pytest.fixture
def read_before(author: Contributor) -> Iterator[tuple[Session, Submission]]:
    """The text as somebody read it who has not answered yet."""
    with author.app.app_context():
        session = db.session()
        session.expire_on_commit = False
        submission = session.get_one(Submission, author.submission_id)
        assert submission.state is State.AUTHOR_CHECK
        session.commit()
        yield session, submission


def answer_elsewhere(author: Contributor, answer: Answer) -> None:
    with Session(db.engine) as other:
        answer(other, other.get_one(Submission, author.submission_id), author.at)
        other.commit()


def list_acts(session: Session) -> list[str]:
    answers = select(Event.act).where(Event.act.in_((Act.APPROVE, Act.OBJECT))).order_by(Event.id)
    return list(session.scalars(answers))


@pytest.mark.parametrize(("answer", "act"), [(agree, Act.APPROVE), (object_to, Act.OBJECT)])
def test_the_same_answer_from_a_page_read_before_the_first_one_is_no_fault(
    author: Contributor, read_before: tuple[Session, Submission], answer: Answer, act: Act
) -> None:
    session, submission = read_before
    answer_elsewhere(author, answer)
    answer(session, submission, author.at)
    session.commit()
    assert list_acts(session) == [act]


@pytest.mark.parametrize(("first", "second"), [(agree, object_to), (object_to, agree)])
def test_another_answer_from_a_page_read_before_the_first_one_fits_no_more(
    author: Contributor, read_before: tuple[Session, Submission], first: Answer, second: Answer
) -> None:
    session, submission = read_before
    answer_elsewhere(author, first)
    with pytest.raises(IllegalTransition):
        second(session, submission, author.at)
    session.rollback()
    assert len(list_acts(session)) == 1


def test_a_yes_pressed_twice_at_once_is_one_yes(author: Contributor) -> None:
    form = answer_changes(author.client.get(f"{MY}/check").text)
    cookie = author.client.get_cookie("portal")
    assert cookie is not None
    presses: list[Callable[[], TestResponse]] = []
    for _ in range(2):
        browser = author.app.test_client()
        browser.set_cookie("portal", cookie.value)
        presses.append(partial(browser.post, form["action"], data=form["values"]))
    with meeting_before("UPDATE submission", author.app):
        answers = act_at_once(presses)
    assert ([one.status_code for one in answers], author.state()) == ([303, 303], State.APPROVED)
    with author.app.app_context():
        assert list_acts(db.session()) == [Act.APPROVE]
