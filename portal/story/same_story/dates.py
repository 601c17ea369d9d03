"""Dates and numbers in a text of any language, as they are compared: 24 лютого is February 24 and 2月24日."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class DateInText:
    """A date as far as it is told, and where."""

    start: int
    end: int
    year: int
    month: int
    day: int
    """0 where it is not told."""


_IN_UKRAINIAN: Final = """
січ(?:ень|ня|ні) лют(?:ий|ого|ому) берез(?:ень|ня|ні) квіт(?:ень|ня|ні) трав(?:ень|ня|ні) черв(?:ень|ня|ні)
лип(?:ень|ня|ні) серп(?:ень|ня|ні) верес(?:ень|ня|ні) жовт(?:ень|ня|ні) листопад[аі]? груд(?:ень|ня|ні)
"""
_IN_ENGLISH: Final = """
Jan(?:uary)? Feb(?:ruary)? Mar(?:ch)? Apr(?:il)? May June? July? Aug(?:ust)? Sept?(?:ember)? Oct(?:ober)?
Nov(?:ember)? Dec(?:ember)?
"""
_UK: Final = "|".join(_IN_UKRAINIAN.split())
_EN: Final = "|".join(_IN_ENGLISH.split())
_YEAR: Final = r"(?P<year>(?:1[89]|20)\d\d)(?!\d)"
_PATTERNS: Final = tuple(
    re.compile(pattern)
    for pattern in (
        rf"(?<!\d){_YEAR}年(?:(?P<month>1[0-2]|[1-9])月(?:(?P<day>[12]\d|3[01]|[1-9])[日號号])?)?",
        r"(?<!\d)(?P<month>1[0-2]|[1-9])月(?P<day>[12]\d|3[01]|[1-9])[日號号]",
        rf"(?i:(?:(?<!\d)(?P<day>\d\d?)(?:-?го)?\s+)?\b(?P<month>{_UK})\b(?:[\s,]+{_YEAR})?)",
        rf"\b(?P<month>{_EN})\s+(?P<day>\d\d?)(?!\d)(?:st|nd|rd|th)?(?:,?\s+{_YEAR})?",
        rf"(?:(?<!\d)(?P<day>\d\d?)(?:st|nd|rd|th)?\s+(?:of\s+)?)?\b(?P<month>{_EN})\b(?:,?\s+{_YEAR})?",
        rf"(?<![\d.])(?P<day>\d\d?)\.(?P<month>1[0-2]|0?[1-9])\.{_YEAR}",
        rf"(?<!\d){_YEAR}[-./](?P<month>1[0-2]|0?[1-9])[-./](?P<day>\d\d?)(?!\d)",
        rf"(?<![\d.,]){_YEAR}",
    )
)
_NUMBER: Final = re.compile(r"(?<![\d.,:])\d{2,7}(?![\d:])")


def find_dates(text: str) -> Iterator[DateInText]:
    """Give the dates of a text; what is part of a fuller one is not given again."""
    taken: list[tuple[int, int]] = []
    for pattern in _PATTERNS:
        for found in pattern.finditer(text):
            if any(found.start() < end and start < found.end() for start, end in taken):
                continue
            parts = found.groupdict()
            month = _read_month(parts.get("month") or "")
            # «березень» alone may be anything, and «may» a verb.
            if month and not (parts.get("day") or parts.get("year")) and found[0].islower():
                continue
            taken.append(found.span())
            yield DateInText(*found.span(), int(parts.get("year") or 0), month, int(parts.get("day") or 0))


def find_numbers(text: str) -> Iterator[tuple[int, int, int]]:
    """Give the numbers of a text that are no dates: where each stands, and its value."""
    dates = [(one.start, one.end) for one in find_dates(text)]
    for found in _NUMBER.finditer(text):
        if not any(start <= found.start() < end for start, end in dates):
            yield *found.span(), int(found[0])


def _read_month(written: str) -> int:
    if written.isdigit():
        return int(written)
    patterns = (*enumerate(_IN_UKRAINIAN.split(), 1), *enumerate(_IN_ENGLISH.split(), 1)) if written else ()
    return next((number for number, one in patterns if re.fullmatch(one, written, re.IGNORECASE)), 0)
