"""Exact places in a text: coordinates, grid references, codes and links that lead to one spot.

City or region is enough for a story, and a spot can kill: everything finer than about a kilometre counts.
"""

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum


class PlaceKind(StrEnum):
    """Ways in which a place is written."""

    DECIMAL = "decimal"
    DEGREES = "degrees"
    PLUS_CODE = "plus_code"
    MAP_LINK = "map_link"
    GRID = "grid"


@dataclass(frozen=True)
class ExactPlace:
    """One exact place as it stands in the text."""

    kind: PlaceKind
    text: str


_MARK = r"(?:[NSEW]|пн\.?\s?ш\.?|пд\.?\s?ш\.?|сх\.?\s?д\.?|зх\.?\s?д\.?|с\.?\s?ш\.?|в\.?\s?д\.?)"
_BEFORE = r"(?:(?:[NSEW]|北緯|南緯|東經|西經|北纬|南纬|东经|西经|lat(?:itude)?|lon(?:gitude)?|lng)[\s:=]*)?"
_GAP = r"[\s,;/，；、]{1,6}"
# Three decimals are about a hundred metres, two are a kilometre. Behind a comma three part the thousands.
_NUMBER = r"[-+−]?\d{1,3}(?:\.\d{3,}|,\d{4,})"
_DEGREE = r"[°º˚度]"
_MINUTE = r"['’′‘分]"
_SECOND = r"(?:\"|”|″|“|''|′′|’’|秒)"

_DECIMAL = re.compile(
    rf"(?<![\d.,]){_BEFORE}(?P<lat>{_NUMBER})\s?{_DEGREE}?\s?{_MARK}?{_GAP}"
    rf"{_BEFORE}(?P<lon>{_NUMBER})(?!\d)\s?{_DEGREE}?(?:\s?{_MARK}(?!\w))?",
    re.IGNORECASE,
)
_DEGREES = re.compile(
    rf"(?:北緯|南緯|東經|西經|北纬|南纬|东经|西经|[NSEW]\s?)?(?<!\d)\d{{1,3}}\s?{_DEGREE}\s?\d{{1,2}}(?:[.,]\d+)?\s?"
    rf"{_MINUTE}(?:\s?\d{{1,2}}(?:[.,]\d+)?\s?{_SECOND})?(?:\s?{_MARK}(?!\w))?",
    re.IGNORECASE,
)
# Open Location Code: without the digits and letters that are mistaken for each other. Zeros pad a coarse one.
_CODE_SIGN = "[23456789CFGHJMPQRVWX]"
_PLUS_CODE = re.compile(
    rf"(?<!\w)(?:{_CODE_SIGN}{{4}})?{_CODE_SIGN}{{4}}\+{_CODE_SIGN}{{2,7}}(?!\w)", re.IGNORECASE
)
_MAP_LINK = re.compile(
    r"""(?<![\w.@-])(?:
        (?:https?://)?(?:www\.)?(?:
            (?:maps\.app\.goo\.gl|goo\.gl/maps|osm\.org/(?:go|\#map|node|way|relation|\?)|w3w\.co|what3words\.com
               |waze\.com/(?:ul|live-map|[a-z-]+/live-map)|share\.here\.com|wego\.here\.com|j\.map\.baidu\.com
               |map\.baidu\.com|uri\.amap\.com|surl\.amap\.com|ditu\.amap\.com|2gis\.\w+|go\.2gis\.com
               |deepstatemap\.live|geohack\.toolforge\.org|tools\.wmflabs\.org/geohack|plus\.codes)
          | maps\.google\.[a-z.]+ | google\.[a-z.]+/maps | maps\.apple\.com | bing\.com/maps
          | (?:[a-z]+\.)?openstreetmap\.org/(?:\#map|node|way|relation|\?|directions|note)
          | (?:maps\.)?(?:mapy\.(?:cz|com)) | yandex\.\w+/maps | maps\.yandex\.\w+ | visicom\.ua
        )[^\s<>"«»「」]*
      | geo:-?\d[^\s<>"]*
      | ///\w+\.\w+\.\w+
    )""",
    re.IGNORECASE | re.VERBOSE,
)
_GRID = re.compile(
    r"(?<![\w])(?:[1-9]|[1-5]\d|60)\s?[C-HJ-NP-X]\s?[A-HJ-NP-Z]{2}\s?(?P<mgrs>\d{2,5}\s?\d{2,5})(?!\w)"
    r"|(?<![\w])(?:[1-9]|[1-5]\d|60)\s?[C-HJ-NP-X]\s\d{6}(?:\.\d+)?m?E?[\s,]+\d{6,7}(?:\.\d+)?(?!\w)"
)
_MOST_LATITUDE = 90
_MOST_LONGITUDE = 180
_THOUSANDS = 3
_FEWEST_DIGITS = 4


def find_exact_place(text: str) -> ExactPlace | None:
    """Return the first exact place in a text, or None when it stays as coarse as a town.

    Known: decimal coordinates, degrees with minutes, Open Location Codes, links to maps, MGRS and UTM grids.
    """
    plain = unicodedata.normalize("NFC", _fold_width(text))
    for kind, pattern, is_meant in _KNOWN:
        for match in pattern.finditer(plain):
            if is_meant(match):
                return ExactPlace(kind, match.group().strip())
    return None


def _fold_width(text: str) -> str:
    """Return the text with full-width digits, letters and signs in their usual width."""
    return "".join(
        unicodedata.normalize("NFKC", char) if "\uff01" <= char <= "\uff5e" else char for char in text
    )


def _is_on_earth(match: re.Match[str]) -> bool:
    """Say whether two numbers are a latitude and a longitude, in one order or the other.

    Two that end in 0 behind three places are rather thousands, as some languages write them.
    """
    written = [match[name].replace(",", ".").replace("−", "-") for name in ("lat", "lon")]
    if all(len(number.partition(".")[2]) == _THOUSANDS and number.endswith("0") for number in written):
        return False
    one, other = (abs(float(number)) for number in written)
    return max(one, other) <= _MOST_LONGITUDE and min(one, other) <= _MOST_LATITUDE


def _has_letter(match: re.Match[str]) -> bool:
    """Say whether a code holds a letter: bare numbers with a plus between them are a sum."""
    return any(char.isalpha() for char in match.group())


def _is_fine(match: re.Match[str]) -> bool:
    """Say whether a grid reference names a square of a kilometre or less; both halves are equally long."""
    digits = match["mgrs"]
    if digits is None:
        return True
    halves = digits.split()
    even = len(halves[0]) == len(halves[1]) if len(halves) > 1 else len(digits) % 2 == 0
    return even and sum(char.isdigit() for char in digits) >= _FEWEST_DIGITS


def _always(match: re.Match[str]) -> bool:
    return True


_KNOWN: tuple[tuple[PlaceKind, re.Pattern[str], Callable[[re.Match[str]], bool]], ...] = (
    (PlaceKind.MAP_LINK, _MAP_LINK, _always),
    (PlaceKind.DEGREES, _DEGREES, _always),
    (PlaceKind.DECIMAL, _DECIMAL, _is_on_earth),
    (PlaceKind.PLUS_CODE, _PLUS_CODE, _has_letter),
    (PlaceKind.GRID, _GRID, _is_fine),
)
