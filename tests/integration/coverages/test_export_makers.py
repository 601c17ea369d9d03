"""Two makers at one export, as one was slow or was thought dead: one file, and all in it left once."""

import io
import json
import os
import zipfile
from collections import Counter, defaultdict
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

import pytest
from flask import Flask
from sqlalchemy import select

from portal.domain.audit import AuditAct
from portal.domain.export_files import LEASE, ExportState
from portal.export.file_making import clear_exports, exports_folder, make_export
from portal.extensions import current_portal, db
from portal.models import AuditEntry, Draft, ExportFile, Submission
from tests.support.export_desk import MANY, ExportDesk, open_export_desk
from tests.support.interrupting import Killed, act_elsewhere, acting_at, die, interrupt

LATER = LEASE * 2
STEPS = ("settle_choice", "write_stories", "seal_content", "record_stories", "choose_size", "count_kept")
"""Functions that begin where the choice is made, nothing is written, nothing sealed, nothing recorded, some
stories are recorded, and all are."""

pytestmark = pytest.mark.either_database


@pytest.fixture
def desk(app: Flask, at: datetime) -> Iterator[ExportDesk]:
    with open_export_desk(app, at) as made:
        yield made


@dataclass
class SlowDisk:
    """A disk that takes nearly as long for each block as a maker may be silent."""

    now: datetime

    def wait(self) -> None:
        self.now += LEASE - timedelta(seconds=1)


def test_who_seals_a_large_file_is_not_taken_for_dead(desk: ExportDesk) -> None:
    desk.ask()
    disk, taken = SlowDisk(desk.at), []

    def look() -> None:
        taken.append(desk.work(after=disk.now - desk.at))

    with desk.app.app_context(), acting_at({"_nonce": disk.wait, "blunt_time": partial(act_elsewhere, look)}):
        make_export(current_portal().instance, clock=lambda: disk.now)
    assert (disk.now - desk.at > LEASE, taken, desk.state()) == (True, [False], ExportState.READY)


@pytest.mark.parametrize("step", STEPS)
def test_a_file_that_another_took_over_comes_about_once_and_leaves_once(desk: ExportDesk, step: str) -> None:
    page, taken = desk.ask("?new=1"), []
    interrupt(step, lambda: taken.append(desk.work(after=LATER)))
    desk.work()
    assert (taken, desk.state(), len(desk.files())) == ([True], ExportState.READY, 1)
    assert count_stories(desk, page) == MANY
    with desk.app.app_context():
        row, drafts = db.session.scalars(select(ExportFile)).one(), db.session.scalars(select(Draft)).all()
        assert (row.total, row.done, row.written, row.kept) == (MANY, MANY, MANY, {})
        assert {(one.exported_at, one.exported_revision) for one in drafts} == {(desk.at + LATER, 2)}
    assert list_standing_departures(desk.app) == Counter({(desk.at + LATER).replace(second=0): MANY})


@pytest.mark.one_case("step")
@pytest.mark.parametrize("step", STEPS)
def test_a_maker_that_is_killed_leaves_the_file_to_the_next_one(desk: ExportDesk, step: str) -> None:
    page = desk.ask("?new=1")
    with acting_at({step: die}), suppress(Killed):
        desk.work()
    assert (desk.state(), desk.work(after=LATER), desk.state()) == (
        ExportState.RUNNING,
        True,
        ExportState.READY,
    )
    assert (count_stories(desk, page), len(desk.files())) == (MANY, 1)


def test_a_clock_that_was_a_year_ahead_keeps_no_file_from_being_made(desk: ExportDesk) -> None:
    page = desk.ask()
    with acting_at({"seal_content": die}), suppress(Killed):
        desk.work(after=timedelta(days=365))
    assert (desk.work(), desk.state(), count_stories(desk, page)) == (True, ExportState.READY, MANY)


def test_what_a_maker_is_at_is_not_cleared_away(desk: ExportDesk) -> None:
    desk.ask()
    begun: list[int] = []

    def clear() -> None:
        begun.append(len(desk.files()))
        with desk.app.app_context():
            clear_exports(current_portal().instance, at=desk.at + timedelta(days=3650))

    interrupt("record_stories", clear)
    with desk.app.app_context():
        row = db.session.scalars(select(ExportFile)).one()
        row.asked_at = desk.at + timedelta(days=3650)
        db.session.commit()
    desk.work()
    assert (begun, desk.state(), len(desk.files())) == ([1], ExportState.READY, 1)


def test_what_a_killed_maker_left_is_cleared_away(desk: ExportDesk) -> None:
    desk.ask()
    desk.work()
    with desk.app.app_context():
        folder = exports_folder(current_portal().instance)
        public_id = db.session.scalars(select(ExportFile.public_id)).one()
        (folder / f".{public_id}-7").write_bytes(b"half")
        os.utime(folder / f".{public_id}-7", (desk.at.timestamp(), desk.at.timestamp()))
        clear_exports(current_portal().instance, at=desk.at + timedelta(hours=23))
        assert [one.name for one in folder.iterdir()] == [public_id]


def count_stories(desk: ExportDesk, page: str) -> int:
    """Return how many stories are in the file that is fetched."""
    manifest = json.loads(zipfile.ZipFile(io.BytesIO(desk.fetch(page).data)).read("manifest.json"))
    return len(manifest["stories"])


def list_standing_departures(app: Flask) -> Counter[datetime]:
    """Return by the log when texts have left, and how many: what was called off has not."""
    with app.app_context():
        texts = select(Submission.public_id)
        entries = db.session.scalars(select(AuditEntry).where(AuditEntry.about.in_(texts))).all()
    left, called_off = defaultdict(list), set()
    for one in entries:
        if one.act == AuditAct.EXPORT:
            left[one.at].append(one.seq)
        elif one.act == AuditAct.CALL_OFF_EXPORT:
            called_off.add(one.detail["entry"])
    return +Counter({at: len(set(numbers) - called_off) for at, numbers in left.items()})
