"""Exports that are cut off: a whole file or none, and what has left counts as exported."""

import hashlib
import http.client
import json
import random
import socket
import struct
import zipfile
from datetime import datetime
from functools import partial
from pathlib import Path
from urllib.parse import urlencode

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select, update

from portal.cli.export import replace_file
from portal.database import transaction
from portal.domain.permissions import Role
from portal.extensions import current_portal, db
from portal.instance import RUNS
from portal.models import Draft
from tests.reliability.dying import bury, export, is_killed, place_of, start
from tests.reliability.serving import serve_here
from tests.support.bad_input import open_desk
from tests.support.commands import run_command
from tests.support.interrupting import interrupt
from tests.support.leaving_stories import (
    keep_photo_that_may_leave,
    make_approved,
    make_story,
    refuse_photo_meanwhile,
)
from tests.support.plain_browser import find_form

PAGE = "/desk/coverages/ukraine-taiwan/export"
OPTIONS = ("--coverage", "ukraine-taiwan", "--format", "bundle", "--all-approved")
OLD = b"an older export"
STEPS = ("write", "fsync", "link", "replace", "commit")
EVENTS = 60_000
"""More or less as many as the interpreter reports of a whole export."""


@pytest.fixture
def ready(app: Flask, at: datetime) -> str:
    """A story that may leave."""
    with app.app_context(), transaction() as session:
        return make_approved(session, at, make_story(story="Світло зникло о шостій.\n\n" * 200)).public_id


@pytest.fixture
def out(tmp_path: Path) -> Path:
    """Where an older export lies, which the new one replaces."""
    folder = tmp_path / "out"
    folder.mkdir()
    (folder / "stories.zip").write_bytes(OLD)
    return folder / "stories.zip"


def is_whole(path: Path) -> bool:
    """Say whether a file is a bundle with every file its manifest names, byte for byte."""
    with zipfile.ZipFile(path) as bundle:
        manifest = json.loads(bundle.read("manifest.json"))
        listed = {one["path"]: one["sha256"] for one in manifest["files"]}
        found = {name: hashlib.sha256(bundle.read(name)).hexdigest() for name in bundle.namelist()}
    del found["manifest.json"]
    return found == listed


def is_recorded(app: Flask) -> bool:
    with app.app_context():
        return db.session.scalars(select(Draft.exported_revision)).one() is not None


def list_instance(app: Flask) -> set[Path]:
    """Return every file of the instance but the database's own, and what runs have cost."""
    with app.app_context():
        folder = current_portal().instance.folder
    found = {path for path in folder.rglob("*") if not path.name.startswith("portal.sqlite3")}
    return {path for path in found if folder / RUNS not in (path, path.parent)}


def check_remains(app: Flask, out: Path) -> None:
    """Look at what a killed export has left: whole files only, and none that does not count as exported."""
    left = [path for path in out.parent.iterdir() if path.read_bytes() != OLD]
    assert [path.name for path in left if not is_whole(path)] == []
    assert is_recorded(app) or left == []


@pytest.mark.usefixtures("ready")
def test_an_export_that_leaves_half_a_file_is_found_out(app: Flask, out: Path) -> None:
    whole = export_again(app, out)
    out.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(zipfile.BadZipFile):
        check_remains(app, out)
    out.write_bytes(whole)
    with app.app_context(), transaction() as session:
        session.execute(update(Draft).values(exported_revision=None))
    with pytest.raises(AssertionError):  # it has left and does not count as exported
        check_remains(app, out)


def export_again(app: Flask, out: Path) -> bytes:
    """Export once more, which must work; return the file."""
    done = run_command(app, "export", *OPTIONS, "--out", str(out))
    assert (done.exit_code, is_whole(out), is_recorded(app)) == (0, True, True)
    return out.read_bytes()


@pytest.mark.either_database  # what dies between is the file; at random it dies on both
@pytest.mark.usefixtures("ready")
@pytest.mark.one_case("moment", "step")
@pytest.mark.parametrize("moment", ["before", "after"])
@pytest.mark.parametrize("step", STEPS)
def test_an_export_killed_at_a_step_leaves_a_whole_file_or_the_old_one(
    app: Flask, out: Path, step: str, moment: str
) -> None:
    before = list_instance(app)
    bury(start(export, place_of(app), out, step, moment, 1))
    check_remains(app, out)
    assert list_instance(app) == before
    first = export_again(app, out)
    assert export_again(app, out) == first


@pytest.mark.either_database
@pytest.mark.usefixtures("ready")
def test_exports_killed_at_random_leave_whole_files(
    app: Flask, out: Path, pytestconfig: pytest.Config
) -> None:
    choose = random.Random(20220224)
    before = list_instance(app)
    for _ in range(50 if pytestconfig.getoption("full") else 3):
        out.write_bytes(OLD)
        is_killed(start(export, place_of(app), out, "", "", choose.randrange(1, EVENTS)))
        check_remains(app, out)
    assert list_instance(app) == before
    export_again(app, out)


