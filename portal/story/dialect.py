"""The Markdown we read: markdown-it's blocks, with only the rules that cannot lose a typed letter.

Left out on purpose: reference definitions, fences and indented code (their lines would vanish or
change), entities (`&copy;` stays as typed), setext headings (a line of dashes under a paragraph is a
separator), images and raw HTML (shown as text). What stands inside a block: `portal.story.inline`.
"""

import re
from collections.abc import Iterator

from markdown_it import MarkdownIt
from markdown_it.rules_block import StateBlock, blockquote, list_block

_BLOCK_MARK = re.compile(r"[ \t]*(?:[#>+*_-]|[0-9]{1,9}[.)])")
_MAX_DEPTH = 12
_MOST_INDENT = 3
"""Spaces; a line further in goes on with the paragraph."""


class StoryMarkdown(MarkdownIt):
    """A markdown-it parser of the blocks of the story dialect; their contents it leaves as they are."""

    def __init__(self) -> None:
        super().__init__("zero", {"maxNesting": 40})
        self.enable(["heading", "hr", "blockquote", "list"])
        self.core.ruler.enableOnly(["normalize", "block"])
        self.block.ruler.at("paragraph", read_paragraph)
        self.block.ruler.at("blockquote", read_quote, {"alt": ["paragraph", "blockquote", "list"]})
        self.block.ruler.at("list", read_list, {"alt": ["paragraph", "blockquote"]})


def read_paragraph(state: StateBlock, start: int, end: int, silent: bool) -> bool:  # noqa: FBT001 - markdown-it calls it
    """Read a paragraph as markdown-it does, but cut only plain spaces from it: wider ones indent a line."""
    line = start + 1
    interrupting = state.md.block.ruler.getRules("paragraph")
    outer, state.parentType = state.parentType, "paragraph"
    while line < state.lineMax and not state.isEmpty(line):
        is_deep = state.sCount[line] - state.blkIndent > _MOST_INDENT or state.sCount[line] < 0
        if not is_deep and any(rule(state, line, state.lineMax, True) for rule in interrupting):  # noqa: FBT003 - its signature
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
    return state.level < _MAX_DEPTH and blockquote(state, start, end, silent)


def read_list(state: StateBlock, start: int, end: int, silent: bool) -> bool:  # noqa: FBT001 - markdown-it calls it
    """Read a list, down to the same depth as quotes."""
    return state.level < _MAX_DEPTH and list_block(state, start, end, silent)


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
