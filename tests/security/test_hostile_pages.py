"""Every page of a portal in which each word is hostile: it shows them all, and has no element more."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from html import escape
from typing import Any
from urllib.parse import urlsplit

import pytest
from flask import Flask, current_app
from flask.testing import FlaskClient
from sqlalchemy import select, update
from werkzeug.test import TestResponse

from portal.database import transaction
from portal.domain.languages import UKRAINIAN
from portal.extensions import db
from portal.models import Base, Coverage
from portal.operations.key_rotation import SEALED
from portal.story.normalise import clean_line, clean_text
from portal.web.site.access import access
from tests.conftest import empty_tables
from tests.support.factories import make_call
from tests.support.hostile_portal import FIXED, Filler, Hand, build_hostile_world, list_envelopes
from tests.support.hostile_text import clean_texts, soften
from tests.support.page_list import Visit, all_pages
from tests.support.page_outline import Outline, read_outline
from tests.support.plain_browser import read_forms
from tests.support.world import World

BROKEN = 500
_ID = re.compile("[0-9a-f]{32}|[\\w-]{43}|(?<==)\\d+")


class Walk:
    """A walk through all pages, by whoever may see them."""

    def __init__(self, world: World) -> None:
        self.world = world
        self._browsers: dict[str, FlaskClient] = {}

    def __iter__(self) -> Iterator[tuple[str, TestResponse]]:
        for number, visit in enumerate(all_pages(self.world)):
            name = f"{number}. {visit.path} {visit.form} as {visit.who or 'anybody'}"
            yield _ID.sub("…", name), self.open(visit)

    def open(self, visit: Visit) -> TestResponse:
        """Open a page as its visitor; its form is sent as it stands but for the values of the visit."""
        if visit.who not in self._browsers:
            self._browsers[visit.who] = self.world.open_client(visit.who)
        browser = self._browsers[visit.who]
        answer = browser.get(visit.path)
        if not visit.form:
            return answer
        form = find_sent(answer.text, visit)
        return browser.post(
            form["action"] or visit.path,
            data={**form["values"], **visit.values},
            content_type="multipart/form-data",
        )


def find_sent(page: str, visit: Visit) -> dict[str, Any]:
    """Return the form a visit sends: the first that goes there and asks for all its values."""
    for form in read_forms(page):
        goes_there = urlsplit(form["action"] or visit.path).path.endswith(visit.form)
        if goes_there and set(visit.values) <= form["names"]:
            return form
    raise AssertionError(f"no form of {visit}")


@dataclass(frozen=True)
class Seen:
    """A page as it was answered."""

    outline: Outline
    status: int

    @property
    def bones(self) -> list[str]:
        """Return its elements and attributes."""
        return self.outline.bones


def walk(app: Flask, *, soft: bool = False) -> tuple[dict[str, Seen], Filler]:
    """Return every page of a hostile portal, or of one that is like it but harmless."""
    world, filler = build_hostile_world(app, UKRAINIAN, soft=soft)
    return {name: Seen(read_outline(answer.text), answer.status_code) for name, answer in Walk(world)}, filler


@pytest.fixture
def harmless(app: Flask) -> dict[str, Seen]:
    """Every page where nobody means harm, on the same database: each keeps other traces of what is erased."""
    pages, _ = walk(app, soft=True)
    empty_tables(app)
    return pages


@pytest.mark.either_database
def test_every_page_shows_hostile_words_as_words(harmless: dict[str, Seen], app: Flask) -> None:
    pages, filler = walk(app)
    said = " ".join(" ".join(page.outline.words) for page in pages.values())
    assert {
        "broken": [name for name, page in pages.items() if page.status >= BROKEN],
        "other elements": [name for name in pages if pages[name].bones != harmless[name].bones],
        "strange": {name: page.outline.strange for name, page in pages.items() if page.outline.strange},
        "never seen": find_unseen(said),
        "never written": filler.untouched,
    } == {"broken": [], "other elements": [], "strange": {}, "never seen": [], "never written": []}


def test_every_column_that_keeps_its_value_is_one_of_ours() -> None:
    named = {
        f"{table.name}.{column.name}" for table in Base.metadata.sorted_tables for column in table.columns
    }
    assert frozenset().union(*FIXED.values()) - named == frozenset()


def test_every_envelope_is_written_over_or_named() -> None:
    opened = {f"{one.row_id.class_.__tablename__}.{one.column.key}" for one in SEALED}
    assert list_envelopes() - opened == set()


def test_a_hostile_text_that_is_escaped_leaves_no_trace() -> None:
    pairs = [(escape(text), soften(text)) for text in clean_texts(clean_text)]
    assert [hostile for hostile, soft in pairs if read_page(hostile) != read_page(soft)] == []


@pytest.mark.parametrize("frame", ["<p>{}</p>", '<p title="{}">', "<textarea>{}</textarea>"])
def test_markup_that_is_printed_raw_is_found(frame: str) -> None:
    """Those texts begin an element, or leave the attribute they stand in."""
    risky = [
        text
        for text in clean_texts(clean_text)
        if re.search("<[a-z!]" if "title" not in frame else '"', text)
    ]
    assert [text for text in risky if read_page(text, frame) == read_page(soften(text), frame)] == []


FACTS = '<script type="application/ld+json">{}</script>'


@pytest.mark.parametrize(
    "page",
    [
        FACTS.format('{"name": "</script><script>alert(1)</script>"}'),
        FACTS.format("alert(1)"),
        FACTS.replace(" type", ' id="x" type').format("{}"),
        "<script>{}</script>",
    ],
)
def test_a_script_that_is_no_fact_is_found(page: str) -> None:
    assert (read_outline(page).strange == [], read_outline(FACTS.format("{}")).strange) == (False, [])


def test_one_element_more_in_a_card_or_in_a_change_is_found() -> None:
    card = '<article class="card"><svg><circle/></svg>{}</article>'
    check = '<main class="check"><section class="change"><p>a</p>{}</section></main>'
    reasons = '<form class="reasons"><section><p>a</p>{}</section></form>'
    frames = (card, check, reasons)
    added = {text: [read_outline(frame.format(text)).bones for frame in frames] for text in ("", "<b></b>")}
    assert [one == other for one, other in zip(*added.values(), strict=True)] == [False] * 3


def test_a_page_that_prints_a_title_raw_is_found(app: Flask, client: FlaskClient) -> None:
    bones = []
    with app.app_context(), transaction() as session:
        public_id = make_call(session, datetime(2020, 1, 1, tzinfo=UTC)).coverage.public_id
    whole = app.view_functions["public.coverages"]
    app.view_functions["public.coverages"] = print_titles
    try:
        for soft in (True, False):
            title = {"en": Hand(soft=soft).write_line(9_000)}
            with app.app_context(), transaction() as session:
                session.execute(update(Coverage).where(Coverage.public_id == public_id).values(title=title))
            bones.append(read_outline(client.get("/en/").text).bones)
    finally:
        app.view_functions["public.coverages"] = whole
    assert (bones[0], bones[0] == bones[1]) == (["p", "/p"], False)


def read_page(text: str, frame: str = "<p>{}</p>") -> Outline:
    """Return what is seen of a page in which the text stands, words left out."""
    page = read_outline(frame.format(text))
    page.words.clear()
    return page


def find_unseen(said: str) -> list[str]:
    """Return the hostile texts that stand on no page."""
    words = " ".join(said.split())
    return [text for text in clean_texts(clean_line) if " ".join(text.split()) not in words]


@access("open")
def print_titles(**_named: object) -> str:
    """Stand in for a page that forgets to escape."""
    template = current_app.jinja_env.from_string("<p>{{ title | safe }}</p>")
    return template.render(title=db.session.scalars(select(Coverage)).one().title["en"])
