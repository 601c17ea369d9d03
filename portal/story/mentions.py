"""Mentions in a text of what its author does not want printed, in other words than the author's.

A term is looked for word by word: its words may be inflected, written in the other alphabet or with letters
of another script, stand in any order and have up to two others between them; a given name may be an initial,
a patronymic may be left out, and so may the word that only says what kind of place it is. Words that the
author wrote with a capital are found with a capital only: «Надія» is a name, «надія» is hope. Long numbers
are telephones or papers: they are found however they are grouped, with and without the code of a country.
"""

import re
import unicodedata
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby, islice
from typing import Final

from portal.domain.avoided_terms import find_terms
from portal.story.han import HAN, find_read, fold_han, spell_han
from portal.story.word_forms import are_forms, are_spelt_alike, fold_word, is_common, is_cyrillic, is_latin

_JOINED: Final = re.compile(r"(?<=\w)[-‐‑][^\S\n]*\n[^\S\n]*(?=\w)")
"""A word that a line end cuts in two."""
_HIDDEN: Final = re.compile("[\u00ad\u200b\u2060\ufeff]")
_APOSTROPHE: Final = "'’ʼ‘ˈ´`′ʹ＇"
_MARKS: Final = "\u0300-\u036f\u0591-\u05c7\u0610-\u061a\u0640\u064b-\u065f\u0670"
_WORD: Final = re.compile(rf"[^\W\d_{HAN}](?:[^\W\d_{HAN}]|[{_MARKS}]|(?<=\w)[{_APOSTROPHE}](?=\w))*")
_POSSESSIVE: Final = re.compile(rf"[{_APOSTROPHE}]s\Z")
_HAN_RUN: Final = re.compile(f"[{HAN}]+")
_SPACELESS: Final = re.compile("[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff]{2,}")
"""Scripts that put no spaces between words: Thai, Lao, Burmese, Khmer, kana."""
_HANGUL: Final = re.compile("[\uac00-\ud7af]{2,}")
_ENDS: Final = re.compile(r"[.!?…。！？]|\n\s*\n")
"""What ends a sentence, where it does not shorten a word: no name goes on behind it."""
_NUMBER: Final = re.compile(r"\d(?:[\s().\-‐‑–/]{0,3}\d)*")

_MOST_BETWEEN: Final = 2
_LEAST_LETTERS: Final = 3
_MOST_WORDS: Final = 12
"""Of a term that is looked for in other words; of a longer sentence only the names in it are."""
_LEAST_DIGITS: Final = 6
"""Of a number that is nobody else's."""
_NEAR: Final = 6
"""Characters between «школа» and its number."""
_HAN_NAME: Final = range(2, 5)
"""Characters of a name that may be written in Latin letters."""
_AROUND: Final = 40
_SPACE: Final = re.compile(r"\s+")
_MOST_SHOWN: Final = 3

_KIND_WORDS: Final = """
вулиця вул місто м село с селище смт площа пл провулок пров проспект просп пр бульвар бул будинок буд
квартира кв район рн область обл пан пані школа улица ул город street st str road rd avenue ave square city
town village district mr mrs ms miss dr ulica ul plac pl miasto wieś pan pani straße strasse platz herr frau
"""
_KINDS: Final = frozenset(_KIND_WORDS.split())
"""Words that say what kind of thing a name belongs to."""
_PATRONYMIC: Final = re.compile(
    r"[^\W\d_]{2,}(?:івн|ївн|овн|евн|йович|ович|евич|ївич|ічн|ivn|yivn|ovich|ovych|evich|yovych)[^\W\d_]{0,3}"
)


@dataclass(frozen=True, slots=True)
class Mention:
    """A term, how surely it was found, and the words around the first places."""

    term: str
    is_exact: bool
    places: tuple[tuple[str, str, str], ...]
    """Before, what was found, and after."""

    @property
    def mark(self) -> str:
        """Return what a confirmation covers: the term, and the words that may mean it."""
        return (
            self.term if self.is_exact else "\n".join((self.term, *sorted({one[1] for one in self.places})))
        )


@dataclass(frozen=True, slots=True)
class _Word:
    start: int
    end: int
    folded: str
    is_name: bool
    """Written with a capital."""
    is_initial: bool
    sentence: int


def find_mentions(terms: Sequence[str], texts: Iterable[str], langs: Collection[str]) -> tuple[Mention, ...]:
    """Return which terms the texts hold as they are written, and which they may hold in another form.

    `langs`: the languages of terms and texts, as tags.
    """
    written = [text for text in texts if text]
    filled = [_JOINED.sub("", _HIDDEN.sub("", text)) for text in written]
    bases = frozenset(lang.partition("-")[0] for lang in langs)
    read = [(text, tuple(_read_words(text))) for text in filled] if terms else []
    stated = find_terms(terms, written)
    found = []
    for term in terms:
        exact = term in stated
        wanted = [_Wanted(part, bases) for part in (term, *_names_in(term))]
        spans = [
            (text, span)
            for text, words in read
            for span in dict.fromkeys(span for one in wanted for span in one.find(text, words))
        ]
        if exact:
            stand = (one for one in spans if find_terms((term,), (_cut(one),)))
            spans = list(islice(stand, _MOST_SHOWN)) or spans
        if exact or spans:
            found.append(Mention(term, exact, tuple(_show(*one) for one in spans[:_MOST_SHOWN])))
    return tuple(found)


