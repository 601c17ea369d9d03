"""Lists of a coverage with many drafts come a page at a time, and no page costs more than another."""

import html
import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import parse_qsl, urlsplit

import pytest
from flask import Flask
from flask.testing import FlaskClient

from portal.database import transaction
from portal.domain.permissions import Role
from portal.domain.states import IN_COVERAGE
from portal.export.file_making import make_export
from portal.extensions import current_portal, db
from portal.models import Draft
from portal.queries.coverages.export import load_block
from portal.queries.coverages.overview import list_draft_page
from portal.queries.desk.queue import PAGE_SIZE
from portal.queries.drafts import DraftOrder
from portal.web.coverages.handoff import SHEETS
from tests.support.factories import make_staff
from tests.support.leaving_stories import make_approved
from tests.support.many_texts import add_copies
from tests.support.plain_browser import send_form
from tests.support.staff import enter_as
from tests.support.statements import count_answers, list_verbs, listening

COVERAGE = "/desk/coverages/ukraine-taiwan"
MANY = PAGE_SIZE + 3
DIGITS = 40
"""Bytes by which a page with longer numbers on it may be larger."""

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


@pytest.mark.parametrize("query", ["", "?state=approved", "?sort=edited", "?sort=newest&lang=uk&q=світло"])
def test_the_drafts_of_a_coverage_come_in_pages(editor: FlaskClient, query: str) -> None:
    assert walk(editor, COVERAGE + query, 'class="queue-title"') == [PAGE_SIZE, MANY - PAGE_SIZE]


def test_a_state_without_drafts_has_one_empty_page(editor: FlaskClient) -> None:
    assert walk(editor, f"{COVERAGE}?state=accepted", 'class="queue-title"') == [0]


@pytest.mark.parametrize("query", ["", "?sort=newest"])
def test_what_may_leave_is_chosen_in_pages(editor: FlaskClient, query: str) -> None:
    assert walk(editor, f"{COVERAGE}/export{query}", 'name="drafts"') == [PAGE_SIZE, MANY - PAGE_SIZE]


def test_a_page_of_several_says_what_its_ticks_are_for_and_how_many_there_are(editor: FlaskClient) -> None:
    page = editor.get(f"{COVERAGE}/export").text
    whole = editor.get(f"{COVERAGE}/export?q=nothing-like-it").text
    said = "You can tick stories on this page only."
    assert (said in page, f"All approved stories ({MANY})" in page, said in whole) == (True, True, False)


def test_the_states_of_a_coverage_keep_what_was_looked_for(editor: FlaskClient) -> None:
    page = html.unescape(editor.get(f"{COVERAGE}?q=світло&lang=uk&sort=edited").text)
    views = page.partition('class="views"')[2].partition("</nav>")[0]
    found = [dict(parse_qsl(urlsplit(one).query)) for one in re.findall(r'href="([^"]+)"', views)]
    asked = {"q": "світло", "lang": "uk", "sort": "edited"}
    states = ("accepted", "author_check", "approved", "published")
    assert found == [asked, *(asked | {"state": one} for one in states)]
    assert re.findall(r'class="number">([^<]+)<', views) == [str(MANY), "0", "0", str(MANY), "0"]


def test_a_language_with_nothing_left_says_so_and_stays_chosen(editor: FlaskClient) -> None:
    page = editor.get(f"{COVERAGE}?lang=pl").text
    said = ("No draft matches the filter.", 'value="pl" selected')
    assert [one in page for one in said] == [True, True]


def test_what_an_address_asks_wrongly_is_not_asked(editor: FlaskClient) -> None:
    query = "?sort=nonsense&state=nonsense&after=nonsense"
    assert walk(editor, COVERAGE + query, 'class="queue-title"') == [PAGE_SIZE, MANY - PAGE_SIZE]


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


@pytest.mark.parametrize(
    ("order", "places"),
    [(DraftOrder.OLDEST, [0, 1, 2]), (DraftOrder.NEWEST, [2, 1, 0]), (DraftOrder.EDITED, [1, 2, 0])],
)
def test_each_order_goes_on_where_its_page_ended(
    app: Flask, at: datetime, order: DraftOrder, places: list[int]
) -> None:
    with app.app_context():
        session = db.session()
        made = [make_approved(session, at + timedelta(hours=number)) for number in range(3)]
        made[0].edited_at, made[1].edited_at = at, at + timedelta(days=1)
        session.flush()
        coverage, seen, after = made[0].submission.call.coverage, list[int](), ""
        while len(seen) < 3:
            page = list_draft_page(session, coverage, IN_COVERAGE, after=after, size=1, order=order)
            seen += page.numbers
            after = page.after or ""
        blocks = [one.draft.id for one in load_block(session, coverage, seen, at=at)]
        session.rollback()
    assert (seen, blocks, after) == ([made[place].id for place in places], seen, "")


@dataclass(frozen=True)
class Cost:
    """What one page takes: statements, rows read, bytes sent."""

    statements: int
    rows: int
    size: int


def measure(app: Flask, client: FlaskClient, address: str) -> Cost:
    client.get(address)
    with listening(app) as sent:
        answer = client.get(address)
    assert answer.status_code == 200
    return Cost(len(list_verbs(sent)), count_answers(app, sent), len(answer.data))


@pytest.mark.parametrize("page", ["", "?sort=edited", "/export", "/export?new=1&sort=newest"])
def test_nothing_of_a_page_grows_with_the_stories_behind_it(app: Flask, at: datetime, page: str) -> None:
    client = app.test_client()
    with app.app_context(), transaction() as session:
        number = make_approved(session, at).id
        email = make_staff(session, Role.EDITOR).email
    enter_as(client, email)
    costs, there = [], 1
    for wanted in (3, 60, 400):
        with app.app_context():
            add_copies(db.session(), db.session.get_one(Draft, number), wanted - there)
        there = wanted
        costs.append(measure(app, client, COVERAGE + page))
    few, some, many = costs
    assert (few.statements, some.statements) == (many.statements, many.statements)
    assert (few.rows < some.rows, some.rows) == (True, many.rows)
    assert many.size - some.size < DIGITS


def test_hits_of_a_search_are_marked_in_the_rows(editor: FlaskClient) -> None:
    page = editor.get(f"{COVERAGE}?q=світло").text
    marked = {word.casefold() for word in re.findall(r"<mark>([^<]+)</mark>", page)}
    rows = page.count('class="queue-row"')
    assert (marked, page.count('class="queue-found"')) == ({"світло"}, rows)
    assert "<mark>" not in editor.get(COVERAGE).text
