"""The desk's search: everything one may read, title hits first, then the newest; equal on both databases."""

from datetime import datetime

import pytest
from sqlalchemy import update
from sqlalchemy.orm import Session

from portal.database import transaction
from portal.domain.permissions import Role
from portal.domain.states import Stage, State
from portal.extensions import current_portal
from portal.models import Staff, StorySearch, Submission
from portal.operations.desk.decisions import ask
from portal.queries.desk.queue import QueueFilter, View
from portal.queries.desk.queue_pages import Position, find_in_queue, find_next, queue_page
from portal.queries.desk.search import count_found
from tests.support.factories import make_sending, make_staff, make_submission
from tests.support.search import read_in_session


def make_story(session: Session, at: datetime, title: str, story: str = "Слово.") -> Submission:
    return make_submission(
        session, at, Stage.STORY, sending=make_sending(Stage.STORY, title=title, story=story)
    )


@pytest.fixture
def stories(session: Session, at: datetime) -> dict[str, Submission]:
    """Stories by their titles, in the order they came in."""
    told = {
        "Світло": "Ми бачили, як у Харкові згасло світло.",
        "Харків": "Про дім.",
        "臺灣的水": "我們在台南看見水。",
        "Дім": "В сім’ї говорили про Харків, і про світло теж.",
    }
    with transaction():
        made = {title: make_story(session, at, title, story) for title, story in told.items()}
        read_in_session(session)
    return made


@pytest.fixture
def editor(session: Session, stories: dict[str, Submission]) -> Staff:
    with transaction():
        return make_staff(session, Role.EDITOR)


def search(session: Session, actor: Staff, at: datetime, text: str, **filters: object) -> list[str]:
    wanted = QueueFilter(text=text, **filters)  # type: ignore[arg-type]  # as the address gives them
    page = queue_page(session, actor, wanted, at=at, keys=current_portal().instance.keys)
    return [row.heading for row in page.rows]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("харків", ["Харків", "Дім", "Світло"]),
        ("Харкові світло", ["Дім", "Світло"]),
        ("сім'я", ["Дім"]),
        ("台湾", ["臺灣的水"]),
        ("水", ["臺灣的水"]),
        ("臺南", ["臺灣的水"]),
        ("світ*", ["Світло", "Дім"]),
        ('"згасло світло"', ["Світло"]),
        ('"світло згасло"', []),
        ("«говорили про Харків» світло", ["Дім"]),
        ("Kharkiv", ["Харків", "Дім", "Світло"]),
        ("🕯️", []),
        ("%", []),
        ("немає", []),
        ("' OR 1=1 --", []),
        ('" NEAR(a b) ^ - : {', []),
        ("світло\\", ["Світло", "Дім"]),
        ("світло:* & !дім", ["Дім"]),
    ],
)
def test_texts_are_found_title_hits_first_then_the_newest(
    session: Session, editor: Staff, at: datetime, text: str, found: list[str]
) -> None:
    assert search(session, editor, at, text) == found


def test_open_and_closed_are_searched_together_and_unsent_never(
    session: Session, editor: Staff, stories: dict[str, Submission], at: datetime
) -> None:
    with transaction():
        session.execute(
            update(Submission).where(Submission.id == stories["Дім"].id).values(state=State.DECLINED)
        )
        session.execute(
            update(Submission).where(Submission.id == stories["Світло"].id).values(state=State.WRITING)
        )
    assert search(session, editor, at, "харків") == ["Харків", "Дім"]
    assert search(session, editor, at, "харків", view=View.CLOSED) == ["Харків", "Дім"]
    assert search(session, editor, at, "харків", state=State.DECLINED) == ["Дім"]


def test_nothing_of_a_coverage_one_does_not_work_on_is_found(
    session: Session, stories: dict[str, Submission], at: datetime
) -> None:
    with transaction():
        stranger = make_staff(session, Role.EDITOR, member=False)
    wanted = QueueFilter(text="харків")
    assert search(session, stranger, at, "харків") == []
    assert count_found(session, stranger, wanted, at=at).total == 0


def test_an_id_finds_its_text(
    session: Session, editor: Staff, stories: dict[str, Submission], at: datetime
) -> None:
    address = f"https://portal.example/desk/submissions/{stories['Дім'].public_id}"
    assert search(session, editor, at, address) == ["Дім"]


def test_the_thread_is_searched(
    session: Session, editor: Staff, stories: dict[str, Submission], at: datetime
) -> None:
    with transaction():
        home = stories["Дім"]
        ask(session, home, by=editor, at=at, seen=home.version, body="Чи була там парасолька?")
        read_in_session(session)
    assert search(session, editor, at, "парасольки") == ["Дім"]


def test_pages_go_on_where_the_last_one_ended(
    session: Session, editor: Staff, stories: dict[str, Submission], at: datetime
) -> None:
    keys, wanted = current_portal().instance.keys, QueueFilter(text="харків")
    seen, after = [], ""
    for _ in stories:
        page = queue_page(session, editor, wanted, at=at, keys=keys, after=after, size=1)
        seen += [row.heading for row in page.rows]
        if page.after is None:
            break
        after = page.after
    assert seen == ["Харків", "Дім", "Світло"]


def test_one_goes_from_hit_to_hit_and_round(
    session: Session, editor: Staff, stories: dict[str, Submission], at: datetime
) -> None:
    wanted = QueueFilter(text="харків")
    ways = ("Харків", "Дім"), ("Дім", "Світло"), ("Світло", "Харків"), ("臺灣的水", "Харків")
    for here, following in ways:
        found = find_next(session, editor, wanted, stories[here], at=at)
        assert found == stories[following].public_id
    assert find_in_queue(session, editor, wanted, stories["Дім"], at=at).position == Position(2, 3)
    assert find_in_queue(session, editor, wanted, stories["臺灣的水"], at=at).position is None


def test_an_index_that_is_behind_says_so_and_finds_what_it_has(
    session: Session, editor: Staff, stories: dict[str, Submission], at: datetime
) -> None:
    wanted = QueueFilter(text="харків")
    before = count_found(session, editor, wanted, at=at)
    with transaction():
        session.execute(update(StorySearch).values(tokenizer_version=0))
    after = count_found(session, editor, wanted, at=at)
    assert ([*before[:2]], [*after[:2]]) == ([3, 0], [3, 4])
    assert search(session, editor, at, "харків") == ["Харків", "Дім", "Світло"]


def test_what_is_assigned_to_one_is_found_by_phrases_too(
    session: Session, editor: Staff, stories: dict[str, Submission], at: datetime
) -> None:
    with transaction():
        own = {stories["Світло"].id, stories["Дім"].id}
        session.execute(update(Submission).where(Submission.id.in_(own)).values(assignee_id=editor.id))
    assert search(session, editor, at, "харків", assignee="me") == ["Дім", "Світло"]
    assert search(session, editor, at, '"згасло світло"', assignee="me") == ["Світло"]


def test_the_first_page_counts_what_is_found(
    session: Session, editor: Staff, stories: dict[str, Submission], at: datetime
) -> None:
    wanted, keys = QueueFilter(text="харків"), current_portal().instance.keys
    first = queue_page(session, editor, wanted, at=at, keys=keys, size=2)
    second = queue_page(session, editor, wanted, at=at, keys=keys, after=first.after or "", size=2)
    counts = [count_found(session, editor, wanted, at=at, total=page.total).total for page in (first, second)]
    assert ([first.total, second.total], counts) == ([3, None], [3, 3])
