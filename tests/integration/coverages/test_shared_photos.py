"""Photos of import files at addresses of their own: fetched without log-in, for a day, until a recall."""

import io
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit
from xml.etree import ElementTree

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from portal.database import transaction
from portal.domain.permissions import Role
from portal.domain.shared_photos import SHARED_FOR
from portal.export.file_making import exports_folder, make_export
from portal.export.wxr_lint import WP, find_wxr_faults
from portal.extensions import Portal, current_portal, db
from portal.models import Draft, ExportFile, Staff
from portal.operations.coverages.export_files import ask_export
from portal.operations.erasure import erase
from portal.storage import open_file
from tests.support.factories import make_staff
from tests.support.leaving_stories import (
    PAGE,
    keep_photo_that_may_leave,
    make_approved,
    refuse_photo_meanwhile,
    withdraw_meanwhile,
)
from tests.support.packages import installed_package
from tests.support.plain_browser import send_form
from tests.support.staff import enter_as

SITE = "https://stories.example.org"
SECOND = timedelta(seconds=1)

pytestmark = pytest.mark.either_database


@dataclass
class Desk:
    """An editor's browser before a story with a photo, both of which may leave."""

    app: Flask
    editor: FlaskClient
    at: datetime

    def export(self) -> bytes:
        """Fetch the import files."""
        given = {"all_approved": "y", "format": "wxr"}
        archive: bytes = send_form(self.editor, PAGE, given, action="/export").data
        return archive

    def fetch(self, address: str, *, after: timedelta = timedelta(0)) -> TestResponse:
        """Ask for an address as the site of a newsroom does."""
        with time_machine.travel(self.at + after, tick=False):
            return self.app.test_client().get(urlsplit(address).path, buffered=True)

    def share(self) -> str:
        """Return the address of the photo."""
        (address,) = read_addresses(self.export())
        return address


