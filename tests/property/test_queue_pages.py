"""The pages of the queue, read part by part from indexes, are the queue as it is defined."""

import random
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.domain.acts import HistoryAct
from portal.domain.admission import Lane
from portal.domain.permissions import Role
from portal.domain.states import Stage, State
from portal.extensions import db
from portal.models import Message, Staff, Submission
from portal.models.sealing import find_ring
from portal.operations.private.author_acts import add_message
from portal.operations.private.messages import mark_thread_read
from portal.queries.desk.filter_options import find_options
from portal.queries.desk.queue import NOBODY, QueueFilter, View, moderation_queue
from portal.queries.desk.queue_pages import count_views, find_in_queue, find_next, queue_page
from portal.queries.private.messages import has_unread
from tests.property.test_visibility import make_random_submission
from tests.support.author_acts import count_unread
from tests.support.factories import make_call, make_staff

SEEDS: Final = range(2)
SUBMISSIONS: Final = 40
SIZE: Final = 7
FILTERS: Final = 20
"""How many of all filters each person tries."""


def make_queue(session: Session, dice: random.Random, at: datetime) -> list[Staff]:
    """Fill a queue at random; return an admin, a colleague and a stranger."""
    call = make_call(session, at)
    people = [
        make_staff(session, Role.ADMIN, languages=()),
        make_staff(session, Role.EDITOR, languages=("uk",)),
        make_staff(session, Role.EDITOR, member=False),
    ]
    for number in range(SUBMISSIONS):
        submission = make_random_submission(call, number, at)
        submission.state = dice.choice([State.SUBMITTED, State.SUBMITTED, *set(State) - {State.DUPLICATE}])
        submission.state_before = dice.choice([State.WRITING, State.SUBMITTED, State.INVITED, None])
        submission.lane = dice.choice(list(Lane))
        submission.due_at = dice.choice([None, at + timedelta(days=dice.randint(-3, 6))])
        submission.stage = dice.choice(list(Stage))
        submission.lang = dice.choice(["uk", "pl", "und"])
        submission.assignee_id = dice.choice([None, people[0].id, people[1].id])
        submission.announce_at = dice.choice([None, at, at + timedelta(minutes=5)])
        session.add(submission)
        session.flush()
        write_letters(session, dice, submission, at)
    session.flush()
    return people


def write_letters(session: Session, dice: random.Random, submission: Submission, at: datetime) -> None:
    if dice.random() < 0.3:
        add_message(session, submission, HistoryAct.MESSAGE, body="Ще одне.", at=at)
    if dice.random() < 0.3:
        mark_thread_read(session, submission, at=at)
    if dice.random() < 0.1:
        shown = at + timedelta(minutes=dice.choice([-5, 5]))
        own = {"body": "Дякуємо!", "lang": "uk", "sent_at": at, "visible_at": shown}
        session.add(Message(submission_id=submission.id, from_desk=True, act="message", **own))


def list_filters(people: list[Staff]) -> Iterator[QueueFilter]:
    """Yield every view alone and under each of the filters."""
    for view in View:
        plain = QueueFilter(view=view)
        yield plain
        yield replace(plain, state=State.SUBMITTED)
        yield replace(plain, kind=Stage.STORY, lang="uk")
        yield replace(plain, my_languages=True)
        yield replace(plain, assignee=NOBODY)
        yield replace(plain, assignee=people[1].public_id)


@pytest.mark.parametrize("seed", SEEDS)
def test_pages_counts_places_and_neighbours_are_those_of_the_queue(
    app: Flask, at: datetime, seed: int
) -> None:
    with app.app_context():
        session = db.session()
        dice = random.Random(seed)
        people = make_queue(session, dice, at)
        for person in people:
            counts = count_views(session, person, at=at)
            for wanted in dice.sample(list(list_filters(people)), FILTERS):
                queue = list(session.scalars(moderation_queue(person, wanted, at=at)))
                assert read_pages(session, person, wanted, at) == [submission.id for submission in queue]
                if wanted == QueueFilter(view=wanted.view):
                    assert counts[wanted.view] == len(queue)
                    check_places(session, person, wanted, at, queue)
        session.rollback()


def read_pages(session: Session, person: Staff, wanted: QueueFilter, at: datetime) -> list[int]:
    """Return the ids on all pages, one after the other."""
    seen: list[int] = []
    after: str | None = ""
    while after is not None and len(set(seen)) == len(seen):
        page = queue_page(session, person, wanted, at=at, keys=find_ring(session), after=after, size=SIZE)
        seen += [row.id for row in page.rows]
        after = page.after
    return seen


def check_places(
    session: Session, person: Staff, wanted: QueueFilter, at: datetime, queue: list[Submission]
) -> None:
    """Compare the place and the next one of some submissions with the whole queue."""
    for number, submission in list(enumerate(queue))[::5]:
        place = find_in_queue(session, person, wanted, submission, at=at).position
        assert place is not None
        assert (place.number, place.total) == (number + 1, len(queue))
        following = queue[(number + 1) % len(queue)].public_id if len(queue) > 1 else None
        assert find_next(session, person, wanted, submission, at=at) == following


@pytest.mark.parametrize("seed", SEEDS[:2])
def test_the_languages_offered_are_those_of_what_one_may_read(app: Flask, at: datetime, seed: int) -> None:
    with app.app_context():
        session = db.session()
        people = make_queue(session, random.Random(seed), at)
        every = [QueueFilter(view=view) for view in (View.OPEN, View.CLOSED)]
        for person in people:
            there = {
                submission.lang
                for wanted in every
                for submission in session.scalars(moderation_queue(person, wanted, at=at))
            }
            assert find_options(session, person).languages == sorted(there)
        session.rollback()


@pytest.mark.parametrize("seed", SEEDS)
def test_the_mark_of_news_says_what_the_threads_say(app: Flask, at: datetime, seed: int) -> None:
    with app.app_context():
        session = db.session()
        make_queue(session, random.Random(seed), at)
        session.expire_all()
        submissions = session.scalars(select(Submission)).all()
        marked = set(session.scalars(select(Submission.id).where(has_unread())))
        assert marked == {submission.id for submission in submissions if count_unread(session, submission)}
        session.rollback()
