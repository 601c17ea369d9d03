"""The closed list of blocks a story is made of.

Every reader and every export format is written against these classes, so a new kind of block is a
change of type that the type checker follows everywhere.

Inlines are canonical, as `portal.story.inline_runs.build_tree` makes them, and writers rely on it: no two
equal neighbours, no style inside itself, no blank space at the edge of a style.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

HeadingLevel = Literal[2, 3, 4]


@dataclass(frozen=True, slots=True)
class Text:
    """Characters as typed; never holds a line break."""

    text: str


@dataclass(frozen=True, slots=True)
class Strong:
    """Strongly stressed words."""

    children: tuple[Inline, ...]


@dataclass(frozen=True, slots=True)
class Emphasis:
    """Stressed words."""

    children: tuple[Inline, ...]


@dataclass(frozen=True, slots=True)
class Link:
    """Words that lead to an address: http, https or mailto, percent-encoded."""

    href: str
    children: tuple[Inline, ...]


@dataclass(frozen=True, slots=True)
class LineBreak:
    """A new line inside a paragraph."""


@dataclass(frozen=True, slots=True)
class NoteRef:
    """A mark that leads to the note of this number, counted from 1."""

    number: int


Inline = Text | Strong | Emphasis | Link | LineBreak | NoteRef


@dataclass(frozen=True, slots=True)
class Paragraph:
    """One paragraph."""

    children: tuple[Inline, ...]


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading inside the story; level 1 belongs to the story's title."""

    level: HeadingLevel
    children: tuple[Inline, ...]


@dataclass(frozen=True, slots=True)
class BulletList:
    """A list without numbers."""

    items: tuple[tuple[Inline, ...], ...]


@dataclass(frozen=True, slots=True)
class NumberedList:
    """A list numbered 1, 2, 3 ...: no other numbers occur."""

    items: tuple[tuple[Inline, ...], ...]


@dataclass(frozen=True, slots=True)
class Quote:
    """Quoted blocks."""

    blocks: tuple[Block, ...]


@dataclass(frozen=True, slots=True)
class Separator:
    """A break between two parts of a story."""


@dataclass(frozen=True, slots=True)
class Picture:
    """A photo of the story, by its key; what it is and shows its writer is told as a `Figure`."""

    key: str


@dataclass(frozen=True, slots=True)
class Figure:
    """A photo as a writer shows it: where its file is, and the words with it. Sizes in pixels, 0 unknown."""

    src: str
    alt: str
    caption: str
    """The line under it: caption, credit and licence."""
    lang: str = ""
    width: int = 0
    height: int = 0


Figures = Mapping[str, Figure]
"""By the key of the photo; of one that is not among them a writer shows nothing."""
NO_FIGURES: Figures = {}


@dataclass(frozen=True, slots=True)
class Notes:
    """The notes of the story, note 1 first; stands last, at most once."""

    items: tuple[tuple[Inline, ...], ...]


Block = Paragraph | Heading | BulletList | NumberedList | Quote | Separator | Picture | Notes


def list_pictures(blocks: Sequence[Block]) -> tuple[str, ...]:
    """List the keys of the photos that stand in a text, in their order."""
    return tuple(block.key for block in blocks if isinstance(block, Picture))


def add_pictures(blocks: Sequence[Block], keys: Iterable[str]) -> tuple[Block, ...]:
    """Put those of these photos that do not stand in a text behind it, before its notes."""
    placed = list_pictures(blocks)
    notes = tuple(block for block in blocks if isinstance(block, Notes))
    text = tuple(block for block in blocks if not isinstance(block, Notes))
    return (*text, *(Picture(key) for key in keys if key not in placed), *notes)


def plain_inline(inlines: Sequence[Inline]) -> str:
    """Give the words of some inlines, a line break as LF; note marks say nothing."""
    return "".join(_iter_words(inlines))


def _iter_words(inlines: Sequence[Inline]) -> Iterator[str]:
    for inline in inlines:
        match inline:
            case Text(text):
                yield text
            case LineBreak():
                yield "\n"
            case Strong(children) | Emphasis(children) | Link(_, children):
                yield from _iter_words(children)
            case NoteRef():
                continue


def paragraphs(blocks: Sequence[Block]) -> tuple[str, ...]:
    """List the words of each paragraph, heading, list item and note, in reading order."""
    return tuple(_iter_paragraphs(blocks))


def _iter_paragraphs(blocks: Sequence[Block]) -> Iterator[str]:
    for block in blocks:
        match block:
            case Paragraph(children) | Heading(_, children):
                yield plain_inline(children)
            case BulletList(items) | NumberedList(items) | Notes(items):
                for item in items:
                    yield plain_inline(item)
            case Quote(inner):
                yield from _iter_paragraphs(inner)
            case Separator() | Picture():
                continue
