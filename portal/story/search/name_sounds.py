"""Names of people by how they sound: Олена, Олени and Olena are one, however they are transliterated.

The case ending of a Ukrainian name and the vowel at the end of a Latin one go, and every sound is spelt in
one way, first by the official table of 2010, then by what people write beside it. Names that are written in
Chinese, or translated, stand in a table (portal/data/names_in_han.tsv).
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib import resources
from typing import Final

from portal.domain.slugs import transliterate_ukrainian
from portal.story.han import fold_han
from portal.story.search.tokens import Token
from portal.story.word_forms import fold_word, is_cyrillic

_CASES: Final = re.compile(
    "(?:ого|ому|ими|ами|ями|ові|еві|єві|ої|ою|ею|єю|ий|ій|им|их|ім|ом|ем|єм|ам|ям|ах|ях|[аяоеєиіїуюьй])$"
)
_OWN_ENDINGS: Final = ("им", "их", "ім", "ом", "ем", "єм", "ам", "ям", "ах", "ях")
"""Endings that may belong to the name itself: Максим, Адам."""
_LEAST_LETTERS: Final = 2
_RUSSIAN: Final = str.maketrans({"ы": "и", "э": "е", "ъ": None, "ё": "е"})
_SOFTENED: Final = {"з": "г", "ц": "к", "с": "х"}
"""What stands before -і, and what it was before: Ользі, Ольга."""
_SOUNDS: Final = tuple(
    (re.compile(spelt), sound)
    for spelt, sound in (
        ("szcz|shch", "щ"),
        ("tsch|tch|ch|cz", "ч"),
        ("sch|sh|sz", "ш"),
        ("ts|tz", "ц"),
        ("zgh", "zг"),
        ("zh", "ж"),
        ("kh|gh|h|g", "г"),
        ("ph", "f"),
        ("ck|c|q", "k"),
        ("w", "v"),
        ("[yij]+(?=[aeou])", ""),
        ("[yij]+", "i"),
        (r"(.)\1+", r"\1"),
    )
)
_LONGEST_RUN: Final = 7
"""Characters of the longest name of the table."""
_LAST_VOWELS: Final = re.compile("[aeiou]+$")
_FLEETING: Final = re.compile("e(?=ц$)")
"""The vowel of Кравець that Кравця does without."""
_CLOSED: Final = re.compile("[ie](?=[nrvl]$)")
"""The vowel of Яків and Федір that is an o in other cases."""


@lru_cache(maxsize=4096)
def sound_out(folded: str) -> tuple[str, ...]:
    """Return the sound of a folded name in Cyrillic or Latin letters: one, or a few that it may be."""
    stems = _cut_cases(folded) if is_cyrillic(folded) else (folded,)
    sounds = (_spell_sounds(transliterate_ukrainian(stem)) for stem in stems)
    return tuple(dict.fromkeys(sound for sound in sounds if len(sound) >= _LEAST_LETTERS))


def _cut_cases(word: str) -> tuple[str, ...]:
    word = word.translate(_RUSSIAN)
    found = _CASES.search(word, _LEAST_LETTERS)
    if found is None:
        return (word,)
    stem, ending = word[: found.start()], found[0]
    if ending in _OWN_ENDINGS:
        return stem, word
    if ending == "і" and stem[-1] in _SOFTENED:
        return stem, stem[:-1] + _SOFTENED[stem[-1]]
    return (stem,)


def _spell_sounds(latin: str) -> str:
    for spelt, sound in _SOUNDS:
        latin = spelt.sub(sound, latin)
    stem = _LAST_VOWELS.sub("", latin)
    return _CLOSED.sub("o", _FLEETING.sub("", stem)) if len(stem) >= _LEAST_LETTERS else latin


@dataclass(frozen=True, slots=True)
class _Table:
    runs: Mapping[str, tuple[str, ...]]
    latin: Mapping[str, tuple[str, ...]]
    known: frozenset[str]
    """Sounds of the names that the table has."""


@cache
def _read_table() -> _Table:
    text = (resources.files("portal.data") / "names_in_han.tsv").read_text(encoding="utf-8")
    runs: dict[str, tuple[str, ...]] = {}
    latin: dict[str, tuple[str, ...]] = {}
    known: set[str] = set()
    for line in text.splitlines():
        if line.startswith("#"):
            continue
        name, others, chinese = line.split("\t")
        sounds = sound_out(fold_word(name))
        known.update(sounds)
        for other in filter(None, others.split(", ")):
            latin[fold_word(other)] = (*latin.get(fold_word(other), ()), *sounds)
        for run in map(fold_han, chinese.split(", ")):
            runs[run] = (*runs.get(run, ()), *sounds)
    return _Table(runs, latin, frozenset(known))


def list_sounds(folded: str) -> tuple[str, ...]:
    """Return the sounds of a name, and those of the name it translates."""
    return tuple(dict.fromkeys((*sound_out(folded), *_read_table().latin.get(folded, ()))))


def is_known(folded: str) -> bool:
    """Say whether the table has a name that sounds like this word."""
    return not _read_table().known.isdisjoint(sound_out(folded))


def is_known_sound(sound: str) -> bool:
    """Say whether the table has a name with this sound: a common one."""
    return sound in _read_table().known


def find_written_in_han(token: Token) -> Iterator[tuple[int, int, tuple[str, ...]]]:
    """Give where a name of the table stands in a run of characters, and its sounds."""
    table, run, at = _read_table(), token.folded, 0
    while at < len(run) - 1:
        for length in range(min(_LONGEST_RUN, len(run) - at), 1, -1):
            if sounds := table.runs.get(run[at : at + length]):
                yield token.start + at, token.start + at + length, sounds
                at += length - 1
                break
        at += 1
