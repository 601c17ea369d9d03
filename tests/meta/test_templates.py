"""Every template can be read, every page has a title, and macros know nothing but their arguments."""

import re
from pathlib import Path

import pytest
from flask import Flask
from jinja2 import meta, nodes

from portal.app import create_app
from portal.config import Settings
from portal.resources import templates_folder

FOLDER = templates_folder()
NAMES = sorted(path.relative_to(FOLDER).as_posix() for path in FOLDER.rglob("*") if path.is_file())
HTML = [name for name in NAMES if name.endswith(".html")]


def read(name: str) -> str:
    return (FOLDER / name).read_text(encoding="utf-8")


STAFF = ("account/", "coverages/", "desk/", "settings/")
LAYOUTS = {"base.html": "main", "desk/base.html": "main", "desk/panes.html": "text"}
"""Each with the block that its pages fill."""
MACROS = [name for name in HTML if "{%- macro" in read(name) and "extends" not in read(name)]
TRANSLATION = {"_", "gettext", "ngettext"}
"""What a macro may use without being handed it."""


@pytest.fixture(scope="module")
def real_app(tmp_path_factory: pytest.TempPathFactory) -> Flask:
    instance: Path = tmp_path_factory.mktemp("templates-instance")
    return create_app(Settings(instance=instance))


def parse(app: Flask, name: str) -> nodes.Template:
    return app.jinja_env.parse(read(name), name)


def find_parent(tree: nodes.Template) -> str:
    """Return the name of the layout a template extends, or nothing."""
    for extends in tree.find_all(nodes.Extends):
        if isinstance(extends.template, nodes.Const):
            return str(extends.template.value)
    return ""


def test_there_are_templates() -> None:
    assert {"base.html", "macros/forms.html", "public/coverage.html"} - set(HTML) == set()


@pytest.mark.parametrize("name", NAMES)
def test_a_template_compiles(real_app: Flask, name: str) -> None:
    assert real_app.jinja_env.get_template(name).name == name


@pytest.mark.parametrize("name", HTML)
def test_a_page_says_its_title_and_has_content(real_app: Flask, name: str) -> None:
    tree = parse(real_app, name)
    blocks = {block.name for block in tree.find_all(nodes.Block)}
    filled = LAYOUTS.get(find_parent(tree) or "")
    missing = {"title", filled} - blocks if filled and name not in LAYOUTS else set()
    assert missing == set()


@pytest.mark.parametrize("name", HTML)
def test_macros_are_imported_without_context(real_app: Flask, name: str) -> None:
    tree = parse(real_app, name)
    names = [one.lineno for one in tree.find_all(nodes.FromImport) if one.with_context]
    whole = [one.lineno for one in tree.find_all(nodes.Import) if one.with_context]
    assert names + whole == []


@pytest.mark.parametrize("name", HTML)
def test_what_follows_a_mark_has_a_blank_only_where_the_language_writes_one(name: str) -> None:
    loose = re.findall(r"_\('[^']*[.:?!]'\) \}\}(?:</\w+>)? +\S", read(name))
    assert loose == []


@pytest.mark.parametrize("name", MACROS)
def test_macros_know_only_what_they_are_handed(real_app: Flask, name: str) -> None:
    tree = parse(real_app, name)
    own = {one.name for one in tree.find_all(nodes.Name) if one.ctx == "store"}
    assert meta.find_undeclared_variables(tree) - own - TRANSLATION == set()


@pytest.mark.parametrize("name", HTML)
def test_nothing_is_marked_safe_but_our_own_html(real_app: Flask, name: str) -> None:
    """Only what the writer of HTML made may go out unescaped."""
    marked = {
        filtered.node.name if isinstance(filtered.node, nodes.Name) else getattr(filtered.node, "attr", "?")
        for filtered in parse(real_app, name).find_all(nodes.Filter)
        if filtered.name == "safe"
    }
    assert marked - {"body", "preview", "text"} == set()


@pytest.mark.parametrize("name", [name for name in HTML if name.startswith(STAFF)])
def test_no_page_of_the_staff_joins_two_values_by_a_colon_of_its_own(name: str) -> None:
    """A catalogue does: Chinese has another colon, and no space behind it."""
    assert re.findall(r"\}\}:\s*(?:<[^>]*>)*\{\{.*", read(name)) == []


@pytest.mark.parametrize("name", HTML)
def test_styles_and_scripts_are_files(real_app: Flask, name: str) -> None:
    assert [mark for mark in (" style=", "<style", " onclick=", "javascript:") if mark in read(name)] == []
