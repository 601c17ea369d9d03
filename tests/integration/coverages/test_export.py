"""Exporting: who leaves, who stays and why, and that nothing else gets out."""

import io
import json
import zipfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select, update
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from portal.database import transaction
from portal.domain.answers import GivenConsent, SubmittedAnswers
from portal.domain.consent import ExportRefusal
from portal.domain.permissions import Role
from portal.domain.photos import PeopleAnswer, PhotoLicence, PictureWords
from portal.domain.states import Stage
from portal.export.bundle import BundleWriter
from portal.export.formats import installed_formats
from portal.extensions import current_portal, db
from portal.models import Attachment, Draft, Revision, Staff
from portal.operations.coverages import drafts
from portal.operations.desk.triage import add_note
from portal.operations.private import author_acts
from portal.operations.private.photos import describe_picture, read_picture_words
from portal.queries.coverages.export import load_sources
from tests.support.commands import run_command
from tests.support.concurrency import await_waiting
from tests.support.factories import VERSIONS, make_draft, make_sending, make_staff
from tests.support.packages import format_that_keeps_all, installed_package
from tests.support.photos import keep_picture
from tests.support.plain_browser import find_form, send_form
from tests.support.search import read_in_session
from tests.support.staff import enter_as

PAGE = "/desk/coverages/ukraine-taiwan/export"
LICENCE_TEXT = "It appears under CC BY 3.0 (https://creativecommons.org/licenses/by/3.0/)."
CANARY = "canary-7f3a"


def make_story(**answers: str) -> SubmittedAnswers:
    """Return a story whose author agreed to the licence; what stays inside carries a mark."""
    inside = {"avoid": CANARY, "place_time": CANARY}
    sending = make_sending(Stage.STORY, address=f"{CANARY}@example.org", **{**inside, **answers})
    licence = GivenConsent("c_lic", VERSIONS["c_lic"], LICENCE_TEXT, "uk")
    return replace(sending, consents=(*(one for one in sending.consents if one.key != "c_lic"), licence))


def approve_draft(session: Session, draft: Draft, at: datetime) -> Draft:
    editor = make_staff(session, Role.EDITOR)
    drafts.save_draft(
        session,
        draft,
        {"dek": "Один вечір", "excerpt": "О шостій.", "topics": ["history"]},
        by=editor,
        at=at,
        seen=draft.version,
    )
    drafts.send_for_approval(session, draft, by=editor, at=at, seen=draft.submission.version)
    author_acts.approve(session, draft.submission, revision=draft.revision, at=at)
    add_note(session, draft.submission, by=editor, at=at, body=CANARY, keys=current_portal().instance.keys)
    return draft


def make_approved(session: Session, at: datetime, sending: SubmittedAnswers | None = None) -> Draft:
    editor = make_staff(session, Role.EDITOR)
    return approve_draft(session, make_draft(session, at, by=editor, sending=sending or make_story()), at)


def find_refusals(session: Session, draft: Draft) -> list[ExportRefusal | None]:
    return [
        source.refusal
        for source in load_sources(
            session, draft.submission.call.coverage, [draft.public_id], at=datetime.now(UTC)
        )
    ]


def test_an_approved_story_may_leave(session: Session, at: datetime) -> None:
    assert find_refusals(session, make_approved(session, at)) == [None]


def test_a_story_without_approval_stays(session: Session, at: datetime) -> None:
    editor = make_staff(session, Role.EDITOR)
    draft = make_draft(session, at, by=editor, sending=make_story())
    assert find_refusals(session, draft) == [ExportRefusal.NOT_APPROVED]


def test_a_story_whose_author_has_not_chosen_a_name_stays(session: Session, at: datetime) -> None:
    draft = make_approved(session, at, make_story(byline="later"))
    assert find_refusals(session, draft) == [ExportRefusal.BYLINE_UNDECIDED]


def test_a_story_whose_chosen_name_is_not_written_down_stays(session: Session, at: datetime) -> None:
    draft = make_approved(session, at)
    draft.byline = ""
    assert find_refusals(session, draft) == [ExportRefusal.BYLINE_UNDECIDED]


def test_a_story_for_editors_only_stays(session: Session, at: datetime) -> None:
    assert find_refusals(session, make_approved(session, at, make_story(may="no"))) == [
        ExportRefusal.NO_PUBLICATION
    ]


