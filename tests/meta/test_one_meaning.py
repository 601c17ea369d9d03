"""One name, one meaning: what is defined in several modules is alike in all of them, by a convention."""

import ast
from collections import defaultdict
from collections.abc import Mapping, Set
from pathlib import Path

import portal

ROOT = Path(portal.__file__).parent

CONVENTIONS: Mapping[str, Set[str]] = {
    # Views: the address, or the button, asks the same of each.
    "web": {
        "add_routes",
        "coverage",
        "edit",
        "enter",
        "index",
        "refuse_large",
        "remove",
        "save",
        "send",
        "show",
        "switch_language",
    },
    # What each reader of a kind of file has.
    "media": {"Styles", "parse_part", "run"},
    # What is begun from a command line.
    "cli": {"upgrade"},
}
"""Names that are alike wherever they are in a folder."""

ELSEWHERE = {
    "main": "also of the child process that reads files",
    "add": "`portal i18n add`, named as it is typed, and the page on which documents are added",
}


def find_repeated() -> Mapping[str, Set[str]]:
    """The modules, as `web/desk/queue`, in which each name is defined that more than one defines."""
    found: dict[str, set[str]] = defaultdict(set)
    for path in ROOT.rglob("*.py"):
        module = path.relative_to(ROOT).with_suffix("").as_posix()
        if module.startswith("migrations/"):
            continue
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.FunctionDef | ast.ClassDef) and not node.name.startswith("_"):
                found[node.name].add(module)
    return {name: modules for name, modules in found.items() if len(modules) > 1}


def is_what_views_do(modules: Set[str]) -> bool:
    """Whether views are called like the one operation, or helper of all topics, that does their work."""
    done = {module for module in modules if not module.startswith("web/") or module.startswith("web/site/")}
    return len(done) == 1 and done.pop().startswith(("operations/", "web/site/"))


def test_a_name_of_several_modules_means_the_same_in_all() -> None:
    repeated = find_repeated()
    unexplained = {
        name: sorted(modules)
        for name, modules in repeated.items()
        if not is_what_views_do(modules)
        and name not in ELSEWHERE
        and not any(
            name in names and all(module.startswith(f"{folder}/") for module in modules)
            for folder, names in CONVENTIONS.items()
        )
    }
    assert unexplained == {}


def test_no_convention_is_named_for_nothing() -> None:
    named = {name for names in CONVENTIONS.values() for name in names} | set(ELSEWHERE)
    assert named - set(find_repeated()) == set()
