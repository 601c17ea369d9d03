"""The front page of a coverage: what stands at its head, and its published stories as cards."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import url_for
from flask_babel import format_date
from flask_babel import gettext as _

from portal.data import content
from portal.domain.languages import UNDETERMINED, written_name
from portal.domain.sides import Side
from portal.domain.title_breaks import split_phrases
from portal.models import Coverage, LeadPicture
from portal.queries.published import PublishedStory, StoryAddress
from portal.web.site.dates import write_day
from portal.web.site.error_pages import asset
from portal.web.site.labels import side_label
from portal.web.site.locale import find_locale
from portal.web.site.localized import LocalizedText, choose_text

PAGE_SIZE = 9
"""Stories on a page: three rows of three, and the page stays light."""
LANGUAGE, PAGE = "language", "page"
"""Parameters of the filter and of further pages."""
_LONG_TITLE, _LONG_HAN_TITLE = 60, 24
_LONG_PLACE = 9
_GROUNDS: Mapping[Side | None, int] = {Side.TAIWAN: 0, Side.UKRAINE: 1, Side.ELSEWHERE: 2}
_BRACKET = re.compile(r"\s*[(（]")
_HAN = re.compile(r"[\u2e80-\u9fff]")


@dataclass(frozen=True)
class ShownPicture:
    """The picture at the head of the page."""

    src: str
    width: int
    height: int
    alt: LocalizedText
    credit: LocalizedText


@dataclass(frozen=True)
class Title:
    """A title in phrases between which its line may break."""

    lang: str
    text: str
    phrases: tuple[str, ...]

    @property
    def is_long(self) -> bool:
        """Say whether it is set smaller, so that it does not fill a screen."""
        return len(self.text) > (_LONG_HAN_TITLE if _HAN.search(self.text) else _LONG_TITLE)


@dataclass(frozen=True)
class Card:
    """The card of a published story."""

    story: PublishedStory
    href: str
    hreflang: str
    languages: Sequence[tuple[str, str, str]]
    """Of each language it can be read in: tag, name, and where; the first is where the card leads."""
    date: str
    side: str
    photo: str
    ground: int
    """Which of the three grounds its tile has, where there is no photo."""

    @property
    def is_place_long(self) -> bool:
        """Say whether the place is set smaller on the tile."""
        return len(self.story.place) > _LONG_PLACE


@dataclass(frozen=True)
class FilterLink:
    """A link that leaves out what cannot be read in a language, with the number that stays."""

    label: str
    count: int
    href: str
    is_current: bool


@dataclass(frozen=True)
class StoryPage:
    """The page of stories that is shown: which language was asked for, and which page of how many."""

    lang: str
    number: int
    counts: Mapping[str, int]

    @property
    def total(self) -> int:
        """Return how many stories there are in the language."""
        return self.counts.get(self.lang, 0)

    @property
    def last(self) -> int:
        """Return the number of the last page."""
        return max(1, -(-self.total // PAGE_SIZE))


def read_story_page(lang: str, number: str, counts: Mapping[str, int]) -> StoryPage:
    """Return the page that an address asks for; what there is not is the first page of all."""
    wanted = StoryPage(lang if lang in counts else "", 1, counts)
    asked = int(number) if number.isascii() and number.isdigit() and len(number) < len("10000") else 1
    return StoryPage(wanted.lang, asked if 1 <= asked <= wanted.last else 1, counts)


def read_title(coverage: Coverage) -> Title:
    """Return the title for the reader, in phrases where somebody has marked them."""
    lang, text = choose_text(coverage.title, coverage.primary_locale)
    return Title(lang, text, split_phrases(coverage.title_breaks.get(lang, ""), text))


def show_picture(coverage: Coverage, chosen: LeadPicture | None) -> ShownPicture | None:
    """Return the picture that was chosen, else the release's for the coverage it ships; else None."""
    fallback = coverage.primary_locale
    if chosen is not None:
        return ShownPicture(
            url_for("public_pictures.lead", coverage=coverage.slug, fingerprint=chosen.sha256[:16]),
            chosen.width,
            chosen.height,
            choose_text(chosen.alt, fallback),
            LocalizedText(UNDETERMINED, chosen.credit),
        )
    shipped = content.coverage_texts()
    if coverage.slug != shipped["slug"]:
        return None
    row = shipped["picture"]
    return ShownPicture(
        asset(row["file"]),
        row["width"],
        row["height"],
        choose_text(row["alt"], fallback),
        choose_text(row["credit"], fallback),
    )


