"""Of cases that differ in the database alone, or in what takes turns, one runs a day."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from itertools import product
from types import SimpleNamespace
from typing import Any, cast

import pytest

from tests.conftest import (
    DATABASES,
    choose_turns,
    pytest_configure,
    pytest_configure_node,
    pytest_report_header,
)

PAGES = [f"test_page_{number}" for number in range(40)]
LANGUAGES = ("en", "uk", "zh-tw")
DAY = date(2026, 3, 14)
SITE = "tests/test_site.py"


TOGETHER = "together"


def mark_names(*names: str) -> dict[str, pytest.Mark]:
    """Return the marks of a test by name; `either_database` stands for itself, other names take turns."""
    turning = [name for name in names if name not in ("either_database", TOGETHER)]
    marks = [pytest.mark.in_turns(*turning, together=TOGETHER in names)] if turning else []
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


def list_chosen(*marks: str, day: date = DAY, **parameters: Sequence[str]) -> list[tuple[str, str]]:
    """Return (test, case) of what runs of a test of each page."""
    items = [item for page in PAGES for item in make_items(page, mark_names(*marks), **parameters)]
    chosen = [item.nodeid.partition("::")[2].partition("[") for item in choose_turns(items, day=day)]
    return [(page, case.removesuffix("]")) for page, _, case in chosen]


def count_pages(chosen: list[tuple[str, str]]) -> Counter[str]:
    """Return how often each page is tried."""
    return Counter(page for page, _ in chosen)


def find_common(chosen: list[tuple[str, str]], cases: int) -> set[str]:
    """Return the cases that are not much rarer than they would be with turns shared out evenly."""
    return {
        case for case, times in Counter(case for _, case in chosen).items() if times > len(PAGES) / cases / 2
    }


def test_each_page_is_tried_once() -> None:
    assert count_pages(list_chosen("either_database", app=DATABASES)) == dict.fromkeys(PAGES, 1)


def test_each_database_has_its_turn() -> None:
    assert find_common(list_chosen("either_database", app=DATABASES), 2) == set(DATABASES)


def test_the_day_after_each_page_is_tried_on_the_other_database() -> None:
    both = [
        case
        for days in (0, 1)
        for case in list_chosen("either_database", day=DAY + timedelta(days), app=DATABASES)
    ]
    assert (len(set(both)), count_pages(both)) == (len(PAGES) * 2, dict.fromkeys(PAGES, 2))


def test_what_a_database_can_change_is_tried_on_both() -> None:
    assert len(list_chosen(app=DATABASES)) == len(PAGES) * len(DATABASES)


def test_what_was_asked_for_by_name_runs() -> None:
    assert len(list_chosen("either_database", app=("postgresql",))) == len(PAGES)


def test_every_language_has_its_day() -> None:
    days = [
        list_chosen("locale", day=DAY + timedelta(days), locale=LANGUAGES) for days in range(len(LANGUAGES))
    ]
    assert [count_pages(day) for day in days] == [dict.fromkeys(PAGES, 1)] * len(LANGUAGES)
    assert len({case for day in days for case in day}) == len(PAGES) * len(LANGUAGES)


def test_every_language_is_some_pages_turn_every_day() -> None:
    assert find_common(list_chosen("locale", locale=LANGUAGES), 3) == set(LANGUAGES)


def test_what_takes_turns_together_is_tried_in_one_language_a_day() -> None:
    days = [
        {case for _, case in list_chosen("locale", TOGETHER, day=DAY + timedelta(days), locale=LANGUAGES)}
        for days in range(len(LANGUAGES))
    ]
    assert [len(day) for day in days] == [1] * len(LANGUAGES)
    assert {case for day in days for case in day} == set(LANGUAGES)


def test_what_takes_no_turns_is_tried_every_day_in_all_its_cases() -> None:
    chosen = list_chosen("locale", locale=LANGUAGES, scripts=("on", "off"))
    assert {page: {case.rpartition("-")[2] for name, case in chosen if name == page} for page in PAGES} == {
        page: {"on", "off"} for page in PAGES
    }
    assert count_pages(chosen) == dict.fromkeys(PAGES, 2)


def test_languages_and_databases_take_turns_together() -> None:
    chosen = list_chosen("either_database", "locale", app=DATABASES, locale=LANGUAGES)
    assert count_pages(chosen) == dict.fromkeys(PAGES, 1)


def start_run(*, named: date | None = None, workerinput: dict[str, str] | None = None) -> pytest.Config:
    """Configure a process of a run; return what it goes by."""
    told: Any = SimpleNamespace(option=SimpleNamespace(turn=named), workerinput=workerinput or {})
    pytest_configure(cast(pytest.Config, told))
    return cast(pytest.Config, told)


def test_without_a_day_it_is_todays_turn() -> None:
    before = datetime.now(UTC).date()
    run = start_run()
    assert before <= run.option.turn <= datetime.now(UTC).date()


def test_the_head_of_a_run_says_how_it_is_repeated() -> None:
    assert pytest_report_header(start_run(named=DAY)).count("--turn 2026-03-14") == 1


def test_every_process_of_a_run_has_the_day_of_the_first_one() -> None:
    node = SimpleNamespace(config=start_run(named=DAY), workerinput={})
    pytest_configure_node(node)
    assert start_run(workerinput=node.workerinput).option.turn == DAY
