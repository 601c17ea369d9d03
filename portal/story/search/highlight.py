"""Hits of a query in a text as it was written: where they stand, and the stretch that shows most of them."""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from portal.story.search.query import SearchQuery, Wanted
from portal.story.search.terms import list_further
from portal.story.search.tokens import Token, scan_tokens
from portal.story.search.variants import find_variants

_MOST_LETTERS: Final = 160
_BEFORE: Final = 16
"""Columns before the first hit: a row of a list shows some thirty on a phone."""
_WIDE: Final = frozenset("WF")
"""Kinds of characters that take two columns (Unicode's East Asian Width)."""
_SPACE: Final = re.compile(r"\s+")

Piece = tuple[str, bool]
"""Some of the text, and whether it is a hit."""


@dataclass(frozen=True, slots=True)
class _Hit:
    start: int
    end: int
    number: int
    """Which of the things that are wanted it is."""


def mark_hits(text: str, query: SearchQuery) -> tuple[Piece, ...]:
    """Return a whole text in pieces, hits apart."""
    return tuple(_cut_pieces(text, 0, len(text), _find_hits(text, query)))


def show_hits(texts: Iterable[str], query: SearchQuery, *, most: int = _MOST_LETTERS) -> tuple[Piece, ...]:
    """Return the stretch of one of the texts in which most of what is wanted stands, in one line.

    Empty where nothing of it stands in any of them.
    """
    best: tuple[tuple[int, int], str, int, int, list[_Hit]] | None = None
    for text in texts:
        hits = _find_hits(text, query)
        if not hits:
            continue
        first, last, weight = _choose_densest(hits, most)
        if best is None or weight > best[0]:
            best = weight, text, first, last, hits
    if best is None:
        return ()
    _weight, text, first, last, hits = best
    start, end = _widen(text, hits[first].start, max(one.end for one in hits[first : last + 1]), most)
    pieces = [(_SPACE.sub(" ", one), is_hit) for one, is_hit in _cut_pieces(text, start, end, hits)]
    before, after = [("…", False)] if start > 0 else [], [("…", False)] if end < len(text) else []
    return (*before, *pieces, *after)


def _find_hits(text: str, query: SearchQuery) -> list[_Hit]:
    """Return the hits in the order of the text."""
    tokens = tuple(scan_tokens(text))
    single = {
        way[0]: number
        for number, wanted in enumerate(query.wanted)
        if not wanted.phrase and not wanted.is_beginning
        for way in wanted.ways
        if len(way) == 1
    }
    hits = [
        hit
        for number, wanted in enumerate(query.wanted)
        if wanted.phrase or wanted.is_beginning or len(wanted.pieces) > 1
        for hit in _find_rows(tokens, wanted, number)
    ]
    runs = [
        (one.pieces[0], number)
        for number, one in enumerate(query.wanted)
        if len(one.pieces) == 1 and not one.is_beginning
    ]
    known: dict[tuple[str, str], int | None] = {}
    for token in tokens:
        if token.is_run:
            hits += [hit for piece, number in runs for hit in _find_inside(token, piece, number)]
            continue
        if (token.folded, token.text) not in known:
            found = (single[term] for term in (token.folded, *list_further(token)) if term in single)
            known[token.folded, token.text] = next(found, None)
        number_of = known[token.folded, token.text]
        if number_of is not None:
            hits.append(_Hit(token.start, token.end, number_of))
    for variant in find_variants(tokens):
        numbers = {single[term] for term in variant.terms if term in single}
        hits += [_Hit(variant.start, variant.end, number) for number in sorted(numbers)]
    return sorted(hits, key=lambda hit: (hit.start, hit.end))


def _find_rows(tokens: Sequence[Token], wanted: Wanted, number: int) -> Iterator[_Hit]:
    """Give where words stand one after the other, or begin as they are wanted to."""
    pieces = wanted.pieces
    for at in range(len(tokens) - len(pieces) + 1):
        row = tokens[at : at + len(pieces)]
        if not all(_fits(token, piece, wanted) for token, piece in zip(row, pieces, strict=True)):
            continue
        if row[0].is_run and len(row) == 1:
            yield from _find_inside(row[0], pieces[0], number)
        else:
            start = row[0].end - len(pieces[0]) if row[0].is_run else row[0].start
            end = row[-1].start + len(pieces[-1]) if row[-1].is_run else row[-1].end
            yield _Hit(start, end, number)


def _fits(token: Token, piece: str, wanted: Wanted) -> bool:
    if token.is_run:
        return piece in token.folded
    if wanted.is_beginning:
        return token.folded.startswith(piece)
    return token.folded == piece


def _find_inside(token: Token, piece: str, number: int) -> Iterator[_Hit]:
    at = token.folded.find(piece)
    while at >= 0:
        yield _Hit(token.start + at, token.start + at + len(piece), number)
        at = token.folded.find(piece, at + len(piece))


def _choose_densest(hits: Sequence[_Hit], most: int) -> tuple[int, int, tuple[int, int]]:
    """Return first and last hit of the stretch with most of what is wanted, then with most hits."""
    best = (0, 0, (0, 0))
    last = 0
    for first, hit in enumerate(hits):
        last = max(last, first)
        while last + 1 < len(hits) and hits[last + 1].end - hit.start <= most:
            last += 1
        inside = hits[first : last + 1]
        weight = (len({one.number for one in inside}), len(inside))
        if weight > best[2]:
            best = (first, last, weight)
    return best


def _widen(text: str, start: int, end: int, most: int) -> tuple[int, int]:
    """Return the stretch with words around it, cut between words where there are spaces."""
    room = max(0, most - (end - start))
    left = _step_back(text, start, min(_BEFORE, room // 2))
    right = min(len(text), end + room - (start - left))
    if left > 0 and (space := _SPACE.search(text, left, start)):
        left = space.end()
    if right < len(text):
        spaces = list(_SPACE.finditer(text, end, right))
        right = spaces[-1].start() if spaces else right
    return left, right


def _step_back(text: str, start: int, columns: int) -> int:
    """Return the place so many columns before another one, or the beginning."""
    left = start
    while left > 0 and (columns := columns - _count_columns(text[left - 1])) >= 0:
        left -= 1
    return left


def _count_columns(character: str) -> int:
    return 2 if unicodedata.east_asian_width(character) in _WIDE else 1


def _cut_pieces(text: str, start: int, end: int, hits: Iterable[_Hit]) -> Iterator[Piece]:
    """Give the stretch in pieces; hits that touch or overlap are one."""
    done = start
    marked: list[list[int]] = []
    for hit in hits:
        if hit.end <= start or hit.start >= end:
            continue
        first, last = max(hit.start, start), min(hit.end, end)
        if marked and first <= marked[-1][1]:
            marked[-1][1] = max(marked[-1][1], last)
        else:
            marked.append([first, last])
    for first, last in marked:
        if first > done:
            yield text[done:first], False
        yield text[first:last], True
        done = last
    if done < end:
        yield text[done:end], False
