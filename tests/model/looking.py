"""Where words can be read: each page, file and search as the person meets it who may open it."""

import io
import json
import re
import subprocess
import zipfile
from typing import Any

from sqlalchemy import select

from portal.extensions import current_portal, db
from portal.models import AuditEntry, Base, Event, OriginalFile, Submission
from tests.model.browser import MY, Browser
from tests.model.drafts import Edited
from tests.model.words import find_words
from tests.model.world import SLUG, World
from tests.support.plain_browser import find_form
from tests.support.search import read_for_search

EDITED = ("title", "dek", "excerpt", "body", "bio", "content_warning", "byline")
"""The fields of a draft in which words stand."""
_FORMS = re.compile(r"<form\b.*?</form>", re.DOTALL)


def take_own_data(browser: Browser) -> dict[str, Any]:
    """Return what an author takes along, as its JSON document says it."""
    answer = browser.press(f"{MY}/data", "/data")
    assert answer is not None
    assert answer.status_code == 200
    with zipfile.ZipFile(io.BytesIO(answer.data)) as packed:
        document = next(name for name in packed.namelist() if name.endswith(".json"))
        described: dict[str, Any] = json.loads(packed.read(document))
    answer.close()
    return described


def look_at_desk(browser: Browser, public_id: str) -> str:
    """Return the desk's page of a submission, without what stands in its forms."""
    answer = browser.client.get(f"/desk/submission/{public_id}")
    assert answer.status_code == 200, (public_id, answer.status_code)
    return answer.text


def without_forms(page: str) -> str:
    """Return what a page says besides its forms."""
    return _FORMS.sub("", page)


def look_at_versions(browser: Browser, public_id: str, count: int) -> frozenset[str]:
    """Return the words of all versions, each compared with the one before."""
    address = f"/desk/submission/{public_id}/versions"
    pages = [browser.client.get(f"{address}?from={one}&to={one + 1}").text for one in range(1, count)]
    return find_words(pages)


def search(browser: Browser, word: str) -> frozenset[str]:
    """Return the public ids of the submissions the queue finds for a word, once the worker came by."""
    read_for_search(browser.client.application)
    pages = [browser.client.get(f"/desk/?view={view}&q={word}").text for view in ("open", "closed")]
    return frozenset(re.findall(r"/desk/submission/([0-9a-f]{32})", "".join(pages)))


def address_of(draft: Edited) -> str:
    """Return the page of a draft."""
    return f"/desk/coverages/draft/{draft.public_id}"


def read_form_of_draft(browser: Browser, draft: Edited) -> dict[str, Any]:
    """Return the form with the edited text."""
    return find_form(browser.client.get(address_of(draft)).text, action=draft.public_id, field="body")


def look_at_draft(browser: Browser, public_id: str) -> dict[str, str]:
    """Return what stands in the form of a draft that is open for editing."""
    page = browser.client.get(f"/desk/coverages/draft/{public_id}").text
    form = find_form(page, action=public_id, field="body")
    return {name: str(form["values"].get(name, "")).strip() for name in EDITED}


def look_at_saves(browser: Browser, draft: Edited) -> frozenset[str]:
    """Return the words of every save of a draft, each compared with the one before."""
    address = f"{address_of(draft)}/revisions"
    count = len(set(re.findall(r"[?]new=(\d+)", browser.client.get(address).text))) + 1
    return find_words([browser.client.get(f"{address}?new={one}").text for one in range(2, count + 1)])


def read_export(content: bytes) -> dict[str, frozenset[str]]:
    """Return the words of each story in a bundle, by the public id of its draft."""
    found: dict[str, frozenset[str]] = {}
    with zipfile.ZipFile(io.BytesIO(content)) as packed:
        for name in packed.namelist():
            if name.endswith("story.json"):
                folder = name.removesuffix("story.json")
                files = [packed.read(one) for one in packed.namelist() if one.startswith(folder)]
                uid = json.loads(packed.read(name))["uid"]
                found[uid] = frozenset().union(*map(find_words, files))
    return found


def list_export(browser: Browser) -> str:
    """Return the page on which drafts are chosen to leave."""
    return browser.client.get(f"/desk/coverages/{SLUG}/export").text


def find_in_rows(world: World) -> dict[str, frozenset[str]]:
    """Return the words in each table; the log of other walks is left out."""
    found = {}
    with world.app.app_context():
        for table in Base.metadata.sorted_tables:
            wanted = select(table)
            if table is AuditEntry.__table__:
                wanted = wanted.where(AuditEntry.seq > world.audit_before)
            rows = [tuple(map(_show, row)) for row in db.session.execute(wanted)]
            found[table.name] = find_words(rows)
    return {name: words for name, words in found.items() if words}


def list_tables_about(world: World, public_id: str) -> frozenset[str]:
    """Return the names of the tables in which a row hangs on a submission."""
    with world.app.app_context():
        submission = select(Submission.id).where(Submission.public_id == public_id).scalar_subquery()
        tables = [one for one in Base.metadata.sorted_tables if "submission_id" in one.c]
        return frozenset(
            one.name
            for one in tables
            if db.session.scalar(
                select(one.c.submission_id).where(one.c.submission_id == submission).limit(1)
            )
        )


def list_acts_of_author(world: World, public_id: str) -> list[str]:
    """Return the acts of a text's history that its author has done."""
    with world.app.app_context():
        acts = select(Event.act).join(Submission).where(Event.by_author, Submission.public_id == public_id)
        return list(db.session.scalars(acts.order_by(Event.id)))


def _show(value: object) -> str:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)


def find_in_files(world: World, words: frozenset[str]) -> frozenset[str]:
    """Return which of these words stand in the files of the instance: database, log, photos, letters."""
    with world.app.app_context():
        folder = current_portal().instance.folder
    # By another process: closing a file here that SQLite has open would give up its locks.
    files = [
        one for one in folder.rglob("*") if one.is_file() and one.suffix != ".mo" and one.name != "ballast"
    ]
    read = subprocess.run(["cat", *map(str, files)], capture_output=True, check=True).stdout
    return frozenset(one for one in words if one.encode() in read)


def list_originals(world: World, public_id: str) -> frozenset[str]:
    """Return the files of a text that are kept as they were sent."""
    with world.app.app_context():
        kept = select(OriginalFile.public_id).join(Submission, Submission.id == OriginalFile.submission_id)
        return frozenset(db.session.scalars(kept.where(Submission.public_id == public_id)))


def list_stored_files(world: World) -> frozenset[str]:
    """Return the names of stored photos and documents."""
    with world.app.app_context():
        return frozenset(
            one.name for one in current_portal().instance.files_folder.iterdir() if one.is_file()
        )
