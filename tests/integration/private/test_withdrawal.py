"""A withdrawal asks once, can be taken back for the undo window, and leaves the box to write in open."""

from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from portal.database import transaction
from portal.domain.acts import Act
from portal.domain.states import State
from portal.domain.take_downs import TakeDownOutcome
from portal.extensions import db
from portal.models import Event, Staff, Submission
from portal.operations.desk import decisions
from portal.operations.erasure import erase
from portal.operations.retention import delete_expired
from tests.support.approved_story import ApprovedStory, open_approved_story
from tests.support.contributor import MY, Contributor, status_of
from tests.support.plain_browser import find_form, send_form

pytestmark = pytest.mark.either_database

WINDOW = timedelta(minutes=10)
UNDO = f"{MY}/withdraw/undo"
COLUMNS = (
    Submission.state,
    Submission.stage,
    Submission.state_before,
    Submission.due_at,
    Submission.announced_state,
    Submission.announce_at,
    Submission.decline_reason,
)


@pytest.fixture
def story(app: Flask, client: FlaskClient, at: datetime) -> Iterator[ApprovedStory]:
    with open_approved_story(app, client, at) as story:
        yield story


def read_row(app: Flask) -> tuple[object, ...]:
    with app.app_context():
        return tuple(db.session.execute(select(*COLUMNS)).one())


def withdraw(author: Contributor) -> str:
    return send_form(author.client, f"{MY}/withdraw", {}, action="/withdraw").text


def undo(author: Contributor) -> str:
    return send_form(author.client, MY, {}, action="/withdraw/undo").text


@pytest.mark.parametrize(
    ("act", "more"),
    [
        (None, {}),
        (Act.ASK, {"body": "Де це було?"}),
        (Act.ACCEPT, {}),
        (Act.ACCEPT, {"window": WINDOW}),
        (Act.DECLINE, {"reason": "off_topic", "body": "Ні.", "window": WINDOW}),
        (Act.MARK_SPAM, {}),
    ],
)
def test_taking_it_back_restores_everything(
    author: Contributor, act: Act | None, more: dict[str, object]
) -> None:
    if act is not None:
        author.decide(act, **more)
    before = read_row(author.app)
    withdraw(author)
    assert author.state() is State.WITHDRAWN
    page = undo(author)
    assert (read_row(author.app), "Your text is with us again, as it was." in page) == (before, True)


def test_the_page_says_until_when(author: Contributor) -> None:
    page = withdraw(author)
    assert "You can undo this until 14\u00a0March 2026, 09:36 UTC." in page


def test_after_the_window_it_is_too_late_and_the_box_is_there(author: Contributor) -> None:
    form = find_form(withdraw(author), action="/withdraw/undo")
    with time_machine.travel(author.at + WINDOW, tick=False):
        late = author.client.post(UNDO, data=form["values"], follow_redirects=True).text
    assert (author.state(), "You can no longer undo the withdrawal here." in late) == (State.WITHDRAWN, True)
    assert (f'action="{UNDO}"' in late, f'action="{MY}/reply"' in late) == (False, True)


def test_taken_back_in_two_tabs_it_is_taken_back_once(author: Contributor) -> None:
    form = find_form(withdraw(author), action="/withdraw/undo")
    pages = [author.client.post(UNDO, data=form["values"], follow_redirects=True).text for _ in range(2)]
    assert [(status_of(page), "Your text is with us again" in page) for page in pages] == [
        ("Received", True)
    ] * 2
    with author.app.app_context():
        acts = list(db.session.scalars(select(Event.act).order_by(Event.id)))
    assert acts == ["submit", "withdraw", "undo"]


def test_what_the_desk_did_meanwhile_stays(author: Contributor) -> None:
    form = find_form(withdraw(author), action="/withdraw/undo")
    with author.app.app_context(), transaction() as session:
        submission = session.get_one(Submission, author.submission_id)
        by = session.scalars(select(Staff)).one()
        decisions.reopen(session, submission, by=by, at=author.at, seen=submission.version)
        session.flush()
        decisions.ask(session, submission, by=by, at=author.at, seen=submission.version, body="Справді?")
    page = author.client.post(UNDO, data=form["values"], follow_redirects=True).text
    assert (author.state(), "You can no longer undo the withdrawal here." in page) == (
        State.NEEDS_REPLY,
        True,
    )


def test_erased_meanwhile_the_page_is_gone(author: Contributor) -> None:
    form = find_form(withdraw(author), action="/withdraw/undo")
    with author.app.app_context(), transaction() as session:
        erase(session, session.get_one(Submission, author.submission_id), by=None, at=author.at)
    assert author.client.post(UNDO, data=form["values"]).status_code == 401


def test_an_editors_withdrawal_is_not_the_authors_to_take_back(author: Contributor) -> None:
    with author.app.app_context(), transaction() as session:
        submission = session.get_one(Submission, author.submission_id)
        by = session.scalars(select(Staff)).one()
        decisions.withdraw_on_request(
            session, submission, by=by, at=author.at, seen=submission.version, note="Листом."
        )
    assert f'action="{UNDO}"' not in author.client.get(MY).text


OUTSIDE = (
    "We stop working on your text",
    "Your text was handed to the newsroom on",
    "Your text has been published.",
    "Your page will show what happened to each copy.",
)


@pytest.mark.parametrize(("outside", "said"), [("nothing", [0]), ("a copy", [1, 3]), ("a page", [2, 3])])
def test_before_withdrawing_the_author_reads_what_has_left(
    story: ApprovedStory, outside: str, said: list[int]
) -> None:
    if outside == "a copy":
        story.export()
    if outside == "a page":
        story.author.publish("https://example.org/one")
    page = story.author.client.get(f"{MY}/{'take-down' if outside == 'a page' else 'withdraw'}").text
    assert [sentence in page for sentence in OUTSIDE] == [number in said for number in range(len(OUTSIDE))]


def test_taking_it_back_ends_the_task(story: ApprovedStory) -> None:
    story.export()
    story.withdraw()
    undo(story.author)
    assert (story.tasks(), story.author.state()) == ([("withdrawn", "", "moot")], State.APPROVED)
    assert "Copies outside the portal" not in story.author.client.get(MY).text


def test_a_published_text_is_published_again(story: ApprovedStory) -> None:
    story.author.publish("https://example.org/one")
    story.withdraw("/take-down")
    page = undo(story.author)
    assert (story.author.state(), status_of(page)) == (State.PUBLISHED, "Published, thank you")


def test_what_the_desk_has_taken_down_is_not_published_by_taking_it_back(story: ApprovedStory) -> None:
    story.author.publish("https://example.org/one")
    story.withdraw("/take-down")
    late = find_form(story.author.client.get(MY).text, action="/withdraw/undo")
    story.record(TakeDownOutcome.REMOVED)
    offered = "/withdraw/undo" in story.author.client.get(MY).text
    story.author.client.post(late["action"], data=late["values"])
    assert (offered, story.author.state()) == (False, State.WITHDRAWN)


def test_the_time_to_the_second_is_forgotten(author: Contributor) -> None:
    withdraw(author)
    with author.app.app_context(), transaction() as session:
        delete_expired(session, at=author.at + WINDOW, anyway=True)
    with author.app.app_context():
        assert db.session.scalars(select(Submission.undo_until)).all() == [None]
