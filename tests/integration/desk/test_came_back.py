"""What authors send because the desk asked: it counts, filters and sorts as what it is now."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from portal.database import transaction
from portal.domain.answers import SubmittedAnswers
from portal.domain.permissions import Role
from portal.domain.states import Stage
from portal.extensions import current_portal, db
from portal.models import Staff, Submission
from portal.models.sealing import find_ring
from portal.operations.contribute.submit import FormSecrets, send_story
from portal.operations.desk.decisions import ask, invite
from portal.operations.private.author_acts import reply
from portal.queries.desk.queue import QueueFilter, View
from portal.queries.desk.queue_pages import count_views, queue_page
from tests.support.factories import make_form_key, make_sending, make_staff, make_submission
from tests.support.staff import enter

HOUR = timedelta(hours=1)


@dataclass(frozen=True)
class Queue:
    """Two pitches, and between them a full story and an answered question, both of earlier texts."""

    app: Flask
    at: datetime
    staff: int
    first: int
    story: int
    answered: int
    last: int

    def list(self, wanted: QueueFilter) -> list[int]:
        """Return what stands in the queue under a filter."""
        with self.app.app_context():
            actor = db.session.get_one(Staff, self.staff)
            return [
                row.id
                for row in queue_page(
                    db.session(), actor, wanted, at=self.at, keys=find_ring(db.session())
                ).rows
            ]


def send_full_story(session: Session, submission: Submission, at: datetime) -> None:
    portal = current_portal()
    sending: SubmittedAnswers = make_sending(Stage.STORY)
    secrets = FormSecrets(portal.instance.keys, portal.instance.receipt_secret, make_form_key())
    send_story(session, submission, sending, secrets, at=at)


@pytest.fixture
def queue(app: Flask) -> Queue:
    at = datetime.now(UTC)
    early = at - 5 * HOUR
    with app.app_context(), transaction() as session:
        invited = make_submission(session, early)
        asked = make_submission(session, early, Stage.STORY)
        by = make_staff(session, Role.EDITOR)
        invite(session, invited, by=by, at=early, seen=invited.version)
        ask(session, asked, by=by, at=early, seen=asked.version, body="Де це було?")
        first = make_submission(session, at - 4 * HOUR)
        session.flush()
        send_full_story(session, invited, at - 3 * HOUR)
        reply(session, asked, body="У Харкові.", at=at - 2 * HOUR)
        last = make_submission(session, at - HOUR)
        ids = (by.id, first.id, invited.id, asked.id, last.id)
    return Queue(app, at, *ids)


def test_a_full_story_is_found_among_stories_and_not_among_pitches(queue: Queue) -> None:
    found = [queue.list(QueueFilter(kind=kind)) for kind in (Stage.STORY, Stage.PITCH)]
    assert found == [[queue.story, queue.answered], [queue.first, queue.last]]


def test_a_full_story_stands_where_its_own_promise_puts_it(queue: Queue) -> None:
    assert queue.list(QueueFilter()) == [queue.first, queue.story, queue.answered, queue.last]


def test_what_came_back_has_a_view_with_its_count(queue: Queue) -> None:
    with queue.app.app_context():
        actor = db.session.get_one(Staff, queue.staff)
        counted = count_views(db.session(), actor, at=queue.at)[View.CAME_BACK]
    assert (counted, queue.list(QueueFilter(view=View.CAME_BACK))) == (2, [queue.story, queue.answered])


def find_row(page: str, public_id: str) -> str:
    """Return the line of the queue that leads to a submission."""
    rows = page.split('<li class="queue-row')[1:]
    return next(row for row in rows if public_id in row)


def test_its_line_and_its_page_say_what_lies_there_and_that_it_came_back(
    queue: Queue, client: FlaskClient
) -> None:
    with queue.app.app_context():
        session = db.session()
        known = session.get_one(Staff, queue.staff).fs_uniquifier
        public_id = session.get_one(Submission, queue.story).public_id
    enter(client, known)
    row = find_row(client.get("/desk/").text, public_id)
    page = client.get(f"/desk/submission/{public_id}").text
    assert ("<span>Story</span>" in row, "<span>Pitch</span>" in row) == (True, False)
    assert '<span class="badge accent">full story received</span>' in row
    assert "<title>Story in Ukrainian" in page
    assert '<span class="badge accent">full story received</span>' in page


def test_an_answered_question_is_marked_and_a_first_sending_is_not(queue: Queue, client: FlaskClient) -> None:
    with queue.app.app_context():
        session = db.session()
        known = session.get_one(Staff, queue.staff).fs_uniquifier
        ids = [session.get_one(Submission, one).public_id for one in (queue.answered, queue.first)]
    enter(client, known)
    page = client.get("/desk/").text
    marked = ["received</span>" in find_row(page, one) for one in ids]
    assert marked == [True, False]
