"""Of two tests that differ in the database alone, one runs where either database will do."""

from collections import Counter
from types import SimpleNamespace
from typing import Any, cast

import pytest

from tests.conftest import DATABASES, choose_databases

PAGES = [f"test_page_{number}" for number in range(40)]


def make_item(name: str, database: str, *, marked: bool) -> pytest.Item:
    """Return as much of a collected test as is asked of it."""
    made: Any = SimpleNamespace(
        nodeid=f"tests/test_pages.py::{name}[{database}]",
        callspec=SimpleNamespace(params={"app": database}),
        get_closest_marker=lambda _mark: object() if marked else None,
    )
    return cast(pytest.Item, made)


def list_chosen(*, marked: bool, databases: tuple[str, ...] = DATABASES) -> list[str]:
    items = [make_item(name, database, marked=marked) for name in PAGES for database in databases]
    return [item.nodeid for item in choose_databases(items)]


def test_each_page_is_tried_once() -> None:
    assert Counter(
        name.partition("[")[0].partition("::")[2] for name in list_chosen(marked=True)
    ) == dict.fromkeys(PAGES, 1)


def test_each_database_has_its_turn() -> None:
    turns = Counter(name.partition("[")[2].removesuffix("]") for name in list_chosen(marked=True))
    assert {database for database in DATABASES if turns[database] > len(PAGES) / 4} == set(DATABASES)


def test_what_a_database_can_change_is_tried_on_both() -> None:
    assert len(list_chosen(marked=False)) == len(PAGES) * len(DATABASES)


def test_what_was_asked_for_by_name_runs() -> None:
    assert len(list_chosen(marked=True, databases=("postgresql",))) == len(PAGES)
