"""Which tests run which functions: seen once, and again only for files of tests that have changed."""

import ast
import hashlib
import json
import os
import subprocess
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import chain, zip_longest
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.mutants.faults import Fault
from tests.mutants.scopes import name_scopes
from tests.mutants.watching import INTO

FOLDERS = ("unit", "integration", "security", "property", "meta")
"""Those that need neither a browser nor processes of their own."""
BY_COMMANDS = {"portal/operations/row_copy.py": "tests/reliability/test_moving_away.py"}
"""What only commands in processes of their own run, and the tests that start them."""
_PLUGIN = "tests.mutants.watching"
_FILES_AT_ONCE = 6
"""Each file of tests takes time to be read before the first of them runs."""


@dataclass
class Noticing:
    """What every test runs, by its name: seconds, and functions as "file::function"."""

    tree: Path
    digests: dict[str, str] = field(default_factory=dict)
    """Of the files of tests this was seen with."""
    times: dict[str, float] = field(default_factory=dict)
    scopes: dict[str, frozenset[str]] = field(default_factory=dict)

    def find_tests(self, fault: Fault) -> list[str]:
        """Return the tests that run the place of a fault, those first that run little else, file by file."""
        found = self._find_running(self._find_scopes(fault)) | self._find_namesakes(fault)
        if not found:  # a function that is newer than what was seen
            found = self._find_running(frozenset(_list_functions(self.tree, fault.path)))
        if (command := BY_COMMANDS.get(fault.path)) is not None:
            found |= {test for test in self.times if test.startswith(f"{command}::")}
        by_file: dict[str, list[str]] = {}
        for test in sorted(found, key=lambda one: (len(self.scopes.get(one, ())), one)):
            by_file.setdefault(test.partition("::")[0], []).append(test)
        columns = sorted(by_file.values(), key=lambda tests: len(self.scopes.get(tests[0], ())))
        few, others = columns[:_FILES_AT_ONCE], columns[_FILES_AT_ONCE:]
        rows = chain(zip_longest(*few), zip_longest(*others))
        return [test for test in chain.from_iterable(rows) if test is not None]

    def _find_running(self, scopes: frozenset[str]) -> set[str]:
        return {test for test, ran in self.scopes.items() if not scopes.isdisjoint(ran)}

    def _find_scopes(self, fault: Fault) -> frozenset[str]:
        own = frozenset({f"{fault.path}::{fault.scope}"})
        if fault.scope or not fault.path.endswith(".py"):
            return own
        names = _names_at(self.tree / fault.path, fault.line)
        users = frozenset(_find_users(self.tree, names)) if names else frozenset()
        return users or frozenset(_list_functions(self.tree, fault.path))

    def _find_namesakes(self, fault: Fault) -> set[str]:
        """Return the tests that name a constant: tables of tests are read before any test runs."""
        if fault.scope or not fault.path.endswith(".py"):
            return set()
        names, module = _names_at(self.tree / fault.path, fault.line), fault.path[:-3].replace("/", ".")
        texts = {file: (self.tree / file).read_text() for file in self.digests if (self.tree / file).exists()}
        files = {
            file for file, text in texts.items() if module in text and any(name in text for name in names)
        }
        return {test for test in self.times if test.partition("::")[0] in files}


def notice(tree: Path, kept: Path, *, processes: int) -> Noticing:
    """Return what the tests of the tree run; `kept` is the file it is kept in."""
    noticing = _read(tree, kept)
    now = {path.relative_to(tree).as_posix(): _digest(path) for path in _list_test_files(tree)}
    changed = [file for file, digest in now.items() if noticing.digests.get(file) != digest]
    gone = {*changed, *(noticing.digests.keys() - now.keys())}
    for test in [test for test in noticing.times if test.partition("::")[0] in gone]:
        del noticing.times[test]
        noticing.scopes.pop(test, None)
    if changed:
        with TemporaryDirectory() as folder:
            _watch(tree, changed, Path(folder), processes)
            merge(noticing, Path(folder))
    noticing.digests = now
    _write(noticing, kept)
    return noticing


