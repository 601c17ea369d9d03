"""Erasing leaves no trace: not in a column or table that somebody adds later, not in a file."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import LargeBinary, delete, insert, select, update

from portal.cli.retention import clear_traces
from portal.database import transaction
from portal.domain.acts import HistoryAct
from portal.domain.admission import Lane
from portal.domain.permissions import Role
from portal.domain.remote_sites import RemoteStatus
from portal.domain.states import Stage, State
from portal.domain.take_downs import Recall, TakeDownOutcome
from portal.extensions import db
from portal.models import Base, Event, Publication, RemoteCopy, Submission, TakeDown
from portal.operations.erasure import erase
from portal.operations.take_downs import record_outcome
from tests.integration.private.test_erasure import press_erase
from tests.support.canaries import CANARY, NUMBER, find_in_files, find_in_rows, owned_tables, plant
from tests.support.contributor import Contributor
from tests.support.factories import make_staff

TIMELESS = {"public_id", "call_id", "id", "receipt_hash"}
"""What a tombstone has of its own; the hash is a random one."""
WAITING = {
    "remote_copy": {"public_id", "url", "edit_url", "key", "media"},
    "take_down": {"lang", "url"},
}
"""Words that stay while a copy outside has to come down: where it is, and what it is found by there."""


@pytest.fixture
def person(app: Flask, client: FlaskClient, at: datetime) -> Iterator[Contributor]:
    """A contributor with a story, and the canary in everything that hangs on it."""
    with time_machine.travel(at, tick=False):
        made = Contributor(app, client, at)
        made.send(Stage.STORY)
        plant(app, made.submission_id, at)
        with app.app_context(), transaction() as session:
            opened = {"from_state": State.SUBMITTED, "to_state": State.SUBMITTED, "at": at}
            session.execute(
                insert(Event).values(
                    submission_id=made.submission_id,
                    act=HistoryAct.OPEN_IDENTITY,
                    detail={"reason": CANARY},
                    **opened,
                )
            )
        yield made


def erase_everything(person: Contributor) -> None:
    """Erase as the views do: the rows, after the commit the files, within the hour the traces."""
    with person.app.app_context():
        with transaction() as session:
            submission = session.get_one(Submission, person.submission_id)
            erase(session, submission, by=None, at=person.at)
        clear_traces(at=person.at)


def call_all_back(app: Flask) -> None:
    """Leave nothing of the planted text outside: its post is gone, and where it was published, too."""
    with app.app_context(), transaction() as session:
        session.execute(update(RemoteCopy).values(status=RemoteStatus.GONE))
        session.execute(delete(Publication))


def count_left(app: Flask) -> dict[str, int]:
    """Return how many rows are left in each table that hangs on a submission."""
    with app.app_context():
        counted = {table.name: len(db.session.execute(select(table)).all()) for table in owned_tables()}
    return {name: number for name, number in counted.items() if number}


def record_removals(person: Contributor) -> None:
    """Write down of every place that waits that nothing stands there any more, with a note."""
    with person.app.app_context(), transaction() as session:
        by = make_staff(session, Role.EDITOR)
        for task in session.scalars(select(TakeDown).order_by(TakeDown.id)).all():
            removed = TakeDownOutcome.REMOVED
            record_outcome(session, task, outcome=removed, note=CANARY, by=by, at=person.at)


def list_columns_with_words() -> list[str]:
    """Return every column that can hold words or bytes, of the tables that hang on a submission."""
    words = ("VARCHAR", "TEXT", "JSON", "JSONB", "BLOB")
    return sorted(
        f"{table.name}.{column.name}"
        for table in owned_tables()
        for column in table.columns
        if not hasattr(column.type, "enum_class")
        and (isinstance(column.type, LargeBinary) or str(column.type.compile()).startswith(words))
    )


def test_the_canary_is_in_every_column_before(person: Contributor) -> None:
    assert set(list_columns_with_words()) - set(find_in_rows(person.app)) == set()


def test_it_is_in_the_files_before(person: Contributor) -> None:
    with person.app.app_context():
        database = ["portal.sqlite3"] if db.engine.dialect.name == "sqlite" else []
        clear_traces(at=person.at)
    found = find_in_files(person.app)
    kinds = {name.partition("/")[0].removesuffix("-wal") for name in found}
    assert kinds == {"files", "mail", *database}


def test_nothing_but_the_erasing_and_the_opening_hangs_on_the_tombstone(person: Contributor) -> None:
    call_all_back(person.app)
    erase_everything(person)
    assert count_left(person.app) == {"event": 2}


def test_what_has_to_come_down_yet_stays_and_nothing_else(person: Contributor) -> None:
    erase_everything(person)
    with person.app.app_context():
        asked = select(TakeDown.reason, TakeDown.closed_at, TakeDown.copy_id.is_(None)).order_by(TakeDown.id)
        tasks = [tuple(row) for row in db.session.execute(asked)]
    assert tasks == [(Recall.ERASED, None, False), (Recall.ERASED, None, True)]  # on a site; at an address
    assert count_left(person.app) == {"event": 2, "remote_copy": 1, "take_down": 2}
    kept = {f"{table}.{column}" for table, columns in WAITING.items() for column in columns}
    assert set(find_in_rows(person.app)) == kept


def test_once_it_has_come_down_nothing_stays_but_that(person: Contributor) -> None:
    erase_everything(person)
    record_removals(person)
    with person.app.app_context():
        clear_traces(at=person.at)
        acts = db.session.scalars(select(Event.act).order_by(Event.id)).all()
    assert sorted(acts) == ["erase", "open_identity", "take_down", "take_down"]
    assert count_left(person.app) == {"event": 4}
    assert (find_in_rows(person.app), find_in_files(person.app)) == ([], [])


def test_the_tombstone_holds_id_state_month_and_language(person: Contributor) -> None:
    erase_everything(person)
    with person.app.app_context():
        table = Base.metadata.tables["submission"]
        of_it = table.c.id == person.submission_id
        row = dict(db.session.execute(select(table).where(of_it)).mappings().one())
    said = {name: value for name, value in row.items() if name not in TIMELESS and value}
    version = said.pop("version")
    assert isinstance(version, int)
    assert said == {
        "kind": Stage.STORY,
        "stage": Stage.STORY,
        "state": State.ERASED,
        "state_before": State.SUBMITTED,
        "lang": "uk",
        "locale": "en",
        "lane": Lane.VERIFIED,
        "received_at": datetime(2026, 3, 1, tzinfo=UTC),
    }


def test_a_number_that_was_planted_is_gone_too(person: Contributor) -> None:
    erase_everything(person)
    with person.app.app_context():
        table = Base.metadata.tables["submission"]
        of_it = table.c.id == person.submission_id
        row = dict(db.session.execute(select(table).where(of_it)).mappings().one())
    assert [name for name, value in row.items() if value == NUMBER] == []


def test_no_row_and_no_file_holds_it_once_the_page_says_so(
    app: Flask, client: FlaskClient, at: datetime
) -> None:
    with time_machine.travel(at, tick=False):
        person = Contributor(app, client, at)
        person.send(Stage.STORY)
        person.enter()
        plant(app, person.submission_id, at)
        call_all_back(app)
        press_erase(person)
    assert (find_in_rows(app), find_in_files(app)) == ([], [])
