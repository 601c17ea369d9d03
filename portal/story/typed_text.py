"""Typed text of a contributor as Markdown: plain text, but for what a file brought with its structure.

A typed star is a star and a typed dash a dash. Where the text began as one of a DOCX or ODT file, its marks
are those of the file as long as they stand where the file had them; whatever was typed between them is plain.
"""

import re
from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher

from portal.story.blocks import Block, LineBreak, Paragraph, Text
from portal.story.diff import align_lines
from portal.story.inline_runs import Run, build_tree
from portal.story.markdown import to_markdown
from portal.story.markdown_text import escape_line_starts, escape_text
from portal.story.matching import Effort, match

_BLANK_LINE = re.compile(r"\n(?:[^\S\n]*\n)+")
_INDENT = re.compile(r"^ +(?=[^ \t\n])", re.MULTILINE)
_TOKEN = re.compile(r"[^\W_]+|\s|.", re.DOTALL)
_ALIKE = 0.5
"""Of two lines with less in common, one is no correction of the other."""
_LINE = re.compile(r"[^\n]*\n|[^\n]+")
_WORDS = re.compile(r"^[^\S\n]*\S[^\n]*", re.MULTILINE)
_SPACES = re.compile(r"[ \t]*")
_LINE_MARK = re.compile(r"[-+*](?=[ \t])|[0-9]{1,9}[.)](?=[ \t])|#{1,6}(?=[ \t])")
_NOTE_MARK = re.compile(r"\[\^[^\s\[\]^]{1,64}\]:")
_MARK_OF_FILE = re.compile(r"[-+*>#]|[0-9]{1,9}[.)]|[^\S\n]|\[\^[^\s\[\]^]{1,64}\]:")
_ESCAPED = re.compile(r"\\.", re.DOTALL)
_NO_BREAK = "\u00a0"


def to_source(text: str, from_file: str = "") -> str:
    """Return the Markdown that reads as `text` was typed; `from_file` is the Markdown the text began with."""
    if not from_file:
        return to_markdown(to_plain_blocks(text)).removesuffix("\n")
    return _Weaving(text, from_file).write()


def to_plain_blocks(text: str) -> tuple[Block, ...]:
    """Return a text as paragraphs of lines: nothing in it is a mark. Spaces that begin a line stay."""
    paragraphs = _BLANK_LINE.split(_INDENT.sub(lambda found: _NO_BREAK * len(found[0]), text))
    made = (build_tree(list(_list_runs(paragraph)), keeps_indent=True) for paragraph in paragraphs)
    return tuple(Paragraph(inlines) for inlines in made if inlines)


def _list_runs(paragraph: str) -> Iterator[Run]:
    for number, line in enumerate(paragraph.split("\n")):
        if number:
            yield Run(LineBreak())
        if line:
            yield Run(Text(line))


