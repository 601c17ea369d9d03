"""Who withdraws is not told afterwards what the desk had decided; who comes back is told."""

import io
import json
import zipfile
from datetime import timedelta
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import time_machine
from flask.testing import FlaskClient
from sqlalchemy import func, select

from portal.database import transaction
from portal.domain.acts import Act
from portal.domain.mail_notices import Notice
from portal.extensions import current_portal, db
from portal.mail.deliver import FolderCarrier, deliver_due
from portal.models import OutboxMail, Staff, Submission
from portal.operations.desk import decisions
from portal.operations.desk.bulk import BulkActor, decline_all, name_mail
from portal.operations.private.messages import write_to_author
from portal.operations.transitions import undo_decision
from tests.support.contributor import MY, Contributor, enter_code, status_of
from tests.support.plain_browser import find_form, send_form
from tests.support.staff import enter

pytestmark = pytest.mark.either_database

WINDOW = timedelta(minutes=10)
WORDS = "Слова редакції."
WAITING: dict[Act, dict[str, Any]] = {
    Act.DECLINE: {"reason": "off_topic", "body": WORDS},
    Act.ASK: {"body": WORDS},
    Act.ACCEPT: {"body": WORDS},
    Act.MARK_SPAM: {},
}
"""Decisions, with what goes with them."""
NOTHING = ("Withdrawn by you", False, 0, ["withdraw"])


class Told(NamedTuple):
    """What an author has heard so far."""

    status: str
    words: bool
    """Whether the words of the desk stand on the private page."""
    mails: int
    acts: list[str]
    """What the own data says was done since the text was sent."""


def decide(author: Contributor, act: Act) -> None:
    author.decide(act, window=WINDOW, **WAITING[act])


def decline_in_bulk(author: Contributor) -> None:
    with author.app.app_context(), transaction() as session:
        submission, by = session.scalars(select(Submission)).one(), session.scalars(select(Staff)).one()
        actor = BulkActor(by, author.at, {submission.public_id: submission.version})
        decline_all(session, actor, reason="off_topic", bodies={name_mail(submission): WORDS}, window=WINDOW)


def withdraw(author: Contributor, *, after: int = 0) -> None:
    with time_machine.travel(author.at + timedelta(minutes=after), tick=False):
        send_form(author.client, f"{MY}/withdraw", {}, action="/withdraw")


def come_back(author: Contributor, *, after: int = 0) -> None:
    with time_machine.travel(author.at + timedelta(minutes=after), tick=False):
        send_form(author.client, MY, {}, action="/withdraw/undo")


def read_told(author: Contributor, folder: Path, *, after: int) -> Told:
    """Have the mail leave, and return what its author has heard by then."""
    at = author.at + timedelta(minutes=after)
    with time_machine.travel(at, tick=False):
        with author.app.app_context():
            deliver_due(current_portal(), FolderCarrier(folder), clock=lambda: at)
            sent = OutboxMail.kind == Notice.UPDATE, OutboxMail.sent_at.is_not(None)
            mails = db.session.scalars(select(func.count()).select_from(OutboxMail).where(*sent)).one()
        enter_code(author.client, author.code)
        page = author.client.get(MY).text
        form = find_form(author.client.get(f"{MY}/data").text, action="/data")
        data = author.client.post(f"{MY}/data", data=form["values"], buffered=True).data
    with zipfile.ZipFile(io.BytesIO(data)) as bundle:
        acts = [one["act"] for one in json.loads(bundle.read("data.json"))["history"]]
    return Told(status_of(page), WORDS in page, mails, acts[1:])


@pytest.mark.parametrize("act", WAITING)
def test_who_has_withdrawn_is_not_told_what_was_decided(
    author: Contributor, tmp_path: Path, act: Act
) -> None:
    decide(author, act)
    withdraw(author, after=2)
    told = read_told(author, tmp_path, after=3), read_told(author, tmp_path, after=60)
    assert told == (NOTHING, NOTHING)


def test_of_many_declined_at_once_it_is_the_same(author: Contributor, tmp_path: Path) -> None:
    decline_in_bulk(author)
    withdraw(author, after=2)
    assert read_told(author, tmp_path, after=60) == NOTHING


@pytest.mark.parametrize("act", [Act.DECLINE, Act.ASK, Act.ACCEPT])
def test_who_comes_back_is_told_when_the_window_is_over(
    author: Contributor, tmp_path: Path, act: Act
) -> None:
    status = {Act.DECLINE: "Not this time", Act.ASK: "Question for you", Act.ACCEPT: "Accepted, in editing"}
    decide(author, act)
    withdraw(author, after=2)
    come_back(author, after=4)
    told = read_told(author, tmp_path, after=5), read_told(author, tmp_path, after=11)
    assert told == (("Received", False, 0, []), (status[act], True, 1, [act]))


