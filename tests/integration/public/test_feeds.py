"""What programs are told of published stories is what the coverage's page tells, and goes when that goes."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.database import transaction
from portal.domain.languages import LOCALES
from portal.domain.permissions import Role
from portal.extensions import now
from portal.models import Attachment, Coverage, Draft, Publication
from portal.operations.coverages import drafts
from portal.operations.erasure import erase
from portal.operations.private import author_acts
from portal.operations.private.photos import refuse_picture
from portal.story.normalise import clean_line
from tests.support.factories import make_call, make_staff
from tests.support.feed_readers import read_atom, read_json_feed, read_sitemap
from tests.support.hostile_text import HOSTILE
from tests.support.link_heads import LinkHead
from tests.support.published import WORDS, publish_again, publish_story

pytestmark = pytest.mark.either_database

OPENED = datetime(2020, 1, 1, tzinfo=UTC)
PAGE = "/uk/ukraine-taiwan/"
ATOM, JSON_FEED = f"{PAGE}feed.atom", f"{PAGE}feed.json"
TOLD = (PAGE, ATOM, JSON_FEED, "/uk/", "/sitemap.xml", "/robots.txt")
SECRET = "https://news.example.org/nobody-may-know"
NAME = "Олена К."


@pytest.fixture
def opened(app: Flask) -> Flask:
    with app.app_context(), transaction() as session:
        make_call(session, OPENED)
    return app


def publish(app: Flask, **given: Any) -> int:
    with app.app_context(), transaction() as session:
        return publish_story(session, OPENED, **given).id


def read_facts(client: FlaskClient, address: str = PAGE) -> Any:
    return json.loads(LinkHead(client.get(address).text).facts)


def test_a_story_is_in_both_feeds_with_the_name_its_author_chose(opened: Flask, client: FlaskClient) -> None:
    publish(opened, addresses={"uk": SECRET}, excerpt="Світло згасло.", title="Коли гасне світло")
    (entry,) = read_atom(client.get(ATOM).data).entries
    (item,) = read_json_feed(client.get(JSON_FEED).text)["items"]
    assert (entry.title, entry.author, entry.summary, entry.link, entry.published) == (
        "Коли гасне світло",
        NAME,
        "Світло згасло.",
        SECRET,
        "2020-01-01T00:00:00Z",
    )
    assert (item["title"], item["authors"], item["content_text"], item["url"], item["id"]) == (
        entry.title,
        [{"name": NAME}],
        entry.summary,
        SECRET,
        entry.id,
    )


def test_a_photo_is_in_both_feeds_until_its_author_refuses_it(opened: Flask, client: FlaskClient) -> None:
    key = publish(opened, has_photo=True)
    told = [list_pictures(client)]
    with opened.app_context(), transaction() as session:
        (photo,) = session.scalars(select(Attachment))
        address = f"http://localhost/picture/story/{photo.public_id}"
        refuse_picture(session, session.get_one(Draft, key).submission, photo, at=now())
    told.append(list_pictures(client))
    assert told == [([(address, "image/jpeg", WORDS.description)], [address]), ([], [])]


def list_pictures(client: FlaskClient) -> tuple[list[tuple[str, str, str]], list[str]]:
    """Return the pictures of the Atom feed with type and text, and those of the JSON feed."""
    entries, items = read_atom(client.get(ATOM).data).entries, read_json_feed(client.get(JSON_FEED).text)
    enclosed = [(one.href, one.type, one.title) for entry in entries for one in entry.enclosures]
    return enclosed, [item["image"] for item in items["items"] if "image" in item]


def test_a_reader_of_feeds_may_show_the_photo_on_its_own_page(opened: Flask, client: FlaskClient) -> None:
    publish(opened, has_photo=True)
    (address,) = list_pictures(client)[1]
    sent = client.get(address.removeprefix("http://localhost"))
    policies = [one.headers["Cross-Origin-Resource-Policy"] for one in (sent, client.get(PAGE))]
    assert (sent.mimetype, policies) == ("image/jpeg", ["cross-origin", "same-origin"])


def test_a_feed_leads_to_the_address_in_its_language_and_else_to_the_storys_own(
    opened: Flask, client: FlaskClient
) -> None:
    publish(opened, lang="zh-Hant-TW", addresses={"zh-Hant-TW": f"{SECRET}/zh", "en": f"{SECRET}/en"})
    found = [
        (lang, read_atom(client.get(f"/{lang}/ukraine-taiwan/feed.atom").data))
        for lang in ("en", "uk", "zh-tw")
    ]
    links = {lang: (feed.entries[0].link, feed.entries[0].links[0].hreflang) for lang, feed in found}
    ids = {feed.entries[0].id for _, feed in found}
    assert (links, len(ids)) == (
        {
            "en": (f"{SECRET}/en", "en"),
            "uk": (f"{SECRET}/zh", "zh-Hant-TW"),
            "zh-tw": (f"{SECRET}/zh", "zh-Hant-TW"),
        },
        1,
    )


def test_a_page_names_its_feeds_and_they_name_the_page(opened: Flask, client: FlaskClient) -> None:
    head = LinkHead(client.get(PAGE).text)
    linked = {
        kind: head.links("alternate", kind) for kind in ("application/atom+xml", "application/feed+json")
    }
    atom, feed = read_atom(client.get(ATOM).data).feed, read_json_feed(client.get(JSON_FEED).text)
    site = "http://localhost"
    assert list(linked.values()) == [[site + ATOM], [site + JSON_FEED]]
    assert (atom.link, atom.id, feed["home_page_url"], feed["feed_url"]) == (
        site + PAGE,
        site + ATOM,
        site + PAGE,
        site + JSON_FEED,
    )


def test_programs_learn_of_the_call_and_its_stories(opened: Flask, client: FlaskClient) -> None:
    closes = datetime(2099, 1, 1, tzinfo=UTC)
    publish(opened, addresses={"uk": SECRET}, title="Коли гасне світло")
    with opened.app_context(), transaction() as session:
        make_call(session, OPENED).closes_at = closes
    facts = read_facts(client)
    names = ("@type", "name", "inLanguage", "url", "license", "expires")
    assert [facts[name] for name in names] == [
        "CreativeWork",
        "Зрозуміти, що пов’язує Україну і\u00a0Тайвань",
        "uk",
        f"http://localhost{PAGE}",
        "https://creativecommons.org/licenses/by/3.0/",
        closes.isoformat(),
    ]
    assert facts["hasPart"] == [
        {
            "@type": "Article",
            "headline": "Коли гасне світло",
            "url": SECRET,
            "inLanguage": "uk",
            "datePublished": "2020-01-01",
            "author": {"@type": "Person", "name": NAME},
        }
    ]


def withdraw(session: Session, draft: Draft) -> None:
    author_acts.withdraw(session, draft.submission, at=now())


def erase_all(session: Session, draft: Draft) -> None:
    erase(session, draft.submission, by=None, at=now())


def move(session: Session, draft: Draft) -> None:
    """The desk corrects the story, and publishes it at another address."""
    by = make_staff(session, Role.EDITOR)
    seen = draft.submission.version
    drafts.correct(session, draft, seen=seen, reason="A wrong date.", by=by, at=OPENED)
    publish_again(session, draft, {"uk": "https://news.example.org/elsewhere"}, by=by, at=OPENED)


def not_yet(session: Session, draft: Draft) -> None:
    """The desk can still take the decision back."""
    for one in session.scalars(select(Publication)):
        one.visible_at = now() + timedelta(minutes=9)


@pytest.mark.parametrize("act", [withdraw, erase_all, move, not_yet])
def test_an_address_that_nobody_may_know_is_in_nothing_that_programs_read(
    opened: Flask, client: FlaskClient, act: Callable[[Session, Draft], None]
) -> None:
    key = publish(opened, addresses={"uk": SECRET})
    marks = [client.get(path).headers.get("ETag", "") for path in TOLD]
    before = [path for path in TOLD if SECRET in client.get(path).text]
    with opened.app_context(), transaction() as session:
        act(session, session.get_one(Draft, key))
    asked_again = [
        client.get(
            path, headers={"If-None-Match": mark, "If-Modified-Since": "Fri, 01 Jan 2100 00:00:00 GMT"}
        )
        for path, mark in zip(TOLD, marks, strict=True)
    ]
    after = [answer.request.path for answer in asked_again if SECRET in answer.text]
    assert (before, after) == ([PAGE, ATOM, JSON_FEED, "/uk/"], [])
    assert {answer.request.path for answer in asked_again if answer.status_code == 304} == {
        "/sitemap.xml",
        "/robots.txt",
    }


def test_a_name_that_is_not_to_be_printed_is_in_nothing_that_programs_read(
    opened: Flask, client: FlaskClient
) -> None:
    publish(opened, answers={"byline": "none", "byline_text": ""}, byline=NAME)
    told = [client.get(path) for path in TOLD]
    (entry,) = read_atom(client.get(ATOM).data).entries
    assert ([one.request.path for one in told if NAME in one.text], entry.get("author")) == ([], None)


@pytest.mark.either_database
def test_a_feed_that_is_the_same_is_not_sent_again(opened: Flask, client: FlaskClient) -> None:
    publish(opened)
    for path in (ATOM, JSON_FEED):
        mark = client.get(path).headers["ETag"]
        again = client.get(path, headers={"If-None-Match": mark})
        assert (again.status_code, again.data) == (304, b"")


@pytest.mark.either_database
def test_a_coverage_that_is_not_there_has_no_feed(opened: Flask, client: FlaskClient) -> None:
    assert [client.get(f"/uk/nowhere/feed.{kind}").status_code for kind in ("atom", "json")] == [404, 404]


@pytest.mark.either_database
def test_hostile_titles_stay_titles_in_what_programs_read_of_a_page(
    opened: Flask, client: FlaskClient
) -> None:
    sent = " ".join(one.decode(errors="replace") for one in HOSTILE.values())
    # The reader of this test takes no non-characters.
    title = clean_line(sent.replace("\ufdd0", ""))
    with opened.app_context(), transaction() as session:
        session.scalars(select(Coverage)).one().title = {"uk": title}
    head = LinkHead(client.get(PAGE).text)
    assert (head.metas["og:title"], read_facts(client)["name"]) == (title, title)


@pytest.mark.either_database
def test_the_list_of_pages_has_every_public_page_in_every_language(
    opened: Flask, client: FlaskClient
) -> None:
    listed = read_sitemap(client.get("/sitemap.xml").data)
    site = "http://localhost"
    pages = [
        {one.tag: f"{site}/{one.url}/{path}" for one in LOCALES}
        for path in ("safety", "help", "ukraine-taiwan/")
    ]
    assert listed == [(address, page) for page in pages for address in page.values()]
    assert [client.get(address.removeprefix(site)).status_code for address, _ in listed] == [200] * len(
        listed
    )


@pytest.mark.either_database
def test_the_start_page_is_listed_where_it_is_not_a_coverage(client: FlaskClient) -> None:
    addresses = [address for address, _ in read_sitemap(client.get("/sitemap.xml").data)]
    assert addresses[: len(LOCALES)] == [f"http://localhost/{one.url}/" for one in LOCALES]
