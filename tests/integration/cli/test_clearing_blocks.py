"""What is over goes a block after the other, however much there is, and a run that was stopped goes on."""

import secrets
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, insert, select
from sqlalchemy.orm import Session

from portal.bulk_run import AT_ONCE, BulkRun
from portal.cli.retention import clear_rows, erase_due
from portal.cli.worker import clear_expired
from portal.database import transaction
from portal.domain.bulk_runs import RunKind
from portal.domain.states import Stage
from portal.domain.unsent_words import UnsentPlace
from portal.domain.ways_in import WayIn
from portal.extensions import db
from portal.models import Base, ContributorSession, PageWords, UnsentVersion
from portal.operations.file_removal import MOST
from tests.integration.cli.test_clock_guard import run_before
from tests.support.factories import make_submission
from tests.support.statements import Statement, listening


def count(app: Flask, table: type[Base]) -> int:
    with app.app_context():
        return db.session.scalar(select(func.count()).select_from(table)) or 0


@pytest.fixture
def submission_id(app: Flask, at: datetime) -> int:
    """A text that somebody has sent."""
    with app.app_context(), transaction() as session:
        return make_submission(session, at).id


def add_pages(app: Flask, submission_id: int, at: datetime, number: int) -> None:
    """Have private pages been open so often."""
    page = {"submission_id": submission_id, "way_in": WayIn.OWN_CODE, "expires_at": at}
    with app.app_context(), transaction() as session:
        rows = [{**page, "token_hash": secrets.token_hex(32)} for _ in range(number)]
        session.execute(insert(ContributorSession), rows)


def add_unsent(app: Flask, submission_id: int, at: datetime, number: int) -> None:
    """Have so many versions of both kinds been typed and not sent."""
    row = {"submission_id": submission_id, "sealed": b"", "saved_at": at}
    own: dict[type[Base], dict[str, Any]] = {
        UnsentVersion: {"stage": Stage.PITCH, "lang": "uk"},
        PageWords: {"place": UnsentPlace.THREAD},
    }
    with app.app_context(), transaction() as session:
        for table, values in own.items():
            rows = [{**row, **values, "public_id": secrets.token_hex(16)} for _ in range(number)]
            session.execute(insert(table), rows)


def count_deleted(sent: Sequence[Statement], table: type[Base]) -> list[int]:
    """Return how many rows each statement deletes by their numbers."""
    begin = f"DELETE FROM {table.__tablename__} "
    return [len(given) for statement, given in sent if statement.startswith(begin)]


def test_no_transaction_clears_more_than_a_block(app: Flask, submission_id: int, at: datetime) -> None:
    add_pages(app, submission_id, at, MOST + 1)
    run_before(app, at)
    with listening(app) as sent:
        clear_expired(app, at=at)
    assert (count_deleted(sent, ContributorSession), count(app, ContributorSession)) == ([MOST, 1], 0)


@pytest.mark.either_database
def test_no_transaction_of_the_clock_forgets_more_than_a_block(
    app: Flask, submission_id: int, at: datetime
) -> None:
    add_unsent(app, submission_id, at, AT_ONCE + 1)
    with listening(app) as sent, app.app_context():
        erase_due(at=at + timedelta(days=30), anyway=True)
    tables = (UnsentVersion, PageWords)
    deleted = [count_deleted(sent, one) for one in tables]
    assert (deleted, [count(app, one) for one in tables]) == ([[AT_ONCE, 1]] * 2, [0, 0])


@pytest.mark.either_database
def test_what_was_not_sent_is_found_without_a_look_at_its_words(
    app: Flask, submission_id: int, at: datetime
) -> None:
    add_unsent(app, submission_id, at, 1)
    with listening(app) as sent, app.app_context():
        erase_due(at=at + timedelta(days=30), anyway=True)
    assert [one for one, _given in sent if "draft.sealed" in one or "words.sealed" in one] == []


class Stopped(BulkRun):
    """A run that is stopped when it has written a block."""

    @contextmanager
    def write_block(self) -> Iterator[Session]:
        """Write the first block and no other."""
        if self.blocks:
            raise KeyboardInterrupt
        with super().write_block() as session:
            yield session


@pytest.mark.either_database
def test_clearing_that_is_stopped_goes_on(app: Flask, submission_id: int, at: datetime) -> None:
    add_pages(app, submission_id, at, MOST + 1)
    with app.app_context(), pytest.raises(KeyboardInterrupt):
        clear_rows(Stopped(RunKind.CLEARING), at=at, anyway=True)
    left = [count(app, ContributorSession)]
    with app.app_context():
        clear_rows(BulkRun(RunKind.CLEARING), at=at, anyway=True)
    assert [*left, count(app, ContributorSession)] == [1, 0]
