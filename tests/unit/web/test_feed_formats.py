"""Feeds are read by other programs as they were meant, whatever people call their stories."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.story.normalise import clean_line
from portal.web.public.feed_formats import Feed, FeedEntry, write_atom, write_json_feed
from tests.support.feed_readers import read_atom, read_json_feed
from tests.support.hostile_text import HOSTILE

AT = datetime(2026, 3, 14, 9, tzinfo=UTC)
SCRIPTS = {
    "Latin": "Światło gaśnie",
    "Cyrillic": "Коли гасне світло",
    "Han": "停電的晚上，𠮷野家",
    "Kana": "停電の夜に",
    "Hangul": "정전된 밤",
    "Arabic": "حين ينطفئ الضوء",
    "Hebrew": "כשהאור כבה",
    "Greek": "Όταν σβήνει το φως",
    "Armenian": "Երբ լույսը մարում է",
    "Georgian": "როცა შუქი ქრება",
    "Devanagari": "जब बत्ती जाती है",
    "Bengali": "যখন আলো নিভে যায়",
    "Tamil": "விளக்கு அணையும்போது",
    "Thai": "เมื่อไฟดับ",
    "Lao": "ເມື່ອໄຟດັບ",
    "Khmer": "ពេលភ្លើងរលត់",
    "Burmese": "မီးပျက်သောအခါ",
    "Tibetan": "གློག་ཆད་དུས།",
    "Ethiopic": "መብራት ሲጠፋ",
    "Mongolian": "ᠭᠡᠷᠡᠯ",
    "Bopomofo": "ㄊㄧㄥˊ ㄉㄧㄢˋ",
    "Syriac": "ܢܘܗܪܐ",
}


def make_feed(title: str, author: str = "", excerpt: str = "") -> Feed:
    entry = FeedEntry(
        id="urn:uuid:0f1c5dd2-25ba-5a5d-8ab4-2dc3b2f3c9a6",
        lang="und",
        title=title,
        excerpt=excerpt,
        author=author,
        url="https://news.example.org/one?a=1&b=2",
        url_lang="uk",
        published=AT,
        updated=AT + timedelta(hours=1),
    )
    return Feed(
        lang="zh-Hant-TW",
        title=title,
        about=excerpt,
        site="Портал історій",
        page="https://stories.example.org/zh-tw/one/",
        address="https://stories.example.org/zh-tw/one/feed.atom",
        updated=AT,
        entries=[entry],
    )


def check_both(text: str) -> None:
    """Have both formats bring a text through as title, name and excerpt."""
    feed = make_feed(text, author=text, excerpt=text)
    read = read_atom(write_atom(feed))
    (entry,) = read.entries
    (item,) = read_json_feed(write_json_feed(feed))["items"]
    said = clean_line(text)
    assert [entry.title, entry.author, entry.summary, read.feed.title] == [said] * 4
    assert [item["title"], item["authors"], item["content_text"]] == [text, [{"name": text}], text]


@pytest.mark.parametrize("script", SCRIPTS)
def test_a_title_arrives_in_every_script(script: str) -> None:
    check_both(SCRIPTS[script])


def test_a_hostile_title_is_a_title() -> None:
    texts = (clean_line(sent.decode(errors="replace")) for sent in HOSTILE.values())
    for text in filter(None, texts):
        check_both(text)


@given(st.text(min_size=1).map(clean_line).filter(bool))
def test_any_title_is_a_title(text: str) -> None:
    check_both(text)


def test_a_story_says_in_which_language_it_is_and_where_it_stands() -> None:
    read = read_atom(write_atom(make_feed("Коли гасне світло")))
    (entry,) = read.entries
    assert (entry.title_detail.language, entry.links[0].hreflang, entry.link) == (
        "und",
        "uk",
        "https://news.example.org/one?a=1&b=2",
    )
    assert (read.feed.title_detail.language, read.feed.author, entry.get("author")) == (
        "zh-Hant-TW",
        "Портал історій",
        None,
    )


def test_moments_are_in_utc() -> None:
    (entry,) = read_atom(write_atom(make_feed("One"))).entries
    (item,) = read_json_feed(write_json_feed(make_feed("One")))["items"]
    assert (entry.published, entry.updated) == ("2026-03-14T09:00:00Z", "2026-03-14T10:00:00Z")
    assert (item["date_published"], item["date_modified"]) == (entry.published, entry.updated)


def test_a_feed_without_stories_is_a_feed() -> None:
    feed = make_feed("Empty")
    empty = Feed(feed.lang, feed.title, "", feed.site, feed.page, feed.address, AT, [])
    assert (read_atom(write_atom(empty)).entries, read_json_feed(write_json_feed(empty))["items"]) == ([], [])
