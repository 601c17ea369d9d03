"""A language that is added to a copy of the portal and walked; as a program, with the copy first on the path.

`fill TAG` translates its catalogues and texts by marking the English, each plural form with its number;
`walk TAG FOLDER TAG FOLDER` opens every page there is, each time in an instance with an empty database, and
prints as JSON what a reader would stumble over: in the first language, and in the second, of which nothing
is translated yet.
"""

import gc
import json
import re
import sys
import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import Element

import lxml.etree
from babel.messages.catalog import Message
from flask.testing import FlaskClient
from flask_babel import force_locale, ngettext

from portal.data.content import ReleaseText, localized_texts
from portal.domain.languages import Locale, locale_by_tag
from portal.domain.release_texts import SOURCE
from portal.i18n.catalogues import (
    DOMAINS,
    SIGN_IN,
    ids_of,
    messages_of,
    plural_forms,
    po_path,
    pseudo_text,
    read_catalogue,
    write_catalogue,
)
from portal.i18n.new_language import write_texts
from portal.resources import PACKAGE, translations_folder
from tests.conftest import close_connections, make_tested
from tests.integration.site.test_languages_walk import (
    NOT_WORDS,
    find_interface_texts,
    find_unmarked,
    known_words,
)
from tests.support.html_pages import Page, walk
from tests.support.page_list import Visit, all_pages
from tests.support.portal import build_world
from tests.support.world import World
from tests.support.world_words import SAID

COUNTED = ("%(num)s story", "%(num)s stories")
NUMBERS = (0, 1, 2, 3, 11, 100)
"""One number for each of the six plural forms of Arabic."""
NO_ELEMENTS = NOT_WORDS | {"title", "option", "textarea"}
"""In which no part of a text can name its language, and what is no text of the interface."""
JOINED = re.compile(
    r", \d\d:\d\d UTC · .* (Kyiv|Taipei) time \(UTC\+\d\)|\d word of the file could not be placed"
)
"""Texts that are put together from several."""
MARK = re.compile(r"[\x02\x03]|(?<!\\)\\u000[23]")
"""What stands around a gap until its page is whole."""


def fill(tag: str) -> None:
    """Translate everything by marking the English."""
    locale = locale_by_tag(tag)
    assert locale is not None
    for domain in DOMAINS:
        path = po_path(translations_folder(), locale.babel, domain)
        catalogue = read_catalogue(path, locale.babel)
        for message in messages_of(catalogue):
            message.string = _mark(message, plural_forms(locale.babel))
        write_catalogue(path, catalogue)
    path = write_texts(PACKAGE, locale)
    known: dict[str, Any] = tomllib.loads(path.read_text(encoding="utf-8"))
    for text in localized_texts():
        known[text.file][text.name] = pseudo_text(_shorten(text))
    lines = [f"[{json.dumps(file)}]\n" + "\n".join(_list_pairs(texts)) for file, texts in known.items()]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def _shorten(text: ReleaseText) -> str:
    """Return the English; of a language what front pages call it, which is not what stands in brackets."""
    source = text.words[SOURCE]
    return source.partition(" (")[0] if text.file == "languages.toml" else source


def _mark(message: Message, forms: int) -> str | tuple[str, ...]:
    ids = ids_of(message)
    if not message.pluralizable:
        return pseudo_text(ids[0])
    return tuple(pseudo_text(f"{ids[-1]} ·{number}") for number in range(forms))


def _list_pairs(texts: Mapping[str, str]) -> Iterator[str]:
    for place, words in texts.items():
        yield f"{json.dumps(place)} = {json.dumps(words, ensure_ascii=False)}"


class SoundPage(Page):
    """A page whose templates are held against HTML5 in our own languages: it is taken apart in no time."""

    @cached_property
    def tree(self) -> Element:
        root: Element = lxml.etree.fromstring(self.text, lxml.etree.HTMLParser())
        return root


