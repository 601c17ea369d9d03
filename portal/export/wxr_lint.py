"""Rules for WordPress import files, each learned from what real WordPress did to a file that broke it.

Most damage is silent: another picture, a doubled story, words replaced in other people's posts. So no file
leaves that breaks a rule.
"""

import ipaddress
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from urllib.parse import urlsplit
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

WP = "{http://wordpress.org/export/1.2/}"
CONTENT = "{http://purl.org/rss/1.0/modules/content/}encoded"
EXCERPT = "{http://wordpress.org/export/1.2/excerpt/}encoded"
CREATOR = "{http://purl.org/dc/elements/1.1/}creator"

_LARGEST = 10 * 1024 * 1024
_LONGEST_SLUG = 200
_LOGIN = re.compile(r"[a-z0-9][a-z0-9._-]{0,59}")
_SLUG = re.compile(r"[a-z0-9][a-z0-9-]*")
_COMMENT = re.compile(r"<!--(.*?)-->", re.DOTALL)
_BLOCK_MARK = re.compile(r" /?wp:[a-z]+(?:-[a-z]+)*(?: \{[^{}]*\})? /?")
_MEDIA_NUMBER = re.compile(r'"(?:id|mediaId)":\s*\d|wp-image-\d')
_MARKED_BLOCK = re.compile(r"<(?:p|h[1-6]|li|blockquote|ul|ol)\b[^>]*\s(?:lang|dir|style)\s*=")
_BROKEN_LINE = re.compile(r"<(p|h[1-6]|li)\b[^>]*>(?:(?!</\1>).)*\n(?:(?!</\1>).)*</\1>", re.DOTALL)
_UNSAFE_TAG = re.compile(r"<\s*(?:script|iframe|form|svg|style|object|embed|link|meta)\b", re.IGNORECASE)
_SOURCE = re.compile(r'<img\b[^>]*\bsrc="([^"]*)"')
_PHOTO_NAME = re.compile(r"[A-Za-z0-9_-]+\.(?:jpe?g|png|gif|webp)")
_PORTS = (None, 80, 443, 8080)
_NO_DATE = "0000-00-00 00:00:00"
_MINE = {"draft", "pending"}


@dataclass(frozen=True)
class Fault:
    """A rule that a file breaks, and where."""

    rule: str
    place: str = ""


@dataclass(frozen=True)
class _Whole:
    """What items of a file may name of each other, read once."""

    posts: frozenset[str]
    photos: frozenset[str]
    """Numbers of both."""
    addresses: frozenset[str]
    beginnings: frozenset[str]
    """Addresses of photos, but for their ends, with which further ones begin."""

    @classmethod
    def read(cls, items: Sequence[Element]) -> "_Whole":
        photos = [item for item in items if _is_photo(item)]
        addresses = {one.findtext(f"{WP}attachment_url") or "" for one in photos}
        # In this order what begins with a stem follows it.
        stems = sorted(address.rpartition(".")[0] for address in addresses)
        return cls(
            posts=frozenset(item.findtext(f"{WP}post_id") or "" for item in items if not _is_photo(item)),
            photos=frozenset(one.findtext(f"{WP}post_id") or "" for one in photos),
            addresses=frozenset(addresses),
            beginnings=frozenset(stem for stem, other in pairwise(stems) if other.startswith(stem)),
        )


def find_wxr_faults(content: bytes) -> list[Fault]:
    """Return the rules that a file breaks; of one that is no XML that alone."""
    if b"<!" in content.partition(b"<rss")[0]:
        return [Fault("no document type")]
    try:
        root = ElementTree.fromstring(content)  # noqa: S314  # no document type, see above
    except ElementTree.ParseError:
        return [Fault("well-formed XML")]
    channel = root.find("channel")
    if channel is None:
        return [Fault("a channel")]
    items = channel.findall("item")
    whole = _Whole.read(items)
    return [
        *_judge_file(content, channel),
        *_judge_authors(channel, items),
        *_judge_terms(channel, items),
        *_judge_identity(items),
        *(fault for item in items for fault in _judge_item(item, whole)),
    ]


def _judge_file(content: bytes, channel: Element) -> Iterator[Fault]:
    if len(content) > _LARGEST:
        yield Fault("small enough for the fast reader")
    if channel.findtext(f"{WP}wxr_version") != "1.2":
        yield Fault("version 1.2")


def _judge_authors(channel: Element, items: Sequence[Element]) -> Iterator[Fault]:
    authors = channel.findall(f"{WP}author")
    logins = [one.findtext(f"{WP}author_login") or "" for one in authors]
    for login in logins:
        if not _LOGIN.fullmatch(login):
            yield Fault("logins of plain letters", login)
    if len(set(logins)) != len(logins):
        yield Fault("each author once")
    if any(one.findtext(f"{WP}author_email") for one in authors):
        yield Fault("no addresses of mail")
    for item in items:
        if item.findtext(CREATOR) not in logins:
            yield Fault("authors that are declared", _name(item))


