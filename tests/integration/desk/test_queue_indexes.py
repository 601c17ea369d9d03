"""What the queue reads of a full archive: indexes, never the whole table, and always as many statements."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from flask import Flask
from sqlalchemy import Connection, literal

from portal.database import transaction
from portal.domain.permissions import Role
from portal.extensions import db
from portal.queries.desk import queue_statements
from portal.queries.desk.queue import View
from tests.conftest import empty_tables
from tests.support.bad_input import Desk, open_desk
from tests.support.factories import make_submission
from tests.support.statements import Statement, list_planned, list_reads, listening

SMALL = "INDEX ix_submission_unread"
"""The index of only those somebody has to answer: reading all of it is what it is for."""
STATEMENTS = 7
"""The account, a page, the counts, saved views, languages, colleagues and tags; the outbox has one more."""


def read_plan(connection: Connection, statement: Statement) -> list[str]:
    """Return how SQLite would find what a statement asks."""
    sql, given = statement
    return [row[3] for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {sql}", given)]


def list_whole_reads(connection: Connection, statements: list[Statement]) -> list[str]:
    """Return the steps that read all submissions, all messages or all photos and documents."""
    tables = ("SCAN submission", "SCAN message", "SCAN attachment")
    steps = [step for statement in statements for step in read_plan(connection, statement)]
    return [step for step in steps if step.startswith(tables) and SMALL not in step]


@pytest.fixture
def desk(sqlite_app: Flask) -> Iterator[Desk]:
    """A moderator on SQLite, which says in words how it reads a table of any size."""
    yield open_desk(sqlite_app, sqlite_app.test_client(), Role.MODERATOR)
    empty_tables(sqlite_app)


def list_planned_at(desk: Desk, address: str) -> list[str]:
    """Return the statements SQLite plans again when a page is opened a third time."""

    def visit() -> None:
        assert desk.client.get(address).status_code == 200

    return list_planned(desk.app, visit)


def listen_to(desk: Desk, address: str) -> list[Statement]:
    with listening(desk.app) as sent:
        assert desk.client.get(address).status_code == 200
    return list_reads(sent)


def find_whole_reads(desk: Desk, address: str) -> list[str]:
    statements = listen_to(desk, address)
    with desk.app.app_context(), db.engine.connect() as connection:
        return list_whole_reads(connection, statements)


@pytest.mark.parametrize("view", View)
def test_no_view_reads_the_whole_table(desk: Desk, view: View) -> None:
    assert find_whole_reads(desk, f"/desk/?view={view.value}&lang=uk&kind=pitch&photos=some") == []


@pytest.mark.parametrize("view", [View.TRIAGE, View.OPEN, View.CLOSED, View.MINE])
def test_no_submission_reads_the_whole_table(desk: Desk, view: View) -> None:
    assert find_whole_reads(desk, f"{desk.page(desk.pitch)}?view={view.value}") == []


@pytest.mark.parametrize("view", [View.TRIAGE, View.LANGUAGES, View.OUTBOX, View.CLOSED])
def test_no_page_of_the_queue_is_planned_at_every_visit(desk: Desk, view: View) -> None:
    assert list_planned_at(desk, f"/desk/?view={view.value}&lang=uk&mine=1&assignee=none") == []


def test_no_submission_is_planned_at_every_visit(desk: Desk) -> None:
    assert list_planned_at(desk, desk.page(desk.pitch)) == []


def test_a_limit_that_is_bound_is_planned_at_every_visit(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(queue_statements, "constant", literal)
    statements = (queue_statements.select_page, queue_statements.select_counts)  # made again with the fault
    for statement in statements:
        statement.cache_clear()
    assert list_planned_at(desk, "/desk/") != []
    for statement in statements:
        statement.cache_clear()


def test_what_came_back_has_an_index_of_its_own(desk: Desk) -> None:
    asked = [one for one in listen_to(desk, "/desk/?view=back") if "state_before IN ('invited'" in one[0]]
    with desk.app.app_context(), db.engine.connect() as connection:
        steps = [step for one in asked for step in read_plan(connection, one) if "ix_submission_came" in step]
    assert len(steps) == 4  # its count, and the three parts its page is read in


def test_a_missing_index_is_noticed(desk: Desk) -> None:
    statements = listen_to(desk, "/desk/")
    with desk.app.app_context(), db.engine.connect() as connection:
        for name in ("queue", "lane", "received", "language", "assignee"):
            connection.exec_driver_sql(f"DROP INDEX ix_submission_{name}")
        assert list_whole_reads(connection, statements) != []
        connection.rollback()


@pytest.mark.parametrize("view", View)
def test_every_view_takes_as_many_statements(moderator: Desk, view: View) -> None:
    assert len(listen_to(moderator, f"/desk/?view={view.value}")) <= STATEMENTS


def test_more_rows_take_no_more_statements(moderator: Desk) -> None:
    before = len(listen_to(moderator, "/desk/"))
    with moderator.app.app_context(), transaction() as session:
        for _ in range(3):
            make_submission(session, datetime.now(UTC))
    assert len(listen_to(moderator, "/desk/")) == before
