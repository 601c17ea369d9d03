"""The page of the export: what leaves from it, why a story stays, and that nothing else gets out."""

import io
import json
import zipfile
from datetime import datetime
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, update

from portal.database import transaction
from portal.extensions import db
from portal.models import Attachment, Draft, Revision
from tests.support.leaving_stories import CANARY, PAGE, Exporter, keep_photo_that_may_leave, make_approved
from tests.support.plain_browser import find_form, send_form


@pytest.mark.either_database
def test_the_page_says_why_a_story_stays(exporter: Exporter) -> None:
    page = exporter.client.get(PAGE).text
    assert page.count("The author has not approved the edited text yet.") == 1


@pytest.mark.either_database
def test_the_bundle_holds_the_ready_story_only(exporter: Exporter) -> None:
    answer = send_form(exporter.client, PAGE, {"all_approved": "y", "format": "bundle"}, action="/export")
    manifest = json.loads(zipfile.ZipFile(io.BytesIO(answer.data)).read("manifest.json"))
    assert [story["uid"] for story in manifest["stories"]] == [exporter.ready]


@pytest.mark.either_database
def test_the_bundle_comes_as_a_file(exporter: Exporter) -> None:
    answer = send_form(
        exporter.client, PAGE, {"drafts": exporter.ready, "format": "bundle"}, action="/export"
    )
    assert (answer.status_code, answer.mimetype, answer.headers["Content-Disposition"]) == (
        200,
        "application/zip",
        "attachment; filename=ukraine-taiwan.zip",
    )


@pytest.mark.either_database
def test_what_stays_inside_is_in_no_file(exporter: Exporter) -> None:
    answer = send_form(exporter.client, PAGE, {"all_approved": "y", "format": "bundle"}, action="/export")
    bundle = zipfile.ZipFile(io.BytesIO(answer.data))
    assert [name for name in bundle.namelist() if CANARY.encode() in bundle.read(name)] == []


@pytest.mark.either_database
def test_an_export_without_a_choice_is_asked_for_one(exporter: Exporter) -> None:
    answer = send_form(exporter.client, PAGE, {"format": "bundle"}, action="/export")
    assert answer.status_code == 422


@pytest.mark.either_database
def test_where_nothing_is_left_to_export_a_choice_is_asked_for(app: Flask, exporter: Exporter) -> None:
    form = find_form(exporter.client.get(PAGE).text, action="/export")
    with app.app_context(), transaction() as session:
        session.execute(update(Draft).values(approved_revision=None))
    answer = exporter.client.post(PAGE, data={**form["values"], "all_approved": "y", "format": "bundle"})
    assert answer.status_code == 422


@pytest.mark.either_database
def test_a_story_that_must_stay_cannot_be_asked_for(exporter: Exporter) -> None:
    answer = send_form(exporter.client, PAGE, {"drafts": exporter.kept, "format": "bundle"}, action="/export")
    assert answer.status_code == 422


@pytest.mark.either_database
def test_the_sheet_shows_the_ready_story_with_its_fields(exporter: Exporter) -> None:
    answer = send_form(exporter.client, PAGE, {"all_approved": "y", "format": "handoff"}, action="/export")
    assert (answer.status_code, answer.text.count('class="sheet"'), answer.text.count(CANARY)) == (200, 1, 0)


@pytest.mark.either_database
def test_the_sheet_of_a_story_that_must_stay_shows_only_the_reason(exporter: Exporter) -> None:
    page = exporter.client.get(f"/desk/coverages/ukraine-taiwan/handoff?draft={exporter.kept}")
    assert (page.status_code, page.text.count('class="sheet"')) == (200, 0)


