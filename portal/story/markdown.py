"""Markdown to blocks and back. What is read is written the same: `to_blocks(to_markdown(b)) == b`."""

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import repeat
from typing import Literal

from portal.story.blocks import (
    NO_FIGURES,
    Block,
    BulletList,
    Emphasis,
    Figure,
    Figures,
    Heading,
    HeadingLevel,
    Inline,
    LineBreak,
    Link,
    NoteRef,
    Notes,
    NumberedList,
    Paragraph,
    Picture,
    Quote,
    Separator,
    Text,
)
from portal.story.dialect import Node, parse_blocks, split_marked, split_paragraphs
from portal.story.inline import Mark, NoteMark, Reference, Token, is_plain, read_inline
from portal.story.inline_runs import Run, build_lines, build_tree, flatten_tree
from portal.story.markdown_text import (
    escape_line_starts,
    spell_site_marks,
    write_inline,
    write_portable_inline,
    write_portable_picture,
)
from portal.story.picture_marks import is_mark, make_mark, split_at_marks

Style = Literal["strong", "emphasis"]

_LINE_END = re.compile(r"\r\n|\r|\n")
_NOTE = re.compile(r" {0,3}\[\^([^\s\[\]^]{1,64})\]:[ \t]+(\S.*)")
_HEADING_LEVELS: Mapping[str, HeadingLevel] = {"h1": 2, "h2": 2, "h3": 3, "h4": 4, "h5": 4, "h6": 4}
_STYLES_OF_LENGTH: Mapping[int, tuple[Style, ...]] = {
    1: ("emphasis",),
    2: ("strong",),
    3: ("strong", "emphasis"),
}
_NO_SWITCHES: Mapping[Style, Literal[1, -1]] = {}
_STYLE_LENGTH: Mapping[Style, int] = {"strong": 2, "emphasis": 1}
_MOST_MARKED_LINES = 10_000
"""Lines of lists, quotes and headings; beyond them marks at the beginning of a line are text."""


def to_blocks(source: str, *, has_pictures: bool = False) -> tuple[Block, ...]:
    """Read Markdown into canonical blocks; every letter and digit typed as text is kept.

    Headings become levels 2 to 4. Nested lists become lines of the item they stand in. Numbered lists that do
    not count 1, 2, 3 become paragraphs with their numbers, so that `1986. ...` stays a year.

    has_pictures: whether lines that are the mark of a photo are read as such, see `picture_marks`.
    """
    body, notes = _cut_notes(source.replace("\0", "\ufffd"), has_pictures=has_pictures)
    reading = _Reading(notes)
    blocks: list[Block] = []
    for stretch, key in split_at_marks(body) if has_pictures else [(body, "")]:
        blocks += reading.read_stretches(stretch)
        blocks += [Picture(key)] if key else []
    items = reading.read_notes()
    return (*blocks, Notes(items)) if items else tuple(blocks)


def _cut_notes(source: str, *, has_pictures: bool) -> tuple[str, dict[str, str]]:
    """Take the definitions `[^label]: text` out; a label's second definition stays as text."""
    lines = _LINE_END.split(source)
    if "]:" not in source:
        return "\n".join(lines), {}
    notes: dict[str, list[str]] = {}
    kept: list[str] = []
    current: list[str] | None = None
    for line in lines:
        match = _NOTE.fullmatch(line)
        if match is not None and match[1] not in notes:
            current = notes[match[1]] = [match[2]]
            kept.append("")
        elif current is not None and line.strip() and not (has_pictures and is_mark(line)):
            current.append(line)
        else:
            current = None
            kept.append(line)
    return "\n".join(kept), {label: "\n".join(lines) for label, lines in notes.items()}


_Switches = dict[Style, Literal[1, -1]]
"""The styles that a row of stress marks opens (1) or closes (-1); stars and underscores may both open one."""