def test_consent_to_another_licence_is_no_consent(session: Session, at: datetime) -> None:
    draft = make_approved(session, at)
    coverage = draft.submission.call.coverage
    coverage.licence, coverage.licence_uri = "CC0", "https://creativecommons.org/publicdomain/zero/1.0/"
    assert find_refusals(session, draft) == [ExportRefusal.NO_LICENCE]


def test_a_withdrawn_story_stays(session: Session, at: datetime) -> None:
    draft = make_approved(session, at)
    author_acts.withdraw(session, draft.submission, at=at)
    assert find_refusals(session, draft) == [ExportRefusal.WITHDRAWN]


@dataclass(frozen=True)
class Browser:
    """An editor signed in, with one story ready and one that must stay."""

    client: FlaskClient
    ready: str
    kept: str


@pytest.fixture
def browser(app: Flask, client: FlaskClient, at: datetime) -> Browser:
    with app.app_context(), transaction() as session:
        ready = make_approved(session, at).public_id
        editor = make_staff(session, Role.EDITOR)
        kept = make_draft(session, at, by=editor, sending=make_story(title="Ще не готове")).public_id
        email = editor.email
        read_in_session(session)
    enter_as(client, email)
    return Browser(client, ready, kept)


@pytest.mark.either_database
def test_the_page_says_why_a_story_stays(browser: Browser) -> None:
    page = browser.client.get(PAGE).text
    assert page.count("The author has not approved the edited text yet.") == 1


@pytest.mark.either_database
def test_the_bundle_holds_the_ready_story_only(browser: Browser) -> None:
    answer = send_form(browser.client, PAGE, {"all_approved": "y", "format": "bundle"}, action="/export")
    manifest = json.loads(zipfile.ZipFile(io.BytesIO(answer.data)).read("manifest.json"))
    assert [story["uid"] for story in manifest["stories"]] == [browser.ready]


@pytest.mark.either_database
def test_the_bundle_comes_as_a_file(browser: Browser) -> None:
    answer = send_form(browser.client, PAGE, {"drafts": browser.ready, "format": "bundle"}, action="/export")
    assert (answer.status_code, answer.mimetype, answer.headers["Content-Disposition"]) == (
        200,
        "application/zip",
        "attachment; filename=ukraine-taiwan.zip",
    )


@pytest.mark.either_database
def test_what_stays_inside_is_in_no_file(browser: Browser) -> None:
    answer = send_form(browser.client, PAGE, {"all_approved": "y", "format": "bundle"}, action="/export")
    bundle = zipfile.ZipFile(io.BytesIO(answer.data))
    assert [name for name in bundle.namelist() if CANARY.encode() in bundle.read(name)] == []


@pytest.mark.either_database
def test_an_export_without_a_choice_is_asked_for_one(browser: Browser) -> None:
    answer = send_form(browser.client, PAGE, {"format": "bundle"}, action="/export")
    assert answer.status_code == 422


@pytest.mark.either_database
def test_where_nothing_is_left_to_export_a_choice_is_asked_for(app: Flask, browser: Browser) -> None:
    form = find_form(browser.client.get(PAGE).text, action="/export")
    with app.app_context(), transaction() as session:
        session.execute(update(Draft).values(approved_revision=None))
    answer = browser.client.post(PAGE, data={**form["values"], "all_approved": "y", "format": "bundle"})
    assert answer.status_code == 422


@pytest.mark.either_database
def test_a_story_that_must_stay_cannot_be_asked_for(browser: Browser) -> None:
    answer = send_form(browser.client, PAGE, {"drafts": browser.kept, "format": "bundle"}, action="/export")
    assert answer.status_code == 422


@pytest.mark.either_database
def test_the_sheet_shows_the_ready_story_with_its_fields(browser: Browser) -> None:
    answer = send_form(browser.client, PAGE, {"all_approved": "y", "format": "handoff"}, action="/export")
    assert (answer.status_code, answer.text.count('class="sheet"'), answer.text.count(CANARY)) == (200, 1, 0)


@pytest.mark.either_database
def test_the_sheet_of_a_story_that_must_stay_shows_only_the_reason(browser: Browser) -> None:
    page = browser.client.get(f"/desk/coverages/ukraine-taiwan/handoff?draft={browser.kept}")
    assert (page.status_code, page.text.count('class="sheet"')) == (200, 0)


