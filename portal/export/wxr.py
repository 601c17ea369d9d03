"""WordPress import files (WXR 1.2): one for each language, as newsrooms run one site for each.

The shape follows what real WordPress did with files of every other shape; the rules stand in wxr_lint, which
looks at each file before it leaves. The importer never updates and knows a story again only by its headline
and date, so a story belongs into one file, once.
"""

import hashlib
import json
import logging
import re
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.utils import format_datetime
from tempfile import TemporaryFile
from typing import IO
from xml.sax.saxutils import escape

from flask_babel import lazy_gettext as _l

from portal.domain.errors import FormatFailed
from portal.domain.slugs import make_slug
from portal.export.formats import Format
from portal.export.photos import PictureRecord
from portal.export.post import PostLayout, write_post
from portal.export.record import SPECIAL_COVERAGE, ExportRecord
from portal.export.sections import Sections
from portal.export.story_archive import FolderNames, StoryArchive
from portal.export.wordpress import write_inline_html
from portal.export.wxr_lint import find_wxr_faults
from portal.story.blocks import Text

NAME = "wxr"
LARGEST_FILE = 8 * 1024 * 1024
"""Bytes. From 11 MB on WordPress takes a slower reader, which keeps what the other one drops."""
LAYOUT = PostLayout(has_dek=True, has_bio=True, has_licence=True)
"""Who imports chooses an author by hand, and has no field for a dek or a licence: the text has them."""

_NOT_IN_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_NO_DATE = "0000-00-00 00:00:00"
_DATE = "%Y-%m-%d %H:%M:%S"
_NAMESPACES = (
    'xmlns:excerpt="http://wordpress.org/export/1.2/excerpt/"'
    ' xmlns:content="http://purl.org/rss/1.0/modules/content/"'
    ' xmlns:wfw="http://wellformedweb.org/CommentAPI/"'
    ' xmlns:dc="http://purl.org/dc/elements/1.1/"'
    ' xmlns:wp="http://wordpress.org/export/1.2/"'
)
_NO_SITE = "https://stories.invalid"
"""Begins addresses by which WordPress tells things apart; nothing is ever asked of it."""
_SHORT_DIGEST = 6
_LONGEST_NAME = 50
"""A login has 60 signs."""
_log = logging.getLogger(__name__)

_SPECIAL_NAME = "Special Coverage"


@dataclass(frozen=True)
class _Story:
    """What is kept of a story until its file is written, as JSON: its number and date come last."""

    title: str
    date: str
    author: tuple[str, str]
    """Login and name to print."""
    category: tuple[str, str]
    """Slug and name of the coverage."""
    tags: list[tuple[str, str]]
    head: str
    """The item as far as the number of the post, which follows."""
    rest: str
    photos: list[tuple[str, str]]
    """The same of each photo: its item up to the number, and what follows up to that of its post."""
    featured: int
    """Which of them stands for the story, counted from 1; 0 for none."""


class WxrWriter:
    """Writes photos into the archive, keeps the stories in files without a name, and the XML at the end."""

    def __init__(self, out: IO[bytes], uids: Iterable[str]) -> None:
        """Begin an archive of some of the stories that have these ids."""
        self._archive = StoryArchive(out)
        self._names = FolderNames(uids)
        self._files: dict[str, IO[bytes]] = {}
        self._stories: dict[str, Sections] = {}

    def add(self, record: ExportRecord) -> None:
        """Write a story."""
        folder = f"{record.lang}-{self._names.name(record)}"
        self._archive.add(record.uid, {f"{folder}/{one.file}": one.content for one in record.pictures})
        if record.lang not in self._stories:
            self._files[record.lang] = TemporaryFile()  # noqa: SIM115  # closed by close()
            self._stories[record.lang] = Sections(self._files[record.lang])
        kept = vars(_describe_story(record, folder))
        self._stories[record.lang].add(record.uid, json.dumps(kept, ensure_ascii=False).encode())

    def finish(self) -> None:
        """Write a file for each language, or some where it would be too large for WordPress."""
        for lang, stories in sorted(self._stories.items()):
            parts = _cut(stories.read())
            for name, part in _name_parts(lang, parts):
                self._archive.write(name, _check(write_import(lang, part), name))
        self._archive.finish()

    def leave_out(self, uids: Collection[str]) -> None:
        """Take stories out."""
        for stories in self._stories.values():
            stories.take_out(uids)
        self._archive.take_out(uids)
        self.finish()

    def close(self) -> None:
        """Let go of all files."""
        for file in self._files.values():
            file.close()
        self._archive.close()


def _check(content: bytes, name: str) -> bytes:
    """Return a file that breaks no rule. The log gets the rules a file breaks, never words of a story."""
    faults = find_wxr_faults(content)
    if faults:
        _log.error("%s breaks rules of WordPress: %s", name, "; ".join(sorted({one.rule for one in faults})))
        raise FormatFailed(NAME)
    return content