@dataclass
class _Reading:
    """One reading of a source: numbers notes in the order in which they are first mentioned."""

    notes: Mapping[str, str]
    numbers: dict[str, int] = field(default_factory=dict)
    labels: list[str] = field(default_factory=list)
    marked_lines: int = _MOST_MARKED_LINES
    """How many lines the parser still takes."""

    def read_stretches(self, body: str) -> Iterator[Block]:
        """Read a text stretch by stretch; the parser gets only what may hold more than paragraphs."""
        for stretch, is_marked in split_marked(body):
            if is_marked and (length := len(stretch.split("\n"))) <= self.marked_lines:
                self.marked_lines -= length
                yield from self.read_blocks(parse_blocks(stretch))
                continue
            for lines in split_paragraphs(stretch) if is_marked else (stretch,):
                if children := self.read_lines(lines.strip(" \t\n")):
                    yield Paragraph(children)

    def read_blocks(self, nodes: Sequence[Node]) -> Iterator[Block]:
        """Read block nodes; those without a word, but for separators, are left out."""
        for node in nodes:
            match node.type:
                case "blockquote":
                    if blocks := tuple(self.read_blocks(node.children)):
                        yield Quote(blocks)
                case "bullet_list":
                    items = (build_tree(self.read_item(item)) for item in node.children)
                    if filled := tuple(item for item in items if item):
                        yield BulletList(filled)
                case "ordered_list":
                    yield from self.read_numbered(node)
                case "hr":
                    yield Separator()
                case _:
                    yield from self.read_line(node)

    def read_line(self, node: Node) -> Iterator[Block]:
        """Read a paragraph or a heading."""
        is_heading = node.type == "heading"
        children = build_tree(self.read_content(node), keeps_indent=not is_heading)
        if children and is_heading:
            yield Heading(_HEADING_LEVELS[node.tag], children)
        elif children:
            yield Paragraph(children)

    def read_numbered(self, node: Node) -> Iterator[Block]:
        """Make a list of each stretch that counts 1, 2, 3; paragraphs of other numbers."""
        items = [(item, build_tree(self.read_item(item))) for item in node.children]
        groups = list(_group_counting(items))
        for group in groups:
            counts = group[0][0].info == "1" and (len(group) > 1 or len(groups) == 1)
            if counts and all(inlines for _, inlines in group):
                yield NumberedList(tuple(inlines for _, inlines in group))
                continue
            for item, inlines in group:
                number = Run(Text(f"{item.info}{item.markup} "))
                yield Paragraph(build_tree([number, *flatten_tree(inlines)]))

    def read_item(self, item: Node) -> list[Run]:
        """Read all that stands in a list item, as lines of one item."""
        runs: list[Run] = []
        for node in item.children:
            if runs:
                runs.append(Run(LineBreak()))
            match node.type:
                case "bullet_list" | "ordered_list":
                    for inner in node.children:
                        marker = f"{inner.info}{inner.markup} " if inner.info else "– "
                        runs += [Run(LineBreak()), Run(Text(marker)), *self.read_item(inner)]
                case "blockquote":
                    runs += self.read_item(node)
                case "paragraph" | "heading":
                    runs += self.read_content(node)
        return runs

    def read_notes(self) -> tuple[tuple[Inline, ...], ...]:
        """Read the notes by number; those nobody mentions come last. A note may mention further notes."""
        items: list[tuple[Inline, ...]] = []
        unmentioned = iter(self.notes)
        while len(items) < len(self.notes):
            if len(items) == len(self.numbers):
                self.number_note(next(label for label in unmentioned if label not in self.numbers))
            label = self.labels[len(items)]
            items.append(build_tree(self.read_text(self.notes[label].strip())))
        return tuple(items)

    def number_note(self, label: str) -> int:
        if label not in self.numbers:
            self.labels.append(label)
            self.numbers[label] = len(self.labels)
        return self.numbers[label]

    def read_content(self, node: Node) -> list[Run]:
        """Read the words of a paragraph or of a heading, in which they stand as its child."""
        return self.read_text(node.children[0].content if node.children else node.content)

    def read_lines(self, text: str) -> tuple[Inline, ...]:
        """Read a paragraph; where nothing is marked its lines are all there is to read."""
        if is_plain(text):
            return build_lines(text, keeps_indent=True)
        return build_tree(self.read_text(text), keeps_indent=True)

    def read_text(self, text: str) -> list[Run]:
        if "\n" not in text and is_plain(text):
            return [Run(Text(text))] if text else []
        return self.read_tokens(read_inline(text, self.notes))

    def read_tokens(self, tokens: Sequence[Token]) -> list[Run]:
        """Read the tokens of one block or one link as styled runs."""
        switches = _pair_marks(tokens)
        opened: dict[Style, int] = {"strong": 0, "emphasis": 0}
        strong = emphasis = False
        runs: list[Run] = []
        for index, token in enumerate(tokens):
            match token:
                case Text(text):
                    runs += [Run(token, strong, emphasis)] if text else []
                case Mark(row):
                    switched = switches.get(index, _NO_SWITCHES)
                    rest = _find_rest(row, switched)
                    closes = -1 in switched.values()
                    if rest and not closes:  # marks left over are text, outside of the style
                        runs.append(Run(Text(rest), strong, emphasis))
                    for style, change in switched.items():
                        opened[style] += change
                    strong, emphasis = opened["strong"] > 0, opened["emphasis"] > 0
                    if rest and closes:
                        runs.append(Run(Text(rest), strong, emphasis))
                case LineBreak():
                    runs.append(Run(token, strong, emphasis))
                case Reference(href, inside):
                    children = build_tree(self.read_tokens(inside)) or (Text(href),)
                    runs.append(Run(Link(href, children), strong, emphasis))
                case NoteMark(label):
                    runs.append(Run(NoteRef(self.number_note(label)), strong, emphasis))
        return runs