class _Wanted:
    """A term as it is looked for."""

    def __init__(self, term: str, langs: Collection[str]) -> None:
        self._langs = langs
        self._term = _JOINED.sub("", _HIDDEN.sub("", term))
        words = [word for word in _read_words(self._term) if len(word.folded) > 1]
        self._words = [word for word in words if word.folded not in _KINDS] or words
        numbers = [_digits_of(found[0]) for found in _NUMBER.finditer(self._term)]
        self._long = [one for one in numbers if len(one) >= _LEAST_DIGITS]
        self._short = frozenset(numbers) if all(one.folded in _KINDS for one in words) else frozenset()
        self._runs = [fold_han(run) for run in _HAN_RUN.findall(self._term)]
        self._plain = [one[0] for script in (_SPACELESS, _HANGUL) for one in script.finditer(self._term)]
        is_name = len(self._runs) == 1 and not words and len(self._runs[0]) in _HAN_NAME
        self._spelt = spell_han(self._runs[0]) if is_name else frozenset()

    def find(self, text: str, words: Sequence[_Word]) -> Iterator[tuple[int, int]]:
        """Give where the term may be, in the order of the ways to look."""
        yield from self._find_characters(text)
        yield from self._find_numbers(text)
        if self._spelt:
            yield from self._find_spelt(words)
        is_long_enough = sum(len(word.folded) for word in self._words) >= _LEAST_LETTERS
        if self._words and is_long_enough and len(self._words) <= _MOST_WORDS:
            yield from (span for span in self._find_words(words) if self._has_number(text, span))
            yield from self._find_read(text)

    def _find_characters(self, text: str) -> Iterator[tuple[int, int]]:
        """Look for Han and for scripts without spaces: every occurrence counts."""
        folded = fold_han(text)
        for run in [one for one in self._runs if len(one) > 1]:
            if not self._words:
                # A line may end anywhere in Chinese.
                pattern = r"\s*".join(map(re.escape, run))
                yield from ((at.start(), at.end()) for at in re.finditer(pattern, folded))
        if not self._words or all(_is_plain(word.folded) for word in self._words):
            for run in self._plain:
                yield from ((at.start(), at.end()) for at in re.finditer(re.escape(run), text))

    def _find_numbers(self, text: str) -> Iterator[tuple[int, int]]:
        """Look for long numbers: the shorter one ends the longer one with the code of its country."""
        for found in _NUMBER.finditer(text) if self._long else ():
            digits = _digits_of(found[0])
            if len(digits) >= _LEAST_DIGITS and any(
                digits.endswith(one) or one.endswith(digits) for one in self._long
            ):
                yield found.start(), found.end()

    def _has_number(self, text: str, span: tuple[int, int]) -> bool:
        """Say whether the number stands beside a word that says nothing without it: «школа № 5»."""
        start, end = span
        around = text[max(0, start - _NEAR) : start], text[end : end + _NEAR]
        beside = {_digits_of(found[0]) for part in around for found in _NUMBER.finditer(part)}
        return not self._short or not beside.isdisjoint(self._short)

    def _find_spelt(self, words: Sequence[_Word]) -> Iterator[tuple[int, int]]:
        """Look for a Chinese name in Latin letters, together or apart, surname first or last."""
        for at, first in enumerate(words):
            if not first.is_name or not is_latin(first.folded):
                continue
            joined = ""
            for word in words[at : at + _HAN_NAME[-1]]:
                if word.sentence != first.sentence or not is_latin(word.folded):
                    break
                joined += word.folded
                if joined in self._spelt and joined != first.folded:
                    yield first.start, word.end

    def _find_read(self, text: str) -> Iterator[tuple[int, int]]:
        """Look for Chinese characters that are read like a name in Latin letters."""
        if len(self._words) not in _HAN_NAME or not all(is_latin(word.folded) for word in self._words):
            return
        joined = "".join(word.folded for word in self._words)
        for run in _HAN_RUN.finditer(text):
            for start, end in find_read(run[0], joined, _HAN_NAME):
                yield run.start() + start, run.start() + end

    def _find_words(self, words: Sequence[_Word]) -> Iterator[tuple[int, int]]:
        judged: dict[tuple[str, bool, bool], list[int]] = {}
        fits = []
        for one in words:
            kind = (one.folded, one.is_name, one.is_initial)
            if kind not in judged:
                judged[kind] = [at for at, word in enumerate(self._words) if self._fits(word, one)]
            fits.append(judged[kind])
        needed = self._needed()
        span = len(self._words) * (1 + _MOST_BETWEEN) - _MOST_BETWEEN
        taken = -1
        for first, fit in enumerate(fits):
            if not fit or first <= taken:
                continue
            last = self._reach(words, fits, first, span, needed)
            if last >= 0:
                taken = last
                yield words[first].start, words[last].end

    def _needed(self) -> frozenset[int]:
        """Return which words must be there: a patronymic may be left out where name and surname are left."""
        every = frozenset(range(len(self._words)))
        named = frozenset(at for at in every if not _PATRONYMIC.fullmatch(self._words[at].folded))
        return named if len(named) > 1 else every

    def _reach(
        self, words: Sequence[_Word], fits: Sequence[list[int]], first: int, span: int, needed: frozenset[int]
    ) -> int:
        """Return the last word of what is a mention from this word on, -1 where none begins."""
        met: set[int] = set()
        whole = False
        for at in range(first, min(first + span, len(words))):
            if words[at].sentence != words[first].sentence:
                break
            fresh = [one for one in fits[at] if one not in met]
            if fresh:
                met.add(fresh[0])
                whole = whole or not words[at].is_initial
            if whole and needed <= met:
                return at
        return -1

    def _fits(self, wanted: _Word, word: _Word) -> bool:
        """Say whether a word of the text may be a word of the term."""
        if wanted.is_name and not word.is_name and wanted.folded not in _KINDS:
            return False
        if word.is_initial:
            return wanted.is_name and len(self._words) > 1 and _begins_with(wanted.folded, word.folded)
        if is_cyrillic(wanted.folded) == is_cyrillic(word.folded):
            known = wanted.is_name and word.is_name
            return are_forms(wanted.folded, word.folded, self._langs, known=known)
        if is_latin(word.folded) and is_cyrillic(wanted.folded):
            return are_spelt_alike(wanted.folded, word.folded)
        return is_latin(wanted.folded) and are_spelt_alike(word.folded, wanted.folded)


