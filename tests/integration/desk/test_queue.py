"""The moderation queue: who sees what, in which order, page by page."""

from collections.abc import Callable
from datetime import datetime, timedelta, timezone

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from portal.domain.acts import Act
from portal.domain.admission import Lane
from portal.domain.permissions import Role
from portal.domain.states import Stage, State
from portal.models import Submission
from portal.models.sealing import find_ring
from portal.operations import transitions
from portal.operations.desk import decisions
from portal.operations.desk.triage import assign
from portal.queries.desk.filter_options import find_options
from portal.queries.desk.queue import QueueFilter, View, moderation_queue
from portal.queries.desk.queue_pages import (
    ASSIGNED,
    TAKE_DOWNS,
    Position,
    count_views,
    find_in_queue,
    find_next,
    page_with,
    queue_page,
)
from portal.queries.desk.queue_rows import QueueRow
from portal.queries.desk.submission import find_submission
from portal.web.site.desk_addresses import read_place, write_place
from tests.support.factories import make_sending, make_staff, make_submission
from tests.support.search import read_in_session
from tests.support.statements import listening


@pytest.fixture
def five(session: Session, at: datetime) -> list[Submission]:
    """Five pitches, the first promised earliest."""
    made = [
        make_submission(session, at, sending=make_sending(idea=f"Історія номер {number}."))
        for number in range(5)
    ]
    for number, submission in enumerate(made):
        submission.due_at = at + timedelta(days=number) if number < 4 else None
    session.flush()
    return made


def count_queries(app: Flask, run: Callable[[], object]) -> int:
    """Return how many statements `run` sends."""
    with listening(app) as sent:
        run()
    return len(sent)


def test_the_oldest_promise_stands_first(session: Session, at: datetime, five: list[Submission]) -> None:
    editor = make_staff(session, Role.EDITOR)
    assert list(session.scalars(moderation_queue(editor, QueueFilter(), at=at))) == five


def test_a_row_holds_what_its_submission_does(session: Session, at: datetime, five: list[Submission]) -> None:
    editor = make_staff(session, Role.EDITOR)
    five[0].claimed_by_id, five[0].claimed_at, five[0].at_risk = editor.id, at, True
    five[1].assignee_id, five[1].due_at = editor.id, at.astimezone(timezone(timedelta(hours=8)))
    five[2].state_before, five[2].lane = None, Lane.UNVERIFIED
    session.flush()
    page = queue_page(session, editor, QueueFilter(), at=at, keys=find_ring(session))
    session.expire_all()
    names = sorted(set(QueueRow._fields) & set(Submission.__table__.columns.keys()) - {"signals"})
    held = {
        submission.id: [(getattr(submission, name), type(getattr(submission, name))) for name in names]
        for submission in five
    }
    rows = {row.id: [(getattr(row, name), type(getattr(row, name))) for name in names] for row in page.rows}
    assert rows == held


def test_pages_follow_one_another_without_gap(session: Session, at: datetime, five: list[Submission]) -> None:
    editor = make_staff(session, Role.EDITOR)
    seen: list[int] = []
    after: str | None = ""
    while after is not None and len(set(seen)) == len(seen):
        page = queue_page(session, editor, QueueFilter(), at=at, keys=find_ring(session), after=after, size=2)
        seen += [row.id for row in page.rows]
        after = page.after
    assert seen == [submission.id for submission in five]


@pytest.mark.parametrize(("number", "listed"), [(1, [0, 1]), (2, [2, 3]), (4, [4])])
def test_the_page_beside_a_text_holds_its_row(
    session: Session, at: datetime, five: list[Submission], number: int, listed: list[int]
) -> None:
    editor = make_staff(session, Role.EDITOR)
    page, _ = page_with(session, editor, QueueFilter(), five[number], at=at, keys=find_ring(session), size=2)
    assert [row.id for row in page.rows] == [five[one].id for one in listed]


def test_the_page_that_is_open_stays_beside_its_texts(
    session: Session, at: datetime, five: list[Submission]
) -> None:
    editor, keys = make_staff(session, Role.EDITOR), find_ring(session)
    opened = queue_page(session, editor, QueueFilter(), at=at, keys=keys, size=2)
    wanted = read_place(write_place(QueueFilter(after=opened.after or "")))
    page, _ = page_with(session, editor, wanted, five[3], at=at, keys=keys, size=2)
    assert [row.id for row in page.rows] == [five[2].id, five[3].id]


@pytest.mark.parametrize("cursor", ["nonsense", "W10", "bnVsbA", "é", "WyJ4IiwgMV0", "W251bGwsIHRydWVd"])
def test_a_broken_cursor_gives_the_first_page(
    session: Session, at: datetime, five: list[Submission], cursor: str
) -> None:
    editor = make_staff(session, Role.EDITOR)
    page = queue_page(session, editor, QueueFilter(), at=at, keys=find_ring(session), after=cursor, size=2)
    assert [row.id for row in page.rows] == [submission.id for submission in five[:2]]


def test_a_member_of_another_desk_sees_nothing(
    session: Session, at: datetime, five: list[Submission]
) -> None:
    stranger = make_staff(session, Role.EDITOR, member=False)
    assert list(session.scalars(moderation_queue(stranger, QueueFilter(), at=at))) == []


def test_views_are_counted_in_one_query(
    app: Flask, session: Session, at: datetime, five: list[Submission]
) -> None:
    editor = make_staff(session, Role.EDITOR)
    assert editor.languages
    assert count_queries(app, lambda: count_views(session, editor, at=at)) == 1


