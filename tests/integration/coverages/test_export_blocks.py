"""An export of many texts: what it asks, writes and holds at a time does not grow with how many there are."""

import gc
import math
import tracemalloc
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryFile

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal import bulk_run
from portal.bulk_run import BulkRun
from portal.database import transaction
from portal.domain.bulk_runs import RunKind
from portal.export import departures
from portal.export.departures import WrittenStories, record_stories, write_stories
from portal.export.formats import installed_formats
from portal.extensions import current_portal, db
from portal.instance import list_costs
from portal.models import Coverage, Draft
from portal.queries.coverages.export import list_drafts
from tests.reliability.test_export_killed import is_whole
from tests.support.commands import run_command
from tests.support.leaving_stories import make_approved, make_story
from tests.support.many_texts import add_copies
from tests.support.statements import count_rows, list_verbs, listening

MANY = 12
SIZE = 4
NEVER, ALWAYS = math.inf, 0.0
"""When a block is slow, in seconds."""


@pytest.fixture
def crowd(app: Flask, at: datetime) -> Flask:
    """A coverage with a dozen texts that may leave."""
    with app.app_context():
        with transaction() as session:
            number = make_approved(session, at, make_story(avoid="", place_time="")).id
        add_copies(db.session(), db.session.get_one(Draft, number), MANY - 1)
    return app


def find_drafts(number: int = MANY) -> tuple[int, dict[str, int]]:
    coverage = db.session.scalars(select(Coverage)).one()
    found = list(list_drafts(db.session(), coverage).items())[:number]
    return coverage.id, dict(found)


def export(number: int, *, size: int = SIZE, run: BulkRun | None = None) -> WrittenStories:
    """Have the first texts leave, so many at a time."""
    run = run or BulkRun(RunKind.EXPORT)
    coverage_id, drafts = find_drafts(number)
    folder, at = current_portal().instance.files_folder, datetime.now(UTC)
    with TemporaryFile() as out, closing(installed_formats().usable["bundle"].begin(out, drafts)) as writer:
        written = write_stories(
            run, writer, coverage_id, list(drafts.values()), folder=folder, at=at, size=size
        )
        writer.finish()
    record_stories(run, coverage_id, drafts, written.stories, by=None, at=at, size=size)
    return written


def count_statements(app: Flask, number: int, *, size: int) -> int:
    with listening(app) as sent, app.app_context():
        export(number, size=size)
    return len(list_verbs(sent))


@pytest.mark.either_database
def test_each_block_costs_the_same_statements(crowd: Flask) -> None:
    one, two, three = (count_statements(crowd, blocks, size=1) for blocks in (1, 2, 3))
    assert three - two == two - one


@pytest.mark.either_database
def test_a_block_costs_the_same_statements_however_many_texts_it_has(
    crowd: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bulk_run, "LONGEST_BLOCK", NEVER)
    recorded_in_blocks_of = {1: [1], 9: [1, 8], MANY: [1, 8, 3]}
    counts = [count_statements(crowd, number, size=MANY) for number in recorded_in_blocks_of]
    further = {more - less for less, more in pairwise(counts)}
    assert len(further) == 1


@pytest.mark.parametrize(("slow", "recorded"), [(NEVER, [1, 2, 3, 4, 2]), (ALWAYS, [1, 2, 2, 2, 2, 2, 1])])
def test_others_wait_for_as_many_texts_as_the_machine_records_in_a_moment_and_for_a_few(
    crowd: Flask, monkeypatch: pytest.MonkeyPatch, slow: float, recorded: list[int]
) -> None:
    monkeypatch.setattr(bulk_run, "LONGEST_BLOCK", slow)
    monkeypatch.setattr(departures, "_FEWEST", 2)
    with listening(crowd) as sent, crowd.app_context():
        export(MANY)
    entries = [count_rows(one) for one in sent if one[0].startswith("INSERT INTO audit_entry")]
    assert entries == recorded


@pytest.mark.either_database
def test_twice_as_many_texts_take_no_more_memory(crowd: Flask) -> None:
    """But for four kilobytes of each, kept for what comes last: nothing stays of a block."""
    with crowd.app_context():
        add_copies(db.session(), db.session.scalars(select(Draft).limit(1)).one(), 3 * MANY)
        export(SIZE)  # what is loaded only once
        usual = gc.get_threshold()
        gc.freeze()  # where much was there before, what is old would be looked through too seldom
        gc.set_threshold(100, 2, 2)  # what is let go counts as held until it is cleared away
        tracemalloc.start()
        try:
            half, whole = measure(2 * MANY), measure(4 * MANY)
        finally:
            tracemalloc.stop()
            gc.set_threshold(*usual)
    assert whole - half < 4_000 * 2 * MANY


def measure(number: int) -> int:
    """Return the most memory that an export takes beyond what is there before, in bytes."""
    gc.collect()
    tracemalloc.reset_peak()
    before, _peak = tracemalloc.get_traced_memory()
    export(number)
    return tracemalloc.get_traced_memory()[1] - before


class Stopped(BulkRun):
    """A run that is stopped when it has written a block."""

    @contextmanager
    def write_block(self) -> Iterator[Session]:
        """Write the first block, which holds one text, and no other."""
        if self.is_through:
            raise KeyboardInterrupt
        with super().write_block() as session:
            yield session
        self.is_through = True

    is_through = False


@pytest.mark.either_database
def test_an_export_that_is_stopped_goes_on(crowd: Flask, tmp_path: Path) -> None:
    with crowd.app_context(), pytest.raises(KeyboardInterrupt):
        export(MANY, run=Stopped(RunKind.EXPORT))
    recorded = [count_exported(crowd)]
    out = tmp_path / "stories.zip"
    options = ["--coverage", "ukraine-taiwan", "--format", "bundle", "--all-approved", "--out", str(out)]
    done = run_command(crowd, "export", *options)
    recorded.append(count_exported(crowd))
    assert (recorded, done.stdout, is_whole(out)) == ([1, MANY], f"{MANY} exported to {out}\n", True)
    with crowd.app_context():
        (noted,) = list_costs(current_portal().instance.folder)
    assert noted is RunKind.EXPORT


def count_exported(app: Flask) -> int:
    with app.app_context():
        counted: Sequence[int] = db.session.scalars(
            select(func.count()).where(Draft.exported_revision == Draft.revision)
        ).all()
    return counted[0]