def merge(noticing: Noticing, folder: Path) -> None:
    """Add what was seen."""
    for file in folder.glob("seen-*.json"):
        seen = json.loads(file.read_text())
        noticing.times.update(seen["times"])
        noticing.scopes.update({test: frozenset(ran) for test, ran in seen["scopes"].items()})


def _watch(tree: Path, files: Sequence[str], folder: Path, processes: int) -> None:
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "-p",
        _PLUGIN,
        "-p",
        "no:cacheprovider",
        "-n",
        str(processes),
    ]
    environment = {**os.environ, "PYTHONPATH": str(tree), INTO: str(folder)}
    subprocess.run([*command, *files], cwd=tree, env=environment, check=False)


def _list_test_files(tree: Path) -> Iterable[Path]:
    whole = (sorted((tree / "tests" / name).rglob("test_*.py")) for name in FOLDERS)
    return chain(chain.from_iterable(whole), (tree / name for name in sorted(set(BY_COMMANDS.values()))))


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _read(tree: Path, kept: Path) -> Noticing:
    if not kept.exists():
        return Noticing(tree)
    told = json.loads(kept.read_text())
    names: list[str] = told["names"]
    scopes = {test: frozenset(names[number] for number in ran) for test, ran in told["scopes"].items()}
    return Noticing(tree, told["digests"], told["times"], scopes)


def _write(noticing: Noticing, kept: Path) -> None:
    names = sorted(set().union(*noticing.scopes.values()))
    numbers = {name: number for number, name in enumerate(names)}
    scopes = {test: sorted(numbers[name] for name in ran) for test, ran in noticing.scopes.items()}
    told = {"digests": noticing.digests, "times": noticing.times, "names": names, "scopes": scopes}
    kept.parent.mkdir(parents=True, exist_ok=True)
    kept.write_text(json.dumps(told))


def _names_at(path: Path, line: int) -> set[str]:
    """Return what is named by the statement of a module that stands in this line."""
    for node in ast.parse(path.read_text()).body:
        if node.lineno <= line <= (node.end_lineno or node.lineno):
            targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
            names = {one.id for one in targets if isinstance(one, ast.Name)}
            return names | ({node.name} if isinstance(node, ast.ClassDef | ast.FunctionDef) else set())
    return set()


def _find_users(tree: Path, names: set[str]) -> Iterable[str]:
    """Give the functions that use one of these names, or a name of their module that is made from it."""
    sources = {path: path.read_text() for path in (tree / "portal").rglob("*.py")}
    for _round in range(2):
        names = names | set(chain.from_iterable(_derive(source, names) for source in sources.values()))
    for path, source in sources.items():
        if any(name in source for name in names):
            scopes = name_scopes(source)
            for node in ast.walk(ast.parse(source)):
                name = getattr(node, "id", getattr(node, "attr", ""))
                if name in names and getattr(node, "lineno", 0) in scopes:
                    yield f"{path.relative_to(tree).as_posix()}::{scopes[node.lineno]}"  # type: ignore[attr-defined]  # every such node has a line


def _derive(source: str, names: set[str]) -> Iterable[str]:
    if any(name in source for name in names):
        for node in ast.parse(source).body:
            if isinstance(node, ast.Assign | ast.AnnAssign) and node.value is not None:
                used = {getattr(one, "id", getattr(one, "attr", "")) for one in ast.walk(node.value)}
                targets = node.targets if isinstance(node, ast.Assign) else [node.target]
                if used & names:
                    yield from (one.id for one in targets if isinstance(one, ast.Name))


def _list_functions(tree: Path, path: str) -> Iterable[str]:
    if not path.endswith(".py"):
        return set()
    return {f"{path}::{name}" for name in name_scopes((tree / path).read_text()).values()}
