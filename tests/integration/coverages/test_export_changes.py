"""Stories that change, and formats that fail, while a file is made: what leaves, and what is known of it."""

import io
import json
import zipfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from threading import Thread

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from portal.database import transaction
from portal.domain.permissions import Role
from portal.export.bundle import BundleWriter
from portal.export.formats import installed_formats
from portal.extensions import db
from portal.models import Attachment, Draft, Staff
from portal.operations.desk.triage import claim
from portal.operations.private import author_acts
from portal.operations.private.photos import move_picture
from tests.support.commands import run_command
from tests.support.concurrency import await_waiting
from tests.support.leaving_stories import (
    PAGE,
    Exporter,
    keep_photo_that_may_leave,
    make_approved,
    make_story,
    refuse_photo_meanwhile,
    save_meanwhile,
    withdraw_meanwhile,
)
from tests.support.packages import format_that_keeps_all, installed_package
from tests.support.photos import keep_picture
from tests.support.plain_browser import find_form


@pytest.mark.parametrize("act", [save_meanwhile, withdraw_meanwhile, refuse_photo_meanwhile])
def test_a_story_that_changes_while_its_file_is_made_does_not_leave(
    app: Flask, exporter: Exporter, monkeypatch: pytest.MonkeyPatch, act: Callable[[Session, Draft], None]
) -> None:
    with app.app_context(), transaction() as session:
        draft = session.scalars(select(Draft).where(Draft.public_id == exporter.ready)).one()
        keep_photo_that_may_leave(session, draft, at=datetime.now(UTC))
    answer = export_while(app, exporter, monkeypatch, partial(act_on, exporter.ready, act))
    with app.app_context():
        draft = db.session.scalars(select(Draft).where(Draft.public_id == exporter.ready)).one()
        assert (answer.status_code, answer.mimetype, draft.exported_revision) == (409, "text/html", None)


@pytest.mark.parametrize("act", [save_meanwhile, withdraw_meanwhile])
def test_the_others_leave_without_a_story_that_changes_while_the_file_is_made(
    app: Flask, exporter: Exporter, monkeypatch: pytest.MonkeyPatch, act: Callable[[Session, Draft], None]
) -> None:
    with app.app_context(), transaction() as session:
        other = make_approved(session, datetime.now(UTC), make_story(title="Інша ніч")).public_id
    answer = export_while(app, exporter, monkeypatch, partial(act_on, other, act))
    with app.app_context():
        left = list(db.session.scalars(select(Draft.public_id).where(Draft.exported_revision.is_not(None))))
    manifest = json.loads(zipfile.ZipFile(io.BytesIO(answer.data)).read("manifest.json"))
    assert ([story["uid"] for story in manifest["stories"]], left) == ([exporter.ready], [exporter.ready])
    assert (len(answer.data), "Інша".encode() in answer.data) == (answer.content_length, False)


def note_meanwhile(session: Session, draft: Draft) -> None:
    by = session.scalars(select(Staff).where(Staff.role == Role.EDITOR)).first()
    assert by is not None
    claim(session, draft.submission, by=by, at=datetime.now(UTC))
    draft.submission.words += 1


def turn_photos_meanwhile(session: Session, draft: Draft) -> None:
    first, _second = session.scalars(select(Attachment).order_by(Attachment.position)).all()
    move_picture(session, draft.submission, first, step=1, at=datetime.now(UTC))


def mend_title_meanwhile(_session: Session, draft: Draft) -> None:
    coverage = draft.submission.call.coverage
    coverage.title = {**coverage.title, "uk": "Інший заголовок добірки"}


def take_licence_back_meanwhile(session: Session, draft: Draft) -> None:
    coverage = draft.submission.call.coverage
    coverage.licence, coverage.licence_uri = "Another", "https://example.org/another"


@pytest.mark.parametrize(
    ("act", "status"),
    [
        (note_meanwhile, 200),
        (mend_title_meanwhile, 200),
        (turn_photos_meanwhile, 409),
        (take_licence_back_meanwhile, 409),
    ],
)
def test_what_changes_beside_a_story_keeps_it_only_where_it_changes_what_leaves(
    app: Flask,
    exporter: Exporter,
    monkeypatch: pytest.MonkeyPatch,
    act: Callable[[Session, Draft], None],
    status: int,
) -> None:
    with app.app_context(), transaction() as session:
        draft = session.scalars(select(Draft).where(Draft.public_id == exporter.ready)).one()
        for colour in ("olive", "navy"):
            keep_picture(session, draft.submission, at=datetime.now(UTC), colour=colour)
    answer = export_while(app, exporter, monkeypatch, partial(act_on, exporter.ready, act))
    assert (answer.status_code, len(name_exported(app))) == (status, int(status == 200))


def act_on(public_id: str, act: Callable[[Session, Draft], None], session: Session) -> None:
    act(session, session.scalars(select(Draft).where(Draft.public_id == public_id)).one())