@pytest.mark.either_database
@pytest.mark.parametrize(
    "column",
    [Draft.sealed_person, Revision.desk_answers, Attachment.sealed_words],
    ids=["draft", "answers", "caption"],
)
def test_what_cannot_be_opened_is_listed_with_the_reason_and_stays(
    app: Flask, exporter: Exporter, at: datetime, column: Any
) -> None:
    """And takes nothing along: the other story leaves."""
    with app.app_context(), transaction() as session:
        draft = make_approved(session, at)
        keep_photo_that_may_leave(session, draft, at=at)
        shut, table = draft.public_id, column.class_
        its = Draft.id == draft.id if table is Draft else table.submission_id == draft.submission_id
        session.execute(update(table).where(its).values({column.key: b"damaged"}))
    coverage = PAGE.removesuffix("/export")
    pages = [exporter.client.get(page) for page in (coverage, PAGE, f"{coverage}/handoff?draft={shut}")]
    told = [page.text.count("cannot be opened") for page in pages]
    answer = send_form(exporter.client, PAGE, {"all_approved": "y", "format": "bundle"}, action="/export")
    manifest = json.loads(zipfile.ZipFile(io.BytesIO(answer.data)).read("manifest.json"))
    assert ([page.status_code for page in pages], told) == ([200] * 3, [1] * 3)
    assert [story["uid"] for story in manifest["stories"]] == [exporter.ready]


def test_an_export_is_remembered_with_the_text_that_left(app: Flask, exporter: Exporter) -> None:
    send_form(exporter.client, PAGE, {"all_approved": "y", "format": "bundle"}, action="/export")
    with app.app_context():
        draft = db.session.scalars(select(Draft).where(Draft.public_id == exporter.ready)).one()
        assert draft.exported_revision == draft.revision


def list_titles(page: str) -> tuple[int, int]:
    """Return how many stories a page offers, and how many it keeps back."""
    return page.count('name="drafts"'), page.count('class="queue-title"')


@pytest.mark.either_database
@pytest.mark.parametrize(
    ("query", "shown"),
    [
        ("", (1, 1)),
        ("q=ГАСНЕ", (1, 0)),
        ("q=100%", (0, 0)),
        ("lang=uk&state=accepted", (0, 1)),
        ("lang=en", (0, 0)),
        ("state=nothing", (1, 1)),
    ],
)
def test_stories_are_found_by_words_language_and_state(
    exporter: Exporter, query: str, shown: tuple[int, int]
) -> None:
    assert list_titles(exporter.client.get(f"{PAGE}?{query}").text) == shown


@pytest.mark.either_database
def test_what_has_left_is_not_new_and_what_matches_leaves(exporter: Exporter) -> None:
    send_form(exporter.client, f"{PAGE}?q=гасне", {"all_approved": "y", "format": "bundle"}, action="/export")
    pages = [
        exporter.client.get(f"{PAGE}?{query}").text for query in ("state=approved&new=1", "state=approved")
    ]
    assert [list_titles(page)[0] for page in pages] == [0, 1]
    answer = send_form(
        exporter.client, f"{PAGE}?q=гасне", {"all_approved": "y", "format": "handoff"}, action="/export"
    )
    assert answer.text.count('class="sheet"') == 1
    assert (
        exporter.client.get("/desk/coverages/ukraine-taiwan/handoff?all=approved&lang=en").text.count(
            'class="sheet"'
        )
        == 0
    )


@pytest.mark.either_database
def test_the_sheet_holds_the_whole_post_with_its_photos_to_be_pasted(
    app: Flask, exporter: Exporter, at: datetime
) -> None:
    with app.app_context(), transaction() as session:
        draft = session.scalars(select(Draft).where(Draft.public_id == exporter.ready)).one()
        keep_photo_that_may_leave(session, draft, at=at)
    page = exporter.client.get(f"/desk/coverages/ukraine-taiwan/handoff?draft={exporter.ready}").text
    assert page.count('<article class="story" id="post-') == 1
    assert (page.count('<img src="/desk/submission/'), page.count("&lt;img src=&#34;/desk/submission/")) == (
        1,
        1,
    )
