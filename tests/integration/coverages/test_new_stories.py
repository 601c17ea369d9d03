"""What is new: to the editor who looks, to everybody, to newsrooms' sites; told before the press."""

import io
import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from portal.database import transaction
from portal.domain.permissions import Role
from portal.extensions import db
from portal.models import Draft, Staff, Target
from portal.operations.coverages.pushes import ask_pushes, begin_departure, claim_next
from portal.operations.coverages.targets import make_target
from portal.operations.locking import lock_texts_of
from tests.support.factories import make_staff
from tests.support.leaving_stories import make_approved, make_story
from tests.support.many_texts import add_copies
from tests.support.plain_browser import find_form
from tests.support.staff import enter_as
from tests.support.statements import listening
from tests.support.targets import describe_target

pytestmark = pytest.mark.either_database

EXPORT = "/desk/coverages/ukraine-taiwan/export"


@dataclass
class Desk:
    """Two editors before a coverage with one story that may leave."""

    app: Flask
    mine: FlaskClient
    theirs: FlaskClient
    at: datetime

    def export(self, client: FlaskClient, made: str, query: str = "") -> bytes:
        """Take all that match; return the file, or the page that says why there is none."""
        form = find_form(client.get(f"{EXPORT}{query}").text, field="drafts")
        given = {"all_approved": "y", "format": made}
        answer = client.post(form["action"], data={**form["values"], **given})
        return bytes(answer.data)

    def offers(self, client: FlaskClient, new: str) -> int:
        """Return how many stories the page offers that are new in this way."""
        return client.get(f"{EXPORT}?new={new}").text.count('name="drafts"')

    def add_target(self, lang: str = "uk") -> None:
        with self.app.app_context(), transaction() as session:
            coverage = session.scalars(select(Draft).limit(1)).one().submission.call.coverage
            editor = session.scalars(select(Staff).limit(1)).one()
            values = describe_target("https://site.example", lang=lang)
            make_target(session, coverage, values, by=editor, at=self.at)

    def sites(self) -> list[str]:
        """Return what the page says of sites before anything is pressed."""
        page = self.mine.get(EXPORT).text.partition('aria-labelledby="sites"')[2].partition("</section>")[0]
        lines = re.findall(r"<(?:p|li)>(.*?)</(?:p|li)>", page, re.DOTALL)
        return [" ".join(re.sub(r"<[^>]+>", " ", one).split()) for one in lines]


@pytest.fixture
def desk(app: Flask, at: datetime) -> Iterator[Desk]:
    mine, theirs = app.test_client(), app.test_client()
    with time_machine.travel(at, tick=False):
        with app.app_context(), transaction() as session:
            make_approved(session, at)
            emails = [make_staff(session, Role.EDITOR, name=name).email for name in ("Eda", "Egon")]
        for client, email in zip((mine, theirs), emails, strict=True):
            enter_as(client, email)
        yield Desk(app, mine, theirs, at)


def test_what_a_colleague_took_is_new_to_me_still(desk: Desk) -> None:
    desk.export(desk.theirs, "bundle")
    news = [desk.offers(client, new) for client in (desk.mine, desk.theirs) for new in ("1", "any")]
    assert news == [1, 0, 0, 0]


def test_a_page_where_nothing_is_new_says_so(desk: Desk) -> None:
    said = "No approved story that matches is new or was changed since then."
    before = said in desk.mine.get(f"{EXPORT}?new=1").text
    desk.export(desk.mine, "bundle")
    pages = [client.get(f"{EXPORT}?new=1").text for client in (desk.mine, desk.theirs)]
    assert (before, [said in page for page in pages]) == (False, [True, False])


def test_what_i_took_is_new_again_with_another_text(desk: Desk) -> None:
    desk.export(desk.mine, "bundle")
    taken = desk.offers(desk.mine, "1")
    with desk.app.app_context(), transaction() as session:
        draft = session.scalars(select(Draft)).one()
        draft.revision = draft.approved_revision = draft.revision + 1
    assert (taken, desk.offers(desk.mine, "1")) == (0, 1)


def test_what_i_sent_to_a_site_is_not_new_to_me(desk: Desk) -> None:
    desk.add_target()
    with desk.app.app_context(), transaction() as session:
        draft, target = session.scalars(select(Draft)).one(), session.scalars(select(Target)).one()
        me = session.scalars(select(Staff).where(Staff.name == "Eda")).one()
        ask_pushes(session, target, [draft.submission_id], by=me, at=desk.at)
        claim = claim_next(session, at=desk.at)
        assert claim is not None
        lock_texts_of(session, [draft.public_id])
        begin_departure(session, claim, draft, key="story-1-uk", at=desk.at)
    assert (desk.offers(desk.mine, "1"), desk.offers(desk.theirs, "1")) == (0, 1)


def test_a_file_that_is_imported_once_leaves_out_what_left_in_anybodys(desk: Desk) -> None:
    before = zipfile.ZipFile(io.BytesIO(desk.export(desk.mine, "wxr", "?new=1"))).namelist()
    again = desk.export(desk.theirs, "wxr", "?new=1").decode()
    hint = "importing a story twice makes a second post" in desk.theirs.get(f"{EXPORT}?new=1").text
    bundle = zipfile.ZipFile(io.BytesIO(desk.export(desk.theirs, "bundle", "?new=1"))).namelist()
    assert (before, 'class="error-summary"' in again, hint) == (["uk.xml"], True, True)
    assert any(name.endswith("story.json") for name in bundle)


def test_what_a_rule_keeps_here_is_not_counted_for_a_site(desk: Desk) -> None:
    with desk.app.app_context(), transaction() as session:
        make_approved(session, desk.at, make_story(may="no"))
    desk.add_target()
    assert "Site · Ukrainian · 1 story Not tested yet" in desk.sites()


def test_languages_without_a_site_are_named_before_the_press(desk: Desk) -> None:
    desk.add_target("pl")
    assert "No site takes approved stories in: Ukrainian (1)" in desk.sites()


def count_statements(desk: Desk, query: str) -> int:
    with listening(desk.app) as sent:
        assert desk.mine.get(f"{EXPORT}{query}").status_code == 200
    return len(sent)


@pytest.mark.parametrize("query", ["", "?new=1"])
def test_the_page_asks_as_often_whatever_there_is(desk: Desk, query: str) -> None:
    desk.add_target()
    desk.mine.get(f"{EXPORT}{query}")
    asked = []
    for copies in (0, 2, 27, 270):
        with desk.app.app_context():
            add_copies(db.session(), db.session.scalars(select(Draft).limit(1)).one(), copies)
        asked.append(count_statements(desk, query))
    assert asked[:3] == [asked[0]] * 3
    assert asked[3] < asked[0]  # of so many no rule is asked to count them
