"""A story's body as WordPress takes it: block markup, or HTML for the classic editor.

One line for each paragraph, because WordPress turns line ends into breaks. No languages on block tags: the
first edit in WordPress would nest them. Square brackets are escaped: `[gallery]` would vanish as a
shortcode.
"""

from collections.abc import Sequence
from html import escape
from typing import assert_never

from portal.story.blocks import (
    Block,
    BulletList,
    Emphasis,
    Heading,
    Inline,
    LineBreak,
    Link,
    NoteRef,
    Notes,
    NumberedList,
    Paragraph,
    Quote,
    Separator,
    Strong,
    Text,
)

_RULE = '<hr class="wp-block-separator has-alpha-channel-opacity"/>'


def to_wordpress_blocks(blocks: Sequence[Block]) -> str:
    """Return the markup of today's block editor, valid in WordPress 6.1 and later."""
    return "\n\n".join(_write_block(block) for block in blocks)


def to_classic_html(blocks: Sequence[Block]) -> str:
    """Return HTML without block comments, for sites with the classic editor."""
    return "\n\n".join(_write_classic(block) for block in blocks)


def _mark(name: str, html: str, attributes: str = "") -> str:
    opening = f"wp:{name} {attributes}" if attributes else f"wp:{name}"
    return f"<!-- {opening} -->\n{html}\n<!-- /wp:{name} -->"


def _write_block(block: Block) -> str:
    match block:
        case Paragraph(children):
            return _mark("paragraph", f"<p>{write_inline(children)}</p>")
        case Heading(level, children):
            html = f'<h{level} class="wp-block-heading">{write_inline(children)}</h{level}>'
            return _mark("heading", html, "" if level == 2 else f'{{"level":{level}}}')
        case BulletList(items):
            return _mark("list", f'<ul class="wp-block-list">{_write_items(items)}</ul>')
        case NumberedList(items) | Notes(items):
            listed = _mark(
                "list", f'<ol class="wp-block-list">{_write_items(items)}</ol>', '{"ordered":true}'
            )
            return f"{_mark('separator', _RULE)}\n\n{listed}" if isinstance(block, Notes) else listed
        case Quote(inner):
            return _mark(
                "quote", f'<blockquote class="wp-block-quote">{to_wordpress_blocks(inner)}</blockquote>'
            )
        case Separator():
            return _mark("separator", _RULE)
        case _:
            assert_never(block)


def _write_items(items: Sequence[Sequence[Inline]]) -> str:
    return "\n\n".join(_mark("list-item", f"<li>{write_inline(item)}</li>") for item in items)


def _write_classic(block: Block) -> str:
    match block:
        case Paragraph(children):
            return f"<p>{write_inline(children)}</p>"
        case Heading(level, children):
            return f"<h{level}>{write_inline(children)}</h{level}>"
        case BulletList(items):
            return f"<ul>{_write_classic_items(items)}</ul>"
        case NumberedList(items):
            return f"<ol>{_write_classic_items(items)}</ol>"
        case Notes(items):
            return f"<hr />\n\n<ol>{_write_classic_items(items)}</ol>"
        case Quote(inner):
            return f"<blockquote>{to_classic_html(inner)}</blockquote>"
        case Separator():
            return "<hr />"
        case _:
            assert_never(block)


def _write_classic_items(items: Sequence[Sequence[Inline]]) -> str:
    return "".join(f"<li>{write_inline(item)}</li>" for item in items)


def write_inline(inlines: Sequence[Inline]) -> str:
    """Return words, stress and links as HTML without line ends."""
    return "".join(map(_write_one, inlines))


def _write_one(inline: Inline) -> str:
    match inline:
        case Text(text):
            return escape(text, quote=False).replace("[", "&#91;").replace("]", "&#93;")
        case Strong(children):
            return f"<strong>{write_inline(children)}</strong>"
        case Emphasis(children):
            return f"<em>{write_inline(children)}</em>"
        case Link(href, children):
            return f'<a href="{escape(href)}">{write_inline(children)}</a>'
        case LineBreak():
            return "<br>"
        case NoteRef(number):
            return f"<sup>{number}</sup>"
        case _:
            assert_never(inline)
