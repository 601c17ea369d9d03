"""A query as people ask the search: words that must all be there, "phrases", and beginnings of words*.

Whatever else stands in it is no syntax: a query cannot be wrong, it can only say less than was meant, and
then there is a note about it.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from typing import Final

from portal.domain.receipt_code import is_well_formed
from portal.story.normalise import clean_digits
from portal.story.search.terms import list_further, pair_words
from portal.story.search.tokens import Token, make_token, scan_tokens
from portal.story.search.variants import find_variants

MOST_WORDS: Final = 16
_LEAST_BEGINNING: Final = 3
"""Letters: with two a tenth of all words begins, and nobody looks through what they find."""
_PHRASE: Final = re.compile(
    r"\"([^\"]*)\"|«([^«»]*)»|„([^„“”]*)[“”]|“([^“”]*)”|「([^「」]*)」|『([^『』]*)』|《([^《》]*)》|〈([^〈〉]*)〉|＂([^＂]*)＂"
)
_QUOTE: Final = re.compile('["«»„“”「」『』《》〈〉＂]')
_AND: Final = "AND"
_SMALL_WORDS: Final = """
в у на з із зі до від за по при про для під над між через без об і й та а але або чи що як
a an the of in on at to for from by with and or
"""
"""They say nothing about a text: left out beside others, since «у Харкові» also stands as «в Харкові»."""
_SMALL: Final = frozenset(_SMALL_WORDS.split())
_OPERATORS: Final = frozenset({"OR", "NOT", "NEAR"})
_STARS: Final = frozenset("*＊")
_CODE: Final = re.compile(r"[\d\s.‐‑–—-]+")
_PUBLIC_ID: Final = re.compile(r"(?<![0-9a-f])[0-9a-f]{32}(?![0-9a-f])")


class QueryNote(StrEnum):
    """What a query could not say."""

    NO_WORDS = "no_words"
    TOO_LONG = "too_long"
    OPEN_QUOTE = "open_quote"
    OPERATOR = "operator"
    SHORT_BEGINNING = "short_beginning"
    RECEIPT_CODE = "receipt_code"
    """A receipt code, which is its author's alone: nothing is looked for."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """One thing that must be there, in one of several ways."""

    ways: tuple[tuple[str, ...], ...]
    """Each: terms that must all be there."""
    is_beginning: bool = False
    """Terms count that begin with the only one."""
    phrase: str = ""
    """Terms that must stand one after the other."""
    pieces: tuple[str, ...] = ()
    """Folded words and runs, for finding the place in the text."""


@dataclass(frozen=True, slots=True)
class SearchQuery:
    """A query as it was understood."""

    wanted: tuple[Wanted, ...]
    notes: tuple[QueryNote, ...] = ()


@lru_cache(maxsize=64)
def read_query(text: str) -> SearchQuery:
    """Understand what was typed. One request asks half a dozen times."""
    if _CODE.fullmatch(text) and is_well_formed(clean_digits(text)):
        return SearchQuery((), (QueryNote.RECEIPT_CODE,))
    if identifier := _PUBLIC_ID.search(text.casefold()):  # of a whole address that was pasted
        return SearchQuery((Wanted(((identifier[0],),)),))
    notes: dict[QueryNote, None] = {}
    wanted: dict[Wanted, None] = {}
    for one in _read_parts(text, notes):
        if len(wanted) == MOST_WORDS and one not in wanted:
            notes[QueryNote.TOO_LONG] = None
            break
        wanted[one] = None
    if not wanted:
        notes = {QueryNote.NO_WORDS: None}
    return SearchQuery(tuple(wanted), tuple(notes))


def _read_parts(text: str, notes: dict[QueryNote, None]) -> Iterator[Wanted]:
    done = 0
    for quoted in _PHRASE.finditer(text):
        yield from _read_words(text[done : quoted.start()], notes)
        inside = next((part for part in quoted.groups() if part is not None), "")
        yield from _read_phrase(tuple(scan_tokens(inside)), notes)
        done = quoted.end()
    yield from _read_words(text[done:], notes)


