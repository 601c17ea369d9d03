"""What makes a run quick changes nothing: templates are compiled once, and anew where they are others."""

from pathlib import Path

import pytest
from jinja2 import DictLoader, Environment

from portal.instance import TEMPLATES
from tests.support.quick_apps import KEPT_TEMPLATES, KeptCode, lend_templates, take_templates

NAME = "page.html"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where a run keeps what templates became."""
    folder = tmp_path / "kept"
    folder.mkdir()
    monkeypatch.setenv(KEPT_TEMPLATES, str(folder))
    return folder


def render(source: str) -> str:
    """Render a template as the first application of a process does."""
    return (
        Environment(loader=DictLoader({NAME: source}), bytecode_cache=KeptCode(), autoescape=True)
        .get_template(NAME)
        .render()
    )


def test_a_template_is_compiled_once_in_a_run(folder: Path) -> None:
    render("A page")
    (kept,) = folder.iterdir()
    kept.write_bytes(kept.read_bytes().replace(b"A page", b"A PAGE"))
    assert render("A page") == "A PAGE"


def test_another_template_of_the_same_name_is_compiled(folder: Path) -> None:
    assert [render("A page"), render("Another page")] == ["A page", "Another page"]


def test_a_portal_that_is_started_finds_what_is_kept(folder: Path, tmp_path: Path) -> None:
    render("A page")
    lend_templates(tmp_path / "instance")
    (lent,) = (tmp_path / "instance" / TEMPLATES).iterdir()
    assert lent.read_bytes() == next(folder.iterdir()).read_bytes()


def test_what_a_started_portal_compiled_is_kept(folder: Path, tmp_path: Path) -> None:
    compiled = tmp_path / "instance" / TEMPLATES / "__jinja2_0.cache"
    compiled.parent.mkdir(parents=True)
    compiled.write_bytes(b"code")
    take_templates(tmp_path / "instance")
    assert [(path.name, path.read_bytes()) for path in folder.iterdir()] == [(compiled.name, b"code")]