@pytest.mark.either_database
@pytest.mark.parametrize(
    "column",
    [Draft.sealed_person, Revision.desk_answers, Attachment.sealed_words],
    ids=["draft", "answers", "caption"],
)
def test_what_cannot_be_opened_is_listed_with_the_reason_and_stays(
    app: Flask, browser: Browser, at: datetime, column: Any
) -> None:
    """And takes nothing along: the other story leaves."""
    with app.app_context(), transaction() as session:
        draft = make_approved(session, at)
        keep_photo_that_may_leave(session, draft, at=at)
        shut, table = draft.public_id, column.class_
        its = Draft.id == draft.id if table is Draft else table.submission_id == draft.submission_id
        session.execute(update(table).where(its).values({column.key: b"damaged"}))
    coverage = PAGE.removesuffix("/export")
    pages = [browser.client.get(page) for page in (coverage, PAGE, f"{coverage}/handoff?draft={shut}")]
    told = [page.text.count("cannot be opened") for page in pages]
    answer = send_form(browser.client, PAGE, {"all_approved": "y", "format": "bundle"}, action="/export")
    manifest = json.loads(zipfile.ZipFile(io.BytesIO(answer.data)).read("manifest.json"))
    assert ([page.status_code for page in pages], told) == ([200] * 3, [1] * 3)
    assert [story["uid"] for story in manifest["stories"]] == [browser.ready]


def test_an_export_is_remembered_with_the_text_that_left(app: Flask, browser: Browser) -> None:
    send_form(browser.client, PAGE, {"all_approved": "y", "format": "bundle"}, action="/export")
    with app.app_context():
        draft = db.session.scalars(select(Draft).where(Draft.public_id == browser.ready)).one()
        assert draft.exported_revision == draft.revision


def save_meanwhile(session: Session, draft: Draft) -> None:
    by = session.scalars(select(Staff).where(Staff.role == Role.EDITOR)).first()
    assert by is not None
    drafts.revise(session, draft, by=by, at=datetime.now(UTC), seen=draft.submission.version)
    session.flush()
    drafts.save_draft(session, draft, {"title": "Інша"}, by=by, at=datetime.now(UTC), seen=draft.version)
    drafts.waive_approval(
        session, draft, by=by, at=datetime.now(UTC), seen=draft.submission.version, reason="By phone."
    )


def withdraw_meanwhile(session: Session, draft: Draft) -> None:
    author_acts.withdraw(session, draft.submission, at=datetime.now(UTC))


def keep_photo_that_may_leave(session: Session, draft: Draft, *, at: datetime) -> None:
    photo = keep_picture(session, draft.submission, at=at)
    words = PictureWords("Полиця", "Олена К.", PeopleAnswer.NOBODY, PhotoLicence.OWN)
    describe_picture(session, draft.submission, photo, words, at=at)


def refuse_photo_meanwhile(session: Session, draft: Draft) -> None:
    photo = session.scalars(select(Attachment)).one()
    words = replace(read_picture_words(photo), licence=PhotoLicence.EDITORS_ONLY)
    describe_picture(session, draft.submission, photo, words, at=datetime.now(UTC))


@pytest.mark.parametrize("act", [save_meanwhile, withdraw_meanwhile, refuse_photo_meanwhile])
def test_a_story_that_changes_while_its_file_is_made_does_not_leave(
    app: Flask, browser: Browser, monkeypatch: pytest.MonkeyPatch, act: Callable[[Session, Draft], None]
) -> None:
    with app.app_context(), transaction() as session:
        draft = session.scalars(select(Draft).where(Draft.public_id == browser.ready)).one()
        keep_photo_that_may_leave(session, draft, at=datetime.now(UTC))
    answer = export_while(app, browser, monkeypatch, partial(act_on, browser.ready, act))
    with app.app_context():
        draft = db.session.scalars(select(Draft).where(Draft.public_id == browser.ready)).one()
        assert (answer.status_code, answer.mimetype, draft.exported_revision) == (409, "text/html", None)


