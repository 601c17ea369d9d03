"""What help and safety quote stands on the site in just these words: people look for it there."""

import re
from collections.abc import Iterator, Set

import pytest

from portal.data import content
from portal.domain.languages import LOCALES, Locale
from portal.domain.questions import parse_question
from portal.i18n.catalogues import po_path, read_catalogue, template_path
from portal.resources import translations_folder

QUOTED = re.compile("«([^»]+)»|“([^”]+)”|「([^」]+)」")
NO_CONTROL = {"「風險」"}
"""What a question is about, which is no name of anything on a page."""


def find_quotes(text: str) -> Iterator[str]:
    """Yield what is quoted as something that stands on the site."""
    for found in QUOTED.finditer(text):
        if found[0] not in NO_CONTROL:
            yield found[0][1:-1]


def list_controls(locale: Locale) -> set[str]:
    """Return everything the interface says: buttons, links, labels; the texts of the template are English."""
    path = po_path(translations_folder(), locale.babel)
    if not path.exists():
        return {str(message.id) for message in read_catalogue(template_path(translations_folder()))}
    return {str(message.string) for message in read_catalogue(path, locale.babel)}


def list_answers(tag: str) -> set[str]:
    """Return what questions let one choose; a text may quote an answer up to its first comma."""
    labels = [option.label[tag] for row in content.questions() for option in parse_question(row).options]
    return {text.casefold() for label in labels for text in (label, re.split("[,，]", label)[0])}


def find_unknown(texts: list[str], controls: Set[str], answers: Set[str]) -> list[str]:
    quotes = [quote for text in texts for quote in find_quotes(text)]
    return [quote for quote in quotes if quote not in controls and quote.casefold() not in answers]


@pytest.mark.parametrize("locale", LOCALES, ids=lambda locale: locale.url)
def test_a_button_is_quoted_in_the_words_it_has(locale: Locale) -> None:
    texts = [section.body[locale.tag] for page in content.pages().values() for section in page.sections]
    assert find_unknown(texts, list_controls(locale), list_answers(locale.tag)) == []


@pytest.mark.parametrize("quotes", ["«{}» і «{}»", "“{}” and “{}”", "「{}」「{}」"])
def test_a_button_that_does_not_exist_is_noticed(quotes: str) -> None:
    assert find_unknown([quotes.format("Save", "Svae")], {"Save"}, {"yes"}) == ["Svae"]
