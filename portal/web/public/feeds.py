"""Feeds of a coverage's published stories: every story once, at its address in the reader's language.

They say no more than the coverage's page, and ask the same query: what was taken down is gone with the next
look.
"""

import uuid

from flask import Blueprint, Response, abort, url_for

from portal.extensions import current_portal, db, now
from portal.models import Coverage
from portal.queries.calls import find_with_calls
from portal.queries.published import PublishedStory, StoryPicture, list_published
from portal.web.public.feed_formats import (
    ATOM,
    JSON_FEED,
    Feed,
    FeedEntry,
    FeedPicture,
    write_atom,
    write_json_feed,
)
from portal.web.public.link_preview import FeedLink, describe_text
from portal.web.public.shared_files import send_shared
from portal.web.site.access import access
from portal.web.site.locale import find_locale
from portal.web.site.localized import choose_text

room = Blueprint("public_feeds", __name__)

_MOST = 50
_ENDPOINTS = {ATOM: "public_feeds.atom", JSON_FEED: "public_feeds.json_feed"}


@room.get("/<lang:lang>/<coverage>/feed.atom")
@access("open")
def atom(coverage: str) -> Response:
    """Send the feed as Atom."""
    return send_shared(write_atom(_make_feed(coverage, ATOM)), ATOM)


@room.get("/<lang:lang>/<coverage>/feed.json")
@access("open")
def json_feed(coverage: str) -> Response:
    """Send the feed as JSON Feed."""
    return send_shared(write_json_feed(_make_feed(coverage, JSON_FEED)), JSON_FEED)


def link_feeds(coverage: Coverage) -> list[FeedLink]:
    """Return where the feeds of a coverage are, for the head of its page."""
    return [
        FeedLink(kind, url_for(endpoint, coverage=coverage.slug)) for kind, endpoint in _ENDPOINTS.items()
    ]


def _make_feed(slug: str, kind: str) -> Feed:
    coverage = find_with_calls(db.session(), slug) or abort(404)
    settings, here = current_portal().settings, find_locale().tag
    stories = list_published(db.session(), coverage.id, at=now(), most=_MOST)
    entries = [_describe_story(story, here) for story in stories]
    return Feed(
        lang=here,
        title=choose_text(coverage.title, coverage.primary_locale).text,
        about=describe_text(choose_text(coverage.summary or coverage.introduction, coverage.primary_locale)),
        site=settings.site_names[here],
        page=settings.base_url + url_for("public.coverage", coverage=slug),
        address=settings.base_url + url_for(_ENDPOINTS[kind], coverage=slug),
        updated=max((entry.updated for entry in entries), default=coverage.created_at),
        entries=entries,
    )


def _describe_story(story: PublishedStory, tag: str) -> FeedEntry:
    address = story.address_for(tag)
    return FeedEntry(
        # The same in every language and wherever it moves, and nothing the desk's addresses hold.
        id=uuid.uuid5(uuid.NAMESPACE_OID, story.public_id).urn,
        lang=story.lang,
        title=story.title,
        excerpt=story.excerpt,
        author=story.author,
        url=address.url,
        url_lang=address.lang,
        published=story.published_at,
        updated=max(one.since for one in story.addresses),
        picture=_describe_picture(story.picture) if story.picture else None,
    )


def _describe_picture(picture: StoryPicture) -> FeedPicture:
    path = url_for("public_pictures.card_photo", public_id=picture.public_id)
    return FeedPicture(current_portal().settings.base_url + path, picture.alt)