@pytest.mark.parametrize("act", [save_meanwhile, withdraw_meanwhile])
def test_the_others_leave_without_a_story_that_changes_while_the_file_is_made(
    app: Flask, browser: Browser, monkeypatch: pytest.MonkeyPatch, act: Callable[[Session, Draft], None]
) -> None:
    with app.app_context(), transaction() as session:
        other = make_approved(session, datetime.now(UTC), make_story(title="Інша ніч")).public_id
    answer = export_while(app, browser, monkeypatch, partial(act_on, other, act))
    with app.app_context():
        left = list(db.session.scalars(select(Draft.public_id).where(Draft.exported_revision.is_not(None))))
    manifest = json.loads(zipfile.ZipFile(io.BytesIO(answer.data)).read("manifest.json"))
    assert ([story["uid"] for story in manifest["stories"]], left) == ([browser.ready], [browser.ready])
    assert (len(answer.data), "Інша".encode() in answer.data) == (answer.content_length, False)


def act_on(public_id: str, act: Callable[[Session, Draft], None], session: Session) -> None:
    act(session, session.scalars(select(Draft).where(Draft.public_id == public_id)).one())


def export_while(
    app: Flask, browser: Browser, monkeypatch: pytest.MonkeyPatch, act: Callable[[Session], None]
) -> TestResponse:
    """Press the button; when the file is made, somebody else acts before it leaves."""
    form = find_form(browser.client.get(PAGE).text, action="/export")

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
    return browser.client.post(form["action"], data=values, buffered=True)


@pytest.mark.either_database
def test_a_format_of_another_package_that_breaks_is_named_and_no_story_leaves(
    app: Flask, browser: Browser, tmp_path: Path
) -> None:
    code = "from portal.export.formats import Format\nB = Format(None, 'txt', 'text/plain', 'Trouble', '')\n"
    with installed_package(tmp_path, "weak_format", code, {"weak": "weak_format:B", "gone": "weak_format:C"}):
        page = browser.client.get(PAGE).text
        form = find_form(page, action="/export")
        values = {**form["values"], "all_approved": "y", "format": "weak"}
        answer = browser.client.post(form["action"], data=values)
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


def list_new_forms(browser: Browser) -> int:
    """Return how many stories the page offers that are new since the last export."""
    return browser.client.get(f"{PAGE}?new=1").text.count('name="drafts"')


@pytest.mark.either_database
@pytest.mark.parametrize("by_command", [False, True])
def test_a_format_that_cannot_leave_out_what_was_withdrawn_has_brought_nothing_out(
    app: Flask, browser: Browser, tmp_path: Path, *, by_command: bool
) -> None:
    with app.app_context(), transaction() as session:
        other = make_approved(session, datetime.now(UTC), make_story(title="Інша ніч")).public_id

    def withdraw() -> None:
        with app.app_context(), transaction() as session:
            act_on(other, withdraw_meanwhile, session)

    with format_that_keeps_all(tmp_path, withdraw) as name:
        form = find_form(browser.client.get(PAGE).text, action="/export")
        if by_command:
            options = ["--format", name, "--out", str(tmp_path / "stories.txt"), "--all-approved"]
            run = run_command(app, "export", "--coverage", "ukraine-taiwan", *options)
            told = "The package of the format keeping is broken: nothing was written." in run.stderr
        else:
            values = {**form["values"], "all_approved": "y", "format": name}
            answer = browser.client.post(form["action"], data=values)
            told = "The package it comes from is broken (keeping)." in answer.text
        left = (tmp_path / "stories.txt").exists()
    assert (told, left, name_exported(app), list_new_forms(browser)) == (True, False, [], 1)


@pytest.mark.either_database
def test_what_left_before_a_format_failed_is_known_still(
    app: Flask, browser: Browser, tmp_path: Path
) -> None:
    with app.app_context(), transaction() as session:
        other = make_approved(session, datetime.now(UTC), make_story(title="Інша ніч")).public_id
    form = find_form(browser.client.get(PAGE).text, action="/export")
    values = {**form["values"], "drafts": browser.ready}
    browser.client.post(form["action"], data={**values, "format": "bundle"})
    before = name_exported(app)

    def withdraw() -> None:
        with app.app_context(), transaction() as session:
            act_on(other, withdraw_meanwhile, session)

    with format_that_keeps_all(tmp_path, withdraw) as name:
        form = find_form(browser.client.get(PAGE).text, action="/export")
        browser.client.post(form["action"], data={**form["values"], "all_approved": "y", "format": name})
    assert (len(before), name_exported(app), list_new_forms(browser)) == (1, before, 0)