def export_while(
    app: Flask, exporter: Exporter, monkeypatch: pytest.MonkeyPatch, act: Callable[[Session], None]
) -> TestResponse:
    """Press the button; when the file is made, somebody else acts before it leaves."""
    form = find_form(exporter.client.get(PAGE).text, action="/export")

    def act_elsewhere() -> None:
        with app.app_context(), transaction() as session:
            act(session)

    class Watched(BundleWriter):
        """Makes the file as always."""

        def finish(self) -> None:
            super().finish()
            if not elsewhere.ident:
                elsewhere.start()
                elsewhere.join()

    elsewhere = Thread(target=act_elsewhere)
    formats = installed_formats().usable
    monkeypatch.setitem(formats, "bundle", replace(formats["bundle"], begin=Watched))
    values = {**form["values"], "all_approved": "y", "format": "bundle"}
    return exporter.client.post(form["action"], data=values, buffered=True)


@pytest.mark.either_database
def test_a_format_of_another_package_that_breaks_is_named_and_no_story_leaves(
    app: Flask, exporter: Exporter, tmp_path: Path
) -> None:
    code = "from portal.export.formats import Format\nB = Format(None, 'txt', 'text/plain', 'Trouble', '')\n"
    with installed_package(tmp_path, "weak_format", code, {"weak": "weak_format:B", "gone": "weak_format:C"}):
        page = exporter.client.get(PAGE).text
        form = find_form(page, action="/export")
        values = {**form["values"], "all_approved": "y", "format": "weak"}
        answer = exporter.client.post(form["action"], data=values)
    with app.app_context():
        left = list(db.session.scalars(select(Draft.public_id).where(Draft.exported_revision.is_not(None))))
    buttons = ("Trouble" in page, "gone" in page)
    named = "The package it comes from is broken (weak)." in answer.text
    assert (buttons, answer.status_code, named, left) == ((True, False), 422, True, [])


def name_exported(app: Flask) -> list[tuple[int | None, datetime | None]]:
    """Return of each draft that counts as exported what left, and when."""
    with app.app_context():
        rows = db.session.execute(select(Draft.exported_revision, Draft.exported_at))
        return [(row.exported_revision, row.exported_at) for row in rows if row.exported_at is not None]


def list_new_forms(exporter: Exporter) -> int:
    """Return how many stories the page offers that are new since the last export."""
    return exporter.client.get(f"{PAGE}?new=1").text.count('name="drafts"')


@pytest.mark.either_database
@pytest.mark.parametrize("by_command", [False, True])
def test_a_format_that_cannot_leave_out_what_was_withdrawn_has_brought_nothing_out(
    app: Flask, exporter: Exporter, tmp_path: Path, *, by_command: bool
) -> None:
    with app.app_context(), transaction() as session:
        other = make_approved(session, datetime.now(UTC), make_story(title="Інша ніч")).public_id

    def withdraw() -> None:
        with app.app_context(), transaction() as session:
            act_on(other, withdraw_meanwhile, session)

    with format_that_keeps_all(tmp_path, withdraw) as name:
        form = find_form(exporter.client.get(PAGE).text, action="/export")
        if by_command:
            options = ["--format", name, "--out", str(tmp_path / "stories.txt"), "--all-approved"]
            run = run_command(app, "export", "--coverage", "ukraine-taiwan", *options)
            told = "The package of the format keeping is broken: nothing was written." in run.stderr
        else:
            values = {**form["values"], "all_approved": "y", "format": name}
            answer = exporter.client.post(form["action"], data=values)
            told = "The package it comes from is broken (keeping)." in answer.text
        left = (tmp_path / "stories.txt").exists()
    assert (told, left, name_exported(app), list_new_forms(exporter)) == (True, False, [], 1)


@pytest.mark.either_database
def test_what_left_before_a_format_failed_is_known_still(
    app: Flask, exporter: Exporter, tmp_path: Path
) -> None:
    with app.app_context(), transaction() as session:
        other = make_approved(session, datetime.now(UTC), make_story(title="Інша ніч")).public_id
    form = find_form(exporter.client.get(PAGE).text, action="/export")
    values = {**form["values"], "drafts": exporter.ready}
    exporter.client.post(form["action"], data={**values, "format": "bundle"})
    before = name_exported(app)

    def withdraw() -> None:
        with app.app_context(), transaction() as session:
            act_on(other, withdraw_meanwhile, session)

    with format_that_keeps_all(tmp_path, withdraw) as name:
        form = find_form(exporter.client.get(PAGE).text, action="/export")
        exporter.client.post(form["action"], data={**form["values"], "all_approved": "y", "format": name})
    assert (len(before), name_exported(app), list_new_forms(exporter)) == (1, before, 0)


@pytest.mark.parametrize("app", ["postgresql"], indirect=True)
def test_a_story_that_is_being_withdrawn_is_waited_for(app: Flask, exporter: Exporter) -> None:
    form = find_form(exporter.client.get(PAGE).text, action="/export")
    values = {**form["values"], "all_approved": "y", "format": "bundle"}
    with app.app_context(), Session(db.engine) as author, ThreadPoolExecutor(1) as desk:
        draft = author.scalars(select(Draft).where(Draft.public_id == exporter.ready)).one()
        author_acts.withdraw(author, draft.submission, at=datetime.now(UTC))
        author.flush()
        answer = desk.submit(exporter.client.post, form["action"], data=values)
        await_waiting(app)
        author.commit()
        assert answer.result().status_code == 409
