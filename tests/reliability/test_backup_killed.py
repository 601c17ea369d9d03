"""Backups and restores that are killed at any step: nothing is lost, and they can be run again."""

import shutil
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.reliability.backups import Case
from tests.reliability.portals import (
    ask,
    copy,
    die_in,
    read_files,
    read_typed,
    refuse,
    sqlite_of,
)

pytestmark = pytest.mark.either_database

SETTLING = "UPDATE installation SET standing=%(standing)s,"


def test_a_backup_that_was_killed_leaves_the_earlier_ones_and_can_be_made_again(
    case: Case, tmp_path: Path, pytestconfig: pytest.Config
) -> None:
    rows, files = read_typed(sqlite_of(case.folder)), read_files(case.folder)
    order = ("backup", str(case.to), "--secrets-apart")
    points: Sequence[int | str] = ("replace",)
    if pytestconfig.getoption("full"):
        twin = copy(case.to, tmp_path / "twin")
        points = range(len(die_in(case.folder, "backup", str(twin), "--secrets-apart", die_at=-1)))
    outcomes = {}
    for point in points:
        die_in(case.folder, *order, die_at=point)
        newest = ask(case.new, "restore", str(case.to), "--secrets", str(case.folder))
        found = (newest.exit_code, read_typed(sqlite_of(case.new)) == rows, read_files(case.new) == files)
        shutil.rmtree(case.new)
        again = ask(case.folder, *order).exit_code
        left = [path.name for path in case.to.iterdir() if path.name.startswith(".")]
        outcomes[point] = (*found, again, left)
    assert {point: one for point, one in outcomes.items() if one != (0, True, True, 0, [])} == {}


def test_a_first_backup_that_was_killed_can_be_made_again(unsaved: Case) -> None:
    order = ("backup", str(unsaved.to), "--secrets-apart")
    die_in(unsaved.folder, *order, die_at="replace")
    assert [path.name[:14] for path in unsaved.to.iterdir()] == [".backups.json."]
    assert ask(unsaved.folder, *order).exit_code == 0


@pytest.mark.long_run
def test_a_restore_that_was_killed_can_be_run_again(case: Case, tmp_path: Path) -> None:
    rows, files = read_typed(sqlite_of(case.folder)), read_files(case.folder)
    order = ("restore", str(case.to), "--secrets", str(case.folder))
    outcomes = {}
    for point in range(len(die_in(tmp_path / "undisturbed", *order, die_at=-1))):
        die_in(case.new, *order, die_at=point)
        starts = ask(case.new, "staff", "list").exit_code == 0
        again = 0 if starts else ask(case.new, *order).exit_code
        outcomes[point] = (again, read_typed(sqlite_of(case.new)) == rows, read_files(case.new) == files)
        shutil.rmtree(case.new)
    assert {point: one for point, one in outcomes.items() if one != (0, True, True)} == {}


@pytest.mark.long_run
def test_a_restore_into_postgresql_that_was_killed_can_be_ended(case: Case, url: str) -> None:
    rows, files = read_typed(sqlite_of(case.folder)), read_files(case.folder)
    order = ("restore", str(case.to), "--secrets", str(case.folder))
    die_in(case.new, *order, url=url, die_at="rename secrets.json")
    assert ask(case.new, "staff", "list", url=url).exit_code == 1
    steps = die_in(case.new, *order, url=url, die_at=SETTLING)
    assert steps[-1] == "rename secrets.json"
    words = (
        "A move of this portal to PostgreSQL was cut off. Stop the portal and end the move with: "
        "portal move --to URL"
    )
    assert (refuse(case.new, "staff", "list", url=url), case.refuse(url=url)) == (words, words)
    assert ask(case.new, "move", "--to", url).exit_code == 0
    assert (read_typed(url), read_files(case.new)) == (rows, files)


def test_a_restore_that_was_cut_off_is_not_begun_from(case: Case) -> None:
    (case.new / ".restoring").mkdir(parents=True)
    words = f"Restoring a portal into {case.new} was cut off. Run again: portal restore"
    assert (refuse(case.new, "staff", "list"), refuse(case.new, "serve", "--port", "1")) == (words, words)