def _names_in(term: str) -> Iterator[str]:
    """Give the names inside a sentence: «Не згадуйте Олену Петрівну» is about her.

    The word that begins the sentence is none where a dictionary has it without a capital.
    """
    words = [word for word in _read_words(term) if len(word.folded) > 1 and word.folded not in _KINDS]
    runs = [list(run) for is_name, run in groupby(words, key=lambda word: word.is_name) if is_name]
    if not any(not word.is_name for word in words):
        return
    for run in runs:
        named = run[1:] if run[0] is words[0] and is_common(run[0].folded) else run
        if named and (is_cyrillic(named[0].folded) or is_latin(named[0].folded)):
            yield term[named[0].start : named[-1].end]


def _read_words(text: str) -> Iterator[_Word]:
    sentence, behind, is_short = 0, 0, False
    folds: dict[str, str] = {}
    for found in _WORD.finditer(text):
        shown = _POSSESSIVE.sub("", found[0])
        if shown not in folds:
            folds[shown] = fold_word(shown)
        folded = folds[shown]
        ends = _ENDS.findall(text, behind, found.start())
        if ends and not (is_short and ends == ["."]):
            sentence += 1
        yield _Word(
            start=found.start(),
            end=found.start() + len(shown),
            folded=folded,
            is_name=not shown[0].islower(),
            is_initial=len(shown) == 1 and shown.isupper(),
            sentence=sentence,
        )
        behind, is_short = found.end(), len(folded) == 1 or folded in _KINDS


def _digits_of(number: str) -> str:
    """Return the digits of a number in any script, without those that only dial."""
    return "".join(str(unicodedata.digit(one)) for one in number if one.isdigit()).lstrip("0")


def _begins_with(word: str, initial: str) -> bool:
    if is_cyrillic(word) == is_cyrillic(initial):
        return word.startswith(initial)
    one, other = (word, initial) if is_cyrillic(word) else (initial, word)
    return is_latin(other) and are_spelt_alike(one[:1], other[:1])


def _is_plain(word: str) -> bool:
    return bool(_SPACELESS.fullmatch(word) or _HANGUL.fullmatch(word))


def _cut(found: tuple[str, tuple[int, int]]) -> str:
    text, (start, end) = found
    return text[start:end]


def _show(text: str, span: tuple[int, int]) -> tuple[str, str, str]:
    """Return what stands around a place, in one line, cut between words."""
    start, end = span
    before, after = text[max(0, start - _AROUND) : start], text[end : end + _AROUND]
    if start > _AROUND and " " in before:
        before = "…" + before.partition(" ")[2]
    if end + _AROUND < len(text) and " " in after:
        after = after.rpartition(" ")[0].rstrip(".… ") + "…"
    return _SPACE.sub(" ", before).lstrip(), text[start:end], _SPACE.sub(" ", after).rstrip()
