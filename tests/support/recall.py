"""The recall set: texts, queries, and which texts each query means (tests/recall)."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

FOLDER = Path(__file__).parents[1] / "recall"


@dataclass(frozen=True)
class RecallText:
    id: str
    lang: str
    title: str
    body: str


@dataclass(frozen=True)
class RecallQuery:
    kind: str
    words: str
    meant: frozenset[str]


@dataclass(frozen=True)
class Outcome:
    """How much of what was meant was found, and how much of what was found was meant."""

    recall: float
    precision: float
    missed: Mapping[str, list[str]]
    wrong: Mapping[str, list[str]]


def read_texts() -> list[RecallText]:
    return [RecallText(*line) for line in _read("texts.tsv")]


def read_queries(name: str) -> list[RecallQuery]:
    return [RecallQuery(kind, words, frozenset(ids.split())) for kind, words, ids in _read(name)]


def measure(queries: Iterable[RecallQuery], search: Callable[[str], set[str]]) -> Outcome:
    """Run queries; all that is meant and found counts alike, whichever query it belongs to."""
    meant = found = right = 0
    missed: dict[str, list[str]] = {}
    wrong: dict[str, list[str]] = {}
    for query in queries:
        hits = search(query.words)
        meant, found, right = meant + len(query.meant), found + len(hits), right + len(hits & query.meant)
        if lacking := query.meant - hits:
            missed[query.words] = sorted(lacking)
        if needless := hits - query.meant:
            wrong[query.words] = sorted(needless)
    return Outcome(right / meant, right / found, missed, wrong)


def _read(name: str) -> list[list[str]]:
    lines = (FOLDER / name).read_text(encoding="utf-8").splitlines()
    return [line.split("\t") for line in lines if not line.startswith("#")]


def read_stories(name: str) -> list[RecallText]:
    """Return texts of which those with one id tell the same story."""
    return [RecallText(*line) for line in _read(name)]
