"""Lists of a coverage with many drafts come a page at a time, and no page costs more than another."""

import re
from datetime import datetime

import pytest
from flask import Flask
from flask.testing import FlaskClient

from portal.database import transaction
from portal.domain.permissions import Role
from portal.export.file_making import make_export
from portal.extensions import current_portal, db
from portal.models import Draft
from portal.queries.desk.queue import PAGE_SIZE
from portal.web.coverages.handoff import SHEETS
from tests.integration.coverages.test_export import make_approved
from tests.support.factories import make_staff
from tests.support.many_texts import add_copies
from tests.support.plain_browser import send_form
from tests.support.staff import enter_as

COVERAGE = "/desk/coverages/ukraine-taiwan"
MANY = PAGE_SIZE + 3

pytestmark = pytest.mark.either_database


@pytest.fixture
def editor(app: Flask, at: datetime) -> FlaskClient:
    """An editor of a coverage with more texts that may leave than fit on a page."""
    client = app.test_client()
    with app.app_context():
        with transaction() as session:
            number = make_approved(session, at).id
            email = make_staff(session, Role.EDITOR).email
        add_copies(db.session(), db.session.get_one(Draft, number), MANY - 1)
    enter_as(client, email)
    return client


def walk(client: FlaskClient, address: str, mark: str) -> list[int]:
    """Follow the links to the next page; return how often each page has the mark."""
    counted = []
    while address:
        page = client.get(address).text
        counted.append(page.count(mark))
        found = re.search(r'<a href="([^"]+)" rel="next"', page)
        address = found[1].replace("&amp;", "&") if found else ""
    return counted


@pytest.mark.parametrize("query", ["", "?state=approved"])
def test_the_drafts_of_a_coverage_come_in_pages(editor: FlaskClient, query: str) -> None:
    assert walk(editor, COVERAGE + query, 'class="queue-title"') == [PAGE_SIZE, MANY - PAGE_SIZE]


def test_a_state_without_drafts_has_one_empty_page(editor: FlaskClient) -> None:
    assert walk(editor, f"{COVERAGE}?state=accepted", 'class="queue-title"') == [0]


def test_what_may_leave_is_chosen_in_pages(editor: FlaskClient) -> None:
    assert walk(editor, f"{COVERAGE}/export", 'name="drafts"') == [PAGE_SIZE, MANY - PAGE_SIZE]


def test_the_sheet_of_many_stories_is_the_workers_and_names_none_in_its_address(
    app: Flask, editor: FlaskClient, at: datetime
) -> None:
    before = walk(editor, f"{COVERAGE}/handoff?all=approved", 'class="sheet"')
    sent = send_form(
        editor,
        f"{COVERAGE}/export",
        {"all_approved": "y", "format": "handoff"},
        action="/export",
        follow=False,
    )
    waiting = walk(editor, f"{COVERAGE}/handoff?all=approved", 'class="sheet"')
    with app.app_context():
        make_export(current_portal().instance, clock=lambda: at)
    found = re.search(r'href="([^"]+/handoff[?]made=[^"]+)"', editor.get(sent.location).text)
    assert found is not None
    addresses = (f"{COVERAGE}/handoff?all=approved", found[1])
    pages = [walk(editor, address, 'class="sheet"') for address in addresses]
    whole = [SHEETS, SHEETS, MANY - 2 * SHEETS]
    assert (before, waiting, pages) == ([0, 0, 0], [0, 0, 0], [whole, whole])