def _read_phrase(tokens: Sequence[Token], notes: dict[QueryNote, None]) -> Iterator[Wanted]:
    if len(tokens) > MOST_WORDS:
        notes[QueryNote.TOO_LONG] = None
        tokens = tokens[:MOST_WORDS]
    if len(tokens) == 1 and len(tokens[0].terms) == 1:
        yield _make_wanted(tokens[0], ())
    elif tokens:
        # The last character of a run is a term of its own where the run ends there, in the text, too.
        last = tokens[-1].terms[:-1] if len(tokens[-1].terms) > 1 else tokens[-1].terms
        terms = (*(term for token in tokens[:-1] for term in token.terms), *last)
        pieces = tuple(one.folded for one in tokens)
        pairs = tuple(pair_words(tokens))
        # Pairs of all its words are enough: each word alone may stand in every text.
        looked_up = pairs if pairs and len(pairs) == len(tokens) - 1 else (*terms, *pairs)
        yield Wanted((tuple(dict.fromkeys(looked_up)),), phrase=" ".join(terms), pieces=pieces)


def _read_words(text: str, notes: dict[QueryNote, None]) -> Iterator[Wanted]:
    if _QUOTE.search(text):
        notes[QueryNote.OPEN_QUOTE] = None
    tokens = []
    for token in scan_tokens(text):
        if token.text in _OPERATORS:
            notes[QueryNote.OPERATOR] = None
        elif token.text != _AND:
            tokens.append(token)
        if len(tokens) > MOST_WORDS + len(_SMALL):
            break
    inside = [(one.start, one.end) for one in find_variants(tokens, asked=True)]  # «Sea of Azov», Lin An-ping
    tokens = [
        token
        for token in tokens
        if token.folded not in _SMALL
        or _has_star(token, text)
        or any(start < token.start and token.end < end for start, end in inside)
    ] or tokens
    done = -1
    for start, end, terms in _cut_names([one for one in tokens if not _has_star(one, text)]):
        for token in _tokens_between(tokens, done, start):
            yield _read_word(token, text, notes)
        named = tuple(_tokens_between(tokens, start, end))
        surface = tuple(dict.fromkeys(term for token in named for term in _terms_alone(token)))
        ways = (surface, *((term,) for term in terms if (term,) != surface))
        if len(named) == 1 and not named[0].is_run:
            ways = (*ways, *((term,) for term in list_further(named[0]) if (term,) not in ways))
        yield Wanted(ways, pieces=tuple(token.folded for token in named))
        done = end
    for token in _tokens_between(tokens, done, len(text)):
        yield _read_word(token, text, notes)


def _cut_names(tokens: Sequence[Token]) -> Iterator[tuple[int, int, Sequence[str]]]:
    """Give names that may be written otherwise, and what else they may be; of two that overlap the longer."""
    found = sorted(find_variants(tokens, asked=True), key=lambda one: (one.start - one.end, one.start))
    taken: list[tuple[int, int, Sequence[str]]] = []
    for one in found:
        same = [at for at, (start, end, _terms) in enumerate(taken) if (start, end) == (one.start, one.end)]
        if same:
            start, end, terms = taken[same[0]]
            taken[same[0]] = (start, end, (*terms, *sorted(one.terms)))
        elif all(one.end <= start or end <= one.start for start, end, _terms in taken):
            taken.append((one.start, one.end, sorted(one.terms)))
    yield from sorted(taken)


def _tokens_between(tokens: Sequence[Token], start: int, end: int) -> Iterator[Token]:
    """Give the tokens in a stretch of the query; a run is cut where the stretch begins or ends."""
    for token in tokens:
        first, last = max(token.start, start), min(token.end, end)
        if first >= last:
            continue
        if (first, last) == (token.start, token.end):
            yield token
        elif token.is_run:
            piece = token.text[first - token.start : last - token.start]
            yield make_token(piece, first, is_run=True)


def _read_word(token: Token, text: str, notes: dict[QueryNote, None]) -> Wanted:
    if _has_star(token, text) and not token.is_run:
        if len(token.folded) >= _LEAST_BEGINNING:
            return Wanted(((token.folded,),), is_beginning=True, pieces=(token.folded,))
        notes[QueryNote.SHORT_BEGINNING] = None
    return _make_wanted(token, () if token.is_run else tuple(list_further(token)))


def _has_star(token: Token, text: str) -> bool:
    return text[token.end : token.end + 1] in _STARS


def _make_wanted(token: Token, further: Sequence[str]) -> Wanted:
    if token.is_run and len(token.folded) == 1:
        return Wanted((token.terms,), is_beginning=True, pieces=(token.folded,))
    ways = (_terms_alone(token), *((term,) for term in dict.fromkeys(further)))
    return Wanted(ways, pieces=(token.folded,))


def _terms_alone(token: Token) -> tuple[str, ...]:
    """Return the terms that a text has in which the token stands somewhere, inside of a longer run, too."""
    terms = token.terms[:-1] if token.is_run and len(token.terms) > 1 else token.terms
    return tuple(dict.fromkeys(terms))
