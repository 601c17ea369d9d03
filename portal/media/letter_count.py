"""The letters of a document: what it shows is counted against what is kept, and what is missing is named.

A reader collects what a document shows apart from the way it reads it: two ways rarely lose the same word.
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from portal.domain.documents import DroppedKind
from portal.story.blocks import Block, NumberedList, Quote, paragraphs

_COUNTED = ("L", "M", "N", "S", "Co")
"""Categories of Unicode: letters and their marks, numbers, symbols, and signs that only their font knows."""
_HAN = "\u2e80-\u312f\u31a0-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
_WORD = re.compile(f"[{_HAN}]|[^\\s{_HAN}]+")
_UNSPACED = re.compile(f"[{_HAN}]")


@dataclass(frozen=True)
class SourceWords:
    """What a document says, in the order it says it."""

    shown: tuple[str, ...] = field(default=(), repr=False)
    """A text for each paragraph, cell, note or box: all that is neither deleted nor the same once more."""
    hidden: tuple[str, ...] = field(default=(), repr=False)
    """What its author hid in it: it stays hidden."""
    readings: tuple[str, ...] = field(default=(), repr=False)
    """How words are pronounced, where it stands above them, each with the words: `臺北 (ㄊㄞˊㄅㄟˇ)`."""


@dataclass(frozen=True)
class DocumentRead:
    """What a reader makes of a document with structure."""

    blocks: tuple[Block, ...] = field(repr=False)
    dropped: Counter[DroppedKind]
    words: SourceWords


@dataclass(frozen=True)
class LetterCount:
    """The receipt of a reading: letters found, letters kept, and what is to be told to the author."""

    found: int = 0
    kept: int = 0
    unplaced: tuple[str, ...] = field(default=(), repr=False)
    """Words that are in the document and not in what is kept, in its order."""
    hidden: tuple[str, ...] = field(default=(), repr=False)
    readings: tuple[str, ...] = field(default=(), repr=False)

    @property
    def is_whole(self) -> bool:
        """Say whether every letter that was found is kept."""
        return self.kept == self.found

    def to_json(self) -> dict[str, Any]:
        """Return what `read_count` makes a count of again."""
        return asdict(self)


def read_count(said: Mapping[str, Any]) -> LetterCount:
    """Return the count that a child process wrote down."""
    return LetterCount(
        said["found"], said["kept"], tuple(said["unplaced"]), tuple(said["hidden"]), tuple(said["readings"])
    )


def count_kept_in_blocks(words: SourceWords, blocks: Sequence[Block]) -> LetterCount:
    """Count what a document shows against the blocks that were made of it."""
    return count_kept_letters(words, (*paragraphs(blocks), *_list_numbers(blocks)))


def _list_numbers(blocks: Sequence[Block]) -> Iterator[str]:
    for block in blocks:
        match block:
            case NumberedList(items):
                yield from map(str, range(1, len(items) + 1))
            case Quote(inner):
                yield from _list_numbers(inner)
            case _:
                continue


def count_kept_letters(words: SourceWords, kept: Iterable[str]) -> LetterCount:
    """Count what a document shows against the texts that are kept, wherever in them it stands."""
    kept_texts = tuple(kept)
    found, held = count_letters(words.shown), count_letters(kept_texts)
    missing = found - held
    return LetterCount(
        found.total(),
        found.total() - missing.total(),
        tuple(_list_unplaced(words.shown, kept_texts, missing)) if missing else (),
        _tidy(words.hidden),
        _tidy(words.readings),
    )


def count_letters(texts: Iterable[str]) -> Counter[str]:
    """Count every letter, digit and symbol; spaces, punctuation and what cannot be seen do not count."""
    found: Counter[str] = Counter()
    for text in texts:
        found.update(unicodedata.normalize("NFC", text))
    return Counter({letter: count for letter, count in found.items() if _is_counted(letter)})


def _is_counted(letter: str) -> bool:
    return unicodedata.category(letter).startswith(_COUNTED)


def _list_unplaced(shown: Iterable[str], kept: Iterable[str], missing: Counter[str]) -> Iterator[str]:
    """List the words that are missing; signs of unspaced scripts that follow each other are one word."""
    placed = Counter(word for text in kept for word in _split_words(text))
    left = missing.copy()
    for text in shown:
        together = ""
        for word in _split_words(text):
            is_placed = placed[word] > 0
            placed[word] -= is_placed
            # A word that merely stands elsewhere, or is joined to its neighbour, is not lost.
            is_lost = not is_placed and bool(count_letters([word]) & left)
            if is_lost:
                left -= count_letters([word])
            if together and not (is_lost and _UNSPACED.fullmatch(word) and _UNSPACED.match(together)):
                yield together
                together = ""
            if is_lost:
                together += word
        if together:
            yield together


def _split_words(text: str) -> Iterator[str]:
    for word in _WORD.findall(unicodedata.normalize("NFC", text)):
        if bare := _bare(word):
            yield bare


def _bare(word: str) -> str:
    """Return a word without the punctuation around it; empty where nothing of it counts."""
    counted = [place for place, letter in enumerate(word) if _is_counted(letter)]
    return word[counted[0] : counted[-1] + 1] if counted else ""


def _tidy(texts: Iterable[str]) -> tuple[str, ...]:
    return tuple(tidied for text in texts if (tidied := " ".join(text.split())))
