"""Planting a fault in a copy of the tree, and letting the tests look for it."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from tests.mutants.faults import Fault
from tests.mutants.noticing import Noticing
from tests.mutants.watching import CHOSEN

_LEFT_OUT = shutil.ignore_patterns(
    ".git",
    ".venv",
    "__pycache__",
    ".*_cache",
    ".hypothesis",
    ".mutants",
    "*.egg-info",
    "dist",
    "build",
    "*.sqlite*",
)
_FIRST = (24, 10.0)
_REST = (900, 300.0)
"""Most tests, and most seconds they took when nobody was in the way: a first look, and a long one."""
_PATIENCE = 6
"""Times as long as tests took before may they take now; a fault can have them wait for each other."""
_AT_LEAST = 300.0
"""Seconds: starting takes its time on a machine that does other things, too."""
_READ_AS_TEXT = "tests/meta/"
"""Tables of rules are compared there as they stand, templates are read."""
_WALKS = ("tests/integration/site/test_languages_walk.py", "tests/integration/site/test_approved_pages.py")
"""Their tests share the pages that the first of them opens: of the others nothing shows what they look at."""
_ALL_PASSED = 0
_NOTHING_RUN = 5


class Outcome(StrEnum):
    """What came of a fault."""

    KILLED = "killed"
    HANGS = "hangs"
    """Killed, too: the tests did not come to an end."""
    SURVIVED = "survived"
    EQUIVALENT = "equivalent"


@dataclass(frozen=True)
class Tried:
    """A fault with what came of it: the test that saw it, or how many did not."""

    fault: Fault
    outcome: Outcome
    said: str


def copy_tree(tree: Path, target: Path) -> Path:
    """Copy what tests need; the tree itself is never touched."""
    shutil.copytree(tree, target, ignore=_LEFT_OUT)
    return target


def try_fault(fault: Fault, noticing: Noticing, copy: Path) -> Tried:
    """Plant it in the copy, run the tests that could notice, take it out again."""
    tests = noticing.find_tests(fault)
    first = _take(tests, noticing, *_FIRST)
    # Walks over all pages take as long as hundreds of others: they come last.
    quick_first = sorted(tests[len(first) :], key=lambda test: noticing.times.get(test, 0.0))
    rest = _take(quick_first, noticing, *_REST)
    others = tuple(_list_others(fault, tests))
    rest += [
        test for test in sorted(noticing.times) if test.startswith(others) and test not in (*first, *rest)
    ]
    path = copy / fault.path
    source = path.read_text()
    try:
        _write(path, fault.plant(source))
        for chosen in (first, rest):
            tried = _look(fault, chosen, noticing, copy)
            if tried.outcome is not Outcome.SURVIVED:
                return tried
    finally:
        _write(path, source)
    return Tried(fault, Outcome.SURVIVED, f"{len(first) + len(rest)} of {len(tests)} tests that run it")


def _list_others(fault: Fault, tests: Sequence[str]) -> Iterator[str]:
    """Name the files of tests that may notice the fault though they do not run its place."""
    if not fault.scope:
        yield _READ_AS_TEXT
    if fault.path.endswith(".html") or any(test.startswith(_WALKS) for test in tests):
        yield from _WALKS


def _write(path: Path, source: str) -> None:
    """Write a source; what was compiled from the one before may look as new as this one."""
    path.write_text(source)
    for compiled in (path.parent / "__pycache__").glob(f"{path.stem}.*.pyc"):
        compiled.unlink()


def _take(tests: Sequence[str], noticing: Noticing, most: int, seconds: float) -> list[str]:
    taken: list[str] = []
    for test in tests[:most]:
        seconds -= noticing.times.get(test, 0.0)
        if seconds < 0 and taken:
            break
        taken.append(test)
    return taken


def _look(fault: Fault, chosen: Sequence[str], noticing: Noticing, copy: Path) -> Tried:
    if not chosen:
        return Tried(fault, Outcome.SURVIVED, "no test runs it")
    listed = copy / "chosen.txt"
    listed.write_text("\n".join(chosen))
    files = sorted({test.partition("::")[0] for test in chosen if (copy / test.partition("::")[0]).exists()})
    command = [sys.executable, "-m", "pytest", "-x", "-q", "--tb=no", "-p", "tests.mutants.watching"]
    command += ["-p", "no:cacheprovider", "--hypothesis-seed=0", *files]
    environment = {**os.environ, "PYTHONPATH": str(copy), CHOSEN: str(listed)}
    expected = sum(noticing.times.get(test, 0.0) for test in chosen)
    try:
        done = subprocess.run(
            command,
            cwd=copy,
            env=environment,
            capture_output=True,
            text=True,
            timeout=_AT_LEAST + expected * _PATIENCE,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return Tried(fault, Outcome.HANGS, f"{len(chosen)} tests came to no end")
    if done.returncode in (_ALL_PASSED, _NOTHING_RUN):
        return Tried(fault, Outcome.SURVIVED, f"{len(chosen)} tests")
    failed = [line for line in done.stdout.splitlines() if line.startswith(("FAILED", "ERROR"))]
    return Tried(fault, Outcome.KILLED, failed[0].partition(" - ")[0] if failed else "the tests do not begin")
