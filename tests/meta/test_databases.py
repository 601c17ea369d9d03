"""Of two tests that differ in the database alone, one runs where either database will do."""

from collections import Counter
from datetime import UTC, date, datetime, timedelta
from types import SimpleNamespace
from typing import Any, cast

import pytest

from tests.conftest import (
    DATABASES,
    choose_databases,
    pytest_configure,
    pytest_configure_node,
    pytest_report_header,
)

PAGES = [f"test_page_{number}" for number in range(40)]
DAY = date(2026, 3, 14)


def make_item(name: str, database: str, *, marked: bool) -> pytest.Item:
    """Return as much of a collected test as is asked of it."""
    made: Any = SimpleNamespace(
        nodeid=f"tests/test_pages.py::{name}[{database}]",
        callspec=SimpleNamespace(params={"app": database}),
        get_closest_marker=lambda _mark: object() if marked else None,
    )
    return cast(pytest.Item, made)


def list_chosen(*, marked: bool, databases: tuple[str, ...] = DATABASES, day: date = DAY) -> list[str]:
    items = [make_item(name, database, marked=marked) for name in PAGES for database in databases]
    return [item.nodeid for item in choose_databases(items, day=day)]


def count_turns(chosen: list[str]) -> Counter[str]:
    """Return how many tests run on each database."""
    return Counter(name.partition("[")[2].removesuffix("]") for name in chosen)


def count_pages(chosen: list[str]) -> Counter[str]:
    """Return how often each page is tried."""
    return Counter(name.partition("[")[0].partition("::")[2] for name in chosen)


def test_each_page_is_tried_once() -> None:
    assert count_pages(list_chosen(marked=True)) == dict.fromkeys(PAGES, 1)


def test_each_database_has_its_turn() -> None:
    turns = count_turns(list_chosen(marked=True))
    assert {database for database in DATABASES if turns[database] > len(PAGES) / 4} == set(DATABASES)


def test_the_day_after_each_page_is_tried_on_the_other_database() -> None:
    both = [*list_chosen(marked=True), *list_chosen(marked=True, day=DAY + timedelta(days=1))]
    assert (len(set(both)), count_pages(both)) == (len(PAGES) * 2, dict.fromkeys(PAGES, 2))


def test_what_a_database_can_change_is_tried_on_both() -> None:
    assert len(list_chosen(marked=False)) == len(PAGES) * len(DATABASES)


def test_what_was_asked_for_by_name_runs() -> None:
    assert len(list_chosen(marked=True, databases=("postgresql",))) == len(PAGES)


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
