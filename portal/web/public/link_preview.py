"""What a link to a public page shows where people share it, and what search engines read of the page."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from babel.core import get_global

from portal.domain.languages import LOCALES, Locale
from portal.story.blocks import paragraphs
from portal.story.markdown import to_blocks
from portal.web.public.share_card import SIZE
from portal.web.site.locale import find_locale
from portal.web.site.localized import LocalizedText

_MOST_LETTERS = 200
_MOST_HAN = 90
"""Han says in one character what others say in two or three letters."""
_LEAST_PART = 0.4
"""Of what is kept, for the sake of a whole last sentence."""
_SENTENCE_ENDS = re.compile(r"[.!?…](?=\s)|[。！？]")
_HAN = re.compile(r"[\u3400-\u9fff]")


@dataclass(frozen=True)
class FeedLink:
    """A feed of what a page lists: its type, and its address without the host."""

    kind: str
    path: str


@dataclass(frozen=True)
class LinkPreview:
    """The description of a page and its picture, and what programs learn of it by schema.org."""

    description: str
    card: str
    """Address of the picture, without the host."""
    locale: str
    other_locales: Sequence[str]
    facts: Mapping[str, Any] | None
    feeds: Sequence[FeedLink]
    size: tuple[int, int] = SIZE


def make_preview(
    text: LocalizedText, card: str, *, facts: Mapping[str, Any] | None = None, feeds: Sequence[FeedLink] = ()
) -> LinkPreview:
    """Return the preview of a page that begins with a Markdown text, in the reader's language."""
    here = find_locale()
    others = [_name_open_graph(one) for one in LOCALES if one != here]
    return LinkPreview(describe_text(text), card, _name_open_graph(here), others, facts, feeds)


def describe_text(text: LocalizedText) -> str:
    """Return the beginning of a Markdown text, in whole sentences where they are short enough."""
    is_han = _HAN.search(text.text) is not None
    whole = ("" if is_han else " ").join(" ".join(one.split()) for one in paragraphs(to_blocks(text.text)))
    most = _MOST_HAN if is_han else _MOST_LETTERS
    return whole if len(whole) <= most else _cut(whole, most)


def _cut(text: str, most: int) -> str:
    ends = [stop.end() for stop in _SENTENCE_ENDS.finditer(text, 0, most)]
    if ends and ends[-1] >= most * _LEAST_PART:
        return text[: ends[-1]]
    kept = text[: most - 1]
    space = kept.rfind(" ")
    return (kept[:space] if space > 0 else kept).rstrip(" ,;:–—，、；：") + "…"


def _name_open_graph(locale: Locale) -> str:
    """Return a language as Open Graph names it, always with a territory: uk_UA, zh_TW."""
    likely = get_global("likely_subtags")
    language, *_script, territory = likely.get(locale.babel, locale.babel).split("_")
    return f"{language}_{territory}"
