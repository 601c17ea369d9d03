"""The collector of garbage in a process that answers requests."""

import gc
from collections.abc import Iterator

import pytest

from portal.cli.collecting import collect_seldom


@pytest.fixture(autouse=True)
def _as_before() -> Iterator[None]:
    before = gc.get_threshold()
    gc.set_threshold(700, 10, 10)
    yield
    gc.set_threshold(*before)


def test_what_is_loaded_is_never_looked_at_again() -> None:
    kept: list[list[int]] = [[]]
    collect_seldom()
    assert not any(one is kept for one in gc.get_objects())


def test_the_young_are_looked_at_seldom_and_the_old_as_before() -> None:
    collect_seldom()
    assert gc.get_threshold() == (10_000, 10, 10)
