"""Blocks as safe HTML and as plain text for mail and files.

Everything is escaped here; nh3 with our own allow-list looks at the result once more, so one mistake alone
cannot put a script on a page.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
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
    written = _Page(figures, note_prefix, back_label, back_lang).write_blocks(blocks)
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


@dataclass
class _Page:
    figures: Figures
    note_prefix: str
    back_label: str
    back_lang: str
    mentioned: set[int] = field(default_factory=set)

    def write_blocks(self, blocks: Sequence[Block]) -> str:
        return "\n".join(filter(None, map(self.write_block, blocks)))

    def write_block(self, block: Block) -> str:
        match block:
            case Paragraph(children):
                return f"<p>{self.write_inline(children)}</p>"
            case Heading(level, children):
                return f"<h{level}>{self.write_inline(children)}</h{level}>"
            case BulletList(items):
                return f"<ul>{self.write_items(items)}</ul>"
            case NumberedList(items):
                return f"<ol>{self.write_items(items)}</ol>"
            case Quote(inner):
                return f"<blockquote>{self.write_blocks(inner)}</blockquote>"
            case Separator():
                return "<hr>"
            case Picture(key):
                return write_figure(self.figures[key]) if key in self.figures else ""
            case Notes(items):
                return self.write_notes(items)
            case _:
                assert_never(block)

    def write_items(self, items: Sequence[Sequence[Inline]]) -> str:
        return "".join(f"<li>{self.write_inline(item)}</li>" for item in items)

    def write_notes(self, items: Sequence[Sequence[Inline]]) -> str:
        prefix = escape(self.note_prefix)
        language = f' lang="{escape(self.back_lang)}"' if self.back_lang else ""
        # All texts first: a note may mention another one.
        texts = [self.write_inline(item) for item in items]
        lines = []
        for number, text in enumerate(texts, 1):
            back = f' <a href="#{prefix}-ref-{number}"{language}>{escape(self.back_label)}</a>'
            back = back if number in self.mentioned else ""
            lines.append(f'<li id="{prefix}-{number}">{text}{back}</li>')
        return f'<section class="notes"><ol>{"".join(lines)}</ol></section>'

    def write_inline(self, inlines: Sequence[Inline]) -> str:
        return "".join(map(self.write_one, inlines))

    def write_one(self, inline: Inline) -> str:
        match inline:
            case Text(text):
                return escape(text)
            case LineBreak():
                return "<br>"
            case Strong(children):
                return f"<strong>{self.write_inline(children)}</strong>"
            case Emphasis(children):
                return f"<em>{self.write_inline(children)}</em>"
            case Link(href, children):
                rel = "nofollow noopener noreferrer"
                return f'<a href="{escape(href)}" rel="{rel}">{self.write_inline(children)}</a>'
            case NoteRef(number):
                return self.write_mark(number)
            case _:
                assert_never(inline)

    def write_mark(self, number: int) -> str:
        prefix = escape(self.note_prefix)
        # An id may stand once: the way back leads to the first mention.
        name = "" if number in self.mentioned else f' id="{prefix}-ref-{number}"'
        self.mentioned.add(number)
        return f'<sup><a href="#{prefix}-{number}"{name}>{number}</a></sup>'


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
    return "".join(_write_word(inline) for inline in inlines)


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
