"""Tables that the desk downloads: all rows of a list, and nothing its pages do not show."""

import csv
import io
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from openpyxl import load_workbook
from sqlalchemy.orm import Session

from portal.database import transaction
from portal.domain.permissions import Role
from portal.domain.remote_sites import RemoteStatus
from portal.models import Draft, RemoteCopy, Staff, Target
from portal.operations.coverages.departures import record_export
from portal.web.desk import queue_table
from tests.support.debian_readers import open_in_libreoffice
from tests.support.factories import make_call, make_draft, make_sending, make_staff, make_submission
from tests.support.leaving_stories import CANARY, make_approved, make_story
from tests.support.opendocument import read_cells
from tests.support.staff import enter_as
from tests.support.statements import listening

pytestmark = pytest.mark.either_database
TABLE = "/desk/coverages/ukraine-taiwan/table"


def sign_in_as(app: Flask, client: FlaskClient, role: Role) -> None:
    with app.app_context(), transaction() as session:
        email = make_staff(session, role).email
    enter_as(client, email)


def read_csv(client: FlaskClient, address: str) -> list[dict[str, Any]]:
    answer = client.get(address)
    assert (answer.status_code, answer.content_length) == (200, len(answer.data))
    return list(csv.DictReader(io.StringIO(answer.data.decode("utf-8-sig"), newline="")))


def test_the_queue_as_a_table_has_every_row_of_its_view(
    app: Flask, client: FlaskClient, at: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queue_table, "_AT_ONCE", 2)
    titles = ["=1+1", "Київ", "家", "Мельниця", "Ніч"]
    with app.app_context(), transaction() as session:
        for title in titles:
            make_submission(session, at, sending=make_sending(title=title, idea=title, avoid=CANARY))
    sign_in_as(app, client, Role.MODERATOR)
    rows = read_csv(client, "/desk/table/csv?view=triage")
    assert sorted(row["state"] for row in rows) == ["submitted"] * len(titles)
    assert CANARY not in str(rows)
    assert [row["id"] for row in rows if row["title"].startswith("'=")] == [
        row["id"] for row in rows if "1+1" in row["title"]
    ]
    assert read_csv(client, "/desk/table/csv?view=closed") == []


def test_the_table_for_excel_says_it_in_words_of_the_reader(
    app: Flask, client: FlaskClient, at: datetime
) -> None:
    with app.app_context(), transaction() as session:
        make_submission(session, at, sending=make_sending(idea="Ніч у Києві."))
    sign_in_as(app, client, Role.MODERATOR)
    answer = client.get("/desk/table/xlsx", headers={"Accept-Language": "en"})
    head, row = load_workbook(io.BytesIO(answer.data)).worksheets[0].iter_rows(values_only=True)
    assert (head[3:5], row[3:5]) == (("Kind", "State"), ("Pitch", "Submitted"))


def test_the_drafts_of_a_coverage_as_a_table_name_only_who_agreed_to_it(
    app: Flask, client: FlaskClient, at: datetime
) -> None:
    with app.app_context(), transaction() as session:
        approved = make_approved(session, at)
        approved.title, approved.body = "Ніч", "Три слова тут"
        record_export(session, [approved], by=None, at=at)
        editor = make_staff(session, Role.EDITOR)
        make_draft(session, at, by=editor, sending=make_story(title="Ще не готове"))
    sign_in_as(app, client, Role.EDITOR)
    rows = read_csv(client, f"{TABLE}/csv")
    assert [
        (row["title"], row["state"], row["words"], bool(row["byline"]), bool(row["exported_at"]))
        for row in rows
    ] == [("Ніч", "approved", "3", True, True), ("Ще не готове", "accepted", "16", False, False)]
    assert CANARY not in str(rows)


def stand_on(session: Session, draft: Draft, name: str, at: datetime, *, by: Staff) -> None:
    """Write into the ledger that a story is published on a site of this name."""
    target = Target(
        coverage=draft.submission.call.coverage, lang="uk", name=name, address="https://a.example"
    )
    copy = RemoteCopy(submission=draft.submission, target=target, key="story", remote_id=7, sent_at=at)
    copy.status, copy.staff = RemoteStatus.PUBLISHED, by
    copy.edit_url, copy.url = "https://a.example/wp-admin/post.php?post=7", "https://a.example/nich"
    session.add(copy)


def test_the_table_says_where_a_story_stands_in_as_many_queries_as_for_one(
    app: Flask, client: FlaskClient, at: datetime
) -> None:
    counted = []
    with app.app_context(), transaction() as session:
        make_call(session, at)
    sign_in_as(app, client, Role.EDITOR)
    for number in range(2):
        with app.app_context(), transaction() as session:
            editor = make_staff(session, Role.EDITOR, name=f"=Editor {number}")
            stand_on(session, make_approved(session, at), f"=Site {number}", at, by=editor)
        with listening(app) as sent:
            rows = read_csv(client, f"{TABLE}/csv")
        counted.append(len(sent))
    ledger = [[row[name] for name in row if name.startswith("site")] for row in rows]
    when, place, post = (
        f"{at:%Y-%m-%dT%H:%M:%SZ}",
        "https://a.example/nich",
        "https://a.example/wp-admin/post.php?post=7",
    )
    expected = [
        [f"'=Site {number}", "7", post, "published", when, f"'=Editor {number}", place] for number in range(2)
    ]
    assert (ledger, counted[0]) == (expected, counted[1])


ODD_TITLES = [
    "=1+1",
    "+1",
    "@SUM(1)",
    "00123",
    "1e309",
    "2026-03-14",
    "П’ять ґав",
    "他說「家」",
    "شارع ١",
    "🕯️ a",
]


@pytest.mark.long_run
def test_libreoffice_reads_every_cell_of_the_desks_tables_as_text(
    app: Flask, client: FlaskClient, at: datetime, tmp_path: Path
) -> None:
    with app.app_context(), transaction() as session:
        editor = make_staff(session, Role.EDITOR, name="=Editor")
        for title in ODD_TITLES:
            make_submission(session, at, sending=make_sending(title=title, idea=title))
            draft = make_draft(session, at, by=editor, sending=make_story(title=title))
            stand_on(session, draft, f"{title} =1", at, by=editor)
    sign_in_as(app, client, Role.EDITOR)
    addresses = {"queue": "/desk/table/xlsx?view=triage", "drafts": f"{TABLE}/xlsx"}
    for name, address in addresses.items():
        (tmp_path / f"{name}.xlsx").write_bytes(client.get(address).data)
    saved = open_in_libreoffice(sorted(tmp_path.glob("*.xlsx")), tmp_path)
    queue, drafts = (read_cells(saved[name])[1:] for name in addresses)
    titles = sorted(("string", title) for title in ODD_TITLES)
    assert sorted(row[1] for row in queue) == titles
    assert sorted(row[3] for row in drafts) == titles
    assert {row[15] for row in drafts} == {("string", f"{title} =1") for title in ODD_TITLES}
    assert {row[20] for row in drafts} == {("string", "=Editor")}
    assert {row[6] for row in drafts} == {("date", f"{at:%Y-%m-%dT%H:%M:%S}")}
