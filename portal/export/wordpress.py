"""A story's body as WordPress takes it: block markup, or HTML for the classic editor.

One line for each paragraph, because WordPress turns line ends into breaks. No languages on block tags: the
first edit in WordPress would nest them. Square brackets are escaped: `[gallery]` would vanish as a
shortcode. Photos name no number of a site's media: on another site it would be another picture. Notes and
their mentions lead to each other by ids on links, which every version keeps; one on an item would make the
block invalid before 6.6.
"""

from collections.abc import Sequence
from html import escape

from portal.story.blocks import NO_FIGURES, Block, Figure, Figures, HeadingLevel, Inline
from portal.story.html import HtmlWriter
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
    return protect_references(_BlockEditorWriter(figures, note_prefix).write_blocks(blocks))


def to_classic_html(blocks: Sequence[Block], *, figures: Figures = NO_FIGURES, note_prefix: str = "") -> str:
    """Return HTML without block comments, for sites with the classic editor; given the same."""
    return protect_references(_ClassicWriter(figures, note_prefix).write_blocks(blocks))


def mark_block(name: str, html: str, attributes: str = "") -> str:
    """Return HTML as a block of this name; `attributes` are JSON after a blank."""
    return f"<!-- wp:{name}{attributes} -->\n{html}\n<!-- /wp:{name} -->"


def write_inline_html(inlines: Sequence[Inline]) -> str:
    """Return words, stress and links as HTML without line ends."""
    return protect_references(_ClassicWriter(NO_FIGURES, "").write_inlines(inlines))


def _escape(text: str, *, quote: bool = False) -> str:
    return escape(text, quote=quote).replace("[", "&#91;").replace("]", "&#93;")


class _PostWriter(HtmlWriter):
    """What both forms of a post share: no brackets, and notes that name themselves by links."""

    gap = "\n\n"

    def __init__(self, figures: Figures, note_prefix: str) -> None:
        super().__init__(figures, note_prefix, _escape)

    def write_notes(self, items: Sequence[str]) -> str:
        numbered = [self.name_note(number) + words for number, words in enumerate(items, 1)]
        return f"{self.write_separator()}\n\n{self.write_numbers(numbered)}"

    def name_note(self, number: int) -> str:
        if number not in self.mentioned:
            return ""
        return f'<a href="#{self.mention_id(number)}" id="{self.note_id(number)}">{_BACK}</a> '


class _ClassicWriter(_PostWriter):
    def write_separator(self) -> str:
        return "<hr />"

    def write_figure(self, figure: Figure) -> str:
        below = f"<figcaption>{_escape_line(figure.caption)}</figcaption>" if figure.caption else ""
        return f"<figure>{_write_source(figure)}{below}</figure>"


class _BlockEditorWriter(_PostWriter):
    def write_paragraph(self, words: str) -> str:
        return mark_block("paragraph", f"<p>{words}</p>")

    def write_heading(self, level: HeadingLevel, words: str) -> str:
        html = f'<h{level} class="wp-block-heading">{words}</h{level}>'
        return mark_block("heading", html, "" if level == 2 else f' {{"level":{level}}}')

    def write_bullets(self, items: Sequence[str]) -> str:
        return mark_block("list", f'<ul class="wp-block-list">{_mark_items(items)}</ul>')

    def write_numbers(self, items: Sequence[str]) -> str:
        html = f'<ol class="wp-block-list">{_mark_items(items)}</ol>'
        return mark_block("list", html, ' {"ordered":true}')

    def write_quote(self, blocks: str) -> str:
        return mark_block("quote", f'<blockquote class="wp-block-quote">{blocks}</blockquote>')

    def write_separator(self) -> str:
        return mark_block("separator", _RULE)

    def write_figure(self, figure: Figure) -> str:
        caption = _escape_line(figure.caption)
        below = f'<figcaption class="wp-element-caption">{caption}</figcaption>' if caption else ""
        html = f'<figure class="wp-block-image size-large">{_write_source(figure)}{below}</figure>'
        return mark_block("image", html, ' {"sizeSlug":"large"}')


def _mark_items(items: Sequence[str]) -> str:
    return "\n\n".join(mark_block("list-item", f"<li>{item}</li>") for item in items)


def _write_source(figure: Figure) -> str:
    return f'<img src="{escape(figure.src)}" alt="{_escape_line(figure.alt, quote=True)}"/>'


def _escape_line(words: str, *, quote: bool = False) -> str:
    """Escape words of a photo, on one line: an end of a line would become a break."""
    return _escape(" ".join(words.splitlines()), quote=quote)
