"""The Markdown we read: markdown-it's blocks, with only the rules that cannot lose a typed letter.

Left out on purpose: reference definitions, fences and indented code (their lines would vanish or
change), entities (`&copy;` stays as typed), setext headings (a line of dashes under a paragraph is a
separator), images and raw HTML (shown as text). What stands inside a block: `portal.story.inline`.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from markdown_it import MarkdownIt
from markdown_it.rules_block import StateBlock, blockquote, hr, list_block

_MARK = r"(?:[#>+*_-]|[0-9]{1,9}[.)])"
_BLOCK_MARK = re.compile(rf"[ \t]*{_MARK}")
_MARKED_LINE = re.compile(rf"^[ \t]*+{_MARK}", re.MULTILINE)
_LINES = re.compile(r"^(?:[ \t]*+[^ \t\n][^\n]*+\n?)++", re.MULTILINE)
"""Lines without a blank one among them."""
_PLAIN_ITEM = re.compile(rf"(?:(?P<number>[0-9]{{1,9}})([.)])|(?P<bullet>[-+*])) (?![ \t]|{_MARK})(.+)")
"""A list item of one line, in which no other block begins: number and mark, or bullet; words."""
_SEPARATOR = re.compile(r"[-*_ \t]+")
_MAX_DEPTH = 12
_MOST_INDENT = 3
"""Spaces; a line further in goes on with the paragraph."""


@dataclass(slots=True)
class Node:
    """A block as the parser has found it, with what stands in it."""

    type: str
    tag: str
    info: str
    markup: str
    content: str
    children: list["Node"] = field(default_factory=list)


class StoryMarkdown(MarkdownIt):
    """A markdown-it parser of the blocks of the story dialect; their contents it leaves as they are."""

    def __init__(self) -> None:
        super().__init__("zero", {"maxNesting": 40})
        self.enable(["heading", "hr", "blockquote", "list"])
        self.core.ruler.enableOnly(["normalize", "block"])
        self.block.ruler.at("paragraph", read_paragraph)
        self.block.ruler.at("blockquote", read_quote, {"alt": ["paragraph", "blockquote", "list"]})
        self.block.ruler.at("hr", read_separator, {"alt": ["paragraph", "blockquote", "list"]})
        self.block.ruler.at("list", read_list_block, {"alt": ["paragraph", "blockquote"]})


def parse_blocks(source: str) -> list[Node]:
    """Return the blocks of a source, those inside others as their children."""
    nodes: list[Node] = []
    for lines, item in _part_items(source):
        made = [_make_list(*item.groups(default=""))] if item else _run_parser(lines)
        if nodes and (nodes[-1].type, nodes[-1].markup) == (made[0].type, made[0].markup):
            nodes[-1].children += made.pop(0).children
        nodes += made
    return nodes


def _part_items(source: str) -> Iterator[tuple[str, re.Match[str] | None]]:
    """Part a source where one plain item follows another, as nothing of the first goes on there.

    Gives the item for a part that is nothing else: the parser would take ten times as long for it.
    """
    part: list[str] = []
    item: re.Match[str] | None = None
    is_alone = True
    for line in source.split("\n"):
        found = _PLAIN_ITEM.fullmatch(line)
        if found and item:
            yield "\n".join(part), item if is_alone else None
            part = []
        if found:
            is_alone = not part
            # Inside a paragraph, a number other than 1 is a word.
            item = found if is_alone or found["bullet"] or found["number"] == "1" else None
        elif line.strip(" \t"):
            item = None
        part.append(line)
    yield "\n".join(part), item if is_alone else None


def _make_list(number: str, end: str, bullet: str, words: str) -> Node:
    mark = end or bullet
    paragraph = Node("paragraph", "p", "", "", words.strip(" \t"))
    item = Node("list_item", "li", number, mark, "", [paragraph])
    return Node("bullet_list" if bullet else "ordered_list", "", "", mark, "", [item])


def _run_parser(source: str) -> list[Node]:
    around: list[list[Node]] = [[]]
    for token in _PARSER.parse(source):
        if token.nesting < 0:
            around.pop()
            continue
        node = Node(token.type.removesuffix("_open"), token.tag, token.info, token.markup, token.content)
        around[-1].append(node)
        if token.nesting > 0:
            around.append(node.children)
    return around[0]


def read_paragraph(state: StateBlock, start: int, end: int, silent: bool) -> bool:  # noqa: FBT001 - markdown-it calls it
    """Read a paragraph as markdown-it does, but cut only plain spaces from it: wider ones indent a line."""
    line = start + 1
    interrupting = state.md.block.ruler.getRules("paragraph")
    outer, state.parentType = state.parentType, "paragraph"
    while line < state.lineMax and not state.isEmpty(line):
        is_deep = state.sCount[line] - state.blkIndent > _MOST_INDENT or state.sCount[line] < 0
        is_marked = _BLOCK_MARK.match(state.src, state.bMarks[line] + state.tShift[line])
        if is_marked and not is_deep and any(rule(state, line, state.lineMax, True) for rule in interrupting):  # noqa: FBT003 - its signature
            break
        line += 1
    state.parentType = outer
    state.line = line
    paragraph = state.push("paragraph", "p", 0)
    paragraph.content = state.getLines(start, line, state.blkIndent, False).strip(" \t\n")  # noqa: FBT003 - its signature
    return True


def read_quote(state: StateBlock, start: int, end: int, silent: bool) -> bool:  # noqa: FBT001 - markdown-it calls it
    """Read a quote, down to a depth past which the marks are text: markdown-it would drop the rest."""
    is_possible = state.src.startswith(">", state.bMarks[start] + state.tShift[start])
    return is_possible and state.level < _MAX_DEPTH and blockquote(state, start, end, silent)


def read_separator(state: StateBlock, start: int, end: int, silent: bool) -> bool:  # noqa: FBT001 - markdown-it calls it
    """Read a separator; lines that begin a list with the same marks are not looked at one by one."""
    is_possible = _SEPARATOR.fullmatch(
        state.src, state.bMarks[start] + state.tShift[start], state.eMarks[start]
    )
    return is_possible is not None and hr(state, start, end, silent)


def read_list_block(state: StateBlock, start: int, end: int, silent: bool) -> bool:  # noqa: FBT001 - markdown-it calls it
    """Read a list, down to the same depth as quotes."""
    return state.level < _MAX_DEPTH and list_block(state, start, end, silent)


_PARSER = StoryMarkdown()


def split_paragraphs(text: str) -> Iterator[str]:
    """Give the lines that stand between blank ones."""
    return (found[0] for found in _LINES.finditer(text))


def split_marked(body: str) -> Iterator[tuple[str, bool]]:
    """Give a text in stretches that say nothing about each other, and say of each whether it is marked.

    Lines without the mark of a block are a paragraph. A line that begins with its words ends every list and
    quote, where a blank line stands before it.
    """
    start: int | None = None
    for found in _LINES.finditer(body):
        lines = found[0]
        if start is not None and lines[0] not in " \t" and not _BLOCK_MARK.match(lines):
            yield body[start : found.start()], True
            start = None
        if start is None and not _MARKED_LINE.search(lines):
            yield lines, False
        elif start is None:
            start = found.start()
    if start is not None:
        yield body[start:], True
