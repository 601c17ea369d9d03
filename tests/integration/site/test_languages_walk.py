"""A walk over all pages: every word is in the right script, and every page is sound HTML.

That every text can be translated is seen where a language is added: there all of them are marked.
"""

import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from xml.etree.ElementTree import Element

import pytest
from flask import Flask
from flask_babel import force_locale

from portal.config import Settings, read_names
from portal.data import content
from portal.domain.languages import (
    LOCALES,
    TRADITIONAL_CHINESE,
    UKRAINIAN,
    UNDETERMINED,
    language_name,
    written_name,
)
from portal.domain.languages import STORY_LANGUAGES as LANGUAGES
from portal.domain.names import forbidden_names, simplified_only
from portal.extensions import now
from portal.web.site.dates import list_clocks
from tests.support.factories import IDEA
from tests.support.html_pages import Page, Site, read_site
from tests.support.page_checks import (
    find_empty_parts,
    find_false_keys,
    find_html_faults,
    find_idle_parts,
    find_misnamed_texts,
    find_open_passwords,
    find_slips,
    find_undirected_texts,
    find_unhelped_fields,
    find_unknown_languages,
    find_unlinked_errors,
    find_unnamed_controls,
)
from tests.support.page_list import ROOMS, find_unvisited
from tests.support.world import World
from tests.support.world_sites import TRIAL
from tests.support.world_words import EMAIL, REASON, TITLE

pytestmark = pytest.mark.one_case("site", number=2)

SITE = [*read_names(Settings().site_name).values(), *read_names(Settings().site_tagline).values()]
FIRST_SENTENCE = IDEA.partition(".")[0] + "."
SPOKEN = ("title", "aria-label", "alt", "placeholder", "content", "label")
"""Attributes that people read or hear; and a button's value."""
SAID_BY_SCRIPTS = ("data-copied", "data-failed", "data-left", "data-over")
NOT_WORDS = {"script", "style", "kbd", "code", "time", "bdi", "svg"}


def match_any(words: Iterable[str]) -> re.Pattern[str]:
    """Return a pattern of these words, the longer ones first."""
    return re.compile("|".join(re.escape(word) for word in sorted(words, key=len, reverse=True)))


AUTONYMS = [*(one.autonym for one in LOCALES), *(one.autonym for one in LANGUAGES)]
AUTONYM = match_any(AUTONYMS)
MARKED = re.compile(r"⟦[^⟦⟧]*⟧")
DATE = re.compile(r"\d{1,2}\.\d{1,2}\.\d{2,4}|\d{1,2}\s\w+\.?\s\d{4}(?:\sроку)?")
ADDRESS = re.compile(r"\S+@example\.org|https?://\S+")


def find_interface_texts(page: Page) -> Iterator[str]:
    """Yield what the interface itself says: not what people wrote, which names its own language."""
    yield from _texts_of(page.tree.find("head"))
    yield from _texts_of(page.tree.find("body"))


def _texts_of(element: Element | None) -> Iterator[str]:
    if element is None or element.get("lang") or element.tag in NOT_WORDS or not isinstance(element.tag, str):
        return
    yield from (element.get(name, "") for name in SPOKEN if element.tag != "meta" or name != "content")
    yield from (element.get(name, "") for name in SAID_BY_SCRIPTS)
    if element.tag == "input" and element.get("type") in ("submit", "button", "reset"):
        yield element.get("value", "")
    if len(element) and all(child.tag == "bdi" for child in element):
        # A sentence around somebody's words is one text.
        yield " ".join([element.text or "", *(child.tail or "" for child in element)])
        return
    if element.tag != "textarea":
        yield element.text or ""
    for child in element:
        yield from _texts_of(child)
        yield child.tail or ""


def find_unmarked(text: str, known: re.Pattern[str]) -> str:
    """Return the words of a text that no catalogue gave; dates, addresses and names need none."""
    while MARKED.search(text):
        text = MARKED.sub(" ", text)
    rest = known.sub(" ", ADDRESS.sub(" ", DATE.sub(" ", text)))
    return " ".join(rest.split()) if any(letter.isalpha() for letter in rest) else ""