def _name_parts(lang: str, parts: Iterator[list[_Story]]) -> Iterator[tuple[str, list[_Story]]]:
    """Give parts with their names, of which only two are held at a time; one alone has no number."""
    number, waiting = 0, next(parts, None)
    for part in parts:
        number += 1
        yield f"{lang}-{number}.xml", waiting or []
        waiting = part
    if waiting is not None:
        yield f"{lang}-{number + 1}.xml" if number else f"{lang}.xml", waiting


def _cut(kept: Iterable[bytes]) -> Iterator[list[_Story]]:
    """Cut stories, as they are kept, into files that are small enough; each file holds at least one.

    A story takes no more room in its file than as JSON.
    """
    part: list[_Story] = []
    size = 0
    for story in kept:
        if part and size + len(story) > LARGEST_FILE:
            yield part
            part, size = [], 0
        part.append(_Story(**json.loads(story)))
        size += len(story)
    if part:
        yield part


def _describe_story(record: ExportRecord, folder: str) -> _Story:
    author = _name_author(record)
    tags = [(topic.slug, topic.name) for topic in record.topics]
    served = [one for one in record.pictures if one.address]
    sources = {one.file: one.address or f"{folder}/{one.file}" for one in record.pictures}
    featured = next((n for n, one in enumerate(served, 1) if one.file == record.featured), 0)
    terms = [
        ("category", SPECIAL_COVERAGE, _SPECIAL_NAME),
        ("category", record.coverage_slug, record.coverage_title),
        *(("post_tag", slug, name) for slug, name in tags),
    ]
    head = (
        f"<item>\n<title>{_quote(_as_html(record.title))}</title>\n{_write_feed_parts(record)}"
        f"<dc:creator>{_quote(author[0])}</dc:creator>\n"
        f'<guid isPermaLink="false">{_NO_SITE}/{record.uid}</guid>\n'
        f"<content:encoded>{_quote(write_post(record, LAYOUT, sources=sources))}</content:encoded>\n"
        f"<excerpt:encoded>{_quote(_as_html(record.excerpt))}</excerpt:encoded>\n<wp:post_id>"
    )
    rest = (
        "<wp:comment_status>closed</wp:comment_status>\n<wp:ping_status>closed</wp:ping_status>\n"
        f"<wp:post_name>{_quote(record.slug)}</wp:post_name>\n<wp:status>draft</wp:status>\n"
        "<wp:post_parent>0</wp:post_parent>\n<wp:menu_order>0</wp:menu_order>\n"
        "<wp:post_type>post</wp:post_type>\n<wp:post_password></wp:post_password>\n"
        "<wp:is_sticky>0</wp:is_sticky>\n"
        + "".join(
            f'<category domain="{domain}" nicename="{escape(slug)}">{_quote(name)}</category>\n'
            for domain, slug, name in terms
        )
        + _write_meta("_portal_story", record.uid)
        + _write_meta("_portal_revision", str(record.revision))
    )
    return _Story(
        record.title,
        record.edited_at.strftime(_DATE),
        author,
        (record.coverage_slug, record.coverage_title),
        tags,
        head,
        rest,
        [_describe_photo(record, one, author[0]) for one in served],
        featured,
    )


def _describe_photo(record: ExportRecord, one: PictureRecord, login: str) -> tuple[str, str]:
    words = " · ".join(part for part in (one.credit, one.licence or record.licence.name) if part)
    head = (
        f"<item>\n<title>{_quote(one.address.rpartition('/')[2])}</title>\n{_write_feed_parts(record)}"
        f"<dc:creator>{_quote(login)}</dc:creator>\n"
        f'<guid isPermaLink="false">{escape(one.address)}</guid>\n'
        f"<content:encoded>{_quote(_as_html(words))}</content:encoded>\n"
        f"<excerpt:encoded>{_quote(_as_html(one.caption(record.licence.name)))}</excerpt:encoded>\n<wp:post_id>"
    )
    rest = (
        "<wp:comment_status>closed</wp:comment_status>\n<wp:ping_status>closed</wp:ping_status>\n"
        "<wp:status>inherit</wp:status>\n<wp:menu_order>0</wp:menu_order>\n"
        "<wp:post_type>attachment</wp:post_type>\n<wp:post_password></wp:post_password>\n"
        "<wp:is_sticky>0</wp:is_sticky>\n"
        f"<wp:attachment_url>{_quote(one.address)}</wp:attachment_url>\n"
        f"{_write_meta('_wp_attachment_image_alt', one.description)}<wp:post_parent>"
    )
    return head, rest


def _write_feed_parts(record: ExportRecord) -> str:
    """Return what a feed says of an item: WordPress passes over it, other readers of such files do not."""
    return (
        f"<link>{_NO_SITE}/{record.uid}</link>\n<pubDate>{format_datetime(record.edited_at)}</pubDate>\n"
        "<description></description>\n"
    )


