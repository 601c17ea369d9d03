"""A story's body as WordPress takes it: block markup, or HTML for the classic editor.

One line for each paragraph, because WordPress turns line ends into breaks. No languages on block tags: the
first edit in WordPress would nest them. Square brackets are escaped: `[gallery]` would vanish as a
shortcode. Photos name no number of a site's media: on another site it would be another picture. Notes and
their mentions lead to each other by ids on links, which every version keeps; one on an item would make the
block invalid before 6.6.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from html import escape
from typing import assert_never

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
)
from portal.wordpress.markup import protect_references

_RULE = '<hr class="wp-block-separator has-alpha-channel-opacity"/>'
_BACK = "↑"
"""Leads from a note to its mention. The usual bent arrow is an emoji, which WordPress makes a picture of."""


def to_wordpress_blocks(
    blocks: Sequence[Block], *, figures: Figures = NO_FIGURES, note_prefix: str = ""
) -> str:
    """Return the markup of today's block editor, valid in WordPress 6.1 and later.

    `figures` are the photos that are shown, `note_prefix` begins the ids of notes: it differs for each story
    on a page.
    """
    return protect_references(_BlockMarkup(figures, note_prefix).write_all(blocks))


def to_classic_html(blocks: Sequence[Block], *, figures: Figures = NO_FIGURES, note_prefix: str = "") -> str:
    """Return HTML without block comments, for sites with the classic editor; given the same."""
    return protect_references(_ClassicMarkup(figures, note_prefix).write_all(blocks))


def mark_block(name: str, html: str, attributes: str = "") -> str:
    """Return HTML as a block of this name."""
    opening = f"wp:{name} {attributes}" if attributes else f"wp:{name}"
    return f"<!-- {opening} -->\n{html}\n<!-- /wp:{name} -->"


def write_inline(inlines: Sequence[Inline]) -> str:
    """Return words, stress and links as HTML without line ends."""
    return protect_references(_Markup().write_inline(inlines))


@dataclass
class _Markup:
    """What both forms of a post share: everything that stands inside a block."""

    figures: Figures = field(default_factory=dict)
    note_prefix: str = ""
    mentioned: set[int] = field(default_factory=set)

    def write_all(self, blocks: Sequence[Block]) -> str:
        return "\n\n".join(filter(None, map(self.write_block, blocks)))

    def write_block(self, block: Block) -> str:
        raise NotImplementedError

    def write_inline(self, inlines: Sequence[Inline]) -> str:
        return "".join(map(self.write_one, inlines))

    def write_one(self, inline: Inline) -> str:
        match inline:
            case Text(text):
                return _escape(text)
            case LineBreak():
                return "<br>"
            case Strong(children):
                return f"<strong>{self.write_inline(children)}</strong>"
            case Emphasis(children):
                return f"<em>{self.write_inline(children)}</em>"
            case Link(href, children):
                return f'<a href="{escape(href)}">{self.write_inline(children)}</a>'
            case NoteRef(number):
                return self.write_mention(number)
            case _:
                assert_never(inline)

    def write_mention(self, number: int) -> str:
        # An id may stand once: the way back leads to the first mention.
        name = "" if number in self.mentioned else f' id="{self.note_prefix}ref-{number}"'
        self.mentioned.add(number)
        return f'<sup><a href="#{self.note_prefix}note-{number}"{name}>{number}</a></sup>'

    def write_notes(self, items: Sequence[Sequence[Inline]]) -> list[str]:
        # All texts first: a note may mention another one.
        texts = [self.write_inline(item) for item in items]
        return [self.name_note(number) + text for number, text in enumerate(texts, 1)]

    def name_note(self, number: int) -> str:
        if number not in self.mentioned:
            return ""
        prefix = self.note_prefix
        return f'<a href="#{prefix}ref-{number}" id="{prefix}note-{number}">{_BACK}</a> '


class _BlockMarkup(_Markup):
    def write_block(self, block: Block) -> str:
        match block:
            case Paragraph(children):
                return mark_block("paragraph", f"<p>{self.write_inline(children)}</p>")
            case Heading(level, children):
                html = f'<h{level} class="wp-block-heading">{self.write_inline(children)}</h{level}>'
                return mark_block("heading", html, "" if level == 2 else f'{{"level":{level}}}')
            case BulletList(items):
                listed = _list_items(map(self.write_inline, items))
                return mark_block("list", f'<ul class="wp-block-list">{listed}</ul>')
            case NumberedList(items):
                return _number_items(map(self.write_inline, items))
            case Notes(items):
                return f"{mark_block('separator', _RULE)}\n\n{_number_items(self.write_notes(items))}"
            case Quote(inner):
                quoted = self.write_all(inner)
                return mark_block("quote", f'<blockquote class="wp-block-quote">{quoted}</blockquote>')
            case Separator():
                return mark_block("separator", _RULE)
            case Picture(key):
                return _write_image(self.figures[key]) if key in self.figures else ""
            case _:
                assert_never(block)


def _list_items(items: Iterable[str]) -> str:
    return "\n\n".join(mark_block("list-item", f"<li>{item}</li>") for item in items)


def _number_items(items: Iterable[str]) -> str:
    return mark_block("list", f'<ol class="wp-block-list">{_list_items(items)}</ol>', '{"ordered":true}')


def _write_image(figure: Figure) -> str:
    caption = _escape_line(figure.caption)
    below = f'<figcaption class="wp-element-caption">{caption}</figcaption>' if caption else ""
    html = f'<figure class="wp-block-image size-large">{_write_source(figure)}{below}</figure>'
    return mark_block("image", html, '{"sizeSlug":"large"}')


class _ClassicMarkup(_Markup):
    def write_block(self, block: Block) -> str:
        match block:
            case Paragraph(children):
                return f"<p>{self.write_inline(children)}</p>"
            case Heading(level, children):
                return f"<h{level}>{self.write_inline(children)}</h{level}>"
            case BulletList(items):
                return f"<ul>{_tag_items(map(self.write_inline, items))}</ul>"
            case NumberedList(items):
                return f"<ol>{_tag_items(map(self.write_inline, items))}</ol>"
            case Notes(items):
                return f"<hr />\n\n<ol>{_tag_items(self.write_notes(items))}</ol>"
            case Quote(inner):
                return f"<blockquote>{self.write_all(inner)}</blockquote>"
            case Separator():
                return "<hr />"
            case Picture(key):
                return _write_classic_image(self.figures[key]) if key in self.figures else ""
            case _:
                assert_never(block)


def _tag_items(items: Iterable[str]) -> str:
    return "".join(f"<li>{item}</li>" for item in items)


def _write_classic_image(figure: Figure) -> str:
    below = f"<figcaption>{_escape_line(figure.caption)}</figcaption>" if figure.caption else ""
    return f"<figure>{_write_source(figure)}{below}</figure>"


def _write_source(figure: Figure) -> str:
    return f'<img src="{escape(figure.src)}" alt="{_escape_line(figure.alt, quote=True)}"/>'


def _escape_line(words: str, *, quote: bool = False) -> str:
    """Escape words of a photo, on one line: an end of a line would become a break."""
    return _escape(" ".join(words.splitlines()), quote=quote)


def _escape(text: str, *, quote: bool = False) -> str:
    return escape(text, quote=quote).replace("[", "&#91;").replace("]", "&#93;")
