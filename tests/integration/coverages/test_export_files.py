"""Exports of many stories are made by the worker, fetched for a day, and dropped after a recall."""

import io
import json
import zipfile
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select

from portal.database import transaction
from portal.domain.export_files import LEASE, ExportState
from portal.domain.states import State
from portal.export.file_making import clear_exports
from portal.extensions import current_portal, db
from portal.models import Draft, ExportFile
from portal.operations.erasure import erase_by_clock
from portal.operations.private import author_acts
from tests.support.export_desk import COVERAGE, MANY, open_export_desk
from tests.support.export_desk import ExportDesk as Desk
from tests.support.packages import format_that_keeps_all
from tests.support.plain_browser import find_form

pytestmark = pytest.mark.either_database


@pytest.fixture
def desk(app: Flask, at: datetime) -> Iterator[Desk]:
    with open_export_desk(app, at) as made:
        yield made


def test_the_worker_makes_the_file_and_it_is_fetched_from_its_page(desk: Desk) -> None:
    page = desk.ask()
    assert desk.client.get(page).headers["Refresh"] == "5"
    assert (desk.work(), desk.work(), desk.state()) == (True, False, ExportState.READY)
    assert page in desk.client.get(f"{COVERAGE}/export").text
    answer = desk.fetch(page)
    manifest = json.loads(zipfile.ZipFile(io.BytesIO(answer.data)).read("manifest.json"))
    assert (answer.headers["Content-Disposition"], len(manifest["stories"])) == (
        "attachment; filename=ukraine-taiwan.zip",
        MANY,
    )
    assert int(answer.headers["Content-Length"]) == len(answer.data)
    with desk.app.app_context():
        left = db.session.scalars(select(Draft.exported_revision)).all()
    assert set(left) == {2}


def test_what_lies_there_is_sealed_and_nobody_gets_it_without_the_password(desk: Desk) -> None:
    page = desk.ask()
    desk.work()
    (kept,) = desk.files()
    assert (b"story.json" in kept, desk.client.get(f"{page}/file").location) == (False, page)


def test_a_file_is_dropped_when_an_author_calls_a_text_back(desk: Desk) -> None:
    page = desk.ask()
    desk.work()
    with desk.app.app_context(), transaction() as session:
        draft = session.scalars(select(Draft).order_by(Draft.id)).first()
        assert draft is not None
        author_acts.withdraw(session, draft.submission, at=desk.at)
    assert (desk.state(), "Discarded: an author" in desk.client.get(page).text) == (ExportState.DROPPED, True)
    form = find_form(desk.client.get(page).text, action="/again")
    again = desk.client.post(form["action"], data=form["values"]).location
    desk.work()
    manifest = json.loads(zipfile.ZipFile(io.BytesIO(desk.fetch(again).data)).read("manifest.json"))
    assert len(manifest["stories"]) == MANY - 1


def test_a_file_is_dropped_when_the_clock_erases_a_text_of_it(desk: Desk) -> None:
    desk.ask()
    desk.work()
    with desk.app.app_context(), transaction() as session:
        draft = session.scalars(select(Draft).order_by(Draft.id)).first()
        assert draft is not None
        erase_by_clock(session, draft.submission, at=desk.at)
    assert desk.state() is ExportState.DROPPED


def test_after_a_day_nothing_of_it_is_left(desk: Desk) -> None:
    desk.ask()
    desk.work()
    with desk.app.app_context():
        clear_exports(current_portal().instance, at=desk.at + timedelta(days=1, minutes=1))
    assert (desk.state(), desk.files()) == (ExportState.OVER, [])


def test_a_file_whose_worker_died_is_made_by_the_next_one(desk: Desk) -> None:
    desk.ask()
    with desk.app.app_context(), transaction() as session:
        row = session.scalars(select(ExportFile)).one()
        row.state, row.attempts, row.lease_until = ExportState.RUNNING, 1, desk.at + LEASE
    assert (desk.work(), desk.work(after=LEASE * 2), desk.state()) == (False, True, ExportState.READY)


