"""Places as texts name them, whatever the language, the case and the spelling (portal/data/places.tsv)."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from itertools import pairwise
from typing import Final

from portal.story.han import fold_han
from portal.story.search.tokens import Token
from portal.story.word_forms import fold_word

_ADJACENT: Final = 2
"""Characters between two words of one name: a hyphen, a space, or a full stop with one."""
_LANGUAGES: Final = ("uk", "en", "zh")


@dataclass(frozen=True, slots=True)
class Place:
    """One place, and how it is called in each language."""

    key: str
    names: Mapping[str, str]
    """Language to the name that is shown."""


@dataclass(frozen=True, slots=True)
class _Form:
    words: tuple[str, ...]
    place: str
    needs_capital: bool


def find_places(tokens: Sequence[Token]) -> Iterator[tuple[int, int, str]]:
    """Give where a place is named, and its key.

    What a longer name begins with counts, too: Taiwan Strait, Kharkiv Oblast. What it ends with is another
    place: New Taipei.
    """
    done = -1
    for at, token in enumerate(tokens):
        found = (
            _find_in_run(token) if token.is_run else _find_words(tokens, at) if token.start >= done else ()
        )
        for start, end, place in found:
            done = max(done, end)
            yield start, end, place


def find_place(key: str) -> Place | None:
    """Return the place with this key."""
    return _read_table().places.get(key)


def _find_words(tokens: Sequence[Token], at: int) -> Iterator[tuple[int, int, str]]:
    first = tokens[at]
    for form in _read_table().words.get(first.folded, ()):
        row = tokens[at : at + len(form.words)]
        if (
            tuple(one.folded for one in row) == form.words
            and all(right.start - left.end <= _ADJACENT for left, right in pairwise(row))
            and not (form.needs_capital and first.text[0].islower())
        ):
            yield first.start, row[-1].end, form.place


def _find_in_run(token: Token) -> Iterator[tuple[int, int, str]]:
    table, run, done = _read_table(), token.folded, 0
    for at, character in enumerate(run):
        for length in table.lengths.get(character, ()) if at >= done else ():
            if at + length <= len(run) and (place := table.runs.get(run[at : at + length])):
                done = max(done, at + length)
                yield token.start + at, token.start + at + length, place


@dataclass(frozen=True, slots=True)
class _Table:
    places: Mapping[str, Place]
    words: Mapping[str, Sequence[_Form]]
    """Folded first word to the forms that begin with it, the longest first."""
    runs: Mapping[str, str]
    lengths: Mapping[str, Sequence[int]]
    """First character to the lengths of the names that begin with it, the longest first."""


@cache
def _read_table() -> _Table:
    places: dict[str, Place] = {}
    words: dict[str, list[_Form]] = {}
    runs: dict[str, str] = {}
    lengths: dict[str, set[int]] = {}
    for line in _read_lines():
        marked, *columns = line.split("\t")
        key = marked.lstrip("!")
        forms = [[form for form in column.split(", ") if form] for column in columns]
        places[key] = Place(key, {lang: names[0] for lang, names in zip(_LANGUAGES, forms, strict=False)})
        ukrainian, english, chinese, *older = forms
        for form in (*ukrainian, *english, *(older[0] if older else ())):
            folded = tuple(fold_word(word) for word in form.replace("-", " ").split())
            known = words.setdefault(folded[0], [])
            if all(one.words != folded for one in known):
                known.append(_Form(folded, key, marked != key))
        for run in map(fold_han, chinese):
            runs.setdefault(run, key)
            lengths.setdefault(run[0], set()).add(len(run))
    for known in words.values():
        known.sort(key=lambda form: -len(form.words))
    return _Table(places, words, runs, {one: sorted(all_, reverse=True) for one, all_ in lengths.items()})


def _read_lines() -> list[str]:
    text = (resources.files("portal.data") / "places.tsv").read_text(encoding="utf-8")
    return [line for line in text.splitlines() if line and not line.startswith("#")]
