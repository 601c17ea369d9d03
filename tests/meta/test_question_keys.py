"""Questions have roles: no code speaks of one by the key that some call gave it."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from jinja2 import Environment, nodes

import portal
from portal.data import content
from portal.domain.questions import parse_question
from portal.resources import templates_folder

PORTAL = Path(portal.__file__).parent
NAME_KEYS = ("data/", "migrations/", "domain/legacy_keys.py")
"""The texts we ship, tables as they once were, and what calls of the first releases mean."""

QUESTIONS = [parse_question(row) for row in content.questions()]
KEYS = {
    *(key for one in QUESTIONS for key in (one.key, one.text_key)),
    *(row["key"] for row in (*content.consents(), *content.statements())),
}
OTHER_WORDS = {
    *("before", "check", "form", "help", "lang", "link", "may", "more", "others", "people", "photos"),
    *("avoid", "bio", "byline", "embargo", "reply", "risk", "story", "title", "when", "withdraw", "you"),
}
"""Keys that are words of something else, too, like a draft's fields: those are looked for among answers."""
OWN_FIELDS = {"contribute/language.html", "coverages/_target_fields.html"}
"""Where a form of ours has a field of such a name."""
ANSWERS = re.compile(r"\b(answers|sealed|given|kept|typed|form|elements|statements)$")
NAMES = re.compile(r"\.(key|name)$")


def is_read_by_key(text: str, key: object) -> bool:
    """Say whether `key` is looked up in what `text` names."""
    return key in KEYS and ANSWERS.search(text) is not None


def find_in_python(source: str) -> Iterator[tuple[int, str]]:
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.Constant(value=str(key)) if key in KEYS - OTHER_WORDS:
                yield node.lineno, key
            case (
                ast.Subscript(value=read, slice=ast.Constant(value=key))
                | ast.Call(func=ast.Attribute(value=read, attr="get"), args=[ast.Constant(value=key), *_])
                | ast.Compare(left=ast.Constant(value=key), comparators=[read])
            ) if is_read_by_key(ast.unparse(read), key):
                yield node.lineno, str(key)
            case ast.Compare(left=named, comparators=[ast.Constant(value=key)]) if key in KEYS:
                if NAMES.search(ast.unparse(named)):
                    yield node.lineno, str(key)


def word_template(node: nodes.Node) -> str:
    """Return the last name of an expression with what it is taken from."""
    match node:
        case nodes.Getattr():
            return f"{word_template(node.node)}.{node.attr}"
        case nodes.Name():
            return node.name
    return ""


def find_in_template(source: str) -> Iterator[tuple[int, str]]:
    page = Environment(extensions=["jinja2.ext.i18n"], autoescape=True).parse(source)
    for const in page.find_all(nodes.Const):
        if const.value in KEYS - OTHER_WORDS:
            yield const.lineno, const.value
    for read in page.find_all(nodes.Getattr):
        if is_read_by_key(word_template(read.node), read.attr):
            yield read.lineno, read.attr
    for item in page.find_all(nodes.Getitem):
        key = item.arg.value if isinstance(item.arg, nodes.Const) else None
        if is_read_by_key(word_template(item.node), key):
            yield item.lineno, str(key)
    for compared in page.find_all(nodes.Compare):
        other = compared.ops[0].expr
        if (
            isinstance(other, nodes.Const)
            and other.value in KEYS
            and NAMES.search(word_template(compared.expr))
        ):
            yield compared.lineno, other.value


_ANY, _PLAIN = "|".join(sorted(KEYS)), "|".join(sorted(KEYS - OTHER_WORDS))
SCRIPT = re.compile(
    rf"elements(?:\.|\[[\"'`])({_ANY})\b|\[name=\W?({_ANY})\b|\bname\)? ===? [\"'`]({_ANY})[\"'`]"
    rf"|[\"'`#.]({_PLAIN})\b"
)


def find_in_script(source: str) -> Iterator[tuple[int, str]]:
    for number, line in enumerate(source.splitlines(), 1):
        yield from ((number, found.group()) for found in SCRIPT.finditer(line))


def test_no_module_speaks_of_a_question_by_its_key() -> None:
    modules = {path.relative_to(PORTAL).as_posix(): path for path in PORTAL.rglob("*.py")}
    found = {
        name: lines
        for name, path in modules.items()
        if not name.startswith(NAME_KEYS)
        if (lines := list(find_in_python(path.read_text(encoding="utf-8"))))
    }
    assert found == {}


def test_no_template_speaks_of_a_question_by_its_key() -> None:
    folder = templates_folder()
    found = {
        path.relative_to(folder).as_posix(): lines
        for path in folder.rglob("*.*")
        if path.relative_to(folder).as_posix() not in OWN_FIELDS
        if (lines := list(find_in_template(path.read_text(encoding="utf-8"))))
    }
    assert found == {}


def test_no_script_speaks_of_a_question_by_its_key() -> None:
    found = {
        path.name: lines
        for path in (PORTAL / "static" / "js").rglob("*.mjs")
        if (lines := list(find_in_script(path.read_text(encoding="utf-8"))))
    }
    assert found == {}


@pytest.mark.parametrize(
    "line",
    [
        'answers.get("risk")',
        'submission.latest.answers["title"]',
        'LICENCE = "c_lic"',
        'question.key == "story"',
        '"byline" in typed.answers',
    ],
)
def test_a_key_in_a_module_is_found(line: str) -> None:
    assert len(list(find_in_python(line))) == 1


@pytest.mark.parametrize(
    "line",
    [
        "{% if entry.field.name == 'story' %}{% endif %}",
        "{{ statements.withdraw }}",
        "{{ 'place_time' }}",
        "{{ answers['bio'] }}",
    ],
)
def test_a_key_in_a_template_is_found(line: str) -> None:
    assert len(list(find_in_template(line))) == 1


@pytest.mark.parametrize(
    "line", ["form.elements.risk?.value", 'target.name === "risk"', "[name=story]", 'find("reply_text")']
)
def test_a_key_in_a_script_is_found(line: str) -> None:
    assert len(list(find_in_script(line))) == 1
