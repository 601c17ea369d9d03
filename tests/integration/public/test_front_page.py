"""The front page of a coverage: published stories as cards, filters, pages, and its pictures."""

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from portal.database import transaction
from portal.models import Attachment, Call, Coverage, Publication, Submission
from portal.operations.erasure import erase
from portal.operations.private import author_acts
from portal.operations.private.photos import refuse_picture
from portal.web.public.front_page import PAGE_SIZE
from tests.support.factories import make_call
from tests.support.front_portal import add_paused_coverage
from tests.support.published import EXAMPLES, SITE, publish_examples, publish_story
from tests.support.statements import list_reads, listening

pytestmark = pytest.mark.either_database

OPENED = datetime(2020, 1, 1, tzinfo=UTC)
COVERAGE = "/en/ukraine-taiwan/"
FIRST = EXAMPLES[-2]


@pytest.fixture
def opened(app: Flask) -> Flask:
    """The application with the first coverage."""
    with app.app_context(), transaction() as session:
        make_call(session, OPENED)
    return app


def fill(app: Flask, number: int) -> None:
    """Publish stories: one as people do it, the others as rows that are like it."""
    with app.app_context(), transaction() as session:
        draft = publish_story(session, OPENED)
        for count in range(1, number):
            submission = copy_row(draft.submission, public_id=f"{count:032x}", receipt_hash=b"%d" % count)
            session.add(submission)
            session.flush()
            twin = copy_row(draft, public_id=f"{count:032x}", submission_id=submission.id, sealed_person=None)
            session.add(twin)
            session.flush()
            place: Mapping[str, Any] = {"lang": "uk", "recorded_at": OPENED, "visible_at": OPENED}
            session.add(Publication(draft_id=twin.id, url=f"{SITE}{count}", **place))


def copy_row(row: Any, **other: Any) -> Any:
    """Return a row that is like another one, but for these columns."""
    values = {column.key: getattr(row, column.key) for column in type(row).__mapper__.column_attrs}
    return type(row)(**{**values, "id": None, **other})


def read_cards(client: FlaskClient, address: str = COVERAGE) -> Sequence[str]:
    """Return where the cards of a page lead."""
    return re.findall(r'<h3><a href="([^"]+)" hreflang', client.get(address).text)


def test_without_stories_the_first_one_is_asked_for(opened: Flask, client: FlaskClient) -> None:
    page = client.get(COVERAGE).text
    assert [page.count(text) for text in ("The first one could be yours", '<article class="card">')] == [1, 0]


@pytest.mark.parametrize(("number", "asks"), [(1, 1), (3, 0), (4, 1)])
def test_the_last_hole_of_a_row_asks_for_the_next_story(
    opened: Flask, client: FlaskClient, number: int, asks: int
) -> None:
    fill(opened, number)
    page = client.get(COVERAGE).text
    assert [page.count("The next one is yours"), page.count('<article class="card">')] == [asks, number]


