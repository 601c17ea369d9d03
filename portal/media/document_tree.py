"""A small tree that readers of documents make, and its way into the blocks of a story.

Elements of blocks: p, h1 to h6, ul, ol, li, blockquote, hr, table (only its cells count). Inside: strong, em,
a with href, br, and note with ref, the id of an element with its words. Anything else counts as its content.
An li of an ol may have a label, what its document writes before it: `7.` or `б)`; else items count from 1.
"""

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from xml.etree.ElementTree import Element

from portal.domain.documents import MOST_CHARACTERS, DroppedKind
from portal.media.child_process import ExitCode, Refused
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
from portal.story.inline_runs import Run, build_tree, is_blank

_LEVELS: Mapping[str, HeadingLevel] = {"h1": 2, "h2": 2, "h3": 3, "h4": 4, "h5": 4, "h6": 4}
_LISTS = ("ul", "ol")
_LINES = ("p", *_LEVELS)
_KEPT_SPACES = "\u00a0\u202f\u3000"
_BLANK = re.compile(f"[^\\S{_KEPT_SPACES}]+")
_COUNTED = re.compile(r"1[.)]")
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
            raise Refused(ExitCode.TOO_LONG)
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
            for stanza in _split_stanzas(self._read_runs(element)):
                yield from _write_paragraph(stanza)
        elif element.tag in _LISTS:
            yield from self._read_list(element)
        elif element.tag == "blockquote":
            if inner := tuple(self._read_blocks(element)):
                yield Quote(inner)
        elif element.tag == "hr":
            yield Separator()
        else:
            yield from self._read_blocks(element)

    def _read_list(self, element: Element) -> Iterator[Block]:
        """Make lists of bullets and of what counts 1, 2, 3; paragraphs with their labels of all else."""
        items = [(label, self._read_lines(item)) for label, item in _label_items(element)]
        filled = [(label, runs) for label, runs in items if build_tree(runs)]
        if element.tag == "ul":
            if filled:
                yield BulletList(tuple(build_tree(runs) for _label, runs in filled))
            return
        for group in _group_counting(filled):
            if _COUNTED.fullmatch(group[0][0]):
                yield NumberedList(tuple(build_tree(runs) for _label, runs in group))
                continue
            for label, runs in group:
                yield from _write_paragraph([Run(Text(f"{label} ")), *runs])

    def _read_lines(self, item: Element) -> list[Run]:
        """Read all that stands in a list item or note, as lines of one item."""
        lines = [self._read_text(item.text)]
        for child in item:
            if child.tag in _LISTS:
                for label, inner in _label_items(child):
                    marker = "–" if child.tag == "ul" else label
                    lines.append([Run(Text(f"{marker} ")), *self._read_lines(inner)])
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
        # A line that breaks in a link goes on; at the mark of a note the link ends, and begins again behind.
        words = [run._replace(leaf=Text(" ")) if isinstance(run.leaf, LineBreak) else run for run in inner]
        runs: list[Run] = []
        for is_text, stretch in groupby(words, key=lambda run: isinstance(run.leaf, Text)):
            part = list(stretch)
            runs += _link_words(part, address) if is_text else part
        return [run._replace(strong=strong, emphasis=emphasis) for run in runs]

    def _read_text(self, text: str | None, *, strong: bool = False, emphasis: bool = False) -> list[Run]:
        shown = _BLANK.sub(" ", text or "")
        return [Run(Text(shown), strong, emphasis)] if shown else []


def _link_words(stretch: Sequence[Run], address: str) -> list[Run]:
    """Return words as a link, with the blanks at its ends outside."""
    words = build_tree([Run(run.leaf) for run in stretch])
    if not words:
        return [*stretch]
    text = "".join(run.leaf.text for run in stretch if isinstance(run.leaf, Text))
    before, after = text[: len(text) - len(text.lstrip())], text[len(text.rstrip()) :]
    link = Run(Link(address, words))
    return [*([Run(Text(before))] if before else []), link, *([Run(Text(after))] if after else [])]


def _write_paragraph(runs: Sequence[Run]) -> Iterator[Block]:
    if words := build_tree(runs):
        yield Paragraph(words)


def _split_stanzas(runs: Sequence[Run]) -> Iterator[list[Run]]:
    """Divide a paragraph where it has an empty line: two breaks with nothing but space between them."""
    stanza: list[Run] = []
    blank_since: int | None = None
    for run in runs:
        if isinstance(run.leaf, LineBreak) and blank_since is not None:
            yield stanza[:blank_since]
            stanza, blank_since = [], None
            continue
        if isinstance(run.leaf, LineBreak):
            blank_since = len(stanza)
        elif not is_blank(run):
            blank_since = None
        stanza.append(run)
    yield stanza


def _label_items(listed: Element) -> Iterator[tuple[str, Element]]:
    for number, item in enumerate(listed, 1):
        yield item.get("label", f"{number}."), item


_Labelled = tuple[str, list[Run]]


def _group_counting(items: Sequence[_Labelled]) -> Iterator[list[_Labelled]]:
    """Divide items where they do not go on counting from 1."""
    group: list[_Labelled] = []
    for label, runs in items:
        is_next = bool(group) and label[:-1] == str(len(group) + 1) and label[-1:] == group[0][0][-1:]
        if group and not (is_next and _COUNTED.fullmatch(group[0][0])):
            yield group
            group = []
        group.append((label, runs))
    if group:
        yield group


def _join_lines(lines: Sequence[list[Run]]) -> list[Run]:
    joined: list[Run] = []
    for line in lines:
        if build_tree(line):
            joined += [*([Run(LineBreak())] if joined else []), *line]
    return joined
