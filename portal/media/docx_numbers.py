"""The numbers Word writes before paragraphs: they are not in the text, only how they are counted is."""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from xml.etree.ElementTree import Element

from portal.media.docx_package import W, is_on, read_value
from portal.media.docx_styles import Styles

_MOST_COUNTED = 10_000
"""A number beyond this is written in digits, whatever it should be written in."""
_PLACE = re.compile("%([1-9])")
_NOBODYS = "0"
"""The list of a paragraph that is in none."""
_DIGITS = "〇一二三四五六七八九"
_LATIN = "abcdefghijklmnopqrstuvwxyz"
# Word's own row for Cyrillic; it has no other one for Ukrainian.
_CYRILLIC = "абвгдежзиклмнопрстуфхцчшщэюя"
_STEMS = "甲乙丙丁戊己庚辛壬癸"
_BRANCHES = "子丑寅卯辰巳午未申酉戌亥"
_CIRCLED = "①②③④⑤⑥⑦⑧⑨⑩⑪⑫⑬⑭⑮⑯⑰⑱⑲⑳"
_WIDE = str.maketrans("0123456789", "０１２３４５６７８９")
_FORMAL = str.maketrans("一二三四五六七八九十百千", "壹貳參肆伍陸柒捌玖拾佰仟")
_ROMAN = (
    (1000, "m"), (900, "cm"), (500, "d"), (400, "cd"), (100, "c"), (90, "xc"),
    (50, "l"), (40, "xl"), (10, "x"), (9, "ix"), (5, "v"), (4, "iv"), (1, "i"),
)  # fmt: skip


@dataclass(frozen=True)
class ListItem:
    """A paragraph of a list: its level from 0, and what is written before it, nothing with a bullet."""

    level: int
    label: str
    is_bullet: bool


@dataclass(frozen=True)
class _Level:
    start: int
    kind: str
    text: str
    restarts_after: int
    """The number of the level, from 1, after which it begins anew; 0 for never."""
    is_legal: bool
    is_close: bool
    style: str


@dataclass
class Numbering:
    """The lists of a document, and how far each of them has come."""

    styles: Styles
    lists: Mapping[str, tuple[str, Mapping[int, _Level], Mapping[int, int]]] = field(default_factory=dict)
    """By the number of a list: what it counts together with, its levels, and where it begins anew."""
    counters: dict[str, dict[int, int]] = field(default_factory=dict)
    begun: set[str] = field(default_factory=set)

    def label_paragraphs(self, paragraphs: Iterable[Element]) -> dict[Element, ListItem]:
        """Count paragraphs in their order; return those that have something written before them."""
        found: dict[Element, ListItem] = {}
        for paragraph in paragraphs:
            item = self._count(paragraph.find(f"{W}pPr"))
            if item is not None:
                found[paragraph] = item
        return found

    def _count(self, properties: Element | None) -> ListItem | None:
        key, level = self._find_place(properties)
        if key == _NOBODYS or key not in self.lists:
            return None
        counted_with, levels, begins = self.lists[key]
        if level not in levels:
            return None
        counter = self.counters.setdefault(counted_with, {})
        if key not in self.begun:
            self.begun.add(key)
            for one, start in begins.items():
                counter[one] = start - 1
        counter[level] = counter.get(level, levels[level].start - 1) + 1
        for lower in [one for one in counter if one > level and _begins_anew(levels, one, level)]:
            del counter[lower]
        if levels[level].kind == "bullet":
            return ListItem(level, "", is_bullet=True)
        label = _write_label(levels, counter, level)
        return ListItem(level, label, is_bullet=False) if label else None

    def _find_place(self, properties: Element | None) -> tuple[str, int]:
        """Return the list of a paragraph and its level: its own, else that of its style."""
        style = read_value(properties, "pStyle") or ""
        key = read_value(properties, "numPr/numId")
        level = read_value(properties, "numPr/ilvl")
        by_style = self.styles.find_number(style)
        if key is None:
            key = read_value(by_style, "numId") or _NOBODYS
            level = level or read_value(by_style, "ilvl")
        if level is None:
            owner = self.styles.number_owner(style)
            _with, levels, _begins = self.lists.get(key, ("", {}, {}))
            return key, next((one for one, made in levels.items() if owner and made.style == owner), 0)
        return key, int(level) if level.isdecimal() else 0


def read_numbering(content: Element | None, styles: Styles) -> Numbering:
    """Return the lists of the part that describes them."""
    if content is None:
        return Numbering(styles)
    described = {one.get(f"{W}abstractNumId", ""): one for one in content.findall(f"{W}abstractNum")}
    used = {one.get(f"{W}numId", ""): one for one in content.findall(f"{W}num")}
    lists = {}
    for key, one in used.items():
        shared = read_value(one, "abstractNumId") or ""
        linked = read_value(described.get(shared), "numStyleLink")
        if linked:
            through = used.get(read_value(styles.find_number(linked), "numId") or "")
            shared = read_value(through, "abstractNumId") or shared
        if shared in described:
            lists[key] = (shared, *_read_levels(described[shared], one))
    return Numbering(styles, lists)


