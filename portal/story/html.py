"""Blocks as safe HTML and as plain text for mail and files.

Everything is escaped here; nh3 with our own allow-list looks at the result once more, so one mistake alone
cannot put a script on a page.
"""

from collections.abc import Callable, Sequence
from html import escape
from typing import assert_never

import nh3

from portal.domain.languages import direction_of
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
    Strong,
    Text,
    plain_inline,
)

_TAGS = {"p", "h2", "h3", "h4", "ul", "ol", "li", "blockquote", "hr", "section"} | {
    "strong",
    "em",
    "a",
    "br",
    "sup",
}
_ATTRIBUTES = {"a": {"href", "id", "lang", "rel"}, "li": {"id"}, "section": {"class"}}
_FIGURE_TAGS = {"figure", "img", "figcaption"}
_FIGURE_ATTRIBUTES = {"figure": {"lang", "dir"}, "img": {"src", "alt", "width", "height", "loading"}}
_SCHEMES = {"http", "https", "mailto"}


def to_html(
    blocks: Sequence[Block],
    *,
    figures: Figures = NO_FIGURES,
    note_prefix: str = "note",
    back_label: str = "↩",
    back_lang: str = "",
) -> str:
    """Write blocks as HTML: only known tags, links to http, https and mailto, headings from h2.

    figures: the photos that may be shown.
    note_prefix: begins the ids of notes; differs for each story on a page.
    back_label: text of the link from a note to its place, in the reader's language.
    back_lang: tag of that language; empty for a sign that is in none.
    """
    written = _PageWriter(figures, note_prefix, back_label, back_lang).write_blocks(blocks)
    # Without a photo to be shown there is no picture that could be one.
    tags = _TAGS | _FIGURE_TAGS if figures else _TAGS
    attributes = {**_ATTRIBUTES, **_FIGURE_ATTRIBUTES} if figures else _ATTRIBUTES
    return nh3.clean(written, tags=tags, attributes=attributes, url_schemes=_SCHEMES, link_rel=None)


def write_figure(figure: Figure) -> str:
    """Write a photo with the line under it."""
    language = f' lang="{escape(figure.lang)}" dir="{direction_of(figure.lang)}"' if figure.lang else ""
    size = f' width="{figure.width}" height="{figure.height}"' if figure.width and figure.height else ""
    below = f"\n<figcaption>{escape(figure.caption)}</figcaption>" if figure.caption else ""
    image = f'<img src="{escape(figure.src)}"{size} loading="lazy" alt="{escape(figure.alt)}">'
    return f"<figure{language}>\n{image}{below}\n</figure>"


class HtmlWriter:
    """A writer of HTML: one walk over blocks; formats that differ from plain HTML write single parts anew."""

    gap = "\n"
    """Stands between two blocks."""

    def __init__(
        self, figures: Figures, note_prefix: str, escape_text: Callable[[str], str] = escape
    ) -> None:
        """Take the photos that are shown, what begins the ids of notes, and what makes words HTML."""
        self.figures = figures
        self.escape_text = escape_text
        self.note_prefix = escape(note_prefix)
        self.mentioned: set[int] = set()

    def write_blocks(self, blocks: Sequence[Block]) -> str:
        return self.gap.join(filter(None, map(self.write_block, blocks)))

    def write_block(self, block: Block) -> str:
        match block:
            case Paragraph(children):
                return self.write_paragraph(self.write_inlines(children))
            case Heading(level, children):
                return self.write_heading(level, self.write_inlines(children))
            case BulletList(items):
                return self.write_bullets(self.write_items(items))
            case NumberedList(items):
                return self.write_numbers(self.write_items(items))
            case Quote(inner):
                return self.write_quote(self.write_blocks(inner))
            case Separator():
                return self.write_separator()
            case Picture(key):
                return self.write_figure(self.figures[key]) if key in self.figures else ""
            case Notes(items):
                # Their words first: a note may mention another one, which has a way back then.
                return self.write_notes(self.write_items(items))
            case _:
                assert_never(block)

    def write_items(self, items: Sequence[Sequence[Inline]]) -> list[str]:
        return list(map(self.write_inlines, items))

    def write_inlines(self, inlines: Sequence[Inline]) -> str:
        return "".join(map(self.write_inline, inlines))

    def write_inline(self, inline: Inline) -> str:
        match inline:
            case Text(text):
                return self.escape_text(text)
            case LineBreak():
                return "<br>"
            case Strong(children):
                return f"<strong>{self.write_inlines(children)}</strong>"
            case Emphasis(children):
                return f"<em>{self.write_inlines(children)}</em>"
            case Link(href, children):
                return self.write_link(escape(href), self.write_inlines(children))
            case NoteRef(number):
                return self.write_mention(number)
            case _:
                assert_never(inline)

    def write_paragraph(self, words: str) -> str:
        return f"<p>{words}</p>"

    def write_heading(self, level: HeadingLevel, words: str) -> str:
        return f"<h{level}>{words}</h{level}>"

    def write_bullets(self, items: Sequence[str]) -> str:
        return f"<ul>{_tag_items(items)}</ul>"

    def write_numbers(self, items: Sequence[str]) -> str:
        return f"<ol>{_tag_items(items)}</ol>"

    def write_quote(self, blocks: str) -> str:
        return f"<blockquote>{blocks}</blockquote>"

    def write_separator(self) -> str:
        return "<hr>"

    def write_figure(self, figure: Figure) -> str:
        return write_figure(figure)

    def write_notes(self, items: Sequence[str]) -> str:
        raise NotImplementedError

    def write_link(self, href: str, words: str) -> str:
        return f'<a href="{href}">{words}</a>'

    def write_mention(self, number: int) -> str:
        # An id may stand once: the way back leads to the first mention.
        name = "" if number in self.mentioned else f' id="{self.mention_id(number)}"'
        self.mentioned.add(number)
        return f'<sup><a href="#{self.note_id(number)}"{name}>{number}</a></sup>'

    def note_id(self, number: int) -> str:
        return f"{self.note_prefix}note-{number}"

    def mention_id(self, number: int) -> str:
        return f"{self.note_prefix}ref-{number}"


