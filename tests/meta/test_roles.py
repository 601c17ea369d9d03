"""Roles are grants: only domain/permissions.py knows them by name."""

import ast
from pathlib import Path

import pytest
from jinja2 import Environment, nodes

import portal
from portal.domain.permissions import Role
from portal.resources import templates_folder

PORTAL = Path(portal.__file__).parent
MODULES = sorted(path.relative_to(PORTAL).as_posix() for path in PORTAL.rglob("*.py"))
KNOW_ROLES = ("domain/permissions.py", "web/site/labels.py", "migrations/")
"""The grants, the words for roles, and tables as they once were."""
SAME_WORD = {"domain/questions.py", "web/coverages/unsaved_edits.py"}
"""Where "editor" is something else: an audience of answers, a field of a form."""
NAMES = {role.value for role in Role}


def find_roles(tree: ast.AST, *, allowed: frozenset[str] = frozenset()) -> list[tuple[int, str]]:
    """Return lines that name a role, as a member or as its value."""
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "Role":
            found.append((node.lineno, node.attr))
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value in NAMES - allowed:
            found.append((node.lineno, node.value))
    return found


def test_no_module_names_a_role() -> None:
    found = {}
    for name in MODULES:
        if name.startswith(KNOW_ROLES):
            continue
        allowed = frozenset({"editor"}) if name in SAME_WORD else frozenset()
        lines = find_roles(ast.parse((PORTAL / name).read_text(encoding="utf-8")), allowed=allowed)
        if lines:
            found[name] = lines
    assert found == {}


def test_no_template_names_a_role() -> None:
    folder, reader = templates_folder(), Environment(extensions=["jinja2.ext.i18n"], autoescape=True)
    found = {
        (path.name, node.lineno, node.value)
        for path in folder.rglob("*.*")
        for node in reader.parse(path.read_text(encoding="utf-8")).find_all(nodes.Const)
        if node.value in NAMES
    }
    assert found == set()


@pytest.mark.parametrize("line", ["by.role is Role.ADMIN", "staff.role in ('editor', 'other')"])
def test_a_named_role_is_found(line: str) -> None:
    assert len(find_roles(ast.parse(line))) == 1
