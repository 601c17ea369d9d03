"""Fonts of this machine that have every letter of a text, as fontconfig knows them.

The portal ships none: those for Han alone are larger than all the rest. A text for which there is none is not
drawn at all, since a row of empty boxes says less than no words.
"""

import shutil
import subprocess
import unicodedata
from typing import Final, NamedTuple

from PIL import features

from portal.domain.languages import script_of

_ASKED: Final = "%{family[0]}|%{file}|%{index}|%{weight}|%{slant}|%{width}|%{variable}\n"
_REGULAR, _BOLD = "80", "200"
_PLAIN: Final = ("0", "100", "False")
"""Upright, of normal width, and not a font whose weight is chosen while it draws."""
_SECONDS: Final = 10
_HAN_FACES: Final = {"Hant": "TC", "Hans": "SC", "Jpan": "JP", "Kore": "KR"}
"""How families name the forms that readers of a script know the same characters by."""
_SERIF: Final = ("Noto Serif", "Liberation Serif", "DejaVu Serif")
_SANS: Final = ("Noto Sans", "Liberation Sans", "DejaVu Sans")
_UNJOINED: Final = frozenset(
    {
        *("LATIN", "CYRILLIC", "GREEK", "ARMENIAN", "GEORGIAN", "CJK"),
        *("HIRAGANA", "KATAKANA", "HANGUL", "BOPOMOFO", "DIGIT", "FULLWIDTH"),
    }
)
"""Scripts whose letters stand beside each other as they are, by the first word of their names."""


_UNDRAWN: Final = frozenset({"Zs", "Zl", "Zp", "Cc", "Cf"})


class Font(NamedTuple):
    """A font as FreeType opens it."""

    file: str
    face: int


def find_font(text: str, lang: str, *, serif: bool = False, bold: bool = False) -> Font | None:
    """Return the font for a text of language `lang`; None where no font has all of its letters."""
    families = _list_families(lang, serif=serif)
    found = [
        (rank, len(family), family, weight != (_BOLD if bold else _REGULAR), Font(file, int(face)))
        for family, file, face, weight, *shape in _ask_fontconfig(text)
        if tuple(shape) == _PLAIN and weight in (_REGULAR, _BOLD)
        for rank in [next((rank for rank, name in enumerate(families) if family.startswith(name)), None)]
        if rank is not None and "Emoji" not in family
    ]
    return min(found)[-1] if found and can_join(text) else None


def has_letters(font: Font, text: str) -> bool:
    """Say whether a font has every letter of a text."""
    return any(file == font.file and int(face) == font.face for _, file, face, *_ in _ask_fontconfig(text))


def can_join(text: str) -> bool:
    """Say whether this machine can draw the text's letters as they join: Arabic, Devanagari and others do."""
    letters = (character for character in text if unicodedata.category(character)[0] in "LM")
    return features.check("raqm") or all(
        unicodedata.name(letter, "").partition(" ")[0] in _UNJOINED for letter in letters
    )


def _list_families(lang: str, *, serif: bool) -> list[str]:
    """Return how the families begin that suit a language, the best first."""
    face = _HAN_FACES.get(script_of(lang))
    # Han heads are sans, as on the pages.
    own = [f"Noto Sans CJK {face}", f"Noto Sans {face}", f"Noto Serif CJK {face}"] if face else []
    return [*own, *(_SERIF if serif else ()), *_SANS, *_SERIF, "Noto"]


def _ask_fontconfig(text: str) -> list[list[str]]:
    """Return what fontconfig says of every font with all of these letters; nothing where it is not there."""
    program = shutil.which("fc-list")
    letters = {character for character in text if unicodedata.category(character) not in _UNDRAWN}
    if program is None or not letters:
        return []
    wanted = " ".join(sorted(f"{ord(letter):x}" for letter in letters))
    try:
        said = subprocess.run(  # noqa: S603  # its arguments are numbers of letters
            [program, "-f", _ASKED, f":charset={wanted}"],
            capture_output=True,
            text=True,
            check=True,
            timeout=_SECONDS,
        )
    except (OSError, subprocess.SubprocessError, UnicodeDecodeError):
        return []
    return [line.split("|") for line in said.stdout.splitlines() if line.count("|") == _ASKED.count("|")]
