"""A story as one WordPress post: the text, and around it what a target has no field of its own for."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from html import escape
from typing import Literal

from portal.export.record import ExportRecord
from portal.export.wordpress import mark_block, to_classic_html, to_wordpress_blocks, write_inline_html
from portal.story.blocks import Block, Emphasis, LineBreak, Link, Notes, Paragraph, Strong, Text, add_pictures

PostMarkup = Literal["blocks", "classic"]


@dataclass(frozen=True)
class PostLayout:
    """The layout a target wants of a post's text: in which markup, and what stands in it besides the story.

    Photos that nobody has put into the text follow it, before its notes.
    """

    markup: PostMarkup = "blocks"
    has_dek: bool = False
    has_warning: bool = True
    has_bio: bool = False
    has_licence: bool = False
    has_other_pictures: bool = True


SHEET_BLOCKS = PostLayout()
SHEET_CLASSIC = PostLayout("classic")
WHOLE_POST = PostLayout("classic", has_dek=True, has_bio=True, has_licence=True)
"""Everything a reader sees of the story but its title."""
_NO_SOURCES: Mapping[str, str] = {}


def write_post(
    record: ExportRecord,
    layout: PostLayout,
    *,
    sources: Mapping[str, str] = _NO_SOURCES,
    note_prefix: str = "",
) -> str:
    """Return the text of the post.

    `sources` has the address of each photo by its file; without one the file stands there, as a placeholder.
    `note_prefix` begins the ids of notes.
    """
    licence = record.licence.name
    figures = {one.key: one.show(licence, sources.get(one.file, "")) for one in record.pictures}
    write = to_classic_html if layout.markup == "classic" else to_wordpress_blocks
    written = write(compose_post(record, layout), figures=figures, note_prefix=note_prefix)
    if not layout.has_licence:
        return written
    line = f"<p>{licence_line(record)}</p>"
    return f"{written}\n\n{line if layout.markup == 'classic' else mark_block('paragraph', line)}"


def compose_post(record: ExportRecord, layout: PostLayout) -> tuple[Block, ...]:
    """Return the blocks of the post; the licence line is none, as its link says what it is."""
    keys = [one.key for one in record.pictures] if layout.has_other_pictures else []
    body = add_pictures(record.body, keys)
    notes = tuple(block for block in body if isinstance(block, Notes))
    text = body[: len(body) - len(notes)]
    bio = _read_lines(record.bio) if layout.has_bio else ()
    return (*_begin(record, layout), *text, *bio, *notes)


def _begin(record: ExportRecord, layout: PostLayout) -> Iterator[Block]:
    if layout.has_warning and record.content_warning:
        yield Paragraph((Strong((_one_line(record.content_warning),)),))
    if layout.has_dek and record.dek:
        yield Paragraph((Emphasis((_one_line(record.dek),)),))


def _read_lines(typed: str) -> tuple[Block, ...]:
    """Return a text without marks as one paragraph."""
    lines = [" ".join(line.split()) for line in typed.splitlines()]
    inlines = [part for line in lines if line for part in (LineBreak(), Text(line))]
    return (Paragraph(tuple(inlines[1:])),) if inlines else ()


def _one_line(typed: str) -> Text:
    return Text(" ".join(typed.split()))


def licence_paragraph(record: ExportRecord) -> Paragraph:
    """Return the attribution as a block, for writers to whom all links are alike."""
    named = " · ".join(part for part in (record.title, record.byline) if part)
    return Paragraph((Text(f"{named} · "), Link(record.licence.uri, (Text(record.licence.name),))))


def licence_line(record: ExportRecord) -> str:
    """Return the attribution as HTML whose link says that it is the licence."""
    named = (record.title, record.byline)
    parts = [write_inline_html((Text(part),)) for part in named if part]
    name = write_inline_html((Text(record.licence.name),))
    link = f'<a rel="license" href="{escape(record.licence.uri)}">{name}</a>'
    return " · ".join([*parts, link])
