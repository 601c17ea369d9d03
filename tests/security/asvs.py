"""The table of OWASP ASVS 5.0.0: which requirements are ours, and what shows each of them."""

import ast
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

TREE = Path(__file__).parents[2]
TABLE = Path(__file__).with_name("asvs.toml")
_NUMBERS = """
V1.1: 1 2; V1.2: 1 2 3 4 5 6 7 8 9 10; V1.3: 1 2 3 4 5 6 7 8 9 10 11; V1.4: 1 2 3; V1.5: 1 2
V2.1: 1 2 3; V2.2: 1 2 3; V2.3: 1 2 3 4; V2.4: 1
V3.2: 1 2; V3.3: 1 2 3 4; V3.4: 1 2 3 4 5 6; V3.5: 1 2 3 4 5; V3.7: 1 2
V4.1: 1 2 3; V4.2: 1; V4.3: 1 2; V4.4: 1 2 3 4
V5.1: 1; V5.2: 1 2 3 4 6; V5.3: 1 2; V5.4: 1 2 3
V6.1: 1 2 3; V6.2: 1 2 3 4 5 6 7 8 9 10 11 12; V6.3: 1 2 3 4 5 8; V6.4: 1 2 3 4; V6.5: 1 2 3 4 5 6
V6.6: 1 2 3; V6.8: 1 2 3 4
V7.1: 1 2 3; V7.2: 1 2 3 4; V7.3: 1 2; V7.4: 1 2 3 4 5; V7.5: 1 2; V7.6: 1 2
V8.1: 1 2; V8.2: 1 2 3; V8.3: 1 2; V8.4: 1
V9.1: 1 2 3; V9.2: 1 2 3 4
V11.1: 1 2; V11.2: 1 2 3; V11.3: 1 2 3; V11.4: 1 2 3 4; V11.5: 1; V11.6: 1
V12.1: 1 2 3; V12.2: 1 2; V12.3: 1 2 3 4
V13.1: 1; V13.2: 1 2 3 4 5; V13.3: 1 2; V13.4: 1 2 3 4 5
V14.1: 1 2; V14.2: 1 2 3 4 6 7 8; V14.3: 1 2 3
V15.1: 1 2 3; V15.2: 1 2 3; V15.3: 1 2 3 4 5 6 7; V15.4: 2
V16.1: 1; V16.2: 1 2 3 4 5; V16.3: 1 2 3 4; V16.4: 1 2 3; V16.5: 1 2 3 4
"""
"""Levels 1 and 2; and of level 3 V1.2.10, V5.2.4, V5.2.6, V6.3.5, V6.3.8, V6.5.6, V8.3.2, V14.2.6 to 8,
V15.4.2 and V16.5.4."""
_NOT_OURS = ("V10", "V17")


def _read_numbers(text: str) -> Iterator[str]:
    for part in text.strip().replace("\n", "; ").split("; "):
        section, numbers = part.split(": ")
        yield from (f"{section}.{number}" for number in numbers.split())


BASELINE = (*_NOT_OURS, *_read_numbers(_NUMBERS))
"""The requirements of our level; of chapters that do not apply at all the chapter."""


@dataclass(frozen=True)
class Answer:
    """What shows a requirement: tests, or a reason, or both."""

    tests: tuple[str, ...] = ()
    reason: str = ""


def read_table(text: str) -> dict[str, Answer]:
    """Return the answers by requirement; one that stands there twice, or says anything else, raises."""
    return {
        name: Answer(**{**said, "tests": tuple(said.get("tests", ()))})
        for name, said in tomllib.loads(text).items()
    }


def find_faults(table: Mapping[str, Answer]) -> Iterator[str]:
    """Give what is wrong with the table: requirements without an entry, entries that show nothing."""
    yield from (f"{name} has no entry" for name in BASELINE if name not in table)
    for name, answer in table.items():
        if name not in BASELINE:
            yield f"{name} is no requirement of ours"
        if not (answer.tests or answer.reason):
            yield f"{name} has neither test nor reason"
        yield from (f"{name}: there is no {test}" for test in answer.tests if not is_there(test))


def is_there(test: str) -> bool:
    """Say whether there is such a test, as `tests/…/test_x.py::test_y`; nothing is run for it."""
    path, _, name = test.partition("::")
    return name in _list_tests(TREE / path)


_KNOWN: dict[Path, frozenset[str]] = {}


def _list_tests(path: Path) -> frozenset[str]:
    if path not in _KNOWN:
        tree = ast.parse(path.read_text(encoding="utf-8")) if path.is_file() else ast.Module([], [])
        functions = (one.name for one in tree.body if isinstance(one, ast.FunctionDef))
        _KNOWN[path] = frozenset(name for name in functions if name.startswith("test_"))
    return _KNOWN[path]
