"""Letters that pass for those of another script, the way names are forged: «Тaiwan» with a Cyrillic Т.

Mixing languages is normal here («IT-компанія», «COVIDний», 台灣 beside Latin letters). A word is noticed only
when it is written in two of the scripts whose letters look alike, and every letter of one of them has a
double in the other. Doubles are those of Unicode's confusables.txt (UTS 39) among Latin, Cyrillic and Greek.
Two names are compared by their skeletons: every letter that has a double gives way to it.
"""

import re
import unicodedata
from functools import lru_cache

from portal.story.normalise import drop_hidden

_TO_LATIN = {
    "Cyrillic": (
        "АA ВB ЕE ЅS ІI ЈJ КK МM НH ОO РP СC ТT УY ХX ҮY ԌG ԚQ ԜW "
        "аa еe ѕs іi јj оo рp сc уy хx үy һh ԁd ԛq ԝw ӏl"
    ),
    "Greek": "ΑA ΒB ΕE ΖZ ΗH ΙI ΚK ΜM ΝN ΟO ΡP ΤT ΥY ΧX αa γy νv οo ρp υu ιi χx",
}
"""A letter and its Latin double, in pairs."""
_LATIN_DOUBLES = {script: {pair[0] for pair in pairs.split()} for script, pairs in _TO_LATIN.items()}
_DOUBLED_IN_LATIN = {script: {pair[1] for pair in pairs.split()} for script, pairs in _TO_LATIN.items()}
_TO_CYRILLIC = str.maketrans({pair[1]: pair[0] for pair in _TO_LATIN["Cyrillic"].split()})
_CYRILLIC_DOUBLE = re.compile(f"[{''.join(map(chr, _TO_CYRILLIC))}]")
_CYRILLIC_LETTER = re.compile("[\u0400-\u052f]")
_BETWEEN_OTHERS = {"Cyrillic": set("АВЕНІКМОРТХГПФЛоаирхп"), "Greek": set("ΑΒΕΗΙΚΜΟΡΤΧΓΠΦΛοαιρχπ")}
_IN_LATIN = {"I": "l", "1": "l", "|": "l", "0": "O"}
_SKELETON = str.maketrans(
    {pair[0]: _IN_LATIN.get(pair[1], pair[1]) for pairs in _TO_LATIN.values() for pair in pairs.split()}
    | {"Γ": "Г", "Π": "П", "Φ": "Ф", "Λ": "Л", "π": "п"}
    | _IN_LATIN
)
_WORD = re.compile(r"[^\W\d_]+")
_SCRIPTS = {"LATIN": "Latin", "CYRILLIC": "Cyrillic", "GREEK": "Greek"}
_LEAST_LETTERS = 3


def has_lookalikes(text: str) -> bool:
    """Say whether a word of the text has letters that pass for those of the script the rest of it is in."""
    composed = unicodedata.normalize("NFC", text)
    # In nearly every text no word needs a look.
    return _mixes_scripts(composed) and any(_is_forged(word) for word in _WORD.findall(composed))


def are_alike(one: str, other: str) -> bool:
    """Whether two names look the same, whatever the case, the script and the unseen characters of either."""
    return not _skeletons(one).isdisjoint(_skeletons(other))


def write_in_cyrillic(word: str) -> str:
    """Return a word with a Cyrillic letter in it in Cyrillic letters: Latin doubles give way to theirs."""
    is_mixed = _CYRILLIC_LETTER.search(word) and _CYRILLIC_DOUBLE.search(word)
    return word.translate(_TO_CYRILLIC) if is_mixed else word


def _skeletons(name: str) -> set[tuple[str, str]]:
    """Return what a name looks like as it is written and in capitals: some letters are doubles only there."""
    seen = " ".join(unicodedata.normalize("NFKC", drop_hidden(name)).split())
    written, capitals = (text.translate(_SKELETON) for text in (seen, seen.upper()))
    return {("written", written.casefold()), ("capitals", capitals)}


def _mixes_scripts(text: str) -> bool:
    return len({*map(_script_of, {*text})} - {""}) > 1


def _is_forged(word: str) -> bool:
    letters: dict[str, set[str]] = {}
    for letter in word:
        script = _script_of(letter)
        if script:
            letters.setdefault(script, set()).add(letter)
    if len(word) < _LEAST_LETTERS or len(letters) != 2:
        return False
    (one, some), (other, more) = letters.items()
    return some <= _doubles(one, other) or more <= _doubles(other, one)


def _doubles(script: str, other: str) -> set[str]:
    """Return the letters of a script that look like one of the other."""
    if other == "Latin":
        return _LATIN_DOUBLES[script]
    if script == "Latin":
        return _DOUBLED_IN_LATIN[other]
    return _BETWEEN_OTHERS[script]


@lru_cache(maxsize=4096)
def _script_of(letter: str) -> str:
    """Return the script of a letter; kept, since every page of the queue asks about some two thousand."""
    return _SCRIPTS.get(unicodedata.name(letter, "").partition(" ")[0], "")
