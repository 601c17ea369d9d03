"""Of cases that differ in the database alone, or in what a mark names, a short run tries one."""

from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import product
from types import SimpleNamespace
from typing import Any, cast

import pytest

from tests.conftest import DATABASES, choose_cases

PAGES = [f"test_page_{number}" for number in range(40)]
LANGUAGES = ("en", "uk", "zh-tw")
SITE = "tests/test_site.py"


def mark_names(*names: str, **more: int) -> dict[str, pytest.Mark]:
    """Return the marks of a test by name; of other names than `either_database` one case runs."""
    varied = [name for name in names if name != "either_database"]
    marks = [pytest.mark.one_case(*varied, **more)] if varied else []
    if "either_database" in names:
        marks.append(pytest.mark.either_database)
    return {mark.name: mark.mark for mark in marks}


def make_items(name: str, marks: Mapping[str, pytest.Mark], **parameters: Sequence[str]) -> list[pytest.Item]:
    """Return as much of the collected cases of a test as is asked of them."""
    made: list[Any] = [
        SimpleNamespace(
            nodeid=f"{SITE}::{name}[{'-'.join(values)}]",
            callspec=SimpleNamespace(
                params=dict(zip(parameters, values, strict=True)),
            ),
            get_closest_marker=marks.get,
            iter_markers=lambda mark: [marks[mark]] if mark in marks else [],
        )
        for values in product(*parameters.values())
    ]
    return cast(list[pytest.Item], made)


def list_chosen(*marks: str, number: int | None = None, **parameters: Sequence[str]) -> list[tuple[str, str]]:
    """Return (test, case) of what runs of a test of each page."""
    marked = mark_names(*marks, **({} if number is None else {"number": number}))
    items = [item for page in PAGES for item in make_items(page, marked, **parameters)]
    chosen = [item.nodeid.partition("::")[2].partition("[") for item in choose_cases(items)]
    return [(page, case.removesuffix("]")) for page, _, case in chosen]


def count_pages(chosen: list[tuple[str, str]]) -> Counter[str]:
    """Return how often each page is tried."""
    return Counter(page for page, _ in chosen)


def find_common(chosen: list[tuple[str, str]], cases: int) -> set[str]:
    """Return the cases that are not much rarer than they would be shared out evenly."""
    return {
        case for case, times in Counter(case for _, case in chosen).items() if times > len(PAGES) / cases / 2
    }


def test_each_page_is_tried_on_the_embedded_database() -> None:
    assert list_chosen("either_database", app=DATABASES) == [(page, "sqlite") for page in PAGES]


def test_what_a_database_can_change_is_tried_on_both() -> None:
    assert len(list_chosen(app=DATABASES)) == len(PAGES) * len(DATABASES)


def test_what_was_asked_for_by_name_runs() -> None:
    assert len(list_chosen("either_database", app=("postgresql",))) == len(PAGES)


def test_each_page_is_tried_in_one_language() -> None:
    assert count_pages(list_chosen("locale", locale=LANGUAGES)) == dict.fromkeys(PAGES, 1)


def test_every_language_is_some_pages() -> None:
    assert find_common(list_chosen("locale", locale=LANGUAGES), 3) == set(LANGUAGES)


def test_a_mark_may_say_which_case_it_is() -> None:
    assert list_chosen("locale", number=1, locale=LANGUAGES) == [(page, "uk") for page in PAGES]


def test_what_no_mark_names_is_tried_in_all_its_cases() -> None:
    chosen = list_chosen("locale", locale=LANGUAGES, scripts=("on", "off"))
    assert {page: {case.rpartition("-")[2] for name, case in chosen if name == page} for page in PAGES} == {
        page: {"on", "off"} for page in PAGES
    }
    assert count_pages(chosen) == dict.fromkeys(PAGES, 2)


def test_of_languages_and_databases_one_pair_is_tried() -> None:
    chosen = list_chosen("either_database", "locale", app=DATABASES, locale=LANGUAGES)
    assert count_pages(chosen) == dict.fromkeys(PAGES, 1)
    assert find_common(chosen, 3) == {f"sqlite-{language}" for language in LANGUAGES}