def test_who_comes_back_after_the_window_is_told_at_once(author: Contributor, tmp_path: Path) -> None:
    decide(author, Act.DECLINE)
    withdraw(author, after=8)
    before = read_told(author, tmp_path, after=15)
    come_back(author, after=16)
    after = read_told(author, tmp_path, after=16)
    assert (before, after) == (NOTHING, ("Not this time", True, 1, ["decline"]))


def test_what_is_told_late_is_new_to_who_has_read_the_thread_before(author: Contributor) -> None:
    decide(author, Act.ASK)
    withdraw(author, after=8)
    with time_machine.travel(author.at + timedelta(minutes=15), tick=False):
        enter_code(author.client, author.code)
        author.client.get(MY)
    come_back(author, after=16)
    with time_machine.travel(author.at + timedelta(minutes=16), tick=False):
        enter_code(author.client, author.code)
        assert WORDS in author.client.get(MY).text.partition("<strong>New</strong>")[2]


def test_taken_back_by_the_desk_as_well_nothing_is_told(author: Contributor, tmp_path: Path) -> None:
    decide(author, Act.DECLINE)
    withdraw(author, after=2)
    come_back(author, after=4)
    with author.app.app_context(), transaction() as session:
        submission, by = session.scalars(select(Submission)).one(), session.scalars(select(Staff)).one()
        undo_decision(session, submission, by=by, at=author.at, seen=submission.version)
    assert read_told(author, tmp_path, after=60) == ("Received", False, 0, [])


def test_withdrawn_twice_it_is_told_when_its_author_comes_back_for_good(
    author: Contributor, tmp_path: Path
) -> None:
    decide(author, Act.DECLINE)
    for after in (1, 3):
        withdraw(author, after=after)
        come_back(author, after=after + 1)
    assert read_told(author, tmp_path, after=11) == ("Not this time", True, 1, ["decline"])


def test_what_was_told_before_stays_told(author: Contributor, tmp_path: Path) -> None:
    decide(author, Act.DECLINE)
    read_told(author, tmp_path, after=11)
    withdraw(author, after=12)
    assert read_told(author, tmp_path, after=13) == ("Withdrawn by you", True, 1, ["decline", "withdraw"])


def test_erased_at_once_no_mail_is_left(author: Contributor) -> None:
    decide(author, Act.DECLINE)
    send_form(author.client, f"{MY}/erase", {}, action="/erase")
    with author.app.app_context():
        assert db.session.scalars(select(OutboxMail.kind)).all() == []


def test_withdrawn_by_an_editor_on_request_it_is_the_same(author: Contributor, tmp_path: Path) -> None:
    decide(author, Act.DECLINE)
    with author.app.app_context(), transaction() as session:
        submission, by = session.scalars(select(Submission)).one(), session.scalars(select(Staff)).one()
        seen = submission.version
        decisions.withdraw_on_request(session, submission, by=by, at=author.at, seen=seen, note="Листом.")
    assert read_told(author, tmp_path, after=60) == NOTHING


def test_reopened_by_an_editor_it_is_told_with_that(author: Contributor, tmp_path: Path) -> None:
    decide(author, Act.DECLINE)
    withdraw(author, after=2)
    at = author.at + timedelta(minutes=30)
    with author.app.app_context(), transaction() as session:
        submission, by = session.scalars(select(Submission)).one(), session.scalars(select(Staff)).one()
        decisions.reopen(session, submission, by=by, at=at, seen=submission.version)
    told = read_told(author, tmp_path, after=60)
    assert told == ("Not this time", True, 1, ["decline", "withdraw", "reopen"])


def test_published_a_moment_ago_and_asked_to_be_taken_down_nobody_hears_of_it(
    person: Contributor, tmp_path: Path
) -> None:
    person.await_approval("Готовий текст.")
    person.approve()
    before = read_told(person, tmp_path, after=1)
    person.publish("https://example.org/one", window=WINDOW)
    withdraw(person, after=2)
    after = read_told(person, tmp_path, after=60)
    assert after == ("Withdrawn by you", False, before.mails, [*before.acts, "ask_take_down"])


def test_a_letter_that_came_with_no_decision_is_read_still(author: Contributor, tmp_path: Path) -> None:
    with author.app.app_context(), transaction() as session:
        submission, by = session.scalars(select(Submission)).one(), session.scalars(select(Staff)).one()
        seen = submission.version
        write_to_author(
            session, submission, by=by, body=WORDS, lang="uk", at=author.at, seen=seen, window=WINDOW
        )
    withdraw(author, after=2)
    assert read_told(author, tmp_path, after=11)[:3] == ("Withdrawn by you", True, 1)


def test_the_desk_reads_that_its_words_were_not_shown(author: Contributor, client: FlaskClient) -> None:
    decide(author, Act.DECLINE)
    withdraw(author, after=2)
    with author.app.app_context():
        mark = db.session.scalars(select(Staff.fs_uniquifier)).one()
        public_id = db.session.scalars(select(Submission.public_id)).one()
    desk = author.app.test_client()
    enter(desk, mark)
    page = desk.get(f"/desk/submission/{public_id}").text
    assert "not shown to the author, because the text was withdrawn" in page
