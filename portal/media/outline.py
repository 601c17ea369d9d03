"""A small tree that readers of documents make, and its way into the blocks of a story.

Elements of blocks: p, h1 to h6, ul, ol, li, blockquote, hr, table (only its cells count). Inside: strong, em,
a with href, br, and note with ref, the id of an element with its words. Anything else counts as its content.
"""

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from xml.etree.ElementTree import Element

from portal.domain.documents import MOST_CHARACTERS, DroppedKind
from portal.media.child import Outcome
from portal.media.refusal import Refused
from portal.story.blocks import (
    Block,
    BulletList,
    Heading,
    HeadingLevel,
    Inline,
    LineBreak,
    Link,
    NoteRef,
    Notes,
    NumberedList,
    Paragraph,
    Quote,
    Separator,
    Text,
)
from portal.story.dialect import StoryMarkdown
from portal.story.runs import Run, build_tree

_LEVELS: Mapping[str, HeadingLevel] = {"h1": 2, "h2": 2, "h3": 3, "h4": 4, "h5": 4, "h6": 4}
_LISTS = ("ul", "ol")
_LINES = ("p", *_LEVELS)
_KEPT_SPACES = "\u00a0\u202f\u3000"
_BLANK = re.compile(f"[^\\S{_KEPT_SPACES}]+")
_ADDRESSES = StoryMarkdown()


@dataclass
class Outline:
    """One reading: notes by id, the numbers they get as they are mentioned, and what was left out."""

    notes: Mapping[str, Element] = field(default_factory=dict)
    numbers: dict[str, int] = field(default_factory=dict)
    dropped: Counter[DroppedKind] = field(default_factory=Counter)

    def read_story(self, body: Element) -> tuple[Block, ...]:
        """Return the blocks; the notes that are mentioned stand last. Raises Refused for endless texts."""
        if sum(len(text) for text in body.itertext()) > MOST_CHARACTERS:
            raise Refused(Outcome.TOO_LONG)
        blocks = tuple(self._read_blocks(body))
        items: list[tuple[Inline, ...]] = []
        while len(items) < len(self.numbers):  # a note may mention a further one
            key = list(self.numbers)[len(items)]
            items.append(build_tree(self._read_lines(self.notes[key])) or (Text("…"),))
        return (*blocks, Notes(tuple(items))) if items else blocks

    def _read_blocks(self, parent: Element) -> Iterator[Block]:
        loose: list[Run] = self._read_text(parent.text)
        for child in parent:
            if child.tag in (
                *_LINES,
                *_LISTS,
                "blockquote",
                "hr",
                "table",
                "tr",
                "td",
                "th",
                "thead",
                "tbody",
            ):
                yield from _write_paragraph(loose)
                loose = []
                yield from self._read_block(child)
            else:
                loose += self._read_inline(child)
            loose += self._read_text(child.tail)
        yield from _write_paragraph(loose)

    def _read_block(self, element: Element) -> Iterator[Block]:
        if element.tag in _LEVELS:
            if words := build_tree(self._read_runs(element)):
                yield Heading(_LEVELS[element.tag], words)
        elif element.tag == "p":
            yield from _write_paragraph(self._read_runs(element))
        elif element.tag in _LISTS:
            items = (build_tree(self._read_lines(item)) for item in element)
            if filled := tuple(item for item in items if item):
                yield BulletList(filled) if element.tag == "ul" else NumberedList(filled)
        elif element.tag == "blockquote":
            if inner := tuple(self._read_blocks(element)):
                yield Quote(inner)
        elif element.tag == "hr":
            yield Separator()
        else:
            yield from self._read_blocks(element)

    def _read_lines(self, item: Element) -> list[Run]:
        """Read all that stands in a list item or note, as lines of one item."""
        lines = [self._read_text(item.text)]
        for child in item:
            if child.tag in _LISTS:
                for number, inner in enumerate(child, 1):
                    marker = "– " if child.tag == "ul" else f"{number}. "
                    lines.append([Run(Text(marker)), *self._read_lines(inner)])
                lines.append([])
            elif child.tag in (*_LINES, "blockquote", "table", "tr", "td", "th", "thead", "tbody"):
                inner_runs = self._read_runs(child) if child.tag in _LINES else self._read_lines(child)
                lines += [inner_runs, []]
            else:
                lines[-1] += self._read_inline(child)
            lines[-1] += self._read_text(child.tail)
        return _join_lines(lines)

    def _read_runs(self, element: Element, *, strong: bool = False, emphasis: bool = False) -> list[Run]:
        runs = self._read_text(element.text, strong=strong, emphasis=emphasis)
        for child in element:
            runs += self._read_inline(child, strong=strong, emphasis=emphasis)
            runs += self._read_text(child.tail, strong=strong, emphasis=emphasis)
        return runs

    def _read_inline(self, element: Element, *, strong: bool = False, emphasis: bool = False) -> list[Run]:
        match element.tag:
            case "strong":
                return self._read_runs(element, strong=True, emphasis=emphasis)
            case "em":
                return self._read_runs(element, strong=strong, emphasis=True)
            case "br":
                return [Run(LineBreak())]
            case "a":
                return self._read_link(element, strong=strong, emphasis=emphasis)
            case "note":
                key = element.get("ref", "")
                if key not in self.notes:
                    return []
                return [Run(NoteRef(self.numbers.setdefault(key, len(self.numbers) + 1)))]
            case _:
                return self._read_runs(element, strong=strong, emphasis=emphasis)

    def _read_link(self, element: Element, *, strong: bool, emphasis: bool) -> list[Run]:
        """Keep a link to the web or to a mail address; of others the words."""
        inner = self._read_runs(element, strong=strong, emphasis=emphasis)
        href = element.get("href", "").strip()
        if not href or href.startswith("#"):
            return inner
        address = _ADDRESSES.normalizeLink(href)
        if not _ADDRESSES.validateLink(address):
            self.dropped[DroppedKind.LINK] += 1
            return inner
        plain = [Run(run.leaf) for run in inner if isinstance(run.leaf, Text)]
        words = build_tree(plain)
        return [Run(Link(address, words), strong, emphasis)] if words else []

    def _read_text(self, text: str | None, *, strong: bool = False, emphasis: bool = False) -> list[Run]:
        shown = _BLANK.sub(" ", text or "")
        return [Run(Text(shown), strong, emphasis)] if shown else []


def _write_paragraph(runs: Sequence[Run]) -> Iterator[Block]:
    if words := build_tree(runs):
        yield Paragraph(words)


def _join_lines(lines: Sequence[list[Run]]) -> list[Run]:
    joined: list[Run] = []
    for line in lines:
        if build_tree(line):
            joined += [*([Run(LineBreak())] if joined else []), *line]
    return joined
