"""Before the clock erases, SQLite's index of the search is brought into one part; what it finds stays."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from portal.bulk_run import BulkRun
from portal.cli.search import merge_index
from portal.database import snapshot, transaction
from portal.domain.bulk_runs import RunKind
from portal.domain.states import Stage
from portal.extensions import current_portal, db
from portal.models import Submission
from portal.operations.erasure import erase
from portal.operations.search_fts5 import is_sound
from portal.queries.story_search import is_found_by
from portal.story.search.query import read_query
from portal.traces import clear_at_once
from tests.support.damaged_index import DAMAGES, damage_index
from tests.support.factories import make_sending, make_submission
from tests.support.search import empty_search, read_for_search
from tests.support.stored_words import read_copy

AT = datetime.now(UTC) - timedelta(minutes=5)
WORDS = ["парасолька", "черепаха", "велосипед", "гарбуз", "ластівка", "скринька", "цибуля", "криниця"]
LEFT = WORDS[1:]
PARTS = text("SELECT count(DISTINCT segid) FROM story_search_words_idx")


@pytest.fixture
def app(sqlite_app: Flask) -> Iterator[Flask]:
    """A portal with texts that came one after the other, each with a word of its own."""
    for word in WORDS:
        with sqlite_app.app_context(), transaction() as session:
            sending = make_sending(Stage.STORY, title=word, story=f"Про {word}.")
            make_submission(session, AT, Stage.STORY, sending=sending)
        read_for_search(sqlite_app)
    yield sqlite_app
    empty_search(sqlite_app)


def count_parts(app: Flask) -> int:
    with app.app_context(), snapshot() as session:
        return int(session.execute(PARTS).scalar_one())


def merge(app: Flask, *, is_stopping: bool = False) -> None:
    with app.app_context():
        merge_index(BulkRun(RunKind.ERASING), is_stopping=lambda: is_stopping)


def find(session: Session, word: str) -> list[str]:
    found = select(Submission.heading).where(is_found_by(read_query(word), in_drafts=True))
    return list(session.scalars(found))


def erase_first(app: Flask) -> None:
    """Erase the first text, with its traces."""
    with app.app_context():
        with transaction() as session:
            first = session.scalars(select(Submission).order_by(Submission.id).limit(1)).one()
            erase(session, first, by=None, at=AT)
        clear_at_once(at=AT)


def test_a_worker_that_is_to_end_merges_nothing(app: Flask) -> None:
    before = count_parts(app)
    merge(app, is_stopping=True)
    assert count_parts(app) == before > 1


def test_an_index_in_many_parts_is_brought_into_one_that_finds_the_same(app: Flask) -> None:
    before = count_parts(app)
    merge(app)
    with app.app_context(), snapshot() as session:
        found = [find(session, word) for word in WORDS]
        is_whole = is_sound(session)
    assert (before > 3, count_parts(app), is_whole) == (True, 1, True)
    assert found == [[word] for word in WORDS]


def test_what_leaves_a_merged_index_is_out_of_the_files(app: Flask) -> None:
    merge(app)
    erase_first(app)
    assert read_copy(app, WORDS) == set(LEFT)


@pytest.mark.parametrize("how", DAMAGES)
def test_merging_a_damaged_index_hides_no_word_from_who_erases(app: Flask, how: str) -> None:
    with app.app_context():
        db.engine.dispose()
        damage_index(current_portal().instance.folder / "portal.sqlite3", how)
    merge(app)
    erase_first(app)
    assert read_copy(app, WORDS) == set(LEFT)
