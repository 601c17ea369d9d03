"""Filters and orders of the queue: each asks what it says, pages follow one another, risk stays sealed."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from portal.domain.admission import Lane
from portal.domain.permissions import Role
from portal.domain.recommendations import Advice
from portal.domain.sides import Side
from portal.domain.states import Stage, State
from portal.extensions import db
from portal.models import Staff
from portal.models.sealing import find_ring
from portal.operations.coverages.tags import make_tag
from portal.operations.desk.gists import ask_for_gist, set_gist
from portal.operations.desk.recommendations import recommend
from portal.operations.desk.tags import change_tags
from portal.queries.desk import queue_risk
from portal.queries.desk.queue import ME, NOBODY, NOWHERE, QueueFilter, View, moderation_queue
from portal.queries.desk.queue_filter import Age, DueWhen, QueueOrder, ReaderWait, WithPhotos
from portal.queries.desk.queue_pages import find_in_queue, find_next, page_with, queue_page
from portal.web.site.desk_addresses import filter_args, read_filter
from tests.support.factories import make_sending, make_staff, make_submission
from tests.support.photos import keep_picture

HOUR = timedelta(hours=1)
DAY = 24 * HOUR


class Desk:
    """Six texts, and an editor before them. Their numbers are places in the order of the promise."""

    def __init__(self, session: Session, at: datetime) -> None:
        self.session, self.at = session, at
        answers: list[dict[str, Any]] = [
            {"community": ["taiwan"]},
            {"risk": "yes", "risk_text": "…"},
            {"community": ["ukraine", "elsewhere"]},
            {},
            {"risk": "unsure", "community": ["taiwan", "ukraine"]},
            {},
        ]
        story = make_sending(Stage.STORY, **answers[0])
        self.texts = [make_submission(session, at, Stage.STORY, sending=story)]
        self.texts += [make_submission(session, at, sending=make_sending(**given)) for given in answers[1:]]
        self.editor = make_staff(session, Role.EDITOR)
        late, soon, week, far, without, last = self.texts
        keep_picture(session, late, at=at)
        ages = (20 * DAY, 3 * HOUR, 9 * DAY, 2 * DAY, 5 * DAY, HOUR)
        dues = (-HOUR, 2 * DAY, 6 * DAY, 12 * DAY, None, None)
        for submission, age, due in zip(self.texts, ages, dues, strict=True):
            submission.received_at = at - age
            submission.due_at = None if due is None else at + due
        soon.assignee = self.editor
        week.state_before = State.INVITED
        far.stage = Stage.STORY
        without.lang = "pl"
        last.lane = Lane.UNVERIFIED
        session.flush()

    def list(self, wanted: QueueFilter, *, size: int = 50) -> list[int]:
        """Return what the queue lists, page by page."""
        seen: list[int] = []
        after: str | None = ""
        while after is not None and len(set(seen)) == len(seen):
            keys = find_ring(self.session)
            page = queue_page(
                self.session, self.editor, wanted, at=self.at, keys=keys, after=after, size=size
            )
            seen += [row.id for row in page.rows]
            after = page.after
        numbers = [submission.id for submission in self.texts]
        return [numbers.index(one) for one in seen]


@pytest.fixture
def desk(app: Flask, at: datetime) -> Iterator[Desk]:
    with app.app_context():
        yield Desk(db.session(), at)
        db.session.rollback()


FILTERS = [
    (QueueFilter(age=Age.DAY), [1, 5]),
    (QueueFilter(age=Age.WEEK), [1, 3, 4, 5]),
    (QueueFilter(age=Age.OVER_WEEK), [0, 2]),
    (QueueFilter(age=Age.OVER_TWO), [0]),
    (QueueFilter(due=DueWhen.LATE), [0]),
    (QueueFilter(due=DueWhen.SOON), [1]),
    (QueueFilter(due=DueWhen.WEEK), [1, 2]),
    (QueueFilter(due=DueWhen.UNDATED), [4, 5]),
    (QueueFilter(side=Side.TAIWAN), [0, 4]),
    (QueueFilter(side=Side.UKRAINE), [2, 4]),
    (QueueFilter(side=Side.ELSEWHERE), [2]),
    (QueueFilter(side=NOWHERE), [1, 3, 5]),
    (QueueFilter(photos=WithPhotos.SOME), [0]),
    (QueueFilter(photos=WithPhotos.NONE), [1, 2, 3, 4, 5]),
    (QueueFilter(reader=ReaderWait.GIST), []),
    (QueueFilter(reader=ReaderWait.ADVICE), []),
    (QueueFilter(came_back=True), [2]),
    (QueueFilter(at_risk=True), [1, 4]),
    (QueueFilter(at_risk=True, side=Side.UKRAINE), [4]),
    (QueueFilter(assignee=ME), [1]),
    (QueueFilter(assignee=NOBODY, kind=Stage.STORY), [0, 3]),
    (QueueFilter(lang="pl"), [4]),
    (QueueFilter(view=View.UNVERIFIED, age=Age.DAY), [5]),
    (QueueFilter(view=View.CLOSED, photos=WithPhotos.SOME), []),
]


def test_each_filter_asks_what_it_says(desk: Desk) -> None:
    assert [(wanted, desk.list(wanted)) for wanted, _expected in FILTERS] == FILTERS


ORDERS = [
    (QueueOrder.DUE, [0, 1, 2, 3, 4, 5]),
    (QueueOrder.OLDEST, [0, 2, 4, 3, 1, 5]),
    (QueueOrder.NEWEST, [1, 3, 4, 2, 0, 5]),
]
"""What came unverified stands below the others in every one."""


def test_pages_of_each_order_follow_one_another(desk: Desk) -> None:
    for view in (View.TRIAGE, View.OPEN):
        listed = [(order, desk.list(QueueFilter(view=view, order=order), size=2)) for order, _ in ORDERS]
        assert listed == ORDERS


def test_texts_that_came_together_have_an_order_too(desk: Desk) -> None:
    for submission in desk.texts:
        submission.received_at, submission.due_at, submission.lane = desk.at, desk.at, Lane.VERIFIED
    desk.session.flush()
    listed = [desk.list(QueueFilter(order=order), size=4) for order in QueueOrder]
    assert listed == [[0, 1, 2, 3, 4, 5], [0, 1, 2, 3, 4, 5], [5, 4, 3, 2, 1, 0]]


def test_place_next_and_page_follow_the_order(desk: Desk) -> None:
    session, editor, at, keys = desk.session, desk.editor, desk.at, find_ring(desk.session)
    for order, expected in ORDERS:
        wanted, texts = QueueFilter(order=order), [desk.texts[number] for number in expected]
        places = [find_in_queue(session, editor, wanted, one, at=at).position for one in texts]
        following = [find_next(session, editor, wanted, one, at=at) for one in texts]
        pages = [page_with(session, editor, wanted, one, at=at, keys=keys)[0] for one in texts]
        assert [place.number for place in places if place] == [1, 2, 3, 4, 5, 6]
        assert following == [one.public_id for one in (*texts[1:], texts[0])]
        held = [one.id in [row.id for row in page.rows] for one, page in zip(texts, pages, strict=True)]
        assert held == [True] * len(texts)


def test_a_page_of_those_at_risk_ends_when_enough_were_opened(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queue_risk, "MOST_OPENED", 3)
    wanted, keys = QueueFilter(at_risk=True), find_ring(desk.session)
    first = queue_page(desk.session, desk.editor, wanted, at=desk.at, keys=keys)
    second = queue_page(desk.session, desk.editor, wanted, at=desk.at, keys=keys, after=first.after or "")
    shown = [[row.id for row in page.rows] for page in (first, second)]
    assert shown == [[desk.texts[1].id], [desk.texts[4].id]]
    assert [page.is_cut for page in (first, second)] == [True, False]


def test_next_of_those_at_risk_is_the_next_one_at_risk(desk: Desk) -> None:
    wanted = QueueFilter(at_risk=True)
    following = [find_next(desk.session, desk.editor, wanted, one, at=desk.at) for one in desk.texts]
    first, second = desk.texts[1].public_id, desk.texts[4].public_id
    assert following == [first, second, second, second, first, first]


def test_what_cannot_be_opened_is_listed_as_if_somebody_were_at_risk(desk: Desk) -> None:
    desk.texts[3].sealed_risk = b"\x02lost" + bytes(28)
    desk.session.flush()
    assert desk.list(QueueFilter(at_risk=True)) == [1, 3, 4]


def advise(desk: Desk, number: int, by: Staff, *, advice: Advice = Advice.ACCEPT) -> None:
    ring, text = find_ring(desk.session), desk.texts[number]
    recommend(
        desk.session, text, by=by, advice=advice, reason="Так.", keys=ring, seen=text.version, at=desk.at
    )
    desk.session.flush()


def test_what_waits_for_a_gist_is_listed_until_it_is_there(desk: Desk) -> None:
    reader = make_staff(desk.session, Role.MODERATOR, languages=("uk", "pl"))
    for number in (1, 4):
        ask_for_gist(desk.session, desk.texts[number], by=desk.editor, lang="en", at=desk.at)
    asked = QueueFilter(reader=ReaderWait.GIST)
    first = [desk.list(asked), desk.list(replace(asked, lang="pl"))]
    text = desk.texts[4]
    set_gist(desk.session, text, by=reader, body="Shelf.", lang="en", seen=text.version, at=desk.at)
    desk.session.flush()
    assert [*first, desk.list(asked)] == [[1, 4], [4], [1]]


def test_advice_from_a_gist_is_listed_until_a_reader_says_the_same(desk: Desk) -> None:
    moderators = [
        make_staff(desk.session, Role.MODERATOR, languages=languages) for languages in ((), (), ("uk",))
    ]
    unread, other, reader = moderators
    advise(desk, 1, unread)
    advise(desk, 3, unread)
    advise(desk, 3, other, advice=Advice.DECLINE)
    advise(desk, 2, reader)
    waits = QueueFilter(reader=ReaderWait.ADVICE)
    listed = [desk.list(waits)]
    for number in (1, 3):
        advise(desk, number, reader)
        listed.append(desk.list(waits))
    assert listed == [[1, 3], [3], [3]]


def test_a_tag_finds_the_texts_it_is_on(desk: Desk) -> None:
    chosen, coverage = desk.texts[2], desk.texts[2].call.coverage
    tags = [make_tag(desk.session, coverage, name=name, by=desk.editor, at=desk.at) for name in ("a", "b")]
    change_tags(desk.session, [chosen], by=desk.editor, at=desk.at, on=tags[:1])
    desk.session.flush()
    assert [desk.list(QueueFilter(tag=one.public_id)) for one in tags] == [[2], []]


def test_nothing_done_in_one_statement_is_done_to_those_at_risk(desk: Desk) -> None:
    wanted = QueueFilter(at_risk=True)
    assert desk.session.scalars(moderation_queue(desk.editor, wanted, at=desk.at)).all() == []


def test_each_filter_comes_back_from_its_address() -> None:
    asked = [wanted for wanted, _found in FILTERS] + [QueueFilter(order=order) for order, _found in ORDERS]
    assert [read_filter(filter_args(wanted)) for wanted in asked] == asked


ARGS = ("age", "due", "place", "photos", "back", "risk", "tag", "sort", "assignee")


def test_what_an_address_asks_wrongly_is_not_asked() -> None:
    assert read_filter(dict.fromkeys(ARGS, "nonsense")) == QueueFilter()
