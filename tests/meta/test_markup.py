"""Nothing is printed as HTML but what the writer of HTML made; no text becomes a template or a script."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from jinja2 import Environment, nodes

import portal
from portal.resources import templates_folder

CODE = Path(portal.__file__).parent
TEMPLATES = templates_folder()
ENVIRONMENT = Environment(autoescape=True, extensions=["jinja2.ext.i18n"])

BANNED = frozenset(
    {
        "Markup",
        "render_template_string",
        "from_string",
        "autoescape",
        "__html__",
        "eval",
        "exec",
        "HTMLString",
    }
)
DRAWN = frozenset(
    {
        ("web/staff/sign_in.py", "Markup"),
        ("web/desk/submission_forms.py", "Markup"),
        ("web/site/english_gaps.py", "__html__"),
    }
)
"""The QR code, and the label of an option: frames of ours in which every value is escaped by format(); and
texts of ours that name their language, escaped one by one.
"""

WRITTEN = frozenset(
    {
        ("coverages/draft.html", "preview"),
        ("coverages/handoff.html", "post.body"),
        ("private/approval.html", "body"),
        ("private/own_data.html", "one.text"),
        ("public/coverage.html", "call.text.text"),
        ("public/coverage.html", "introduction.text"),
        ("public/page.html", "body.text"),
    }
)
"""What story.html wrote: each text passes its list of blocks and nh3."""

BANNED_IN_SCRIPTS = re.compile(
    r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function|srcdoc|setHTMLUnsafe"
    r"|createContextualFragment|\.setAttribute\(\s*[\"']on"
)
NAMED_FROM_OUTSIDE = re.compile(
    r"(?<=\w)(?<!localStorage)(?<!sessionStorage)\[[^\[\]\"'\d]+\]\s*(?:[-+*/|&?]{0,2})=(?![=>])"
    r"|__proto__|\.prototype\b|setPrototypeOf|Object\.assign\(\s*\{"
)
"""How a script writes to a name it was given, which may be one that every object has."""
_BARE_ATTRIBUTE = re.compile(r"[\w-]+=\{\{")


def find_banned(source: str) -> Iterator[str]:
    """Give the names in Python code that let a text become HTML, a template or code."""
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.keyword("autoescape", ast.Constant(True)):
                pass  # of a search in the database, where it is what keeps a text a text
            case ast.Name(name) | ast.Attribute(_, name) | ast.FunctionDef(name) | ast.keyword(str(name)):
                if name in BANNED:
                    yield name
            case ast.ImportFrom(_, names):
                yield from (one.name for one in names if one.name in BANNED and one.asname)
            case _:
                pass


def find_filled_frames(source: str) -> Iterator[str]:
    """Give the frames of Markup that are not written out as they stand in the code."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call) and ast.unparse(node.func).rpartition(".")[2] == "Markup":
            yield from (ast.unparse(one) for one in node.args if not isinstance(one, ast.Constant))


def find_unescaped(source: str) -> Iterator[str]:
    """Give the expressions of a template that go out unescaped, and blocks in which all do."""
    tree = ENVIRONMENT.parse(source)
    for filtered in tree.find_all(nodes.Filter):
        if filtered.name in ("safe", "mark_safe"):
            yield spell(filtered.node)
    for changed in tree.find_all((nodes.EvalContextModifier, nodes.ScopedEvalContextModifier)):
        yield from (option.key for option in changed.options)
    for called in tree.find_all(nodes.Call):
        yield from (one for one in (spell(called.node),) if one.rpartition(".")[2] in BANNED)


def spell(node: nodes.Node | None) -> str:
    """Return names as a template has them."""
    match node:
        case nodes.Name():
            return str(node.name)
        case nodes.Getattr():
            return f"{spell(node.node)}.{node.attr}"
        case _:
            return type(node).__name__


def list_files(folder: Path, ending: str) -> Iterator[tuple[str, str]]:
    """Give the files of a folder with their texts."""
    for path in sorted(folder.rglob(f"*.{ending}")):
        yield path.relative_to(folder).as_posix(), path.read_text(encoding="utf-8")


def test_no_code_makes_html_of_a_text() -> None:
    found = {(name, banned) for name, source in list_files(CODE, "py") for banned in find_banned(source)}
    assert found == DRAWN


def test_frames_of_html_are_written_out() -> None:
    assert [frame for _name, source in list_files(CODE, "py") for frame in find_filled_frames(source)] == []


@pytest.mark.parametrize(
    "code", ["Markup(text)", 'Markup(f"<p>{text}</p>")', 'markupsafe.Markup("<p>" + text)']
)
def test_a_frame_that_holds_a_text_is_found(code: str) -> None:
    assert len(list(find_filled_frames(code))) == 1


def test_templates_print_unescaped_what_the_writer_of_html_made() -> None:
    found = {(name, one) for name, source in list_files(TEMPLATES, "html") for one in find_unescaped(source)}
    assert found == WRITTEN


def test_values_in_attributes_stand_in_quotes() -> None:
    bare = [name for name, source in list_files(TEMPLATES, "html") if _BARE_ATTRIBUTE.search(source)]
    assert bare == []


def test_scripts_write_text_and_never_html() -> None:
    scripts = [*list_files(CODE / "static", "mjs"), *list_files(CODE / "static", "js")]
    assert (len(scripts) > 0, [name for name, text in scripts if BANNED_IN_SCRIPTS.search(text)]) == (
        True,
        [],
    )


def test_scripts_write_to_no_name_they_were_given() -> None:
    found = [
        hit.group()
        for _name, text in list_files(CODE / "static", "mjs")
        for hit in NAMED_FROM_OUTSIDE.finditer(text)
    ]
    assert found == []


@pytest.mark.parametrize(
    "code",
    [
        "from markupsafe import Markup\nMarkup(text)",
        "import markupsafe\nmarkupsafe.Markup(text)",
        "from markupsafe import Markup as M\nM(text)",
        "flask.render_template_string(text)",
        "app.jinja_env.from_string(text)",
        "Environment(autoescape=False)",
        "app.jinja_env.autoescape = False",
        "class Text:\n    def __html__(self): return self",
        "eval(text)",
    ],
)
def test_code_that_makes_html_of_a_text_is_found(code: str) -> None:
    assert len(list(find_banned(code))) > 0


@pytest.mark.parametrize(
    "template",
    [
        "{{ text | safe }}",
        "{{ (text or '') | trim | safe }}",
        "{% autoescape false %}{{ text }}{% endautoescape %}",
        "{% filter safe %}{{ text }}{% endfilter %}",
        "{{ Markup(text) }}",
    ],
)
def test_a_template_that_prints_raw_is_found(template: str) -> None:
    assert len(list(find_unescaped(template))) > 0


@pytest.mark.parametrize(
    "script", ["one.innerHTML = text", "eval(text)", "one.setAttribute('onclick', text)"]
)
def test_a_script_that_writes_html_is_found(script: str) -> None:
    assert BANNED_IN_SCRIPTS.search(script) is not None


@pytest.mark.parametrize(
    "script", ["texts[control.name] = here", "one[name] ??= {}", "Object.assign({}, sent)", "a.__proto__ = b"]
)
def test_a_script_that_writes_to_a_name_it_was_given_is_found(script: str) -> None:
    assert NAMED_FROM_OUTSIDE.search(script) is not None


def test_an_attribute_without_quotes_is_found() -> None:
    assert _BARE_ATTRIBUTE.search("<p title={{ text }}>") is not None
