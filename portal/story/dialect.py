"""The Markdown we read: markdown-it with only the rules that cannot lose a typed letter.

Left out on purpose: reference definitions, fences and indented code (their lines would vanish or
change), entities (`&copy;` stays as typed), setext headings (a line of dashes under a paragraph is a
separator), images and raw HTML (shown as text).

Stress marks are switches instead of CommonMark's delimiter runs: a mark opens before anything but space and
closes after anything but space, so `他說**「家」**的` is strong. CommonMark's own rule asks for space or
punctuation outside when there is punctuation inside, which Han text never has.
"""

import re

from markdown_it import MarkdownIt
from markdown_it.rules_block import StateBlock, blockquote, list_block
from markdown_it.rules_inline import StateInline, link

_ALLOWED_LINK = re.compile(r"(?:https?://[^\s/?#]|mailto:[^\s@]+@[^\s@])", re.IGNORECASE)
_NOTE_MARK = re.compile(r"\[\^([^\s\[\]^]{1,64})\]")
_BARE_TARGET = re.compile(r"<[^<>\n]*>|\S+")
_MAX_DEPTH = 12
_MOST_INDENT = 3
"""Spaces; a line further in goes on with the paragraph."""
_MAX_MARK_LENGTH = 3


class StoryMarkdown(MarkdownIt):
    """A markdown-it parser of the story dialect; `env["notes"]` holds the labels of defined notes."""

    def __init__(self) -> None:
        super().__init__("zero", {"maxNesting": 40})
        self.enable(["heading", "hr", "blockquote", "list"])
        self.enable(["newline", "escape", "link", "autolink", "emphasis"])
        self.disable("balance_pairs")
        # Rule "emphasis" exists twice: as a scanner, which is replaced, and as a second pass, not wanted.
        self.inline.ruler2.disable("emphasis")
        self.inline.ruler.at("emphasis", scan_mark)
        self.inline.ruler.at("link", read_link)
        self.inline.ruler.before("link", "note_mark", scan_note_mark)
        self.block.ruler.at("paragraph", read_paragraph)
        self.block.ruler.at("blockquote", read_quote, {"alt": ["paragraph", "blockquote", "list"]})
        self.block.ruler.at("list", read_list, {"alt": ["paragraph", "blockquote"]})

    def validateLink(self, url: str) -> bool:  # noqa: N802 - markdown-it's name
        """Only absolute web addresses and mail addresses become links."""
        return _ALLOWED_LINK.match(url) is not None

    def normalizeLinkText(self, link: str) -> str:  # noqa: N802 - markdown-it's name
        """Show an address in angle brackets as it was typed."""
        return link


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


def read_link(state: StateInline, silent: bool) -> bool:  # noqa: FBT001 - markdown-it calls it
    """Read a link without a title; with one it is text, because nobody would see the title's words."""
    start = state.pos
    if not link(state, True):  # noqa: FBT003 - markdown-it's signature
        return False
    end = state.pos
    state.pos = start
    label_end = state.md.helpers.parseLinkLabel(state, start, True)  # noqa: FBT003 - markdown-it's signature
    state.pos = start
    if _BARE_TARGET.fullmatch(state.src[label_end + 2 : end - 1].strip()) is None:
        return False
    return link(state, silent)


def scan_mark(state: StateInline, silent: bool) -> bool:  # noqa: FBT001 - markdown-it calls it
    """Make a `mark` token of one to three `*` or `_`, with what it could do; longer rows are text."""
    char = state.src[state.pos]
    if char not in "*_":
        return False
    start = end = state.pos
    while end < state.posMax and state.src[end] == char:
        end += 1
    state.pos = end
    if silent:
        return True
    row = state.src[start:end]
    if len(row) > _MAX_MARK_LENGTH:
        state.pending += row
        return True
    before = state.src[start - 1] if start else " "
    after = state.src[end] if end < state.posMax else " "
    in_word = char == "_"
    token = state.push("mark", "", 0)
    token.content = row
    token.meta = {
        "open": not after.isspace() and not (in_word and before.isalnum()),
        "close": not before.isspace() and not (in_word and after.isalnum()),
    }
    return True


def scan_note_mark(state: StateInline, silent: bool) -> bool:  # noqa: FBT001 - markdown-it calls it
    """Make a `note_mark` token of `[^label]` when a note of that label is defined."""
    match = _NOTE_MARK.match(state.src, state.pos, state.posMax)
    if match is None or match[1] not in state.env.get("notes", ()):
        return False
    state.pos = match.end()
    if not silent:
        state.push("note_mark", "", 0).content = match[1]
    return True
