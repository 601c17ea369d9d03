"""The texts a release ships as data, read once: questions, consents, the first coverage, two pages."""

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

from portal.domain.admission import HumanQuestion, make_question

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