@pytest.mark.parametrize("app", ["postgresql"], indirect=True)
def test_a_story_that_is_being_withdrawn_is_waited_for(app: Flask, browser: Browser) -> None:
    form = find_form(browser.client.get(PAGE).text, action="/export")
    values = {**form["values"], "all_approved": "y", "format": "bundle"}
    with app.app_context(), Session(db.engine) as author, ThreadPoolExecutor(1) as desk:
        draft = author.scalars(select(Draft).where(Draft.public_id == browser.ready)).one()
        author_acts.withdraw(author, draft.submission, at=datetime.now(UTC))
        author.flush()
        answer = desk.submit(browser.client.post, form["action"], data=values)
        await_waiting(app)
        author.commit()
        assert answer.result().status_code == 409


@pytest.mark.either_database
def test_the_command_writes_the_ready_story_and_names_the_others(
    app: Flask, browser: Browser, tmp_path: Path
) -> None:
    out = tmp_path / "stories.zip"
    options = ["--coverage", "ukraine-taiwan", "--format", "bundle", "--out", str(out), "--all-approved"]
    result = run_command(app, "export", *options)
    assert (result.exit_code, result.stderr, [path.name for path in tmp_path.iterdir()]) == (
        0,
        f"Not exported: {browser.kept}: the author has not approved the edited text\n",
        ["stories.zip"],
    )


@pytest.mark.either_database
def test_the_command_writes_the_same_bytes_twice(app: Flask, browser: Browser, tmp_path: Path) -> None:
    written = []
    for name in ("one.zip", "two.zip"):
        out = tmp_path / name
        options = ["--coverage", "ukraine-taiwan", "--format", "bundle", "--out", str(out), "--all-approved"]
        run_command(app, "export", *options)
        written.append(out.read_bytes())
    assert written[0] == written[1]


@pytest.mark.either_database
def test_the_command_writes_the_sheets(app: Flask, browser: Browser, tmp_path: Path) -> None:
    out = tmp_path / "sheets.html"
    options = [
        "--coverage",
        "ukraine-taiwan",
        "--format",
        "handoff",
        "--out",
        str(out),
        "--draft",
        browser.ready,
    ]
    result = run_command(app, "export", *options)
    assert (result.exit_code, out.read_text(encoding="utf-8").count("<section>")) == (0, 1)


@pytest.mark.either_database
def test_the_command_writes_nothing_when_no_story_may_leave(
    app: Flask, browser: Browser, tmp_path: Path
) -> None:
    out = tmp_path / "stories.zip"
    options = [
        "--coverage",
        "ukraine-taiwan",
        "--format",
        "bundle",
        "--out",
        str(out),
        "--draft",
        browser.kept,
    ]
    result = run_command(app, "export", *options)
    assert (result.exit_code, out.exists()) == (1, False)


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
    browser: Browser, query: str, shown: tuple[int, int]
) -> None:
    assert list_titles(browser.client.get(f"{PAGE}?{query}").text) == shown


@pytest.mark.either_database
def test_what_has_left_is_not_new_and_what_matches_leaves(browser: Browser) -> None:
    send_form(browser.client, f"{PAGE}?q=гасне", {"all_approved": "y", "format": "bundle"}, action="/export")
    pages = [
        browser.client.get(f"{PAGE}?{query}").text for query in ("state=approved&new=1", "state=approved")
    ]
    assert [list_titles(page)[0] for page in pages] == [0, 1]
    answer = send_form(
        browser.client, f"{PAGE}?q=гасне", {"all_approved": "y", "format": "handoff"}, action="/export"
    )
    assert answer.text.count('class="sheet"') == 1
    assert (
        browser.client.get("/desk/coverages/ukraine-taiwan/handoff?all=approved&lang=en").text.count(
            'class="sheet"'
        )
        == 0
    )


@pytest.mark.either_database
def test_the_sheet_holds_the_whole_post_with_its_photos_to_be_pasted(
    app: Flask, browser: Browser, at: datetime
) -> None:
    with app.app_context(), transaction() as session:
        draft = session.scalars(select(Draft).where(Draft.public_id == browser.ready)).one()
        keep_photo_that_may_leave(session, draft, at=at)
    page = browser.client.get(f"/desk/coverages/ukraine-taiwan/handoff?draft={browser.ready}").text
    assert page.count('<article class="story" id="post-') == 1
    assert (page.count('<img src="/desk/submission/'), page.count("&lt;img src=&#34;/desk/submission/")) == (
        1,
        1,
    )
