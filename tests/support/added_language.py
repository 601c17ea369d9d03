"""A language that is added to a copy of the portal and walked; as a program, with the copy first on the path.

`fill TAG` translates its catalogues and texts by marking the English, each plural form with its number;
`walk TAG FOLDER` opens every page there is and prints as JSON what a reader would stumble over.
"""

import json
import sys
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from babel.messages.catalog import Message
from flask.testing import FlaskClient
from flask_babel import force_locale, ngettext

from portal.data.content import LocalizedText, localized_texts
from portal.domain.languages import locale_by_tag
from portal.domain.release_texts import SOURCE
from portal.i18n.catalogues import (
    DOMAINS,
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
from tests.conftest import close_connections, make_app
from tests.integration.site.test_languages_walk import find_interface_texts, find_unmarked, known_words
from tests.support.html_pages import Page, walk
from tests.support.page_list import all_pages
from tests.support.portal import SAID, build_world

COUNTED = ("%(num)s story", "%(num)s stories")
NUMBERS = (0, 1, 2, 3, 11, 100)
"""One number for each of the six plural forms of Arabic."""


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


def _shorten(text: LocalizedText) -> str:
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


def report(tag: str, folder: Path) -> Mapping[str, Any]:
    """Walk over every page; return what is wrong, and the plural form that each number takes."""
    locale = locale_by_tag(tag)
    assert locale is not None
    SAID[tag] = SAID[SOURCE]  # what the desk of the example writes is translated by nobody
    app = make_app(folder)
    app.test_client_class = FlaskClient  # the watched one knows the headers of our own languages alone
    try:
        world = build_world(app, locale)
        pages = walk(world, all_pages(world))
        known = known_words(world)
        with app.test_request_context(), force_locale(locale.babel):
            forms = [ngettext(*COUNTED, number).partition("·")[2][:1] for number in NUMBERS]
        return {
            "pages": len(pages) > 100,
            "broken": [
                page.name for page in pages if page.status >= 500 and "/fault/" not in page.visit.path
            ],
            "misnamed": [page.name for page in pages if not _is_named(page, tag, locale.dir)],
            "unmarked": sorted(
                {
                    words
                    for page in pages
                    for text in find_interface_texts(page)
                    if (words := find_unmarked(text, known))
                }
            ),
            "forms": forms,
        }
    finally:
        close_connections(app)


def _is_named(page: Page, tag: str, direction: str) -> bool:
    return page.tree.tag != "html" or (page.tree.get("lang"), page.tree.get("dir")) == (tag, direction)


if __name__ == "__main__":
    if sys.argv[1] == "fill":
        fill(sys.argv[2])
    else:
        print(json.dumps(report(sys.argv[2], Path(sys.argv[3])), ensure_ascii=False))