@pytest.fixture
def desk(app: Flask, at: datetime, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    whole: Portal = app.extensions["portal"]
    public = replace(whole, settings=replace(whole.settings, base_url=SITE))
    monkeypatch.setitem(app.extensions, "portal", public)
    editor = app.test_client()
    with time_machine.travel(at, tick=False):
        with app.app_context(), transaction() as session:
            keep_photo_that_may_leave(session, make_approved(session, at), at=at)
            email = make_staff(session, Role.EDITOR).email
        enter_as(editor, email)
        yield Desk(app, editor, at)


def read_addresses(archive: bytes) -> list[str]:
    """Return where photos are fetched, out of import files that break no rule."""
    written = zipfile.ZipFile(io.BytesIO(archive)).read("uk.xml")
    assert find_wxr_faults(written) == []
    root = ElementTree.fromstring(written)
    return [found.text or "" for found in root.iter(f"{WP}attachment_url")]


def read_photo(archive: bytes) -> bytes:
    files = zipfile.ZipFile(io.BytesIO(archive))
    (photo,) = (name for name in files.namelist() if name.endswith(".jpg"))
    return files.read(photo)


def test_a_site_fetches_the_very_photo_that_lies_in_the_archive(desk: Desk) -> None:
    archive = desk.export()
    (address,) = read_addresses(archive)
    answer = desk.fetch(address)
    assert (address.startswith(f"{SITE}/shared-photo/"), answer.status_code) == (True, 200)
    assert (answer.data, answer.content_length) == (read_photo(archive), len(answer.data))


def test_what_is_fetched_is_kept_nowhere_and_leaves_no_cookie(desk: Desk) -> None:
    address = desk.share()
    names = ("Content-Type", "X-Robots-Tag", "Cache-Control", "Vary", "Set-Cookie")
    expected = ["image/jpeg", "noindex", "no-store", "Accept-Encoding", None]
    assert [desk.fetch(address).headers.get(name) for name in names] == expected
    asked = desk.editor.get(urlsplit(address).path, buffered=True)
    assert [asked.headers.get(name) for name in names] == expected


def test_an_address_opens_for_a_day_by_a_clock_that_goes_right(desk: Desk) -> None:
    address = desk.share()
    after = (-SECOND, timedelta(0), SHARED_FOR - SECOND, SHARED_FOR)
    assert [desk.fetch(address, after=one).status_code for one in after] == [404, 200, 200, 404]


def alter_token(address: str) -> str:
    start, token, name = address.rsplit("/", 2)
    return f"{start}/{token[:-2]}{'A' if token[-2] != 'A' else 'B'}{token[-1]}/{name}"


def name_another(address: str) -> str:
    return f"{address.rpartition('/')[0]}/0123456789ab.jpg"


@pytest.mark.parametrize("change", [alter_token, name_another])
def test_an_address_that_was_changed_is_like_one_that_never_was(
    desk: Desk, change: Callable[[str], str]
) -> None:
    changed, never = desk.fetch(change(desk.share())), desk.fetch("/nothing/of/this.jpg")
    assert (changed.status_code, read_words(changed)) == (404, read_words(never))


def read_words(answer: TestResponse) -> str:
    return answer.text.partition("<main")[2].partition("</main>")[0]


def erase_meanwhile(session: Session, draft: Draft) -> None:
    erase(session, draft.submission, by=None, at=draft.accepted_at)


@pytest.mark.parametrize("recall", [withdraw_meanwhile, refuse_photo_meanwhile, erase_meanwhile])
def test_what_may_not_leave_any_more_is_gone_at_once(
    desk: Desk, recall: Callable[[Session, Draft], None]
) -> None:
    address = desk.share()
    with desk.app.app_context(), transaction() as session:
        recall(session, session.scalars(select(Draft)).one())
    assert desk.fetch(address).status_code == 404


def test_a_file_of_the_worker_names_addresses_too(desk: Desk) -> None:
    with desk.app.app_context():
        with transaction() as session:
            draft, by = session.scalars(select(Draft)).one(), session.scalars(select(Staff)).first()
            assert by is not None
            ask_export(
                session,
                draft.submission.call.coverage,
                by=by,
                at=desk.at,
                format_name="wxr",
                choice={"drafts": [draft.public_id]},
                total=1,
                has_gaps=False,
            )
        make_export(current_portal().instance, clock=lambda: desk.at)
        made = db.session.scalars(select(ExportFile)).one()
        assert made.file is not None
        with open_file(exports_folder(current_portal().instance), made.file) as file:
            (address,) = read_addresses(file.read())
        page = desk.editor.get(f"{PAGE}/{made.public_id}").text
    assert (desk.fetch(address).status_code, "download attachments" in page) == (200, True)


@pytest.mark.one_case("address")
@pytest.mark.parametrize("address", ["http://stories.example.org", "https://localhost", f"{SITE}:8443"])
def test_without_a_public_address_photos_lie_in_the_archive_alone(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, address: str
) -> None:
    whole: Portal = desk.app.extensions["portal"]
    hidden = replace(whole, settings=replace(whole.settings, base_url=address))
    monkeypatch.setitem(desk.app.extensions, "portal", hidden)
    archive = desk.export()
    told = "uploaded by hand" in desk.editor.get(PAGE).text
    assert (read_addresses(archive), read_photo(archive)[:2], told) == ([], b"\xff\xd8", True)


@pytest.mark.parametrize(
    ("address", "told"),
    [
        (SITE, "Within a day, what reads the file can fetch the photos from this portal."),
        (
            "https://localhost",
            "The photos cannot be fetched from this portal: it has no public https address.",
        ),
    ],
)
def test_of_a_format_of_another_package_nobody_speaks_of_wordpress(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, address: str, told: str
) -> None:
    whole: Portal = desk.app.extensions["portal"]
    shown = replace(whole, settings=replace(whole.settings, base_url=address))
    monkeypatch.setitem(desk.app.extensions, "portal", shown)
    made = "Format(None, 'txt', 'text/plain', 'Ghost', '', fetches_photos=True)"
    code = f"from portal.export.formats import Format\nF = {made}\n"
    with installed_package(tmp_path, "ghost_format", code, {"ghost": "ghost_format:F"}):
        page = desk.editor.get(PAGE).text
    button = page.partition('value="ghost"')[2].partition("</div>")[0]
    assert (told in button, "WordPress" in button, "importer" in button) == (True, False, False)
