"""Markdown to blocks and back. What is read is written the same: `to_blocks(to_markdown(b)) == b`."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from markdown_it.token import Token
from markdown_it.tree import SyntaxTreeNode

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
from portal.story.markdown_text import (
    escape_line_starts,
    spell_site_marks,
    write_inline,
    write_portable_inline,
)
from portal.story.runs import Leaf, Run, build_tree, flatten_tree

Style = Literal["strong", "emphasis"]

_NOTE = re.compile(r" {0,3}\[\^([^\s\[\]^]{1,64})\]:[ \t]+(\S.*)")
_HEADING_LEVELS: Mapping[str, HeadingLevel] = {"h1": 2, "h2": 2, "h3": 3, "h4": 4, "h5": 4, "h6": 4}
_STYLES_OF_LENGTH: Mapping[int, tuple[Style, ...]] = {
    1: ("emphasis",),
    2: ("strong",),
    3: ("strong", "emphasis"),
}
_STYLE_LENGTH: Mapping[Style, int] = {"strong": 2, "emphasis": 1}
_PARSER = StoryMarkdown()


def to_blocks(source: str) -> tuple[Block, ...]:
    """Read Markdown into canonical blocks; every letter and digit typed as text is kept.

    Headings become levels 2 to 4. Nested lists become lines of the item they stand in. Numbered lists that do
    not count 1, 2, 3 become paragraphs with their numbers, so that `1986. ...` stays a year.
    """
    body, notes = _cut_notes(source)
    reading = _Reading(notes)
    tree = SyntaxTreeNode(_PARSER.parse(body, {"notes": notes}))
    blocks = list(reading.read_blocks(tree.children))
    items = reading.read_notes()
    return (*blocks, Notes(items)) if items else tuple(blocks)


def _cut_notes(source: str) -> tuple[str, dict[str, str]]:
    """Take the definitions `[^label]: text` out; a label's second definition stays as text."""
    notes: dict[str, str] = {}
    kept: list[str] = []
    current: str | None = None
    for line in re.split(r"\r\n|\r|\n", source):
        match = _NOTE.fullmatch(line)
        if match is not None and match[1] not in notes:
            current = match[1]
            notes[current] = match[2]
            kept.append("")
        elif current is not None and line.strip():
            notes[current] += "\n" + line
        else:
            current = None
            kept.append(line)
    return "\n".join(kept), notes


@dataclass
class _Mark:
    """A row of stress marks, the styles it switches, and whether it opened or closed them."""

    token: Token
    used: dict[Style, Literal["open", "close"]] = field(default_factory=dict)

    def list_texts(self) -> tuple[str, str]:
        """Give the marks left over, which are text: before the switch and after it."""
        rest = self.token.content[sum(_STYLE_LENGTH[style] for style in self.used) :]
        return ("", rest) if "close" in self.used.values() else (rest, "")


@dataclass
class _Reading:
    """One reading of a source: numbers notes in the order in which they are first mentioned."""

    notes: Mapping[str, str]
    numbers: dict[str, int] = field(default_factory=dict)

    def read_blocks(self, nodes: Sequence[SyntaxTreeNode]) -> Iterator[Block]:
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

    def read_line(self, node: SyntaxTreeNode) -> Iterator[Block]:
        """Read a paragraph or a heading."""
        is_heading = node.type == "heading"
        children = build_tree(self.read_content(node), keeps_indent=not is_heading)
        if children and is_heading:
            yield Heading(_HEADING_LEVELS[node.tag], children)
        elif children:
            yield Paragraph(children)

    def read_numbered(self, node: SyntaxTreeNode) -> Iterator[Block]:
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

    def read_item(self, item: SyntaxTreeNode) -> list[Run]:
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
        items: dict[str, tuple[Inline, ...]] = {}
        while len(items) < len(self.notes):
            waiting = [label for label in (*self.numbers, *self.notes) if label not in items]
            label = waiting[0]
            self.numbers.setdefault(label, len(self.numbers) + 1)
            content = _PARSER.parseInline(self.notes[label].strip(), {"notes": self.notes})[0]
            items[label] = build_tree(self.read_tokens(content.children or []))
        return tuple(items[label] for label in self.numbers)

    def read_content(self, node: SyntaxTreeNode) -> list[Run]:
        inline = node.children[0] if node.children else None
        token = inline.token if inline is not None else None
        return self.read_tokens(token.children or []) if token is not None else []

    def read_tokens(self, tokens: Sequence[Token]) -> list[Run]:
        """Read the inline tokens of one block or one link as styled runs."""
        marks = _pair_marks(tokens)
        styles: set[tuple[str, Style]] = set()
        runs: list[Run] = []
        index = 0
        while index < len(tokens):
            token = tokens[index]
            if index in marks:
                mark = marks[index]
                before, after = mark.list_texts()
                runs += _style_leaf(Text(before), styles) if before else []
                for style, action in mark.used.items():
                    change = styles.add if action == "open" else styles.discard
                    change((token.content[0], style))
                runs += _style_leaf(Text(after), styles) if after else []
            elif token.type == "link_open":
                end = _find_close(tokens, index)
                runs += _style_leaf(self.read_link(token, tokens[index + 1 : end]), styles)
                index = end
            elif token.type in {"softbreak", "hardbreak"}:
                runs += _style_leaf(LineBreak(), styles)
            elif token.type == "note_mark":
                number = self.numbers.setdefault(token.content, len(self.numbers) + 1)
                runs += _style_leaf(NoteRef(number), styles)
            elif token.content:
                runs += _style_leaf(Text(token.content), styles)
            index += 1
        return runs

    def read_link(self, token: Token, tokens: Sequence[Token]) -> Link:
        href = str(token.attrGet("href"))
        return Link(href, build_tree(self.read_tokens(tokens)) or (Text(href),))