def _tag_items(items: Sequence[str]) -> str:
    return f"<li>{'</li><li>'.join(items)}</li>"


class _PageWriter(HtmlWriter):
    """A story on a page of ours."""

    def __init__(self, figures: Figures, note_prefix: str, back_label: str, back_lang: str) -> None:
        super().__init__(figures, note_prefix)
        self.back_label = escape(back_label)
        self.back_language = f' lang="{escape(back_lang)}"' if back_lang else ""

    def write_notes(self, items: Sequence[str]) -> str:
        lines = []
        for number, words in enumerate(items, 1):
            back = f' <a href="#{self.mention_id(number)}"{self.back_language}>{self.back_label}</a>'
            back = back if number in self.mentioned else ""
            lines.append(f'<li id="{self.note_id(number)}">{words}{back}</li>')
        return f'<section class="notes"><ol>{"".join(lines)}</ol></section>'

    def write_link(self, href: str, words: str) -> str:
        return f'<a href="{href}" rel="nofollow noopener noreferrer">{words}</a>'

    def note_id(self, number: int) -> str:
        return f"{self.note_prefix}-{number}"

    def mention_id(self, number: int) -> str:
        return f"{self.note_prefix}-ref-{number}"


def to_plain(blocks: Sequence[Block], *, figures: Figures = NO_FIGURES) -> str:
    """Write plain text that keeps what marks said: list numbers, quotes, addresses, note numbers.

    Of a photo it says, in brackets, what stands under it.
    """
    return "\n\n".join(filter(None, (_write_plain(block, figures) for block in blocks)))


def _write_plain(block: Block, figures: Figures) -> str:
    match block:
        case Paragraph(children) | Heading(_, children):
            return _write_words(children)
        case BulletList(items):
            return "\n".join(f"• {_write_words(item)}" for item in items)
        case NumberedList(items):
            return "\n".join(f"{number}. {_write_words(item)}" for number, item in enumerate(items, 1))
        case Quote(inner):
            return "\n".join(f"> {line}".rstrip() for line in to_plain(inner, figures=figures).split("\n"))
        case Separator():
            return "* * *"
        case Picture(key):
            return f"[{figures[key].caption}]" if key in figures else ""
        case Notes(items):
            return "\n".join(f"[{number}] {_write_words(item)}" for number, item in enumerate(items, 1))
        case _:
            assert_never(block)


def _write_words(inlines: Sequence[Inline]) -> str:
    return "".join(map(_write_word, inlines))


def _write_word(inline: Inline) -> str:
    match inline:
        case Text(text):
            return text
        case LineBreak():
            return "\n"
        case Strong(children) | Emphasis(children):
            return _write_words(children)
        case Link(href, children):
            words = _write_words(children)
            address = href.removeprefix("mailto:")
            return words if address == plain_inline(children) or href == words else f"{words} ({address})"
        case NoteRef(number):
            return f"[{number}]"
        case _:
            assert_never(inline)
