"""The preview of a link to a coverage: description, picture, feeds, and what programs learn of it."""

from collections.abc import Sequence

from flask import url_for

from portal.extensions import current_portal, now
from portal.models import Coverage
from portal.queries.calls import current_call, takes_texts
from portal.queries.published import PublishedStory
from portal.web.public.cards import coverage_card_address
from portal.web.public.facts import describe_call
from portal.web.public.feeds import link_feeds
from portal.web.public.link_preview import LinkPreview, describe_text, make_preview
from portal.web.site.locale import find_locale
from portal.web.site.localized import choose_text


def preview_coverage(coverage: Coverage, stories: Sequence[PublishedStory]) -> LinkPreview:
    """Return the preview of a coverage; `stories` are the newest ones its page shows."""
    settings, fallback = current_portal().settings, coverage.primary_locale
    title, about = (
        choose_text(coverage.title, fallback),
        choose_text(coverage.summary or coverage.introduction, fallback),
    )
    card = coverage_card_address(coverage)
    call = current_call(coverage, at=now())
    facts = describe_call(
        name=title.text,
        about=describe_text(about),
        lang=about.lang,
        url=settings.base_url + url_for("public.coverage", coverage=coverage.slug),
        picture=settings.base_url + card,
        licence=coverage.licence_uri,
        site=settings.site_names[find_locale().tag],
        closes=call.closes_at if call is not None and takes_texts(call, at=now()) else None,
        stories=stories,
    )
    return make_preview(about, card, facts=facts, feeds=link_feeds(coverage))