_Item = tuple[SyntaxTreeNode, tuple[Inline, ...]]


def _group_counting(items: Sequence[_Item]) -> Iterator[list[_Item]]:
    group: list[_Item] = []
    for entry in items:
        if group and entry[0].info != str(int(group[-1][0].info) + 1):
            yield group
            group = []
        group.append(entry)
    yield group


def _style_leaf(leaf: Leaf, styles: set[tuple[str, Style]]) -> list[Run]:
    on = {style for _, style in styles}
    return [Run(leaf, strong="strong" in on, emphasis="emphasis" in on)]


def _find_close(tokens: Sequence[Token], start: int) -> int:
    depth = 0
    for index in range(start, len(tokens)):
        depth += tokens[index].nesting
        if depth == 0:
            return index
    return len(tokens)


def _pair_marks(tokens: Sequence[Token]) -> dict[int, _Mark]:
    """Pair the marks of one scope (a block or a link): each closes the last open one of its kind."""
    marks: dict[int, _Mark] = {}
    waiting: dict[tuple[str, Style], int] = {}
    depth = 0
    for index, token in enumerate(tokens):
        depth += token.nesting
        if token.type != "mark" or depth:
            continue
        marks[index] = _Mark(token)
        for style in _STYLES_OF_LENGTH[len(token.content)]:
            kind = (token.content[0], style)
            if kind in waiting and token.meta["close"]:
                marks[waiting.pop(kind)].used[style] = "open"
                marks[index].used[style] = "close"
            elif token.meta["open"]:
                waiting[kind] = index
    return marks


def to_markdown(blocks: Sequence[Block], *, portable: bool = False) -> str:
    """Write blocks as Markdown that `to_blocks` reads back the same.

    portable: for readers of plain CommonMark. A style they could not read from stars becomes `<strong>` or
    `<em>`, line breaks become hard, and no code of a site generator is left. Such a file is not meant to be
    read back here.
    """
    written = "\n\n".join(_write_blocks(blocks, portable=portable))
    if portable:
        written = spell_site_marks(written)
    return written + "\n" if written else ""


def _write_blocks(blocks: Sequence[Block], *, portable: bool) -> Iterator[str]:
    def write(inlines: Sequence[Inline]) -> str:
        return escape_line_starts(write_portable_inline(inlines) if portable else write_inline(inlines))

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
            case BulletList(items):
                yield "\n".join(_hang("+ " if second else "- ", write(item)) for item in items)
            case NumberedList(items):
                end = ") " if second else ". "
                yield "\n".join(_hang(f"{number}{end}", write(item)) for number, item in enumerate(items, 1))
            case Quote(inner):
                lines = "\n\n".join(_write_blocks(inner, portable=portable)).split("\n")
                yield "\n".join(f"> {line}" if line else ">" for line in lines)
            case Separator():
                yield "---"
            case Notes(items):
                numbered = enumerate(items, 1)
                yield "\n\n".join(f"[^{number}]: " + _hang("", write(item), 4) for number, item in numbered)
        previous = block


def _write_heading(text: str) -> str:
    """One line whose own `#` no reader takes for the end of the heading."""
    return re.sub(r"\\?\n", " ", text).replace("#", "\\#")


def _hang(marker: str, text: str, width: int = 0) -> str:
    return marker + text.replace("\n", "\n" + " " * (width or len(marker)))