def _name_author(record: ExportRecord) -> tuple[str, str]:
    """Return login and name: WordPress empties a login of other letters, and the importer's name is printed.

    Names that are written alike in Latin letters are told apart.
    """
    if not record.byline:
        return "anonymous", "Anonymous"
    digest = hashlib.sha256(record.byline.encode()).hexdigest()[:_SHORT_DIGEST]
    spelt = make_slug(record.byline, record.lang)[:_LONGEST_NAME].strip("-")
    return f"{spelt or 'author'}-{digest}", record.byline


def write_import(lang: str, stories: Collection[_Story]) -> bytes:
    """Return the file with stories of one language."""
    title = next(iter(stories)).category[1]
    head = (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<rss version="2.0" {_NAMESPACES}>\n<channel>\n'
        f"<title>{_quote(title)}</title>\n<link>{_NO_SITE}</link>\n<description></description>\n"
        f"<language>{escape(lang)}</language>\n<wp:wxr_version>1.2</wp:wxr_version>\n"
        f"<wp:base_site_url>{_NO_SITE}</wp:base_site_url>\n<wp:base_blog_url>{_NO_SITE}</wp:base_blog_url>\n"
    )
    return "".join([head, *_declare(stories), *_number(stories), "</channel>\n</rss>\n"]).encode()


def _declare(stories: Collection[_Story]) -> Iterator[str]:
    """Yield authors, categories from the top, and tags, each once."""
    for login, name in sorted(dict(story.author for story in stories).items()):
        yield (
            f"<wp:author><wp:author_login>{_quote(login)}</wp:author_login>"
            "<wp:author_email></wp:author_email>"
            f"<wp:author_display_name>{_quote(name)}</wp:author_display_name></wp:author>\n"
        )
    yield _write_category(SPECIAL_COVERAGE, "", _SPECIAL_NAME)
    for slug, name in sorted(dict(story.category for story in stories).items()):
        yield _write_category(slug, SPECIAL_COVERAGE, name)
    for slug, name in sorted(dict(tag for story in stories for tag in story.tags).items()):
        yield (
            f"<wp:tag><wp:tag_slug>{_quote(slug)}</wp:tag_slug><wp:tag_name>{_quote(name)}</wp:tag_name></wp:tag>\n"
        )


def _write_category(slug: str, parent: str, name: str) -> str:
    return (
        f"<wp:category><wp:category_nicename>{_quote(slug)}</wp:category_nicename>"
        f"<wp:category_parent>{_quote(parent)}</wp:category_parent>"
        f"<wp:cat_name>{_quote(name)}</wp:cat_name></wp:category>\n"
    )


def _number(stories: Iterable[_Story]) -> Iterator[str]:
    """Yield the items with their numbers; two of one headline never have the same date."""
    taken: set[tuple[str, str]] = set()
    newest: dict[tuple[str, str], str] = {}
    """Of a headline and a date the one that was given last: all before it are taken."""
    number = 0
    for story in stories:
        number += 1
        post, date = number, newest.get((story.title, story.date), story.date)
        while (story.title, date) in taken:
            date = (datetime.strptime(date, _DATE) + timedelta(seconds=1)).strftime(_DATE)  # noqa: DTZ007  # a WXR date has no zone
        taken.add((story.title, date))
        newest[story.title, story.date] = date
        dates = f"<wp:post_date>{date}</wp:post_date>\n<wp:post_date_gmt>{_NO_DATE}</wp:post_date_gmt>\n"
        featured = _write_meta("_thumbnail_id", str(post + story.featured)) if story.featured else ""
        yield f"{story.head}{post}</wp:post_id>\n{dates}{story.rest}{featured}</item>\n"
        for head, rest in story.photos:
            number += 1
            yield f"{head}{number}</wp:post_id>\n{dates}{rest}{post}</wp:post_parent>\n</item>\n"


def _write_meta(key: str, value: str) -> str:
    return (
        f"<wp:postmeta><wp:meta_key>{key}</wp:meta_key>"
        f"<wp:meta_value>{_quote(value)}</wp:meta_value></wp:postmeta>\n"
    )


def _as_html(text: str) -> str:
    """Return words as WordPress shows them: headlines and excerpts are HTML there, scripts too."""
    return write_inline_html((Text(text),))


def _quote(text: str) -> str:
    """Return a text as CDATA, in two where it holds the end of one, without what XML has no place for."""
    clean = _NOT_IN_XML.sub("", text).replace("]]>", "]]]]><![CDATA[>")
    return f"<![CDATA[{clean}]]>"


FORMAT = Format(
    WxrWriter,
    "zip",
    "application/zip",
    _l("Download files for WordPress"),
    _l("A file for each language to import as drafts, once, with the photos beside it."),
    fetches_photos=True,
    is_imported_once=True,
    name=_l("Files for WordPress"),
    fetching_hint=_l(
        "Let the importer download attachments: within a day it fetches the photos from this "
        "portal. They are in the archive, too."
    ),
    no_fetching_hint=_l(
        "The photos are in the archive, to be uploaded by hand. WordPress could fetch them "
        "only if this portal had a public https address."
    ),
)
