"""What a Word document says: collected from its XML as it is, to be counted against what is read from it.

This knows nothing of how a story is made. It takes every text there is, whatever it stands in; left out is
what was deleted.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from xml.etree.ElementTree import Element

from portal.media.docx_numbers import ListItem
from portal.media.docx_package import A, M, W
from portal.media.letter_count import SourceWords

_DELETED = frozenset({f"{W}del", f"{W}moveFrom"})
_PARAGRAPHS = frozenset({f"{W}p", f"{A}p"})
_TEXTS = frozenset({f"{W}t", f"{A}t", f"{M}t"})
_MENTIONS = {f"{W}{kind}Reference": kind for kind in ("footnote", "endnote")}
_SPACES = frozenset(W + name for name in ("tab", "br", "cr", "ptab"))


@dataclass
class SourceReader:
    """One collecting, in the order of the document."""

    labels: Mapping[Element, ListItem]
    find_elsewhere: Callable[[Element], Iterable[str]]
    """Return the texts that an element shows and another part holds: diagrams, charts, pieces of HTML."""
    shown: list[str] = field(default_factory=list)
    readings: list[str] = field(default_factory=list)
    mentioned: list[tuple[str, str]] = field(default_factory=list)
    """Notes: the kind and id of each."""

    def collect(self, root: Element) -> None:
        """Collect what stands below an element."""
        loose = self._read_below(root)
        if loose.strip():
            self.shown.append(loose)

    def to_words(self, hidden: Iterable[str]) -> SourceWords:
        """Return what was collected beside what is hidden."""
        return SourceWords(tuple(self.shown), tuple(hidden), tuple(self.readings))

    def _read_below(self, element: Element) -> str:
        return "".join([self._read(child) for child in element])

    def _read(self, element: Element) -> str:
        """Return the text of an element for the paragraph it stands in; keep those of its own paragraphs."""
        tag = element.tag
        if tag in _TEXTS:
            return element.text or ""
        if tag in _SPACES:
            return " "
        if tag in _DELETED or is_deleted_row(element):
            return ""
        if tag == f"{W}ruby":
            return self._read_ruby(element)
        if tag in _MENTIONS:
            self.mentioned.append((_MENTIONS[tag], element.get(f"{W}id", "")))
        self.shown += self.find_elsewhere(element)
        if tag not in _PARAGRAPHS:
            return self._read_below(element)
        place = len(self.shown)
        text = self._read_below(element)
        if text.strip():
            label = self.labels[element].label if element in self.labels else ""
            self.shown.insert(place, label + text)  # what stands in its boxes comes after it
        return ""

    def _read_ruby(self, ruby: Element) -> str:
        base = "".join(self._read_below(part) for part in ruby.findall(f"{W}rubyBase"))
        reading = "".join(self._read_below(part) for part in ruby.findall(f"{W}rt")).strip()
        if reading:
            self.readings.append(f"{base} ({reading})")
        return base


def is_deleted_row(element: Element) -> bool:
    """Say whether an element is a row of a table that was deleted with changes tracked."""
    return element.tag == f"{W}tr" and element.find(f"{W}trPr/{W}del") is not None
