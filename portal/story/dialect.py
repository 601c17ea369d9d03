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

_BLOCK_MARK = re.compile(r"[ \t]*(?:[#>+*_-]|[0-9]{1,9}[.)])")
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
        self.block.ruler.at("list", read_list, {"alt": ["paragraph", "blockquote"]})


def parse_blocks(source: str) -> list[Node]:
    """Return the blocks of a source, those inside others as their children."""
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
    opening = state.push("paragraph_open", "p", 1)
    opening.map = [start, line]
    inline = state.push("inline", "", 0)
    inline.content = state.getLines(start, line, state.blkIndent, False).strip(" \t\n")  # noqa: FBT003 - its signature
    inline.map, inline.children = [start, line], []
    state.push("paragraph_close", "p", -1)
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


def read_list(state: StateBlock, start: int, end: int, silent: bool) -> bool:  # noqa: FBT001 - markdown-it calls it
    """Read a list, down to the same depth as quotes."""
    return state.level < _MAX_DEPTH and list_block(state, start, end, silent)


_PARSER = StoryMarkdown()


def begins_block(line: str) -> bool:
    """Say whether a line may begin anything but a paragraph."""
    return _BLOCK_MARK.match(line) is not None


def split_stretches(body: str) -> Iterator[list[str]]:
    """Give the lines of a text in stretches that say nothing about each other.

    A line that begins with its words ends every list and quote, where a blank line stands before it.
    """
    stretch: list[str] = []
    after_blank = False
    for line in body.split("\n"):
        is_blank = not line.strip(" \t")
        if after_blank and not is_blank and line[0] not in " \t" and not begins_block(line):
            yield stretch
            stretch = []
        stretch.append(line)
        after_blank = is_blank
    yield stretch