def test_a_file_that_is_not_put_in_place_was_never_there(tmp_path: Path) -> None:
    with replace_file(tmp_path / "stories.zip") as (file, _put_in_place):
        file.write(b"new")
        seen = list(tmp_path.iterdir())
    assert (seen, list(tmp_path.iterdir())) == ([], [])


@pytest.mark.parametrize("old", [None, OLD])
def test_a_file_put_in_place_is_the_only_one(tmp_path: Path, old: bytes | None) -> None:
    path = tmp_path / "stories.zip"
    if old is not None:
        path.write_bytes(old)
    with replace_file(path) as (file, put_in_place):
        file.write(b"new")
        put_in_place()
    found = [(one.name, one.read_bytes(), one.stat().st_mode & 0o777) for one in tmp_path.iterdir()]
    assert found == [("stories.zip", b"new", 0o600)]


def test_a_disk_without_nameless_files_gets_a_hidden_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("portal.cli.export._NAMELESS", 0)
    path = tmp_path / "stories.zip"
    with replace_file(path) as (file, put_in_place):
        file.write(b"new")
        put_in_place()
    assert [(one.name, one.read_bytes()) for one in tmp_path.iterdir()] == [("stories.zip", b"new")]


def test_a_story_that_changes_while_the_desk_reads_photos_stays(
    app: Flask, client: FlaskClient, ready: str, at: datetime
) -> None:
    open_desk(app, client, Role.EDITOR)
    with app.app_context(), transaction() as session:
        draft = session.scalars(select(Draft).where(Draft.public_id == ready)).one()
        keep_photo_that_may_leave(session, draft, at=at)
    form = find_form(client.get(PAGE).text, action="/export")
    interrupt("read_file", partial(forget_approval, app, ready))
    answer = client.post(PAGE, data={**form["values"], "all_approved": "y", "format": "bundle"})
    with app.app_context():
        left = db.session.scalars(select(Draft.exported_revision).where(Draft.public_id == ready)).one()
    assert (answer.status_code, left) == (409, None)


def test_a_story_that_changes_while_the_file_is_written_stays(app: Flask, ready: str, out: Path) -> None:
    interrupt("record_stories", partial(forget_approval, app, ready))
    done = run_command(app, "export", *OPTIONS, "--out", str(out))
    sentence = "Error: A story was changed meanwhile, so nothing was written. Run it again.\n"
    assert (done.output, out.read_bytes(), is_recorded(app)) == (sentence, OLD, False)


def test_a_photo_that_is_refused_while_the_file_is_written_does_not_leave(
    app: Flask, ready: str, out: Path, at: datetime
) -> None:
    with app.app_context(), transaction() as session:
        draft = session.scalars(select(Draft).where(Draft.public_id == ready)).one()
        keep_photo_that_may_leave(session, draft, at=at)
    interrupt("record_stories", partial(refuse_photo, app))
    done = run_command(app, "export", *OPTIONS, "--out", str(out))
    assert (done.exit_code, out.read_bytes(), is_recorded(app)) == (1, OLD, False)


def refuse_photo(app: Flask) -> None:
    with app.app_context(), transaction() as session:
        refuse_photo_meanwhile(session, session.scalars(select(Draft)).one())


def forget_approval(app: Flask, public_id: str) -> None:
    with app.app_context(), transaction() as session:
        session.scalars(select(Draft).where(Draft.public_id == public_id)).one().approved_revision = None


@pytest.mark.usefixtures("ready")
def test_who_hangs_up_in_the_middle_of_the_file_leaves_nothing_behind(
    app: Flask, client: FlaskClient, out: Path
) -> None:
    desk = open_desk(app, client, Role.EDITOR)
    page = client.get(PAGE).text
    form = find_form(page, action="/export")
    cookie = client.get_cookie("portal")
    assert cookie is not None
    before = list_instance(app)
    sent = urlencode({**form["values"], "all_approved": "y", "format": "bundle"})
    headers = {"Cookie": f"portal={cookie.value}", "Content-Type": "application/x-www-form-urlencoded"}
    with serve_here(app) as port:
        line = http.client.HTTPConnection("localhost", port, timeout=20)
        line.request("POST", PAGE, sent, headers)
        wire = line.sock
        answer = line.getresponse()
        begun = answer.read(100)
        promised = int(answer.headers["Content-Length"])
        # As a line that is cut does: no goodbye, whatever is under way.
        wire.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        answer.close()
        line.close()
    with app.app_context():
        assert db.engine.pool.checkedout() == 0  # type: ignore[attr-defined]  # both databases have a queue
        recorded = db.session.scalars(select(Draft.exported_revision).where(Draft.public_id != desk.draft))
        assert recorded.one() is not None
    assert (len(begun), promised > 100, list_instance(app)) == (100, True, before)
    done = run_command(app, "export", *OPTIONS, "--out", str(out))
    assert (done.exit_code, out.stat().st_size) == (0, promised)