def _walk(world: World, visits: Iterable[Visit]) -> list[Page]:
    return [
        SoundPage(page.visit, page.status, page.text, page.templates) for page in walk(world, list(visits))
    ]


@contextmanager
def _open_world(tag: str, folder: Path) -> Iterator[World]:
    locale = locale_by_tag(tag)
    assert locale is not None
    SAID[tag] = SAID[SOURCE]  # what the desk of the example writes is translated by nobody
    app = make_tested(folder)
    app.test_client_class = FlaskClient  # the watched one knows the headers of our own languages alone
    try:
        yield build_world(app, locale)
    finally:
        close_connections(app)


def report(tag: str, folder: Path) -> Mapping[str, Any]:
    """Walk over every page; return what is wrong, and the plural form that each number takes."""
    with _open_world(tag, folder) as world:
        pages = _walk(world, all_pages(world))
        known = known_words(world)
        with world.app.test_request_context(), force_locale(world.locale.babel):
            forms = [ngettext(*COUNTED, number).partition("·")[2][:1] for number in NUMBERS]
        texts = {text for page in pages for text in find_interface_texts(page)}
        return {
            **_find_faults(pages, world),
            "unmarked": sorted({words for text in texts if (words := find_unmarked(text, known))}),
            "forms": forms,
        }


def report_gaps(tag: str, folder: Path) -> Mapping[str, Any]:
    """Walk over the pages that open without consents; return what is English and does not say so."""
    with _open_world(tag, folder) as world:
        pages = _walk(world, (visit for visit in all_pages(world) if not needs_consents(visit)))
        names, known = find_names(world.locale), known_words(world)
        texts = {text for page in pages for text in find_texts_unnamed(page.tree)}
        own = {JOINED.sub("", text) for text in texts if text.strip("\n ·") not in names}
        return {
            **_find_faults(pages, world),
            "marks": [page.name for page in pages if MARK.search(page.text)],
            "unnamed": sorted({words for text in own if (words := find_unmarked(text, known))}),
        }


def _find_faults(pages: Sequence[Page], world: World) -> Mapping[str, Any]:
    tag, direction = world.locale.tag, world.locale.dir
    return {
        "pages": len(pages) > 100,
        "broken": [page.name for page in pages if page.status >= 500 and "/fault/" not in page.visit.path],
        "misnamed": [page.name for page in pages if not _is_named(page, tag, direction)],
    }


def find_names(locale: Locale) -> frozenset[str]:
    """Return names among the shipped texts, which pages of the desk hand on as words.

    They are those of languages, topics, reasons and coverages, and what the library of sign-in says.
    """
    sign_in = messages_of(read_catalogue(po_path(translations_folder(), locale.babel, SIGN_IN), locale.babel))
    texts = [text.words[SOURCE] for text in localized_texts()]
    return frozenset([*texts, *(str(message.id) for message in sign_in)])


def needs_consents(visit: Visit) -> bool:
    """Say whether a form is sent that is not offered before its consents are translated."""
    return visit.form.endswith(("/send", "/consents"))


def find_texts_unnamed(element: Element) -> Iterator[str]:
    """Yield texts that are read in the language of the page; attributes have no other."""
    for child in element:
        if isinstance(child.tag, str) and child.tag not in NO_ELEMENTS and not child.get("lang"):
            yield child.text or ""
            yield from find_texts_unnamed(child)
        yield child.tail or ""


def _is_named(page: Page, tag: str, direction: str) -> bool:
    return page.tree.tag != "html" or (page.tree.get("lang"), page.tree.get("dir")) == (tag, direction)


if __name__ == "__main__":
    gc.freeze()  # as in tests/conftest.py: looking for garbage takes an eighth of a walk otherwise
    gc.set_threshold(10_000)
    task, *named = sys.argv[1:]
    if task == "fill":
        fill(*named)
    else:
        whole, its_folder, bare, other_folder = named
        found = [report(whole, Path(its_folder)), report_gaps(bare, Path(other_folder))]
        print(json.dumps(found, ensure_ascii=False))
