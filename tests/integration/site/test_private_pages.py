"""The private page in each of its states: what happens now first, one button above all, and light to load."""

import gzip
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from shutil import copytree

import pytest
import time_machine

from portal.domain.languages import LOCALES, UKRAINIAN
from tests.conftest import close_connections, make_tested
from tests.support.html_pages import AT, Page, walk
from tests.support.page_list import private_pages
from tests.support.portal import build_world
from tests.support.world import World

MOST_BYTES = 8 * 1024


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory, fresh_folder: Path) -> Iterator[World]:
    """A portal in the middle of its work, whose desk writes the language that weighs most."""
    app = make_tested(copytree(fresh_folder, tmp_path_factory.mktemp("private") / "instance"))
    with time_machine.travel(AT):
        made = build_world(app, UKRAINIAN)
    yield made
    close_connections(app)


@pytest.fixture(scope="module", params=LOCALES, ids=lambda locale: locale.url)
def pages(request: pytest.FixtureRequest, world: World) -> list[Page]:
    """The private page of everybody in the example, as it opens."""
    read = replace(world, locale=request.param)
    visits = [visit for visit in private_pages(read) if not visit.form]
    with time_machine.travel(AT):
        return walk(read, [visit for visit in visits if visit.path == f"/{read.locale.url}/my"])


def find_kinds(page: Page) -> list[str]:
    """Return what follows one another in the main part of a page."""
    main = next(one for one in page.tree.iter("main"))
    return [one.get("class") or "" for one in main if one.get("class") != "kicker"]


def count_primary(page: Page) -> int:
    return sum("primary" in (one.get("class") or "").split() for one in page.tree.iter())


def test_what_happens_now_comes_first(pages: list[Page]) -> None:
    order = Counter(tuple(kind.split()[0] for kind in find_kinds(page)) for page in pages)
    assert order == {("now", "first", "second"): len(pages)}


def test_one_button_outweighs_the_others_at_most(pages: list[Page]) -> None:
    assert {page.visit.who: count_primary(page) for page in pages if count_primary(page) > 1} == {}


def test_it_is_light(pages: list[Page]) -> None:
    weighed = {page.visit.who: len(gzip.compress(page.text.encode(), 9)) for page in pages}
    assert {who: weight for who, weight in weighed.items() if weight > MOST_BYTES} == {}
