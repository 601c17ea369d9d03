"""Faults a tired person makes in a template: every place where one can be planted."""

import re
from collections.abc import Iterator

from tests.mutants.faults import Fault

# Attributes that scripts read (data-) are the matter of tests in a browser, which are too slow to take part.
_COMMENT = re.compile(r"\{#.*?#\}", re.DOTALL)
_HIDDEN = re.compile(r"\{\{-?\s*hidden_fields\([^}]*\)\s*-?\}\}")
_IF = re.compile(r"\{%-?\s*(?:if|elif)\s+(?P<test>.+?)\s*-?%\}")
_INNER_IF = re.compile(r"\{\{[^}]*? if (?P<test>[^}]+?) else ")
_ATTRIBUTE = re.compile(
    r"\s(?P<name>name|value|lang|dir|href|for|id|role|type|method|action|autocomplete|inputmode|enctype|datetime"
    r'|aria-[a-z]+)="[^"<>]*"'
)
_LABEL = re.compile(r"<label\b[^>]*>.*?</label>|<legend\b[^>]*>.*?</legend>", re.DOTALL)
_ARGUMENT = re.compile(r"\{\{[^}]*?(?P<argument>,\s*[a-z_]+=(?:[\w.]+|'[^']*'))(?=[,)])")
_MEMBER = re.compile(r"\b(?P<thing>[a-z_]+)\.(?P<name>[a-z_]+)\b(?!\()")
_PRINTED = re.compile(r"\{\{.*?\}\}", re.DOTALL)


def find_template_faults(path: str, source: str) -> Iterator[Fault]:
    """Give every fault for this template."""
    blank = _COMMENT.sub(lambda found: " " * len(found[0]), source)
    seen = set()
    for start, end, kind, instead in _find(blank):
        if (start, end, kind, instead) not in seen:
            seen.add((start, end, kind, instead))
            line = source.count("\n", 0, start) + 1
            yield Fault(path, start, end, kind, instead, "", source[start:end], line)


def _find(source: str) -> Iterator[tuple[int, int, str, str]]:
    for found in _HIDDEN.finditer(source):
        yield *found.span(), "drop hidden fields", ""
    for pattern in (_IF, _INNER_IF):
        for found in pattern.finditer(source):
            yield *found.span("test"), "other condition", f"not ({found['test']})"
            yield *found.span("test"), "always", "true"
    for found in _ATTRIBUTE.finditer(source):
        yield *found.span(), f"drop attribute {found['name']}", ""
    for found in _LABEL.finditer(source):
        yield *found.span(), "drop label", ""
    for found in _ARGUMENT.finditer(source):
        yield *found.span("argument"), "drop argument", ""
    yield from _swap_members(source)


def _swap_members(source: str) -> Iterator[tuple[int, int, str, str]]:
    """Print another member of the same thing, one that this template prints as well."""
    members: dict[str, list[str]] = {}
    printed = [
        found for part in _PRINTED.finditer(source) for found in _MEMBER.finditer(source, *part.span())
    ]
    for found in printed:
        names = members.setdefault(found["thing"], [])
        if found["name"] not in names:
            names.append(found["name"])
    for found in printed:
        names = members[found["thing"]]
        other = names[(names.index(found["name"]) + 1) % len(names)]
        if other != found["name"]:
            yield *found.span("name"), "another member", other
