"""The texts a release ships as data, read once: questions, consents, the first coverage, two pages."""

import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

from portal.domain.admission import HumanQuestion, make_question
from portal.domain.languages import DEFAULT

Localized = Mapping[str, str]
Row = Mapping[str, Any]


@dataclass(frozen=True)
class Section:
    """One part of a page: heading and Markdown by language."""

    heading: Localized
    body: Localized


@dataclass(frozen=True)
class Page:
    """A page that stands beside the forms."""

    title: Localized
    sections: tuple[Section, ...]


@dataclass(frozen=True)
class FirstCoverage:
    """Everything the first coverage and its call are made from; rows as the tables keep them."""

    coverage: Row
    questions: Sequence[Row]
    sections: Mapping[str, Localized]
    consents: Sequence[Row]
    statements: Sequence[Row]
    decline_reasons: Sequence[Row]


@cache
def _read(name: str) -> dict[str, Any]:
    return tomllib.loads((resources.files("portal") / "data" / name).read_text(encoding="utf-8"))


@dataclass(frozen=True)
class LocalizedText:
    """A text of the release in its languages: its file, its place in it, the words by tag."""

    file: str
    name: str
    words: Localized


def localized_texts() -> Iterator[LocalizedText]:
    """Yield every text of every file, lists line by line."""
    for name in sorted(one.name for one in (resources.files("portal") / "data").iterdir()):
        if name.endswith(".toml"):
            yield from _walk_texts(name, _read(name), "")


def _walk_texts(file: str, value: Any, place: str) -> Iterator[LocalizedText]:
    if isinstance(value, list):
        for number, one in enumerate(value, 1):
            yield from _walk_texts(file, one, f"{place}[{number}]")
    elif isinstance(value, dict) and DEFAULT.tag in value:
        yield from _split_lines(file, place, value)
    elif isinstance(value, dict):
        for key, one in value.items():
            yield from _walk_texts(file, one, f"{place}.{key}".strip("."))


def _split_lines(file: str, place: str, texts: Mapping[str, Any]) -> Iterator[LocalizedText]:
    """Yield one text, or one for each line of a list of them."""
    if isinstance(texts[DEFAULT.tag], str):
        yield LocalizedText(file, place, texts)
        return
    for number, _line in enumerate(texts[DEFAULT.tag], 1):
        words = {tag: lines[number - 1] for tag, lines in texts.items() if number <= len(lines)}
        yield LocalizedText(file, f"{place}[{number}]", words)


def questions() -> Sequence[Row]:
    """Return the default questions of a call, as domain.questions.parse_question reads them."""
    rows: Sequence[Row] = _read("questions.toml")["question"]
    return rows


def sections() -> Mapping[str, Localized]:
    """Return the headings the questions stand under, by the section's key."""
    headings: Mapping[str, Localized] = _read("questions.toml")["sections"]
    return headings


def consents() -> Sequence[Row]:
    """Return the default consents, as domain.questions.parse_consent reads them."""
    rows: Sequence[Row] = _read("consents.toml")["consent"]
    return rows


def statements() -> Sequence[Row]:
    """Return what contributors are told beside the consents: rows of key, forms and text."""
    rows: Sequence[Row] = _read("consents.toml")["statement"]
    return rows


def coverage() -> Row:
    """Return the first coverage with its call and terms."""
    return _read("coverage.toml")


def decline_reasons() -> Sequence[Row]:
    """Return the default reasons of declining: rows of code, label and message."""
    return [
        {"code": row["key"], "label": row["label"], "message": row["message"]}
        for row in _read("decline_reasons.toml")["reason"]
    ]


@cache
def pages() -> Mapping[str, Page]:
    """Return the pages beside the forms by name: safety, help."""
    return {
        name: Page(row["title"], tuple(Section(one["heading"], one["body"]) for one in row["section"]))
        for name, row in _read("pages.toml").items()
    }


def first_coverage() -> FirstCoverage:
    """Return what operations.first_coverage makes the first coverage from."""
    return FirstCoverage(coverage(), questions(), sections(), consents(), statements(), decline_reasons())


@cache
def human_questions() -> Sequence[HumanQuestion]:
    """Return every question, in the order of the file."""
    path = resources.files("portal") / "data" / "human.toml"
    rows = tomllib.loads(path.read_text(encoding="utf-8"))["question"]
    return tuple(make_question(row["text"], row["answers"]) for row in rows)
