"""Published stories as feeds: Atom (RFC 4287) and JSON Feed 1.1."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from xml.etree.ElementTree import Element, SubElement, tostring

from portal.story.normalise import clean_line

ATOM = "application/atom+xml"
JSON_FEED = "application/feed+json"
_NAMESPACE = "http://www.w3.org/2005/Atom"
_LANG = "{http://www.w3.org/XML/1998/namespace}lang"
_VERSION = "https://jsonfeed.org/version/1.1"


@dataclass(frozen=True)
class FeedPicture:
    """The photo of a story in the size of a card; how many bytes it has is known only when it is fetched."""

    url: str
    alt: str
    kind: str = "image/jpeg"


@dataclass(frozen=True)
class FeedEntry:
    """One story; `lang` is that of title and excerpt, `url_lang` that of the page behind the address."""

    id: str
    lang: str
    title: str
    excerpt: str
    author: str
    """Empty where the author chose no name."""
    url: str
    url_lang: str
    published: datetime
    updated: datetime
    picture: FeedPicture | None = None


@dataclass(frozen=True)
class Feed:
    """The stories of one coverage, the newest first, for readers of one language."""

    lang: str
    title: str
    about: str
    site: str
    """Who publishes it: the author of what names none."""
    page: str
    """Address of the page it goes with."""
    address: str
    updated: datetime
    entries: Sequence[FeedEntry]


def write_atom(feed: Feed) -> bytes:
    """Return the feed as Atom."""
    root = Element("feed", {"xmlns": _NAMESPACE, _LANG: feed.lang})
    _add(root, "id", feed.address)
    _add(root, "title", feed.title)
    if feed.about:
        _add(root, "subtitle", feed.about)
    SubElement(root, "link", rel="self", type=ATOM, href=feed.address)
    SubElement(root, "link", rel="alternate", type="text/html", hreflang=feed.lang, href=feed.page)
    _add(root, "updated", _write_moment(feed.updated))
    _add(SubElement(root, "author"), "name", feed.site)
    for entry in feed.entries:
        _add_entry(root, entry)
    written: bytes = tostring(root, encoding="utf-8", xml_declaration=True)
    return written


def _add_entry(root: Element, entry: FeedEntry) -> None:
    told = SubElement(root, "entry", {_LANG: entry.lang})
    _add(told, "id", entry.id)
    _add(told, "title", entry.title)
    SubElement(told, "link", rel="alternate", type="text/html", hreflang=entry.url_lang, href=entry.url)
    _add(told, "published", _write_moment(entry.published))
    _add(told, "updated", _write_moment(entry.updated))
    if entry.author:
        _add(SubElement(told, "author"), "name", entry.author)
    if entry.excerpt:
        _add(told, "summary", entry.excerpt)
    if entry.picture:
        picture = entry.picture
        named = {"title": clean_line(picture.alt)} if picture.alt else {}
        SubElement(told, "link", named, rel="enclosure", type=picture.kind, href=picture.url)


def _add(parent: Element, name: str, text: str) -> None:
    # What XML cannot hold is in no text that was typed; those of a release from before may hold it.
    SubElement(parent, name).text = clean_line(text)


def write_json_feed(feed: Feed) -> str:
    """Return the feed as JSON Feed."""
    written = {
        "version": _VERSION,
        "title": feed.title,
        "home_page_url": feed.page,
        "feed_url": feed.address,
        **({"description": feed.about} if feed.about else {}),
        "language": feed.lang,
        "authors": [{"name": feed.site}],
        "items": [_describe_entry(entry) for entry in feed.entries],
    }
    return json.dumps(written, ensure_ascii=False)


def _describe_entry(entry: FeedEntry) -> dict[str, Any]:
    return {
        "id": entry.id,
        "url": entry.url,
        "language": entry.lang,
        "title": entry.title,
        "content_text": entry.excerpt or entry.title,
        "date_published": _write_moment(entry.published),
        "date_modified": _write_moment(entry.updated),
        **({"authors": [{"name": entry.author}]} if entry.author else {}),
        **({"image": entry.picture.url} if entry.picture else {}),
    }


def _write_moment(at: datetime) -> str:
    return f"{at:%Y-%m-%dT%H:%M:%SZ}"