_Item = tuple[Node, tuple[Inline, ...]]


def _group_counting(items: Sequence[_Item]) -> Iterator[list[_Item]]:
    group: list[_Item] = []
    for entry in items:
        if group and entry[0].info != str(int(group[-1][0].info) + 1):
            yield group
            group = []
        group.append(entry)
    yield group


def _pair_marks(tokens: Sequence[Token]) -> dict[int, _Switches]:
    """Pair the marks of one scope (a block or a link): each closes the last open one of its kind."""
    switches: dict[int, _Switches] = {}
    waiting: dict[tuple[str, Style], int] = {}
    for index, token in enumerate(tokens):
        if not isinstance(token, Mark):
            continue
        for style in _STYLES_OF_LENGTH[len(token.row)]:
            kind = (token.row[0], style)
            if kind in waiting and token.closes:
                switches.setdefault(waiting.pop(kind), {})[style] = 1
                switches.setdefault(index, {})[style] = -1
            elif token.opens:
                waiting[kind] = index
    return switches


def _find_rest(row: str, switched: Collection[Style]) -> str:
    """Return the marks of a row that switch nothing."""
    if len(switched) == len(_STYLES_OF_LENGTH[len(row)]):
        return ""
    return row[sum(_STYLE_LENGTH[style] for style in switched) :]


def to_markdown(blocks: Sequence[Block], *, portable: bool = False, figures: Figures = NO_FIGURES) -> str:
    """Write blocks as Markdown that `to_blocks` reads back the same.

    portable: for readers of plain CommonMark. A style they could not read from stars becomes `<strong>` or
    `<em>`, line breaks become hard, and no code of a site generator is left. Such a file is not meant to be
    read back here. `figures` are the photos it shows.
    """
    written = "\n\n".join(_write_blocks(blocks, figures if portable else None))
    if portable:
        written = spell_site_marks(written)
    return written + "\n" if written else ""


def _write_blocks(blocks: Sequence[Block], figures: Figures | None) -> Iterator[str]:
    """Write for any reader where `figures` are given, even if there are none; else for `to_blocks`."""

    def write(inlines: Sequence[Inline]) -> str:
        plain = write_inline(inlines) if figures is None else write_portable_inline(inlines)
        return escape_line_starts(plain)

    previous: Block | None = None
    second = False
    for block in blocks:
        # Two lists of a kind in a row need two markers, or they would be read as one list.
        second = type(previous) is type(block) and not second
        match block:
            case Paragraph(children):
                yield write(children)
            case Heading(level, children):
                yield "#" * level + " " + _write_heading(write(children))
            case BulletList() | NumberedList():
                items = zip(_list_markers(block, second=second), map(write, block.items), strict=True)
                yield "\n".join(_hang(marker, item) for marker, item in items)
            case Quote(inner):
                lines = "\n\n".join(_write_blocks(inner, figures)).split("\n")
                yield "\n".join(f"> {line}" if line else ">" for line in lines)
            case Separator():
                yield "---"
            case Picture(key):
                yield from _write_picture(key, figures)
            case Notes(items):
                numbered = enumerate(items, 1)
                yield "\n\n".join(f"[^{number}]: " + _hang("", write(item), 4) for number, item in numbered)
        previous = block


def _list_markers(block: BulletList | NumberedList, *, second: bool) -> Iterable[str]:
    if isinstance(block, BulletList):
        return repeat("+ " if second else "- ", len(block.items))
    end = ")" if second else "."
    return (f"{number}{end} " for number in range(1, len(block.items) + 1))


def _write_picture(key: str, figures: Figures | None) -> Iterator[str]:
    if figures is None:
        yield make_mark(key)
    elif key in figures:
        yield _write_figure(figures[key])


def _write_figure(figure: Figure) -> str:
    """Write a photo, and the line under it as a stressed paragraph: the Markdown that all readers know."""
    image = write_portable_picture(figure.src, " ".join(figure.alt.split()))
    below = write_portable_inline((Emphasis(_one_line(figure.caption)),)) if figure.caption else ""
    return "\n\n".join(part for part in (image, below) if part)


def _one_line(words: str) -> tuple[Text, ...]:
    return (Text(" ".join(words.split())),)


def _write_heading(text: str) -> str:
    """One line whose own `#` no reader takes for the end of the heading."""
    return re.sub(r"\\?\n", " ", text).replace("#", "\\#")


def _hang(marker: str, text: str, width: int = 0) -> str:
    return marker + text.replace("\n", "\n" + " " * (width or len(marker)))
