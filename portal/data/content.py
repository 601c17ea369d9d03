"""The texts a release ships as data, read once: questions, consents, the first coverage, two pages."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from portal.domain.admission import HumanQuestion, make_question
from portal.domain.release_texts import read_table, split_lines, table_names, walk_texts

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


@dataclass(frozen=True)
class ReleaseText:
    """A text of the release in its languages: its file, its place in it, the words by tag."""

    file: str
    name: str
    words: Localized


def localized_texts() -> Iterator[ReleaseText]:
    """Yield every text of every file, lists line by line."""
    for name in table_names():
        for place, texts in walk_texts(_read(name)):
            for line, words in split_lines(place, texts):
                yield ReleaseText(name, line, words)


@cache
def _read(name: str) -> dict[str, Any]:
    return read_table(name)


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


def coverage_texts() -> Row:
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
    return FirstCoverage(
        coverage_texts(), questions(), sections(), consents(), statements(), decline_reasons()
    )


@cache
def human_questions() -> Sequence[HumanQuestion]:
    """Return every question, in the order of the file."""
    return tuple(make_question(row["text"], row["answers"]) for row in _read("human.toml")["question"])