def test_four_hundred_stories_stand_on_pages_that_cost_the_same(opened: Flask, client: FlaskClient) -> None:
    counts, cards = [], []
    for number in (1, 399):
        fill(opened, number)
        with listening(opened) as sent:
            client.get(COVERAGE)
        counts.append(len(list_reads(sent)))
    last = -(-400 // PAGE_SIZE)
    cards = [len(read_cards(client, f"{COVERAGE}?page={page}")) for page in (1, last, last + 1)]
    assert counts[0] == counts[1]
    assert cards == [PAGE_SIZE, 400 - (last - 1) * PAGE_SIZE, PAGE_SIZE]


def test_a_card_says_what_its_author_agreed_to(opened: Flask, client: FlaskClient) -> None:
    with opened.app_context(), transaction() as session:
        publish_story(session, OPENED, title="Полиця", excerpt="Про полицю.", side="ua", place="Харків")
    page = client.get(COVERAGE).text
    parts = (
        'lang="uk" dir="auto">Полиця</a>',
        '<p class="excerpt" lang="uk" dir="auto">Про полицю.</p>',
        '</svg>Ukraine<span lang="uk" dir="auto">Харків</span>',
        '<strong lang="uk" dir="auto">Олена К.</strong><span>Ukrainian</span>',
        '<time datetime="2020-01-01">1\u00a0January 2020</time>',
    )
    assert [page.count(part) for part in parts] == [1] * len(parts)


def test_languages_are_filtered_by_links_with_counts(opened: Flask, client: FlaskClient) -> None:
    with opened.app_context(), transaction() as session:
        publish_examples(session, OPENED, EXAMPLES[:4])
    page = client.get(f"{COVERAGE}?language=uk").text
    links = re.findall(r'<a href="([^"]+)"( aria-current="true")?>([^<]+) <span>(\d+)</span>', page)
    assert links == [
        (f"{COVERAGE}#stories", "", "All", "4"),
        (f"{COVERAGE}?language=uk#stories", ' aria-current="true"', "Ukrainian", "2"),
        (f"{COVERAGE}?language=en#stories", "", "English", "1"),
        (f"{COVERAGE}?language=zh-Hant-TW#stories", "", "Chinese", "1"),
    ]
    assert page.count('<article class="card">') == 2


UNKNOWN = ("language=xx", "page=0", "page=-1", "page=٣", "page=99999999999", "page=%00")


@pytest.mark.parametrize("asked", UNKNOWN)
def test_what_there_is_not_is_the_first_page(opened: Flask, client: FlaskClient, asked: str) -> None:
    fill(opened, 1)
    assert len(read_cards(client, f"{COVERAGE}?{asked}")) == 1


def test_a_card_leads_to_the_readers_language(opened: Flask, client: FlaskClient) -> None:
    with opened.app_context(), transaction() as session:
        publish_story(session, OPENED, addresses={"uk": f"{SITE}uk", "en": f"{SITE}en"})
    pages = ("/en/ukraine-taiwan/", "/uk/ukraine-taiwan/", "/zh-tw/ukraine-taiwan/")
    assert [read_cards(client, page) for page in pages] == [[f"{SITE}en"], [f"{SITE}uk"], [f"{SITE}uk"]]


def test_a_story_stands_beside_the_one_it_answers(opened: Flask, client: FlaskClient) -> None:
    with opened.app_context(), transaction() as session:
        publish_examples(session, OPENED, (EXAMPLES[0], FIRST, EXAMPLES[-1], EXAMPLES[2]))
    page = client.get(COVERAGE).text
    pair = re.findall(r'<div class="pair">.*?</div>\s*(?=<article|<a class="invite"|</div>)', page, re.DOTALL)
    titles = [re.findall(r'dir="auto">([^<]+)</a></h3>', one) for one in pair]
    answer = f'In answer to “<bdi lang="uk">{FIRST.title}</bdi>”'
    assert (titles, page.count(answer)) == ([[FIRST.title, EXAMPLES[-1].title]], 1)


@pytest.mark.parametrize("is_erased", [False, True])
def test_an_answer_outlives_the_story_it_answers(
    opened: Flask, client: FlaskClient, *, is_erased: bool
) -> None:
    with opened.app_context(), transaction() as session:
        first, _second = publish_examples(session, OPENED, (FIRST, EXAMPLES[-1]))
        if is_erased:
            erase(session, first.submission, by=None, at=OPENED)
        else:
            author_acts.withdraw(session, first.submission, at=OPENED)
    page = client.get(COVERAGE).text
    parts = ("In answer to", 'class="pair"', '<article class="card">')
    assert [page.count(part) for part in parts] == [0, 0, 1]


def test_a_photo_stands_on_its_card_until_it_is_refused(opened: Flask, client: FlaskClient) -> None:
    with opened.app_context(), transaction() as session:
        publish_story(session, OPENED, has_photo=True, side="ua", place="Харків")
    before = client.get(COVERAGE).text
    (address,) = re.findall(r'<img class="shot" src="([^"]+)"', before)
    sent = client.get(address)
    known = client.get(address, headers={"If-None-Match": sent.headers["ETag"]})
    with opened.app_context(), transaction() as session:
        photo = session.scalars(select(Attachment)).one()
        refuse_picture(session, session.scalars(select(Submission)).one(), photo, at=OPENED)
    after = client.get(COVERAGE).text
    assert (sent.status_code, sent.mimetype, known.status_code) == (200, "image/jpeg", 304)
    assert (client.get(address).status_code, after.count(address), after.count("Харків</b>")) == (404, 0, 1)


def test_a_photo_of_an_unpublished_story_is_nobodys(opened: Flask, client: FlaskClient) -> None:
    with opened.app_context(), transaction() as session:
        draft = publish_story(session, OPENED, has_photo=True)
        draft.publications[0].visible_at = datetime(2100, 1, 1, tzinfo=UTC)
        public_id = session.scalars(select(Attachment.public_id)).one()
    assert client.get(f"/picture/story/{public_id}").status_code == 404


def test_a_withdrawn_story_takes_its_card_along(opened: Flask, client: FlaskClient) -> None:
    with opened.app_context(), transaction() as session:
        publish_story(session, OPENED)
    before = len(read_cards(client))
    with opened.app_context(), transaction() as session:
        author_acts.withdraw(session, session.scalars(select(Submission)).one(), at=OPENED)
    assert (before, len(read_cards(client))) == (1, 0)


def test_the_start_page_is_the_coverage_while_there_is_one(opened: Flask, client: FlaskClient) -> None:
    start, page = client.get("/en/").text, client.get(COVERAGE).text
    canonical = f'<link rel="canonical" href="http://localhost{COVERAGE}">'
    mains = [re.findall(r"<main.*</main>", text, re.DOTALL) for text in (start, page)]
    assert (mains[0], start.count(canonical), page.count(canonical)) == (mains[1], 1, 1)


def test_several_coverages_are_listed(opened: Flask, client: FlaskClient) -> None:
    with opened.app_context(), transaction() as session:
        add_paused_coverage(session, session.scalars(select(Coverage)).one())
    page = client.get("/uk/").text
    leads = re.findall(r'<h2><a href="([^"]+)"', page)
    assert leads == ["/uk/long-titles/", "/uk/ukraine-taiwan/"]


@pytest.mark.parametrize(
    ("left", "said"),
    [
        (timedelta(days=33, hours=1), "33 days left."),
        (timedelta(days=1, hours=1), "1 day left."),
        (timedelta(hours=5), ""),
    ],
)
def test_an_open_call_says_how_many_days_are_left(
    opened: Flask, client: FlaskClient, left: timedelta, said: str
) -> None:
    with opened.app_context(), transaction() as session:
        session.scalars(select(Call)).one().closes_at = datetime.now(UTC) + left
    assert re.findall(r"\d+ days? left\.", client.get(COVERAGE).text) == ([said] if said else [])


def test_a_title_breaks_where_it_is_marked(opened: Flask, client: FlaskClient) -> None:
    title = "理解烏克蘭<wbr>與台灣<wbr>的連結</h1>"
    before = client.get("/zh-tw/ukraine-taiwan/").text.count(title)
    with opened.app_context(), transaction() as session:
        coverage = session.scalars(select(Coverage)).one()
        coverage.title = {**coverage.title, "zh-Hant-TW": "烏克蘭與台灣"}
    page = client.get("/zh-tw/ukraine-taiwan/").text
    assert (before, page.count(">烏克蘭與台灣</h1>")) == (1, 1)