def test_what_was_new_is_made_again_though_it_has_left(desk: Desk) -> None:
    page = desk.ask("?new=1")
    desk.work()
    with desk.app.app_context(), transaction() as session:
        session.scalars(select(ExportFile)).one().state = ExportState.DROPPED
    form = find_form(desk.client.get(page).text, action="/again")
    again = desk.client.post(form["action"], data=form["values"]).location
    desk.work()
    manifest = json.loads(zipfile.ZipFile(io.BytesIO(desk.fetch(again).data)).read("manifest.json"))
    assert len(manifest["stories"]) == MANY


def test_the_list_says_what_was_made_whether_or_not_it_can_be_fetched(desk: Desk) -> None:
    desk.ask()
    with desk.app.app_context(), transaction() as session:
        session.scalars(select(ExportFile)).one().state = ExportState.FAILED
    shown = desk.client.get(f"{COVERAGE}/export").text.partition('aria-labelledby="made"')[2]
    assert ">Bundle</a>" in shown.partition("</section>")[0]


def test_what_was_chosen_adds_up_to_what_is_in_the_file_and_what_was_left_out(desk: Desk) -> None:
    page = desk.ask()
    with desk.app.app_context(), transaction() as session:
        drafts = session.scalars(select(Draft).order_by(Draft.id).limit(4)).all()
        drafts[0].submission.state = State.AUTHOR_CHECK
        drafts[1].submission.state = State.WITHDRAWN
        for one in drafts[2:]:
            one.approved_revision = 1
    before = desk.client.get(page).text
    desk.work()
    after = desk.client.get(page).text
    assert f"0 of {MANY} looked at" in before
    assert [
        f"{MANY - 4} of {MANY} stories" in after,
        "2 stories were left out: The text was changed after the author approved it." in after,
        "2 stories were left out: By then it no longer matched what was chosen." in after,
    ] == [True, True, True]


def test_the_progress_counts_what_is_left_out_as_well(desk: Desk) -> None:
    desk.ask()
    with desk.app.app_context(), transaction() as session:
        session.scalars(select(Draft).order_by(Draft.id).limit(1)).one().submission.state = State.WITHDRAWN
    desk.work()
    with desk.app.app_context():
        made = db.session.scalars(select(ExportFile)).one()
        assert (made.done, made.total, made.written, made.kept) == (MANY, MANY, MANY - 1, {"not_found": 1})


def test_a_format_that_cannot_leave_out_what_was_withdrawn_has_brought_nothing_out(
    desk: Desk, tmp_path: Path
) -> None:
    def withdraw() -> None:
        with desk.app.app_context(), transaction() as session:
            first = session.scalars(select(Draft).order_by(Draft.id).limit(1)).one()
            first.submission.state = State.WITHDRAWN

    with format_that_keeps_all(tmp_path, withdraw) as name:
        page = desk.ask(made=name)
        desk.work()
        told = "The package of this format is broken." in desk.client.get(page).text
    with desk.app.app_context():
        left = db.session.scalars(select(Draft.id).where(Draft.exported_at.is_not(None))).all()
    assert (told, desk.state(), left, desk.files()) == (True, ExportState.FAILED, [], [])
    assert f"({MANY - 1})" in desk.client.get(f"{COVERAGE}/export?new=1").text


def test_a_file_that_is_dropped_while_it_is_made_has_brought_nothing_out(desk: Desk, tmp_path: Path) -> None:
    def drop() -> None:
        with desk.app.app_context(), transaction() as session:
            session.scalars(select(ExportFile)).one().state = ExportState.DROPPED

    with format_that_keeps_all(tmp_path, drop) as name:
        desk.ask(made=name)
        desk.work()
    with desk.app.app_context():
        left = db.session.scalars(select(Draft.id).where(Draft.exported_at.is_not(None))).all()
    assert (left, desk.files()) == ([], [])
