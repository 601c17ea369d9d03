"""Letters that pass for those of another script, the way names are forged: «Тaiwan» with a Cyrillic Т.

Mixing languages is normal here («IT-компанія», «COVIDний», 台灣 beside Latin letters). A word is noticed only
when it is written in two of the scripts whose letters look alike, and every letter of one of them has a
double in the other. Doubles are those of Unicode's confusables.txt (UTS 39) among Latin, Cyrillic and Greek.
"""

import re
import unicodedata
from functools import lru_cache

_LATIN_DOUBLES = {
    "Cyrillic": "АВЕЅІЈКМНОРСТУХҮԌԚԜаеѕіјорсухүһԁԛԝӏ",
    "Greek": "ΑΒΕΖΗΙΚΜΝΟΡΤΥΧανορυιχ",
}
_DOUBLED_IN_LATIN = {"Cyrillic": "ABESIJKMHOPCTYXGQWaesijopcyxhdqwl", "Greek": "ABEZHIKMNOPTYXavopuixy"}
_BETWEEN_OTHERS = {"Cyrillic": "АВЕНІКМОРТХГПФЛоаирхп", "Greek": "ΑΒΕΗΙΚΜΟΡΤΧΓΠΦΛοαιρχπ"}
_WORD = re.compile(r"[^\W\d_]+")
_SCRIPTS = {"LATIN": "Latin", "CYRILLIC": "Cyrillic", "GREEK": "Greek"}
_LEAST_LETTERS = 3


def has_lookalikes(text: str) -> bool:
    """Whether a word of the text has letters that pass for those of the script the rest of it is in."""
    return any(_is_forged(word) for word in _WORD.findall(unicodedata.normalize("NFC", text)))


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
        return set(_LATIN_DOUBLES[script])
    if script == "Latin":
        return set(_DOUBLED_IN_LATIN[other])
    return set(_BETWEEN_OTHERS[script])


@lru_cache(maxsize=4096)
def _script_of(letter: str) -> str:
    """Return the script of a letter; kept, since every page of the queue asks about some two thousand."""
    return _SCRIPTS.get(unicodedata.name(letter, "").partition(" ")[0], "")