def list_filters(slug: str, page: StoryPage) -> Sequence[FilterLink]:
    """Return a link for each language something can be read in; none where that is one alone."""
    tags = sorted((tag for tag in page.counts if tag), key=lambda tag: (-page.counts[tag], tag))
    if len(tags) < 2:
        return []
    return [
        FilterLink(
            short_name(tag) if tag else _("All"),
            page.counts[tag],
            _address(slug, tag),
            tag == page.lang,
        )
        for tag in ("", *tags)
    ]


def list_pages(slug: str, page: StoryPage) -> tuple[str, str]:
    """Return where newer and where older stories stand; empty where there are none."""
    newer = _address(slug, page.lang, page.number - 1) if page.number > 1 else ""
    older = _address(slug, page.lang, page.number + 1) if page.number < page.last else ""
    return newer, older


def _address(slug: str, lang: str, number: int = 1) -> str:
    asked = {LANGUAGE: lang, PAGE: str(number) if number > 1 else ""}
    given: dict[str, Any] = {name: value for name, value in asked.items() if value}
    return url_for("public.coverage", coverage=slug, _anchor="stories", **given)


def group_cards(stories: Sequence[PublishedStory], *, at: datetime) -> Sequence[tuple[Card, ...]]:
    """Return the cards in order: alone, or two where one answers the other and both are on the page."""
    by_id = {story.public_id: story for story in stories}
    groups: list[tuple[Card, ...]] = []
    placed: set[str] = set()
    pairs = {
        member: (story.answered.public_id, story.public_id)
        for story in reversed(stories)
        if story.answered is not None and story.answered.public_id in by_id
        for member in (story.answered.public_id, story.public_id)
    }
    for story in stories:
        if story.public_id in placed:
            continue
        pair = pairs.get(story.public_id, ())
        members = pair if pair and not placed.intersection(pair) else (story.public_id,)
        placed.update(members)
        groups.append(tuple(_make_card(by_id[member], at) for member in members))
    return groups


def _make_card(story: PublishedStory, at: datetime) -> Card:
    reader = find_locale().tag
    leads_to = story.address_for(reader)
    others = [one for one in story.addresses if one is not leads_to]
    return Card(
        story=story,
        href=leads_to.url,
        hreflang=leads_to.lang,
        languages=[(one.lang, _name_place(one), one.url) for one in (leads_to, *others)],
        date=_write_date(story.published_at, at),
        side=side_label(story.side) if story.side else "",
        photo=url_for("public_pictures.card_photo", public_id=story.picture.public_id)
        if story.picture
        else "",
        ground=_GROUNDS.get(story.side, 0),
    )


def _name_place(address: StoryAddress) -> str:
    """Return the language it is read in there, and the site where several have it in that."""
    language = short_name(address.lang)
    if not address.site:
        return language
    # NOTE: a language a story is read in, and the newsroom's site that has it.
    return str(_("%(language)s (%(site)s)", language=language, site=address.site))


def _write_date(told: datetime, at: datetime) -> str:
    """Return a day; its year, too, where that is not this one."""
    return write_day(told) if told.year == at.year else str(format_date(told, "long"))


def short_name(tag: str) -> str:
    """Return the name of a language without what stands in brackets behind it."""
    return _BRACKET.split(written_name(tag, find_locale().tag))[0]
