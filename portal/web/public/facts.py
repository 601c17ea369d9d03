"""Facts of a page for programs, by the words of schema.org."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from portal.queries.published import PublishedStory

_MOST_STORIES = 10
"""Of the newest: the page lists the others, and has to stay light."""


def describe_call(
    *,
    name: str,
    about: str,
    lang: str,
    url: str,
    picture: str,
    licence: str,
    site: str,
    closes: datetime | None,
    stories: Sequence[PublishedStory],
) -> dict[str, Any]:
    """Return a coverage and its call as a CreativeWork, with its newest stories as Articles."""
    facts: dict[str, Any] = {
        "@context": "https://schema.org",
        "@type": "CreativeWork",
        "name": name,
        "description": about,
        "inLanguage": lang,
        "url": url,
        "image": picture,
        "license": licence,
        "publisher": {"@type": "Organization", "name": site},
    }
    if closes is not None:
        facts["expires"] = closes.isoformat()
    if stories:
        facts["hasPart"] = [_describe_story(story, lang) for story in stories[:_MOST_STORIES]]
    return facts


def _describe_story(story: PublishedStory, lang: str) -> dict[str, Any]:
    address = story.address_for(lang)
    article: dict[str, Any] = {
        "@type": "Article",
        "headline": story.title,
        "url": address.url,
        "inLanguage": address.lang,
        "datePublished": story.published_at.date().isoformat(),
    }
    if story.author:
        article["author"] = {"@type": "Person", "name": story.author}
    return article
