"""Hits of a query in a text as it was written: where they stand, and the stretch that shows most of them."""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from portal.story.search.query import SearchQuery, Wanted
from portal.story.search.terms import list_further
from portal.story.search.tokens import Token, scan_tokens
from portal.story.search.variants import NAME_MARK, PLACE_MARK, find_variants

_MOST_LETTERS: Final = 160
_PART: Final = 800
"""Letters of a text that are looked through at once."""
_LONGEST_WORD: Final = 60
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


@dataclass(frozen=True, slots=True)
class _Sought:
    """What is looked for in a text, each with the number of the thing it is."""

    single: Mapping[str, int]
    """Terms that are a hit by themselves."""
    rows: Sequence[tuple[int, Wanted]]
    """Words one after the other, and beginnings."""
    runs: Sequence[tuple[str, int]]
    has_names: bool
    """Some terms stand for a place or a name, which few words of a text do and takes long to see."""
    number: int


def mark_hits(text: str, query: SearchQuery) -> tuple[Piece, ...]:
    """Return a whole text in pieces, hits apart."""
    return tuple(_cut_pieces(text, 0, len(text), _find_hits(text, _seek(query))))


def show_hits(texts: Iterable[str], query: SearchQuery, *, most: int = _MOST_LETTERS) -> tuple[Piece, ...]:
    """Return the stretch of one of the texts in which most of what is wanted stands, in one line.

    The first one that has all of it is enough. Empty where nothing of it stands in any of them.
    """
    best: tuple[tuple[int, int], str, int, int, list[_Hit]] | None = None
    sought = _seek(query)
    for text, hits in _read_parts(texts, sought, most):
        first, last, weight = _choose_densest(hits, most)
        if best is None or weight > best[0]:
            best = weight, text, first, last, hits
        if weight[0] == sought.number:
            break
    if best is None:
        return ()
    _weight, text, first, last, hits = best
    start, end = _widen(text, hits[first].start, max(one.end for one in hits[first : last + 1]), most)
    pieces = [(_SPACE.sub(" ", one), is_hit) for one, is_hit in _cut_pieces(text, start, end, hits)]
    before, after = [("…", False)] if start > 0 else [], [("…", False)] if end < len(text) else []
    return (*before, *pieces, *after)


def repeats_title(words: Sequence[Piece], title: Sequence[Piece]) -> bool:
    """Say whether a stretch begins as the title does, and has no more hits: nobody needs it twice."""
    said, heading = ("".join(text for text, _is_hit in pieces).strip("… ") for pieces in (words, title))
    hits, shown = (sum(is_hit for _text, is_hit in pieces) for pieces in (words, title))
    return 0 < hits <= shown and (said.startswith(heading) or heading.startswith(said))


def _read_parts(texts: Iterable[str], sought: _Sought, most: int) -> Iterator[tuple[str, list[_Hit]]]:
    """Give the hits of the texts, of long ones part after part: most need not be read whole.

    Parts overlap, so that what stands across a seam is seen, and end between words where there are spaces.
    """
    for text in texts:
        hits: set[_Hit] = set()
        start = 0
        while start < len(text):
            end = _find_space(text, start + _PART + most)
            hits.update(_move(hit, start) for hit in _find_hits(text[start:end], sought))
            if hits:
                yield text, sorted(hits, key=lambda hit: (hit.start, hit.end))
            start = len(text) if end == len(text) else _find_space(text, end - most)


def _find_space(text: str, start: int) -> int:
    """Return the place behind the next space; where none is near, the place itself."""
    space = _SPACE.search(text, start, start + _LONGEST_WORD)
    return min(space.end() if space else start, len(text))


def _move(hit: _Hit, by: int) -> _Hit:
    return _Hit(hit.start + by, hit.end + by, hit.number) if by else hit


def _seek(query: SearchQuery) -> _Sought:
    wanted = tuple(enumerate(query.wanted))
    single = {
        way[0]: number
        for number, one in wanted
        if not one.phrase and not one.is_beginning
        for way in one.ways
        if len(way) == 1
    }
    return _Sought(
        single,
        [one for one in wanted if one[1].phrase or one[1].is_beginning or len(one[1].pieces) > 1],
        [(one.pieces[0], number) for number, one in wanted if len(one.pieces) == 1 and not one.is_beginning],
        has_names=any(term.startswith((PLACE_MARK, NAME_MARK)) for term in single),
        number=len(wanted),
    )


def _find_hits(text: str, sought: _Sought) -> list[_Hit]:
    """Return the hits in the order of the text."""
    tokens = tuple(scan_tokens(text))
    hits = [hit for number, wanted in sought.rows for hit in _find_rows(tokens, wanted, number)]
    known: dict[str, int | None] = {}
    for token in tokens:
        if token.is_run:
            hits += [hit for piece, number in sought.runs for hit in _find_inside(token, piece, number)]
            continue
        if token.text not in known:
            known[token.text] = _find_number(token, sought.single)
        if (number_of := known[token.text]) is not None:
            hits.append(_Hit(token.start, token.end, number_of))
    for variant in find_variants(tokens) if sought.has_names else ():
        numbers = {sought.single[term] for term in variant.terms if term in sought.single}
        hits += [_Hit(variant.start, variant.end, number) for number in sorted(numbers)]
    return sorted(hits, key=lambda hit: (hit.start, hit.end))


def _find_number(token: Token, single: Mapping[str, int]) -> int | None:
    """Return which of the terms a word is, as it stands there or as the dictionary has it."""
    if token.folded in single:
        return single[token.folded]
    return next((single[term] for term in list_further(token) if term in single), None)


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
