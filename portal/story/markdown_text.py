"""Inlines as Markdown characters: what must be escaped, and where stars can carry a style."""

import re
import unicodedata
from collections.abc import Sequence
from html import escape

from portal.story.blocks import Emphasis, Inline, LineBreak, Link, NoteRef, Strong, Text
from portal.story.inline_runs import Leaf, Run, flatten_tree, join_plain

_SPECIAL = re.compile(r"[\\*\[\]`]|_+|~~+|<(?=[A-Za-z/!?])|&(?=#?\w+;)")
_SPECIAL_IN_ADDRESS = re.compile(r"[\\()<>]|&(?=#?\w+;)")
_LINE_START = re.compile(
    r"^(?:#{1,6}(?=[ \t]|$)|>|[-+](?=[ \t]|$)|-(?=[- \t]+$)|=(?==*[ \t]*$)"
    # Readers with more rules than ours: the line under the head of a table, and a definition.
    r"|[|:-](?=[-: \t]*\|[-:| \t]*$)|\|(?=[-:| \t]+$)|:(?=[ \t])"
    r"|(?P<number>[0-9]{1,9})(?=[.)](?:[ \t]|$)))",
    re.MULTILINE,
)
_SITE_MARK = re.compile(r"\\\\|\\?[{|]|\\&|\\<(?=!--)|\$(?=\$)")
_SPELT = {"{": "&#123;", "|": "&#124;", "$": "&#36;", "&": "&amp;", "<": "&lt;"}
_NOTE_START = re.compile(r"^(\[\^\d+\]):", re.MULTILINE)


def escape_text(text: str) -> str:
    """Escape text, so that no rule of Markdown inside a line takes it for a mark."""
    return _SPECIAL.sub(_escape_mark, text)


def _escape_mark(match: re.Match[str]) -> str:
    found = match[0]
    if found[0] == "_":
        text, (start, end) = match.string, match.span()
        if text[max(0, start - 1) : start].isalnum() and text[end : end + 1].isalnum():
            return found
    return "\\" + "\\".join(found)


def escape_line_starts(written: str) -> str:
    """Escape written lines that a rule would take for a heading, list, quote, separator or note."""
    if "]:" in written:
        written = _NOTE_START.sub(r"\1\\:", written)
    return _LINE_START.sub(_escape_start, written)


def _escape_start(match: re.Match[str]) -> str:
    return match[0] + "\\" if match["number"] else "\\" + match[0]


def write_inline(inlines: Sequence[Inline]) -> str:
    """Write inlines in our own dialect: stars where a style begins or ends."""
    if (plain := join_plain(inlines)) is not None:
        return escape_text(plain)
    written: list[str] = []
    strong = emphasis = False
    for leaf, is_strong, is_emphasis in (*flatten_tree(inlines), Run(Text(""))):
        if switched := 2 * (is_strong != strong) + (is_emphasis != emphasis):
            written.append("*" * switched)
            strong, emphasis = is_strong, is_emphasis
        _append(written, _write_leaf(leaf))
    return "".join(written)


def _write_leaf(leaf: Leaf) -> str:
    match leaf:
        case Text(text):
            return escape_text(text)
        case LineBreak():
            return "\n"
        case NoteRef(number):
            return f"[^{number}]"
        case Link(href, children):
            return f"[{write_inline(children)}]({_escape_address(href)})"


def _escape_address(href: str) -> str:
    return _SPECIAL_IN_ADDRESS.sub(r"\\\g<0>", href)


def _append(written: list[str], leaf: str) -> None:
    # `!` before a bracket would make a picture of a link elsewhere.
    if leaf[:1] == "[" and written and written[-1].endswith("!"):
        written[-1] = written[-1][:-1] + "\\!"
    if leaf:
        written.append(leaf)


def spell_site_marks(written: str) -> str:
    """Spell what static site generators look for where a backslash stops none of it, so that nothing is run.

    Codes of Hugo and Jekyll begin with a brace and are run before Markdown is read; Hugo cuts a text at the
    comment `more`. Jekyll's Markdown reads braces, bars and dollars, and leaves a backslash before `&`.
    """

    def spell(mark: re.Match[str]) -> str:
        return mark[0] if mark[0] == "\\\\" else _SPELT[mark[0][-1]]

    return _SITE_MARK.sub(spell, written)


def write_portable_inline(inlines: Sequence[Inline]) -> str:
    """Write inlines for any reader of CommonMark: `<strong>`, `<em>` where stars would stay stars."""
    if (plain := join_plain(inlines)) is not None:
        written = escape_text(plain).replace("\n", "\\\n")
    else:
        written = _write_portable(inlines, inside_style=False)
    indent = written[: len(written) - len(written.lstrip())]
    # Spaces of any kind are cut at the edge of a paragraph by some readers; entities are not.
    return "".join(f"&#{ord(char)};" for char in indent) + written[len(indent) :]


def write_portable_picture(address: str, alt: str) -> str:
    """Write a picture for any reader of CommonMark.

    Older versions of Hugo show the backslash that escapes a sign in what is told of a picture: a text that
    needs one stands in a tag.
    """
    if escape_text(alt) == alt and spell_site_marks(alt) == alt:
        return f"![{alt}]({address})"
    return f'<img src="{address}" alt="{escape(alt).replace(chr(92), "&#92;")}">'


def _write_portable(inlines: Sequence[Inline], *, inside_style: bool) -> str:
    written: list[str] = []
    for index, inline in enumerate(inlines):
        match inline:
            case Strong(children) | Emphasis(children):
                inner = _write_portable(children, inside_style=True)
                following = inlines[index + 1] if index + 1 < len(inlines) else None
                at_edge = inside_style and (not index or following is None)
                stars, tag = ("**", "strong") if isinstance(inline, Strong) else ("*", "em")
                if not at_edge and _stars_hold(written[-1] if written else "", inner, following):
                    written.append(stars + inner + stars)
                else:
                    written.append(f"<{tag}>{inner}</{tag}>")
            case LineBreak():
                written.append("\\\n")
            case Link(href, children):
                label = _write_portable(children, inside_style=False)
                _append(written, f"[{label}]({_escape_address(href)})")
            case _:
                _append(written, _write_leaf(inline))
    return "".join(written)


def _stars_hold(before: str, inner: str, following: Inline | None) -> bool:
    """Whether CommonMark (0.31, "left-flanking" and "right-flanking") reads stars here as a style."""
    match following:
        case None | LineBreak():
            after = " "
        case Text(text):
            after = escape_text(text)[:1] or " "
        case Link() | NoteRef():
            after = "["
        case _:
            return False
    left = before[-1:] or " "
    if inner[0].isspace() or inner[-1].isspace() or "*" in {left, inner[0], inner[-1], after}:
        return False
    opens = not _is_punctuation(inner[0]) or left.isspace() or _is_punctuation(left)
    closes = not _is_punctuation(inner[-1]) or after.isspace() or _is_punctuation(after)
    return opens and closes


def _is_punctuation(char: str) -> bool:
    return unicodedata.category(char)[0] in "PS"