class _Weaving:
    """One text laid over the Markdown it began with: knows of each character whether the file brought it."""

    def __init__(self, text: str, from_file: str) -> None:
        self.text, self.file = text, from_file
        self.line_starts = frozenset(_find_line_starts(from_file))
        self.escaped = frozenset(found.end() - 1 for found in _ESCAPED.finditer(from_file))
        self.origin: list[int | None] = [None] * len(text)
        for at_text, at_file, length in _match(text, from_file):
            for step in range(length):
                self.origin[at_text + step] = at_file + step

    def write(self) -> str:
        """Return the text with every character escaped that would be a mark and is none of the file's."""
        written: list[str] = []
        start = 0
        for line in _LINE.findall(self.text):
            written.append(self._write_line(start, start + len(line)))
            start += len(line)
        return "".join(written)

    def _write_line(self, start: int, end: int) -> str:
        body = self._skip_marks(start, end)
        if all(self.origin[at] is None for at in range(body, end)):
            rest = escape_line_starts(escape_text(self.text[body:end]))
        else:
            rest = "".join(self._write_characters(body, end))
            rest = rest if self._is_as_in_file(body, end) else escape_line_starts(rest)
        return self.text[start:body] + rest

    def _skip_marks(self, start: int, end: int) -> int:
        """Return where the words of a line begin: after its spaces and the marks the file began it with."""
        at = start
        while True:
            found = _SPACES.match(self.text, at, end)
            at = found.end() if found else at
            mark = re.compile(r">").match(self.text, at, end) or _LINE_MARK.match(self.text, at, end)
            mark = mark or _NOTE_MARK.match(self.text, at, end)
            if mark is None or not self._begins_in_file(mark.start(), mark.end()):
                return at
            at = mark.end()

    def _begins_in_file(self, start: int, end: int) -> bool:
        """Say whether these characters stood in one piece in the file, where a line of it begins."""
        first = self.origin[start]
        if first is None or any(self.origin[at] != first + at - start for at in range(start, end)):
            return False
        return first in self.line_starts

    def _is_as_in_file(self, start: int, end: int) -> bool:
        """Say whether a line begins as one of the file does, so that the file says what it is."""
        line_end = self.text.find("\n", start, end)
        first = self.text[start : line_end if line_end >= 0 else end][:1]
        return bool(first) and self._begins_in_file(start, start + 1)

    def _write_characters(self, start: int, end: int) -> Iterator[str]:
        at = start
        while at < end:
            stop = at
            while stop < end and self.origin[stop] is None:
                stop += 1
            if stop > at:
                yield escape_text(self.text[at:stop])
                at = stop
                continue
            yield self._write_own(at)
            at += 1

    def _write_own(self, at: int) -> str:
        """Return a character of the file: one that was escaped there stays so when its backslash went."""
        char, place = self.text[at], self.origin[at] or 0
        is_escaped = place in self.escaped
        if is_escaped and (at == 0 or self.origin[at - 1] != place - 1):
            return f"\\{char}"
        escapes = char == "\\" and not is_escaped
        if escapes and (at + 1 >= len(self.text) or self.origin[at + 1] != place + 1):
            return "\\\\"
        return char


def _find_line_starts(source: str) -> Iterator[int]:
    """Give the places where a line begins, and those behind the marks it begins with."""
    start = 0
    for line in source.split("\n"):
        at = start
        yield at
        while found := _MARK_OF_FILE.match(source, at):
            at = found.end()
            yield at
        start += len(line) + 1


def _match(text: str, from_file: str) -> Iterator[tuple[int, int, int]]:
    """Yield what both hold, as (place in the text, place in the file, length): by lines, then inside them."""
    mine, files = _list_lines(text), _list_lines(from_file)
    effort = Effort.for_texts(from_file, text)
    for tag, i1, i2, j1, j2 in match([line for _at, line in mine], [line for _at, line in files], effort):
        if tag == "equal":
            for (at_text, line), (at_file, _same) in zip(mine[i1:i2], files[j1:j2], strict=True):
                yield at_text, at_file, len(line)
        elif tag == "replace":
            for (at_text, line), (at_file, other) in _pair_lines(mine[i1:i2], files[j1:j2], effort):
                if SequenceMatcher(None, line, other, autojunk=False).quick_ratio() >= _ALIKE:
                    yield from _match_tokens(line, other, at_text, at_file, effort)


_Line = tuple[int, str]


def _pair_lines(
    mine: Sequence[_Line], files: Sequence[_Line], effort: Effort
) -> Iterator[tuple[_Line, _Line]]:
    """Pair lines that may be versions of each other: in order, or by likeness where some came or went."""
    if len(mine) == len(files):
        yield from zip(mine, files, strict=True)
        return
    my_lines, file_lines = iter(mine), iter(files)
    pairs = align_lines([line for _at, line in files], [line for _at, line in mine], effort)
    for other, line in pairs or ():
        mine_now = next(my_lines) if line else None
        file_now = next(file_lines) if other else None
        if mine_now and file_now:
            yield mine_now, file_now


def _list_lines(text: str) -> list[_Line]:
    """Return the lines with something in them, each with its place."""
    return [(found.start(), found[0]) for found in _WORDS.finditer(text)]


def _match_tokens(
    text: str, from_file: str, at_text: int, at_file: int, effort: Effort
) -> Iterator[tuple[int, int, int]]:
    mine, files = _TOKEN.findall(text), _TOKEN.findall(from_file)
    my_starts, file_starts = _list_starts(mine), _list_starts(files)
    for tag, i1, i2, j1, _j2 in match(mine, files, effort):
        if tag == "equal":
            yield at_text + my_starts[i1], at_file + file_starts[j1], sum(map(len, mine[i1:i2]))


def _list_starts(parts: Sequence[str]) -> list[int]:
    starts, at = [], 0
    for part in parts:
        starts.append(at)
        at += len(part)
    return starts
