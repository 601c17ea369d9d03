"""PostgreSQL looks for words among the newest texts first: older ones are found all the same."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime

import pytest
from flask import Flask
from sqlalchemy import Text, cast, func, select, text
from sqlalchemy.orm import Session

from portal.database import transaction
from portal.domain.permissions import Role
from portal.domain.states import Stage, State
from portal.extensions import db
from portal.models import Staff
from portal.queries.desk.queue import QueueFilter
from portal.queries.desk.search import count_found, find_page
from portal.queries.story_search import BLOCK, BLOCK_MARK
from tests.conftest import empty_tables
from tests.support.factories import make_sending, make_staff, make_submission
from tests.support.search import read_in_session


@pytest.fixture
def session(postgresql_app: Flask) -> Iterator[Session]:
    with postgresql_app.app_context():
        yield db.session()
    empty_tables(postgresql_app)


@pytest.fixture
def editor(session: Session, numbers: list[int]) -> Staff:
    with transaction():
        return make_staff(session, Role.EDITOR)


@pytest.fixture
def numbers(session: Session, at: datetime) -> list[int]:
    """Texts with a word, in the order they came in, so many blocks apart that each step finds one."""
    made = []
    for blocks in (100, 20, 1):
        with transaction():
            made.append(make_submission(session, at, Stage.STORY, sending=make_sending(Stage.STORY)).id)
            further = text("SELECT setval(pg_get_serial_sequence('submission', 'id'), :number)")
            session.execute(further, {"number": made[-1] + blocks * BLOCK})
    with transaction():
        read_in_session(session)
    return made


def read_pages(session: Session, editor: Staff, wanted: QueueFilter, at: datetime) -> list[int]:
    """Return what is found, page after page of one text each."""
    seen: list[int] = []
    after: str | None = ""
    while after is not None:
        page = find_page(session, editor, wanted, at=at, after=after, size=1)
        seen += page.numbers
        after = page.after
    return seen


@pytest.mark.parametrize(
    "filters",
    [QueueFilter(), QueueFilter(lang="uk", state=State.SUBMITTED)],
    ids=["everywhere", "in one language and state"],
)
@pytest.mark.parametrize(
    ("words", "found"), [("тайвань", [2, 1, 0]), ("«сиділи в темряві»", [2, 1, 0]), ("немає", [])]
)
def test_texts_of_any_age_are_found_the_newest_first(
    session: Session,
    editor: Staff,
    numbers: list[int],
    filters: QueueFilter,
    words: str,
    found: list[int],
    at: datetime,
) -> None:
    wanted = replace(filters, text=words)
    assert read_pages(session, editor, wanted, at) == [numbers[place] for place in found]
    assert count_found(session, editor, wanted, at=at).total == len(found)


def test_a_text_of_another_language_is_not_found(
    session: Session, editor: Staff, numbers: list[int], at: datetime
) -> None:
    wanted = QueueFilter(text="тайвань", lang="en", state=State.SUBMITTED)
    assert (read_pages(session, editor, wanted, at), len(numbers)) == ([], 3)


def test_the_index_counts_blocks_as_the_search_does(session: Session) -> None:
    terms = [cast(func.story_search_vector(number, "", ""), Text) for number in (BLOCK - 1, BLOCK)]
    assert session.execute(select(*terms)).one() == (f"'{BLOCK_MARK}0'", f"'{BLOCK_MARK}1'")