def known_words(world: World) -> re.Pattern[str]:
    """Return a pattern of what is shown as it is: names of the site, of people, of languages."""
    tags = [UNDETERMINED, *(one.tag for one in LANGUAGES)]
    languages = [name(tag, UKRAINIAN.tag) for tag in tags for name in (language_name, written_name)]
    pages = [page.title[UKRAINIAN.tag] for page in content.pages().values()]
    people = [EMAIL, *world.emails.values(), *(f"Story {role}" for role in world.people)]
    people += [f"Story {name}" for name in world.targets]
    people += [str(one[-1]) for one in TRIAL["categories"]]
    with world.app.test_request_context(), force_locale(world.locale.babel):
        people += [label for _zone, label in list_clocks(at=now())]  # cities, which Unicode's tables name
    own = [*SITE, TITLE, FIRST_SENTENCE, REASON, "CC BY 3.0"]
    return match_any([*own, *people, *languages, *AUTONYMS, *pages])


@pytest.fixture(scope="module", params=LOCALES, ids=lambda locale: locale.url)
def site(request: pytest.FixtureRequest, site_folder: Path, fresh_folder: Path) -> Site:
    """Every page in one language, by its room."""
    return read_site(site_folder, request.param, fresh_folder)


@pytest.fixture(scope="module")
def pages(site: Site) -> list[Page]:
    """Every page in one language."""
    return [page for pages in site.values() for page in pages]


def find_unseen(app: Flask, templates: set[str]) -> list[str]:
    """Return the templates of whole pages not among these: what extends a frame, and is none itself."""
    folder = Path(app.jinja_loader.searchpath[0])  # type: ignore[union-attr]  # ours is a folder
    extending = {
        str(path.relative_to(folder)): frame[1]
        for path in folder.rglob("*.html")
        if (frame := re.search(r'{%-? extends "([^"]+)"', path.read_text()))
    }
    return sorted(extending.keys() - extending.values() - templates)


def test_every_whole_page_is_seen(pages: list[Page], sqlite_app: Flask) -> None:
    seen = {template for page in pages for template in page.templates}
    assert find_unseen(sqlite_app, seen) == []
    assert find_unseen(sqlite_app, seen - {"staff/confirm.html"}) == ["staff/confirm.html"]


def test_the_walk_notices_a_text_of_no_catalogue() -> None:
    assert find_unmarked("⟦Sávé ⟦ít⟧ ~~⟧ Hard-coded, 24 лютого 2026 року", AUTONYM) == "Hard-coded,"


def test_the_walk_meets_every_page_there_is(site: Site, sqlite_app: Flask) -> None:
    visited = [page.visit.path for room in ROOMS for page in site[room]]
    assert find_unvisited(sqlite_app, visited) == []


def test_a_page_that_nobody_visits_is_noticed() -> None:
    app = Flask("seeded", static_folder=None)
    for path in ("/visited", "/forgotten"):
        app.add_url_rule(path, path[1:], lambda: "")
    assert find_unvisited(app, ["/visited?page=2"]) == ["forgotten"]


def test_a_page_among_the_files_is_noticed() -> None:
    app = Flask("seeded", static_folder=None)
    app.add_url_rule("/picture", "desk.photo", lambda: "")
    assert find_unvisited(app, ["/picture"]) == ["desk.photo"]


def test_no_page_breaks(pages: list[Page]) -> None:
    broken = [page for page in pages if page.status >= 500 and "/fault/" not in page.visit.path]
    assert [(page.name, page.status) for page in broken] == []


def test_every_page_names_its_language_and_has_a_title(pages: list[Page]) -> None:
    expected = pages[0].tree.get("lang")
    faults = [
        page.name
        for page in pages
        if page.tree.get("lang") != expected
        or not (page.tree.findtext("head/title") or "").partition("–")[0].strip()
    ]
    assert faults == []


