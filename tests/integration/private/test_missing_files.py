"""Nothing leaves silently incomplete: a file that is gone, or is not what was kept, is named everywhere."""

import io
import json
import zipfile
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from portal.database import transaction
from portal.domain.permissions import Role
from portal.domain.photos import PeopleAnswer, PhotoLicence, PictureWords
from portal.domain.states import Stage
from portal.extensions import current_portal, db
from portal.models import Attachment, Draft, Submission
from portal.operations.private.photos import describe_picture
from tests.support.commands import run_command
from tests.support.contributor import MY, Contributor
from tests.support.factories import make_call, make_sending, make_staff
from tests.support.leaving_stories import make_approved
from tests.support.photos import keep_picture
from tests.support.plain_browser import find_form
from tests.support.staff import enter_as

pytestmark = pytest.mark.either_database

EXPORT = "/desk/coverages/ukraine-taiwan/export"
PHOTO = "photos/photo-1.jpg"


def take_away(path: Path) -> None:
    path.unlink()


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:10])


def change_a_byte(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(content)


def make_unreadable(path: Path) -> None:
    path.unlink()
    path.mkdir()


LOSSES = pytest.mark.parametrize("lose", [take_away, cut, change_a_byte, make_unreadable])


def find_photo(app: Flask) -> Path:
    with app.app_context():
        name = db.session.scalars(select(Attachment.public_id)).first()
        return current_portal().instance.files_folder / str(name)


@pytest.fixture
def author(app: Flask, client: FlaskClient, at: datetime) -> Contributor:
    person = Contributor(app, client, at)
    person.send(Stage.STORY, make_sending(Stage.STORY))
    with app.app_context(), transaction() as session:
        keep_picture(session, session.get_one(Submission, person.submission_id), at=at)
    person.enter()
    return person


def press(author: Contributor, page: str = "") -> TestResponse:
    """Press the button of the page, or of one that was shown before."""
    form = find_form(page or author.client.get(f"{MY}/data").text, action="/data")
    return author.client.post(f"{MY}/data", data=form["values"], buffered=True)


def unpack(content: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


@LOSSES
def test_own_data_names_what_is_missing_in_every_part(
    author: Contributor, lose: Callable[[Path], None]
) -> None:
    lose(find_photo(author.app))
    answer = press(author)
    if answer.status_code == 409:  # what a look at the folder does not show is said before it leaves
        assert answer.text.count(f"<li>{PHOTO}</li>") == 1
        answer = press(author, answer.text)
    files = unpack(answer.data)
    assert (answer.status_code, PHOTO in files) == (200, False)
    assert json.loads(files["data.json"])["missing_files"] == [PHOTO]
    assert (files["README.txt"].decode().count(f"- {PHOTO}"), files["data.html"].decode().count("<img")) == (
        1,
        0,
    )
    assert files["data.html"].decode().count(f"<li>{PHOTO}</li>") == 1


def test_the_page_of_own_data_names_a_file_that_is_gone(author: Contributor) -> None:
    find_photo(author.app).unlink()
    assert author.client.get(f"{MY}/data").text.count(f"<li>{PHOTO}</li>") == 1


def test_a_file_that_goes_after_the_page_was_read_is_named_before_the_download(author: Contributor) -> None:
    page = author.client.get(f"{MY}/data").text
    find_photo(author.app).unlink()
    answer = press(author, page)
    assert (answer.status_code, answer.mimetype, answer.text.count(f"<li>{PHOTO}</li>")) == (
        409,
        "text/html",
        1,
    )


def test_whole_own_data_names_nothing(author: Contributor) -> None:
    files = unpack(press(author).data)
    assert (json.loads(files["data.json"])["missing_files"], PHOTO in files) == ([], True)
    assert files["README.txt"].decode().count(PHOTO) == 0


@pytest.fixture
def editor(app: Flask, client: FlaskClient, at: datetime) -> FlaskClient:
    """An editor before an approved story with a photo that leaves with it."""
    with app.app_context(), transaction() as session:
        make_call(session, at)
        draft = make_approved(session, at)
        photo = keep_picture(session, draft.submission, at=at)
        words = PictureWords("Полиця", "Олена", PeopleAnswer.AGREED, PhotoLicence.OWN)
        describe_picture(session, draft.submission, photo, words, at=at)
        email = make_staff(session, Role.EDITOR).email
    enter_as(client, email)
    return client


def export(editor: FlaskClient, **typed: str) -> TestResponse:
    form = find_form(editor.get(EXPORT).text, action="/export")
    sent = {**form["values"], "all_approved": "y", "format": "bundle", **typed}
    return editor.post(EXPORT, data=sent, buffered=True)


def name_of(app: Flask) -> str:
    with app.app_context():
        return f"pictures/{db.session.scalars(select(Attachment)).one().content_sha256[:12]}.jpg"


@LOSSES
def test_the_desk_is_told_which_photo_is_missing_before_a_bundle_leaves(
    app: Flask, editor: FlaskClient, lose: Callable[[Path], None]
) -> None:
    lose(find_photo(app))
    answer = export(editor)
    assert (answer.status_code, answer.mimetype, answer.text.count(f"· {name_of(app)}</li>")) == (
        409,
        "text/html",
        1,
    )
    with app.app_context():
        assert db.session.scalars(select(Draft.exported_at)).one() is None
    files = unpack(export(editor, incomplete="y").data)
    folder = next(name for name in files if name.endswith("story.json")).rpartition("/")[0]
    assert files["MISSING.txt"].decode().count(f"{folder}/{name_of(app)}\n") == 1
    stories = json.loads(files["manifest.json"])["stories"]
    assert [one["missing_files"] for one in stories] == [[name_of(app)]]


def test_the_export_page_names_a_photo_that_is_gone(app: Flask, editor: FlaskClient) -> None:
    whole = editor.get(EXPORT).text.count(name_of(app))
    find_photo(app).unlink()
    assert (whole, editor.get(EXPORT).text.count(f"· {name_of(app)}</li>")) == (0, 1)


def test_the_sheet_names_a_photo_that_is_gone(app: Flask, editor: FlaskClient) -> None:
    find_photo(app).unlink()
    answer = editor.post(
        EXPORT,
        data={
            **find_form(editor.get(EXPORT).text, action="/export")["values"],
            "all_approved": "y",
            "format": "handoff",
            "incomplete": "y",
        },
        follow_redirects=True,
    )
    assert answer.text.count(f"Missing, because the file could not be read: {name_of(app)}") == 1


@pytest.mark.parametrize("kind", ["bundle", "handoff"])
def test_the_command_names_what_is_missing_and_fails(
    app: Flask, editor: FlaskClient, tmp_path: Path, kind: str
) -> None:
    options = ["--coverage", "ukraine-taiwan", "--format", kind, "--all-approved"]
    whole = run_command(app, "export", *options, "--out", str(tmp_path / "whole"))
    find_photo(app).unlink()
    cut_off = run_command(app, "export", *options, "--out", str(tmp_path / "cut"))
    with app.app_context():
        uid = db.session.scalars(select(Draft.public_id)).one()
    said = f"Missing: {uid}: {name_of(app)} could not be read and is not in the file\n"
    assert (whole.exit_code, whole.stderr, cut_off.exit_code, cut_off.stderr) == (0, "", 3, said)
    assert name_of(app).encode() in (tmp_path / "cut").read_bytes()
