"""A plugin for pytest: which functions each test runs; and to run chosen tests only.

`WATCHED_INTO` names the file for what was seen, `CHOSEN_FROM` one with the names of the tests to run. Of
tests that differ in the database alone the one on SQLite runs: the faults are not in the databases.
"""

import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from coverage import Coverage, CoverageData

from tests.mutants.scopes import name_scopes

INTO = "WATCHED_INTO"
CHOSEN = "CHOSEN_FROM"
_TREE = Path(__file__).parents[2]
_WATCHED = ("portal", "templates")


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what PostgreSQL does like SQLite, and what was not chosen."""
    names = {item.nodeid for item in items}
    kept = [item for item in items if not _is_on_both(item, names)]
    if CHOSEN in os.environ:
        order = {name: place for place, name in enumerate(Path(os.environ[CHOSEN]).read_text().splitlines())}
        kept = sorted((item for item in kept if item.nodeid in order), key=lambda item: order[item.nodeid])
    config.hook.pytest_deselected(items=[item for item in items if item not in set(kept)])
    items[:] = kept


def _is_on_both(item: pytest.Item, names: set[str]) -> bool:
    """Say whether a test runs on PostgreSQL that runs on SQLite as well; others may only be about it."""
    callspec = getattr(item, "callspec", None)
    if callspec is None or "postgresql" not in callspec.params.values():
        return False
    return item.nodeid.replace("postgresql", "sqlite") in names


class Watcher:
    """Notes for every test which functions run, and how long it takes."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.folder.mkdir(exist_ok=True)
        self.times: dict[str, float] = {}
        self.failed: set[str] = set()
        self.coverage = Coverage(
            data_file=str(folder / f"lines-{os.getpid()}"),
            config_file=False,
            source=[str(_TREE / name) for name in _WATCHED],
            messages=False,
        )

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Iterator[None]:
        """Tell the lines of this test from those of the one before."""
        self.coverage.switch_context(item.nodeid)
        try:
            return (yield)
        finally:
            self.coverage.switch_context("")

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Add up setting up, the test and tidying up."""
        self.times[report.nodeid] = self.times.get(report.nodeid, 0.0) + report.duration
        if report.failed:
            self.failed.add(report.nodeid)

    def pytest_sessionfinish(self) -> None:
        """Write down what was seen."""
        self.coverage.stop()
        scopes = read_scopes(self.coverage.get_data())
        # Who fails already notices nothing.
        seen = {
            "times": {test: took for test, took in self.times.items() if test not in self.failed},
            "scopes": {test: ran for test, ran in scopes.items() if test not in self.failed},
        }
        (self.folder / f"seen-{os.getpid()}.json").write_text(json.dumps(seen))


def pytest_configure(config: pytest.Config) -> None:
    """Begin to watch before the first test imports the portal anew."""
    if INTO in os.environ and not (config.getoption("numprocesses", None) and not _is_worker()):
        watcher = Watcher(Path(os.environ[INTO]))
        watcher.coverage.start()
        config.pluginmanager.register(watcher)


def _is_worker() -> bool:
    return "PYTEST_XDIST_WORKER" in os.environ


def read_scopes(data: CoverageData) -> dict[str, list[str]]:
    """Return by test the functions it ran, as "file::function"; of a template the file."""
    found: dict[str, set[str]] = {}
    for measured in data.measured_files():
        path = Path(measured)
        name = path.relative_to(_TREE).as_posix()
        scopes = name_scopes(path.read_text()) if path.suffix == ".py" else {}
        for line, tests in data.contexts_by_lineno(measured).items():
            for test in tests:
                if test:
                    found.setdefault(test, set()).add(f"{name}::{scopes.get(line, '')}")
    return {test: sorted(ran) for test, ran in found.items()}