def _read_levels(described: Element, used: Element) -> tuple[dict[int, _Level], dict[int, int]]:
    levels = {number: _read_level(one, number) for number, one in _number_levels(described)}
    begins: dict[int, int] = {}
    for number, one in enumerate(used.findall(f"{W}lvlOverride")):
        level = _read_number(one.get(f"{W}ilvl"), number)
        for own in one.findall(f"{W}lvl"):
            levels[level] = _read_level(own, level)
            begins[level] = levels[level].start
        start = read_value(one, "startOverride")
        if start is not None:
            begins[level] = _read_number(start, 1)
    return levels, begins


def _number_levels(described: Element) -> Iterable[tuple[int, Element]]:
    for place, one in enumerate(described.findall(f"{W}lvl")):
        yield _read_number(one.get(f"{W}ilvl"), place), one


def _read_level(one: Element, number: int) -> _Level:
    return _Level(
        start=_read_number(read_value(one, "start"), 0 if one.find(f"{W}start") is None else 1),
        kind=read_value(one, "numFmt") or "decimal",
        text=read_value(one, "lvlText") or "",
        restarts_after=_read_number(read_value(one, "lvlRestart"), number),
        is_legal=is_on(one.find(f"{W}isLgl")),
        is_close=read_value(one, "suff") == "nothing",
        style=read_value(one, "pStyle") or "",
    )


def _read_number(text: str | None, otherwise: int) -> int:
    return int(text) if text is not None and text.isdecimal() else otherwise


def _begins_anew(levels: Mapping[int, _Level], lower: int, level: int) -> bool:
    after = levels[lower].restarts_after if lower in levels else lower
    return after > 0 and level < after


def _write_label(levels: Mapping[int, _Level], counter: dict[int, int], level: int) -> str:
    own = levels[level]

    def write(place: re.Match[str]) -> str:
        number = int(place[1]) - 1
        if number not in levels:
            return ""
        count = counter.setdefault(number, levels[number].start) if number <= level else 0
        kind = "decimal" if own.is_legal else levels[number].kind
        return _write_number(count, kind)

    label = _PLACE.sub(write, own.text).strip()
    return label + ("" if own.is_close or not label else " ")


def _write_number(count: int, kind: str) -> str:
    if kind == "none":
        return ""
    written = _KINDS[kind](count) if kind in _KINDS and 0 < count < _MOST_COUNTED else ""
    return written or str(count)


def _repeat(letters: str) -> Callable[[int], str]:
    """Write a number as a letter, doubled after the last one: a, b … z, aa, bb."""
    return lambda count: letters[(count - 1) % len(letters)] * ((count - 1) // len(letters) + 1)


def _pick(signs: str) -> Callable[[int], str]:
    return lambda count: signs[count - 1] if count <= len(signs) else ""


def _write_roman(count: int) -> str:
    written = ""
    for value, sign in _ROMAN:
        written += sign * (count // value)
        count %= value
    return written


def _write_chinese(count: int) -> str:
    """Write a number as one says it: 十, 十一, 二十, 一百零五."""
    written, left_out = "", False
    for unit, sign in ((1000, "千"), (100, "百"), (10, "十"), (1, "")):
        digit = count // unit % 10
        if digit:
            written += ("零" if left_out and written else "") + _DIGITS[digit] + sign
        left_out = not digit
    return written[1:] if written.startswith("一十") else written


def _write_formal(count: int) -> str:
    return _write_chinese(count).translate(_FORMAL)


def _write_digital(count: int) -> str:
    return "".join(_DIGITS[int(digit)] for digit in str(count))


def _write_wide(count: int) -> str:
    return str(count).translate(_WIDE)


def _write_ordinal(count: int) -> str:
    ending = {1: "st", 2: "nd", 3: "rd"}.get(count % 10, "th")
    return f"{count}th" if count % 100 in (11, 12, 13) else f"{count}{ending}"


_KINDS: Mapping[str, Callable[[int], str]] = {
    "decimalZero": lambda count: f"{count:02}",
    "lowerLetter": _repeat(_LATIN),
    "upperLetter": _repeat(_LATIN.upper()),
    "russianLower": _repeat(_CYRILLIC),
    "russianUpper": _repeat(_CYRILLIC.upper()),
    "lowerRoman": _write_roman,
    "upperRoman": lambda count: _write_roman(count).upper(),
    "ordinal": _write_ordinal,
    "decimalFullWidth": _write_wide,
    "decimalFullWidth2": _write_wide,
    "decimalEnclosedCircle": _pick(_CIRCLED),
    "decimalEnclosedCircleChinese": _pick(_CIRCLED),
    "ideographTraditional": _pick(_STEMS),
    "ideographZodiac": _pick(_BRANCHES),
    "ideographDigital": _write_digital,
    "taiwaneseDigital": _write_digital,
    "ideographLegalTraditional": _write_formal,
    **dict.fromkeys(
        (
            "taiwaneseCounting",
            "taiwaneseCountingThousand",
            "chineseCounting",
            "chineseCountingThousand",
            "japaneseCounting",
        ),
        _write_chinese,
    ),
}