def test_what_is_new_for_one_counts_while_it_is_open(
    session: Session, at: datetime, five: list[Submission]
) -> None:
    editor, colleague = make_staff(session, Role.EDITOR), make_staff(session, Role.EDITOR)
    seen = five[0].version
    assign(session, five[0], by=colleague, to=editor, seen=seen, at=at)
    session.flush()
    before = count_views(session, editor, at=at)[ASSIGNED]
    decisions.mark_spam(session, five[0], by=colleague, at=at, seen=five[0].version)
    session.flush()
    assert (before, count_views(session, editor, at=at)[ASSIGNED]) == (1, 0)


def test_each_view_counts_what_it_shows(session: Session, at: datetime, five: list[Submission]) -> None:
    editor = make_staff(session, Role.EDITOR, languages=("uk",))
    decisions.ask(
        session, five[0], by=editor, at=at, seen=five[0].version, body="?", window=timedelta(minutes=10)
    )
    decisions.mark_spam(session, five[1], by=editor, at=at, seen=five[1].version)
    five[2].assignee_id = editor.id
    session.flush()
    assert count_views(session, editor, at=at) == {
        TAKE_DOWNS: 0,
        ASSIGNED: 0,
        View.TRIAGE: 3,
        View.LANGUAGES: 3,
        View.CAME_BACK: 0,
        View.DUE: 2,
        View.MESSAGES: 0,
        View.WAITING: 1,
        View.MINE: 1,
        View.UNVERIFIED: 0,
        View.OUTBOX: 1,
        View.OPEN: 4,
        View.CLOSED: 1,
    }


def test_the_outbox_empties_when_the_window_is_over(
    session: Session, at: datetime, five: list[Submission]
) -> None:
    editor = make_staff(session, Role.EDITOR)
    window = timedelta(minutes=10)
    decisions.ask(session, five[0], by=editor, at=at, seen=five[0].version, body="?", window=window)
    session.flush()
    assert count_views(session, editor, at=at + window)[View.OUTBOX] == 0


def test_words_are_found_in_any_case(session: Session, at: datetime, five: list[Submission]) -> None:
    editor = make_staff(session, Role.EDITOR)
    read_in_session(session)
    found = session.scalars(moderation_queue(editor, QueueFilter(text="ІСТОРІЯ НОМЕР 3"), at=at))
    assert list(found) == [five[3]]


def test_a_percent_sign_finds_nothing(session: Session, at: datetime, five: list[Submission]) -> None:
    editor = make_staff(session, Role.EDITOR)
    read_in_session(session)
    assert list(session.scalars(moderation_queue(editor, QueueFilter(text="%"), at=at))) == []


def test_two_han_characters_are_enough_to_find_a_text(session: Session, at: datetime) -> None:
    editor_of = make_submission(
        session, at, sending=make_sending(lang="zh-Hant-TW", idea="我的祖母住在台南。")
    )
    editor = make_staff(session, Role.EDITOR)
    read_in_session(session)
    assert list(session.scalars(moderation_queue(editor, QueueFilter(text="祖母"), at=at))) == [editor_of]


def test_filters_narrow_the_queue(session: Session, at: datetime, five: list[Submission]) -> None:
    story = make_submission(session, at, Stage.STORY)
    editor = make_staff(session, Role.EDITOR)
    wanted = QueueFilter(
        kind=Stage.STORY, lang="uk", state=State.SUBMITTED, my_languages=True, assignee="none"
    )
    assert list(session.scalars(moderation_queue(editor, wanted, at=at))) == [story]


def test_a_language_nobody_reads_is_named(session: Session, at: datetime, five: list[Submission]) -> None:
    editor = make_staff(session, Role.EDITOR, languages=("en",))
    assert find_options(session, editor).unread == ["uk"]


def test_a_reader_on_another_desk_does_not_count(
    session: Session, at: datetime, five: list[Submission]
) -> None:
    make_staff(session, Role.EDITOR, languages=("uk",), member=False)
    editor = make_staff(session, Role.EDITOR, languages=("en",))
    assert find_options(session, editor).unread == ["uk"]


def test_a_submission_knows_its_place(session: Session, at: datetime, five: list[Submission]) -> None:
    editor = make_staff(session, Role.EDITOR)
    assert find_in_queue(session, editor, QueueFilter(), five[4], at=at).position == Position(5, 5)


def test_a_submission_outside_the_filter_has_no_place(
    session: Session, at: datetime, five: list[Submission]
) -> None:
    editor = make_staff(session, Role.EDITOR)
    assert find_in_queue(session, editor, QueueFilter(view=View.CLOSED), five[0], at=at).position is None


def test_after_the_last_comes_the_first(session: Session, at: datetime, five: list[Submission]) -> None:
    editor = make_staff(session, Role.EDITOR)
    order = [find_next(session, editor, QueueFilter(), submission, at=at) for submission in five]
    assert order == [submission.public_id for submission in [*five[1:], five[0]]]


def test_an_erased_submission_is_not_shown(session: Session, at: datetime, five: list[Submission]) -> None:
    editor = make_staff(session, Role.EDITOR)
    transitions.change_state(session, five[0], Act.ERASE, by=None, at=at)
    session.flush()
    assert find_submission(session, editor, five[0].public_id) is None


def test_one_submission_takes_one_query(
    app: Flask, session: Session, at: datetime, five: list[Submission]
) -> None:
    editor = make_staff(session, Role.EDITOR)
    public_id = five[0].public_id
    session.expunge_all()
    assert count_queries(app, lambda: find_submission(session, editor, public_id)) == 1


def test_a_filter_survives_its_way_through_a_form() -> None:
    wanted = QueueFilter(
        View.MINE, State.SUBMITTED, Stage.PITCH, "zh-Hant-TW", my_languages=True, text="台南 & co"
    )
    assert read_place(write_place(wanted)) == wanted
