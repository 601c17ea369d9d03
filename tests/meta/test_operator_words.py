"""What operators read says e-mail of a message, as the pages do; a mail server and a mail worker stay."""

import ast
import dataclasses
import re
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from portal.cli import portal
from portal.config import Settings

ROOT = Path(__file__).resolve().parents[2]
_MAIL = re.compile(r"(?<![-\w/])mails?\b(?! (?:servers?|workers?|folders?)\b)", re.IGNORECASE)
_QUOTED = re.compile(r"```.*?```|`[^`]*`", re.DOTALL)
_PAGES = ("README.md", "portal/cli/README.md", "portal/sealing/README.md", "portal/wordpress/README.md")


def list_help(command: click.Command) -> Iterator[str]:
    """Give what a command and those below it say of themselves."""
    yield f"{command.help or ''} {command.short_help or ''}"
    yield from (str(one.help) for one in command.params if isinstance(one, click.Option))
    if isinstance(command, click.Group):
        context = click.Context(command)
        for name in command.list_commands(context):
            below = command.get_command(context, name)
            if below is not None:
                yield from list_help(below)


def list_messages(source: str) -> Iterator[str]:
    """Give the texts of a module that are not its documentation."""
    tree = ast.parse(source)
    told = [one.value for one in ast.walk(tree) if isinstance(one, ast.Expr)]
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and node not in told:
            yield node.value


def find_mail(text: str) -> list[str]:
    """Return what stands around each place that speaks of a mail."""
    plain = _QUOTED.sub("", text)
    return [plain[max(one.start() - 30, 0) : one.end() + 30] for one in _MAIL.finditer(plain)]


def test_help_of_commands_speaks_of_e_mails() -> None:
    assert find_mail("\n".join(list_help(portal))) == []


def test_help_of_settings_speaks_of_e_mails() -> None:
    helps = [str(one.metadata.get("help", "")) for one in dataclasses.fields(Settings)]
    assert find_mail("\n".join(helps)) == []


@pytest.mark.parametrize("page", _PAGES)
def test_pages_for_operators_speak_of_e_mails(page: str) -> None:
    assert find_mail((ROOT / page).read_text(encoding="utf-8")) == []


def test_messages_of_commands_speak_of_e_mails() -> None:
    sources = [*(ROOT / "portal/cli").rglob("*.py"), ROOT / "portal/config.py"]
    messages = [text for one in sources for text in list_messages(one.read_text(encoding="utf-8"))]
    assert find_mail("\n".join(one for one in messages if " " in one)) == []
