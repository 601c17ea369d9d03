"""Facts of a text, compared with other texts: names, places, dates, numbers, and rows of words."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from hashlib import blake2b
from typing import Final

from portal.story.same_story.dates import DateInText, find_dates, find_numbers
from portal.story.search.han_names import NO_NAME
from portal.story.search.places import find_place, find_places
from portal.story.search.tokens import Token, scan_tokens
from portal.story.search.variants import NAME_MARK, find_variants
from portal.story.word_forms import is_cyrillic, is_latin, list_lemmas


class FactKind(StrEnum):
    """Kinds of what two texts may share."""

    PLACE = "place"
    NAME = "name"
    DATE = "date"
    NUMBER = "number"
    WORD = "word"


@dataclass(frozen=True, slots=True)
class StoryFacts:
    """What of a text is compared."""

    facts: Mapping[FactKind, Mapping[str, str]]
    """Kind to what is compared, and how the text writes it."""
    shingles: frozenset[int]
    """Hashes of every few terms that follow each other."""


_Found = tuple[FactKind, int, int, str]
"""Kind, where it stands, and what is compared."""

_SHINGLE: Final = 4
"""Terms in a shingle: about three words, or five characters."""
_LEAST_LETTERS: Final = 4
_MOST_TERMS: Final = 20_000
"""Of one text: a long story. What comes after is not compared."""
_COMMONEST: Final = """
який котрий цей той весь себе свій наш ваш мій твій його йому вони вона воно бути мати могти стати коли
тоді тепер зараз також тільки лише навіть якщо адже перед після біля серед проти через потім знову завжди
ніколи дуже більш багато кілька один одна перший другий самий інший кожен такий туди звідки звідти казати
сказати говорити знати хотіти думати бачити піти прийти їхати жити день місяць тиждень година людина діти
звати мене село країна війна україна тайвань
that this with from have were they them their there then when what which while where would could about
after before again also been being both each into just like more most much only other over same some such
than through under very will your said went come came make made know take took year month week days time
people home house city country because still never always first last
"""
_STOP_WORDS: Final = frozenset(_COMMONEST.split())
"""Words that nearly every text has."""


def read_facts(texts: Iterable[str]) -> StoryFacts:
    """Return what of a text, title and parts, is compared."""
    facts: dict[FactKind, dict[str, str]] = {kind: {} for kind in FactKind}
    shingles: set[int] = set()
    room = _MOST_TERMS
    for text in texts:
        tokens = tuple(scan_tokens(text))
        terms = [term for token in tokens for term in token.terms][:room]
        room -= len(terms)
        shingles.update(_hash_rows(terms))
        for kind, key, written in _list_facts(text, tokens):
            facts[kind].setdefault(key, written)
        if not room:
            break
    return StoryFacts(facts, frozenset(shingles))


def _hash_rows(terms: Sequence[str]) -> Iterator[int]:
    for at in range(max(1, len(terms) - _SHINGLE + 1) if terms else 0):
        yield hash_text(" ".join(terms[at : at + _SHINGLE]))


def hash_text(text: str) -> int:
    """Return a number of 63 bits for a text, the same one on every machine."""
    return int.from_bytes(blake2b(text.encode(), digest_size=8).digest()) >> 1


def _list_facts(text: str, tokens: Sequence[Token]) -> Iterator[tuple[FactKind, str, str]]:
    dates = tuple(_list_dates(text))
    dated = {at for _kind, start, end, _key in dates for at in range(start, end)}
    taken: set[int] = set()
    for kind, start, end, key in (*dates, *_list_names(tokens)):
        if kind is FactKind.NAME and start in dated:
            continue  # «March» is no surname where it is a month
        taken.update(range(start, end))
        yield kind, key, text[start:end]
    for token in tokens:
        for at, key in _list_words(token):
            if at not in taken:
                yield FactKind.WORD, key, text[at : at + 2] if token.is_run else token.text


def _list_dates(text: str) -> Iterator[_Found]:
    for date in find_dates(text):
        for key in _spell_date(date):
            yield FactKind.DATE, date.start, date.end, key
    for start, end, number in find_numbers(text):
        yield FactKind.NUMBER, start, end, str(number)


def _list_names(tokens: Sequence[Token]) -> Iterator[_Found]:
    for start, end, place in find_places(tokens):
        yield FactKind.PLACE, start, end, place
    for variant in find_variants(tokens):
        for key in sorted(variant.terms):
            if key.startswith(NAME_MARK):
                yield FactKind.NAME, variant.start, variant.end, key


def _spell_date(date: DateInText) -> Iterator[str]:
    """Give what a date says: each of day in a month, month of a year, and year counts alone."""
    if date.month and date.day:
        yield f"{date.month:02}-{date.day:02}"
    if date.year and date.month:
        yield f"{date.year}-{date.month:02}"
    if date.year:
        yield str(date.year)


def _list_words(token: Token) -> Iterator[tuple[int, str]]:
    """Give where a word that says something stands, and what it is compared by."""
    if token.is_run:
        for at, pair in enumerate(token.terms[:-1]):
            if NO_NAME.isdisjoint(pair):
                yield token.start + at, pair
        return
    if len(token.folded) < _LEAST_LETTERS or not (is_cyrillic(token.folded) or is_latin(token.folded)):
        return
    lemma = min(list_lemmas(token.text), default=token.folded)
    if len(lemma) >= _LEAST_LETTERS and _STOP_WORDS.isdisjoint((lemma, token.folded)):
        yield token.start, lemma


def name_place(key: str, lang: str) -> str:
    """Return how a place is called in a language of the desk."""
    place = find_place(key)
    return place.names.get(lang, key) if place else key
