"""The desk's texts as pages show them: chosen for the reader, with the language they are in."""

from collections.abc import Mapping
from typing import NamedTuple

from portal.domain.languages import best_text
from portal.domain.questions import fill_placeholders
from portal.story.html import to_html
from portal.story.markdown import to_blocks
from portal.web.site.locale import find_locale


class LocalizedText(NamedTuple):
    """A text and its language tag."""

    lang: str
    text: str


def choose_text(texts: Mapping[str, str], fallback: str = "en") -> LocalizedText:
    """Return a text in the reader's language, else the fallback, else any; empty when there is none."""
    try:
        return LocalizedText(*best_text(texts, (find_locale().tag, fallback)))
    except LookupError:
        return LocalizedText(find_locale().tag, "")


def choose_html(texts: Mapping[str, str], fallback: str = "en") -> LocalizedText:
    """Return a Markdown text as safe HTML."""
    lang, text = choose_text(texts, fallback)
    return LocalizedText(lang, to_html(to_blocks(text)))


def choose_lines(
    lists: Mapping[str, list[str]], values: Mapping[str, str], fallback: str = "en"
) -> tuple[str, list[str]]:
    """Return the language and the lines of a list, placeholders filled."""
    try:
        lang, lines = best_text(lists, (find_locale().tag, fallback))
    except LookupError:
        return find_locale().tag, []
    return lang, [fill_placeholders(line, values, lang) for line in lines]
