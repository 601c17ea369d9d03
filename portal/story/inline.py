"""Inline marks inside a block, read in one pass: stress marks, links, note marks, escapes.

Time grows with the length, whatever was typed. Readers of CommonMark look for the end of each bracket anew,
so that a text of brackets takes them the square of its length.

Stress marks are switches instead of CommonMark's delimiter runs: a mark opens before anything but space and
closes after anything but space, so `他說**「家」**的` is strong. CommonMark's own rule asks for space or
punctuation outside when there is punctuation inside, which Han text never has.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from typing import Final

from markdown_it.common.normalize_url import normalizeLink
from markdown_it.common.utils import unescapeAll
from markdown_it.rules_inline.autolink import AUTOLINK_RE, EMAIL_RE

from portal.story.blocks import LineBreak, Text

_PLAIN: Final = re.compile(r"[^\\\n*_\[\]<]+")
_PLAIN_OR_BRACKET: Final = re.compile(r"[^\\\n*_<]+")
_WITHOUT_MARKS: Final = re.compile(r"[^\\*_\[\]<]*+")
_LONGEST_ROW: Final = 3
_BREAK: Final = re.compile(r"\\?\n[ \t]*")
_ESCAPED: Final = re.compile(r"\\([!-/:-@\[-`{-~])")
_NOTE_MARK: Final = re.compile(r"\[\^([^\s\[\]^]{1,64})\]")
_BRACKETED_ADDRESS: Final = re.compile(r"<([^<>]*)>")
_IN_ADDRESS: Final = r"[^\s()\\]|\\\S"
_TARGET: Final = re.compile(
    r"\([ \t\n]*+(?:<(?P<bracketed>(?:[^<>\n\\]|\\[^<>\n])*+)>"
    rf"|(?!<)(?P<bare>(?:{_IN_ADDRESS}|\((?:{_IN_ADDRESS})*+\))++))[ \t\n]*+\)"
)
"""The address of a link, which may hold brackets in pairs. No title: nobody would see its words."""
_ALLOWED_LINK: Final = re.compile(r"(?:https?://[^\s/?#]|mailto:[^\s@]+@[^\s@])", re.IGNORECASE)
"""Only absolute web addresses and mail addresses become links."""


@dataclass(slots=True)
class Mark:
    """A row of one to three `*` or `_`, and what it could do."""

    row: str
    opens: bool
    closes: bool


@dataclass(frozen=True, slots=True)
class NoteMark:
    """A mention of the note of this label."""

    label: str


@dataclass(frozen=True, slots=True)
class Reference:
    """A link, with what is read inside its brackets."""

    href: str
    inside: list[Token]


Token = Text | LineBreak | Mark | NoteMark | Reference


def is_plain(source: str) -> bool:
    """Say whether nothing in a block can be anything but words and line ends."""
    return _WITHOUT_MARKS.fullmatch(source) is not None


def read_inline(source: str, notes: Collection[str]) -> list[Token]:
    """Read what stands in one block; `notes` are the labels of defined notes."""
    reading = _Reading(source, notes)
    at, end = 0, len(source)
    while at < end:
        at = reading.read_on(at)
    return reading.tokens


class _Reading:
    """One reading: what was read so far, and which brackets of it may still begin a link."""

    def __init__(self, source: str, notes: Collection[str]) -> None:
        self.source, self.notes = source, notes
        self.tokens: list[Token] = []
        self.brackets: list[int] = []
        # Without a link and the mark of a note in the whole block, brackets are words.
        self.plain = _PLAIN if "](" in source or "[^" in source else _PLAIN_OR_BRACKET

    def read_on(self, at: int) -> int:
        """Read what begins here; return where it ends."""
        char = self.source[at]
        if char in "*_":
            return self.read_marks(at, char)
        if plain := self.plain.match(self.source, at):
            self.tokens.append(Text(plain[0]))
            return plain.end()
        if char == "[":
            return self.read_bracket(at)
        if char == "]":
            return self.close_bracket(at)
        if char == "<":
            return self.read_address(at)
        return self.read_escape(at)

    def add(self, token: Token, end: int) -> int:
        self.tokens.append(token)
        return end

    def read_marks(self, at: int, char: str) -> int:
        """Read a row of stars or underscores; longer rows are text."""
        source, end = self.source, at + 1
        while source[end : end + 1] == char:
            end += 1
        row = source[at:end]
        if len(row) > _LONGEST_ROW:
            return self.add(Text(row), end)
        before, after = source[at - 1 : at] or " ", source[end : end + 1] or " "
        opens, closes = not after.isspace(), not before.isspace()
        if char == "_":
            opens, closes = opens and not before.isalnum(), closes and not after.isalnum()
        self.tokens.append(Mark(row, opens, closes))
        return end

    def read_bracket(self, at: int) -> int:
        found = _NOTE_MARK.match(self.source, at)
        if found is None or found[1] not in self.notes:
            self.brackets.append(len(self.tokens))
            return self.add(Text("["), at + 1)
        self.brackets.clear()  # a link holds no other link
        return self.add(NoteMark(found[1]), found.end())

    def close_bracket(self, at: int) -> int:
        """Make a link of what stands since the last bracket, when an address follows."""
        first = self.brackets.pop() if self.brackets else None
        found = _TARGET.match(self.source, at + 1) if first is not None else None
        href = _check_address(unescapeAll(found["bracketed"] or found["bare"] or "")) if found else None
        if first is None or found is None or href is None:
            return self.add(Text("]"), at + 1)
        inside = self.tokens[first + 1 :]
        if inside and isinstance(last := inside[-1], Mark):
            last.opens = False
        del self.tokens[first:]
        self.brackets.clear()
        return self.add(Reference(href, inside), found.end())

    def read_address(self, at: int) -> int:
        """Read an address in angle brackets, shown as it was typed."""
        found = _BRACKETED_ADDRESS.match(self.source, at)
        url = found[1] if found else ""
        start = "" if AUTOLINK_RE.search(url) else "mailto:" if EMAIL_RE.search(url) else None
        href = _check_address(start + url) if start is not None else None
        if found is None or href is None:
            return self.add(Text("<"), at + 1)
        self.brackets.clear()
        return self.add(Reference(href, [Text(url)]), found.end())

    def read_escape(self, at: int) -> int:
        """Read a line end, or a backslash with what it escapes."""
        if found := _BREAK.match(self.source, at):
            last = self.tokens[-1] if self.tokens else None
            if isinstance(last, Text):
                self.tokens[-1] = Text(last.text.rstrip(" "))
            return self.add(LineBreak(), found.end())
        if found := _ESCAPED.match(self.source, at):
            return self.add(Text(found[1]), found.end())
        return self.add(Text("\\"), at + 1)


def _check_address(url: str) -> str | None:
    """Return an address percent-encoded, None when it may not become a link."""
    href = normalizeLink(url)
    return href if _ALLOWED_LINK.match(href) else None