def find_title(page: Page) -> str:
    """Return what stands before the name of the site."""
    return (page.tree.findtext("head/title") or "").partition("–")[0].strip()


def test_every_page_speaks_of_places_as_we_decided(pages: list[Page]) -> None:
    tag = pages[0].tree.get("lang", "")
    found = {(name, page.name) for page in pages for name in forbidden_names(page.text, tag)}
    assert sorted(found) == []


def test_pages_hold_only_letters_of_their_language(pages: list[Page]) -> None:
    tag = pages[0].tree.get("lang", "")
    found = {
        (letter, page.name)
        for page in pages
        for text in page_texts(page)
        for letter in find_foreign(text, tag)
    }
    assert sorted(found) == []


def page_texts(page: Page) -> Iterator[str]:
    """Yield the whole page in Taiwan, where a single character would show; elsewhere the interface."""
    if page.tree.get("lang") == TRADITIONAL_CHINESE.tag:
        yield page.text
    else:
        yield from find_interface_texts(page)


def find_foreign(text: str, tag: str) -> set[str]:
    """Return letters that the language does not have; other languages are called by their own names."""
    text = AUTONYM.sub(" ", text)
    if tag == TRADITIONAL_CHINESE.tag:
        return simplified_only(text)
    return set(re.findall(r"[ыэъё]", text, re.IGNORECASE)) if tag == UKRAINIAN.tag else set()


def test_every_text_says_its_language(pages: list[Page]) -> None:
    found = {(fault, page.name) for page in pages for fault in find_misnamed_texts(page.tree)}
    assert sorted(found) == []


def test_every_page_is_sound_html(pages: list[Page]) -> None:
    found = {(fault, page.name) for page in pages for fault in find_html_faults(page.tree)}
    assert sorted(found) == []


def test_every_control_has_a_name(pages: list[Page]) -> None:
    found = {(fault, page.name) for page in pages for fault in find_unnamed_controls(page.tree)}
    assert sorted(found) == []


def test_every_error_is_reached_from_above_the_form(pages: list[Page]) -> None:
    found = {(fault, page.name) for page in pages for fault in find_unlinked_errors(page.tree)}
    assert sorted(found) == []


def test_no_list_title_or_link_is_empty(pages: list[Page]) -> None:
    found = {(fault, page.name) for page in pages for fault in find_empty_parts(page.tree)}
    assert sorted(found) == []


def test_every_link_leads_somewhere_and_every_change_is_posted(pages: list[Page]) -> None:
    found = {(fault, page.name) for page in pages for fault in find_idle_parts(page.tree)}
    assert sorted(found) == []


def test_no_page_shows_that_a_value_is_missing(pages: list[Page]) -> None:
    found = {(fault, page.name) for page in pages for fault in find_slips(page.tree)}
    assert sorted(found) == []


def test_every_text_in_another_language_says_how_it_runs(pages: list[Page]) -> None:
    found = {(fault, page.name) for page in pages for fault in find_undirected_texts(page.tree)}
    assert sorted(found) == []


def test_browsers_know_what_to_fill_in_about_oneself(pages: list[Page]) -> None:
    found = {(fault, page.name) for page in pages for fault in find_unhelped_fields(page.tree)}
    assert sorted(found) == []


def test_no_password_can_be_read_over_a_shoulder(pages: list[Page]) -> None:
    found = {(fault, page.name) for page in pages for fault in find_open_passwords(page.tree)}
    assert sorted(found) == []


def test_every_language_a_page_names_is_one_we_know(pages: list[Page]) -> None:
    found = {(fault, page.name) for page in pages for fault in find_unknown_languages(page.tree)}
    assert sorted(found) == []


def test_a_page_names_the_keys_of_what_stands_on_it(pages: list[Page]) -> None:
    found = {(fault, page.name) for page in pages for fault in find_false_keys(page.tree)}
    assert sorted(found) == []
