"""Lines of a title that is drawn: even ones, broken where a reader of the script would break."""

import re
import unicodedata
from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import NamedTuple

from portal.domain.languages import script_of

Measure = Callable[[str], float]
"""How wide a text is drawn."""

_GLUE = "\u00a0\u202f"
PHRASE_END = "\u200b"
"""Has no width, and says that a phrase ends there."""
_UNSPACED = frozenset({"Hant", "Hans", "Jpan"})
_NOT_FIRST = frozenset(
    "，。、；：！？）」』》〉】〕％…—～·ー々ぁぃぅぇぉっゃゅょァィゥェォッャュョ,.;:!?)]}%"
)
_NOT_LAST = frozenset("（「『《〈【〔([{")
_PHRASE_BEGINS = frozenset("與和及跟同或在從對為讓把被的之因向與并並而")
"""Characters before which a Chinese phrase ends more often than not."""
_INSIDE_PHRASE = 4.0
"""What it costs, in squares of a letter's width, to break where no phrase is known to end."""


class Piece(NamedTuple):
    """What stays on one line; `joint` stands between it and the piece before where both share a line."""

    text: str
    joint: str
    costs: float
    """What a line that begins with it costs."""


def break_lines(
    text: str, lang: str, measure: Measure, *, width: float, letter: float, whole_phrases: bool = False
) -> list[str] | None:
    """Return the fewest lines that hold a text, as even as can be; None where a word is wider than a line.

    `letter`: width of a letter, the measure of what is uneven. `whole_phrases` ends lines only where a
    phrase is known to end.
    """
    pieces = _split(text, lang)
    best: list[tuple[int, float, list[str]]] = [(0, 0.0, [])]
    for end in range(1, len(pieces) + 1):
        ways = []
        for start in range(end - 1, -1, -1):
            line = _join(pieces[start:end])
            room = width - measure(line)
            if room < 0:
                break
            lines, costs, before = best[start]
            if whole_phrases and start and pieces[start].costs:
                continue
            costs += (room / letter) ** 2 + (pieces[start].costs if start else 0)
            if lines >= 0:
                ways.append((lines + 1, costs, [*before, line]))
        best.append(min(ways, default=(-1, 0.0, [])))
    lines, _costs, broken = best[-1]
    return broken if lines >= 0 else None


def cut_lines(text: str, lang: str, measure: Measure, *, width: float, most: int, mark: str) -> list[str]:
    """Return the beginning of a text that is too long for so many lines, with a mark that it goes on.

    Words that are wider than a line are broken at any letter.
    """
    lines = [""]
    for piece in _split(text, lang):
        whole = f"{lines[-1]}{piece.joint}{piece.text}" if lines[-1] else piece.text
        if measure(whole + mark) <= width:
            lines[-1] = whole
            continue
        is_wide = measure(piece.text + mark) > width
        joint = piece.joint if lines[-1] else ""
        for part in piece.text if is_wide else [piece.text]:
            if lines[-1] and (not is_wide or measure(lines[-1] + joint + part + mark) > width):
                if len(lines) == most:
                    return [*lines[:-1], lines[-1] + mark]
                lines.append("")
                joint = ""
            lines[-1] += joint + part
            joint = ""
    return lines


def _join(pieces: Sequence[Piece]) -> str:
    return pieces[0].text + "".join(f"{piece.joint}{piece.text}" for piece in pieces[1:])


def _split(text: str, lang: str) -> list[Piece]:
    """Take a text apart wherever a line may end."""
    pieces: list[Piece] = []
    for word in re.split(rf"[^\S{_GLUE}]+", text.strip()):
        parts = list(_split_word(word, lang))
        joint, begin = " ", parts[0]
        if pieces and _holds_next(pieces[-1].text):
            held = pieces.pop()
            joint, begin = held.joint, f"{held.text}\u00a0{begin}"
        pieces.append(Piece(begin, joint, 0.0))
        pieces += [
            Piece(part, "", 0.0 if PHRASE_END in word or _ends_phrase(before, part) else _INSIDE_PHRASE)
            for before, part in pairwise(parts)
        ]
    return pieces


def _holds_next(word: str) -> bool:
    """Say whether a word must not end a line: one letter alone, as prepositions are, or a number."""
    return word.isdecimal() or (len(word) == 1 and unicodedata.name(word, "").startswith(("CYR", "LATIN")))


def _ends_phrase(before: str, after: str) -> bool:
    return before[-1] in _NOT_FIRST or after[0] in _PHRASE_BEGINS


def _split_word(word: str, lang: str) -> Sequence[str]:
    if PHRASE_END in word:
        return [part for part in word.split(PHRASE_END) if part] or [word]
    if script_of(lang) not in _UNSPACED:
        return [word]
    parts: list[str] = []
    for character in word:
        if parts and not _may_break(parts[-1][-1], character):
            parts[-1] += character
        else:
            parts.append(character)
    return parts


def _may_break(before: str, after: str) -> bool:
    if before in _NOT_LAST or after in _NOT_FIRST or _GLUE.count(before) or _GLUE.count(after):
        return False
    wide = [unicodedata.east_asian_width(character) in "WF" for character in (before, after)]
    return any(wide)