def _judge_terms(channel: Element, items: Sequence[Element]) -> Iterator[Fault]:
    categories: list[str] = []
    for one in channel.findall(f"{WP}category"):
        parent = one.findtext(f"{WP}category_parent") or ""
        if parent and parent not in categories:
            yield Fault("parents of categories first", parent)
        categories.append(one.findtext(f"{WP}category_nicename") or "")
    tags = [one.findtext(f"{WP}tag_slug") or "" for one in channel.findall(f"{WP}tag")]
    for slug in (*categories, *tags):
        if not _SLUG.fullmatch(slug) or len(slug) > _LONGEST_SLUG:
            yield Fault("slugs that stay", slug)
    declared = {"category": categories, "post_tag": tags}
    for item in items:
        for one in item.findall("category"):
            if one.get("domain") not in declared:
                yield Fault("categories and tags alone", _name(item))
            elif one.get("nicename") not in declared[one.get("domain", "")]:
                yield Fault("terms that are declared", _name(item))


def _judge_identity(items: Sequence[Element]) -> Iterator[Fault]:
    """Judge what tells items apart."""
    numbers = [item.findtext(f"{WP}post_id") or "" for item in items]
    if len(set(numbers)) != len(numbers) or not all(one.isdecimal() and int(one) > 0 for one in numbers):
        yield Fault("numbers of their own")
    known = [
        (item.findtext("title"), item.findtext(f"{WP}post_date")) for item in items if not _is_photo(item)
    ]
    if len(set(known)) != len(known):
        yield Fault("headline and date of its own")
    guids = [item.findtext("guid") or "" for item in items]
    if len(set(guids)) != len(guids) or not all(_is_full_address(guid) for guid in guids):
        yield Fault("full addresses as guid")


def _judge_item(item: Element, whole: _Whole) -> Iterator[Fault]:
    name = _name(item)
    if not (item.findtext("title") or "").strip():
        yield Fault("a headline", name)
    if any("<" in (item.findtext(part) or "") for part in ("title", EXCERPT)):
        yield Fault("words as headline and excerpt", name)
    if not _is_date(item.findtext(f"{WP}post_date") or ""):
        yield Fault("a real date", name)
    if item.findtext(f"{WP}post_date_gmt") != _NO_DATE:
        yield Fault("published only when somebody publishes it", name)
    if _is_photo(item):
        yield from (Fault(rule, name) for rule in _judge_photo(item, whole))
    else:
        yield from (Fault(rule, name) for rule in _judge_post(item, whole))


def _judge_post(item: Element, whole: _Whole) -> Iterator[str]:
    if item.findtext(f"{WP}post_type") != "post":
        yield "posts and photos alone"
    if item.findtext(f"{WP}status") not in _MINE:
        yield "drafts alone"
    yield from _judge_text(item.findtext(CONTENT) or "")
    if any(value not in whole.photos for value in _list_meta(item, "_thumbnail_id")):
        yield "a featured photo of this file"
    sources = [source for source in _SOURCE.findall(item.findtext(CONTENT) or "") if "://" in source]
    if not {source.replace("&amp;", "&") for source in sources} <= whole.addresses:
        yield "photos of this file"


def _judge_text(text: str) -> Iterator[str]:
    comments = _COMMENT.findall(text)
    if not all(_BLOCK_MARK.fullmatch(one) for one in comments):
        yield "no comments, which are public"
    if any(_MEDIA_NUMBER.search(part) for part in (*comments, *re.findall(r'class="[^"]*"', text))):
        yield "no numbers of another site's media"
    words = _COMMENT.sub("", text)
    if "[" in words:
        yield "no shortcodes"
    if _MARKED_BLOCK.search(words):
        yield "no languages on blocks"
    if _BROKEN_LINE.search(words):
        yield "one line for each paragraph"
    if _UNSAFE_TAG.search(words):
        yield "nothing that WordPress drops"


def _judge_photo(item: Element, whole: _Whole) -> Iterator[str]:
    address = item.findtext(f"{WP}attachment_url") or ""
    if not is_fetchable(address):
        yield "photos at a public address"
    if not _PHOTO_NAME.fullmatch(urlsplit(address).path.rpartition("/")[2]):
        yield "photos with a plain name"
    if address.rpartition(".")[0] in whole.beginnings:
        yield "names of photos that are no beginning of others"
    if item.findtext("guid") != address:
        yield "the address of a photo as its guid"
    if item.findtext(f"{WP}status") != "inherit":
        yield "photos as their post"
    if item.findtext(f"{WP}post_parent") not in whole.posts:
        yield "photos with their post"
    if not any(_list_meta(item, "_wp_attachment_image_alt")):
        yield "alternative texts"
    if not item.findtext(EXCERPT) or not item.findtext(CONTENT):
        yield "caption, credit and licence"


def _is_photo(item: Element) -> bool:
    return item.findtext(f"{WP}post_type") == "attachment"


def _name(item: Element) -> str:
    return item.findtext("guid") or ""


def _list_meta(item: Element, key: str) -> list[str]:
    return [
        one.findtext(f"{WP}meta_value") or ""
        for one in item.findall(f"{WP}postmeta")
        if one.findtext(f"{WP}meta_key") == key
    ]


def _is_full_address(text: str) -> bool:
    return text.startswith("https://") and len(urlsplit(text).path) > 1


def _is_date(text: str) -> bool:
    try:
        datetime.strptime(text, "%Y-%m-%d %H:%M:%S")  # noqa: DTZ007  # only whether it is one
    except ValueError:
        return False
    return True


def is_fetchable(address: str) -> bool:
    """Say whether WordPress would fetch it: by name, at a usual port."""
    try:
        parts = urlsplit(address)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return False
    if parts.scheme not in ("http", "https") or port not in _PORTS:
        return False
    try:
        return ipaddress.ip_address(host).is_global
    except ValueError:
        return "." in host and not host.endswith((".localhost", ".local", ".invalid", ".test"))
