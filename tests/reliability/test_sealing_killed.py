"""A start that seals the files of an earlier release is killed at every step: no file is lost by it."""

import shutil
from datetime import UTC, datetime
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select

from portal.database import transaction
from portal.domain.states import Stage
from portal.extensions import db
from portal.models import Attachment
from portal.storage import read_file
from tests.conftest import close_connections, make_own, make_tested
from tests.reliability.mortals import COMMIT, RENAME, SYNC_FILE, SYNC_FOLDER, Mortals, Order, Post
from tests.reliability.portals import settings_of, sqlite_of
from tests.support.canaries import CANARY
from tests.support.factories import make_submission
from tests.support.photos import keep_document, leave_open

NAMING = "UPDATE attachment SET"
CHANGING = frozenset({SYNC_FILE, SYNC_FOLDER, RENAME, COMMIT, NAMING})


@pytest.fixture
def folder(fresh_folder: Path, tmp_path: Path) -> Path:
    """The folder of a portal with a document in the open."""
    folder = tmp_path / "instance"
    shutil.copytree(fresh_folder, folder)
    app = make_tested(folder)
    with app.app_context():
        with transaction() as session:
            submission = make_submission(session, datetime.now(UTC), Stage.STORY)
            leave_open(keep_document(session, submission, at=datetime.now(UTC), words=CANARY))
        db.session.remove()
    close_connections(app)
    shutil.copytree(folder, tmp_path / "before")
    return folder


def start(mortals: Mortals, folder: Path, die_at: int | None = None) -> list[str]:
    """Start with this release; return the steps that were done."""
    (outcome,) = mortals.run(Order(str(folder), sqlite_of(folder), [Post(die_at=die_at)]))
    return outcome.steps


def go_back(folder: Path) -> None:
    """Put the folder of before in its place."""
    shutil.rmtree(folder)
    shutil.copytree(folder.with_name("before"), folder)


def look(app: Flask, folder: Path) -> tuple[str, list[bool]]:
    """Return what the document holds for its row, and of each file that is there whether it lies open."""
    with app.app_context():
        row = db.session.scalars(select(Attachment)).one()
        held = read_file(folder / "files", row.file).decode()
        db.session.remove()
    close_connections(app)
    return held, [CANARY.encode() in path.read_bytes() for path in (folder / "files").iterdir()]


def choose_points(steps: list[str], *, is_full: bool) -> list[int]:
    """Return the steps to die before: all that change something, or the one that names the sealed file."""
    changing = CHANGING if is_full else {NAMING}
    return [number for number, step in enumerate(steps) if step in changing]


def test_a_file_survives_a_start_that_is_killed_while_it_is_sealed(
    folder: Path, mortals: Mortals, pytestconfig: pytest.Config
) -> None:
    steps = start(mortals, folder)
    points = choose_points(steps, is_full=pytestconfig.getoption("full"))
    outcomes, app = {}, make_own(settings_of(folder))
    for point in points:
        go_back(folder)
        start(mortals, folder, point)
        start(mortals, folder)
        outcomes[point] = look(app, folder)
    assert points
    assert outcomes == dict.fromkeys(points, (CANARY, [False]))
