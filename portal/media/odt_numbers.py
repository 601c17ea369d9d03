"""Numbers that a writing program shows before items and headings of an OpenDocument text: none is in it."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from xml.etree.ElementTree import Element as Node

from portal.media.odt_styles import read_attribute, read_whole_number

NUMBERED = "text:list-level-style-number"
_SHOWN = (NUMBERED, "text:outline-level-style")
_ROMAN = ((1000, "M"), (900, "CM"), (500, "D"), (400, "CD"), (100, "C"), (90, "XC"), (50, "L"), (40, "XL"))
_ROMAN_ENDS = ((10, "X"), (9, "IX"), (5, "V"), (4, "IV"), (1, "I"))
_LATIN = "abcdefghijklmnopqrstuvwxyz"
_ROWS = (
    _LATIN,
    "абвгґдеєжзиіїйклмнопрстуфхцчшщьюя",
    "甲乙丙丁戊己庚辛壬癸",
    "子丑寅卯辰巳午未申酉戌亥",
    "①②③④⑤⑥⑦⑧⑨⑩⑪⑫⑬⑭⑮⑯⑰⑱⑲⑳",
)
_UNITS, _FORMAL_UNITS = "一二三四五六七八九", "壹貳參肆伍陸柒捌玖"


@dataclass
class Counter:
    """Where the numbers of one list stand, by level."""

    values: dict[int, int] = field(default_factory=dict)

    def find_next(self, levels: Mapping[int, Node], level: int) -> int:
        """Return the number of the next item of a level."""
        first = read_whole_number(levels[level], "text:start-value", 1) if level in levels else 1
        return self.values.get(level, first - 1) + 1

    def count_on(self, levels: Mapping[int, Node], level: int, start: int | None = None) -> int:
        """Go on to the next number of a level, or to `start`; deeper levels begin anew. Return the number."""
        value = self.find_next(levels, level) if start is None else start
        self.values = {key: held for key, held in self.values.items() if key < level} | {level: value}
        return value

    def write_label(self, levels: Mapping[int, Node], level: int) -> str:
        """Return what is shown before an item of a numbered level; empty where nothing is."""
        style = levels.get(level)
        if style is None or style.tag not in _SHOWN:
            return ""
        shown = read_whole_number(style, "text:display-levels", 1)
        numbers = [
            _spell(self.values.get(one, 1), read_attribute(levels[one], "style:num-format"))
            for one in range(max(level - shown + 1, 1), level + 1)
            if one in levels and read_attribute(levels[one], "style:num-format")
        ]
        if not numbers or not read_attribute(style, "style:num-format"):
            return ""
        prefix, suffix = (read_attribute(style, f"style:num-{end}") for end in ("prefix", "suffix"))
        return f"{prefix}{'.'.join(numbers)}{suffix}".strip()


class Lists:
    """The counters of a document's lists: some go on where another one stopped."""

    def __init__(self) -> None:
        """Begin with none."""
        self._by_id: dict[str, Counter] = {}
        self._by_style: defaultdict[str, Counter] = defaultdict(Counter)

    def open_list(self, element: Node, style: str) -> Counter:
        """Return the counter of a list that is in no other one."""
        continued = read_attribute(element, "text:continue-list")
        if continued in self._by_id:
            counter = self._by_id[continued]
        elif read_attribute(element, "text:continue-numbering") == "true":
            counter = self._by_style[style]
        else:
            counter = Counter()
        self._by_style[style] = counter
        if name := read_attribute(element, "xml:id"):
            self._by_id[name] = counter
        return counter

    def find(self, name: str) -> Counter:
        """Return the counter of paragraphs that are numbered together."""
        return self._by_id.setdefault(name, Counter())


def _spell(number: int, kind: str) -> str:
    if kind == "1" or number < 1:
        return str(number)
    if kind in ("i", "I"):
        return _spell_roman(number) if kind == "I" else _spell_roman(number).lower()
    if kind.startswith(("一", "壹")):
        return _spell_han(number, *((_UNITS, "十") if kind[0] == "一" else (_FORMAL_UNITS, "拾")))
    for row in _ROWS:
        if kind[:1].lower() == row[0]:
            spelled = _spell_by_row(number, row)
            return spelled.upper() if kind[0] != row[0] else spelled
    return str(number)


def _spell_roman(number: int) -> str:
    written = ""
    for value, letters in (*_ROMAN, *_ROMAN_ENDS):
        times, number = divmod(number, value)
        written += letters * min(times, len(_LATIN))
    return written


def _spell_han(number: int, units: str, ten: str) -> str:
    tens, rest = divmod(number, 10)
    if tens > len(units):
        return str(number)
    leading = "" if tens == 1 and units == _UNITS else units[tens - 1 : tens] if tens else ""
    return f"{leading}{ten if tens else ''}{units[rest - 1] if rest else ''}"


def _spell_by_row(number: int, row: str) -> str:
    """Write z, aa, bb after the last letter, as writing programs do; rows of signs end in plain numbers."""
    times, place = divmod(number - 1, len(row))
    if times and not row[0].isascii() and not row[0].islower():
        return str(number)
    return row[place] * min(times + 1, len(row))
