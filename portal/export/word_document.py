"""A story as the paragraphs of a Word document: styles that Word has under these names, real footnotes.

Headings keep their levels: the title of the story is the `Title`, and what was `##` is `Heading 2`, which
becomes h2 wherever the text is pasted.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from html import escape
from typing import assert_never

from portal.domain.languages import direction_of
from portal.export.word_runs import RunStyle, clean_xml, write_run, write_runs
from portal.story.blocks import (
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

W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
_NAMESPACES = (
    f'xmlns:w="{W}" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"'
    ' xmlns:wp="http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing"'
    ' xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main"'
    ' xmlns:pic="http://schemas.openxmlformats.org/drawingml/2006/picture"'
)
XML_HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_BULLETS, _FIRST_NUMBERED = 1, 2
_EMU_PER_PIXEL = 9525
_TEXT_WIDTH, _TEXT_HEIGHT = 5_731_510, 7_200_000
"""In EMU: an A4 page less margins of an inch, and of its height what leaves room for a caption."""
_QUOTE_INDENT = 567
_LEVELS = 9
"""Of lists, as many as Word has."""
_LINE = '<w:pBdr><w:bottom w:val="single" w:sz="6" w:space="1" w:color="auto"/></w:pBdr>'

Relate = Callable[[str], str]
"""Gives the id under which a part knows an address."""


@dataclass
class WordStory:
    """The text of a document under way; `relate` is asked for links, `relate_notes` for those in notes."""

    lang: str
    figures: Figures
    relate: Relate
    relate_notes: Relate
    embed: Callable[[Figure], str]
    """Gives the id under which the document knows a photo."""
    notes: Mapping[int, Sequence[Inline]] = field(default_factory=dict)
    paragraphs: list[str] = field(default_factory=list)
    footnotes: list[str] = field(default_factory=list)
    numbered_lists: int = 0
    pictures: int = 0
    mentioned: dict[int, int] = field(default_factory=dict)
    """Notes by their numbers to the ids of their footnotes."""

    @property
    def style(self) -> RunStyle:
        """Return how words look that nothing is said of."""
        return RunStyle(self.lang)

    def add(self, content: str, style: str = "", *, lang: str = "", more: str = "", indent: str = "") -> None:
        """Add a paragraph of runs."""
        self.paragraphs.append(
            write_paragraph(content, style, lang=lang or self.lang, more=more, indent=indent)
        )

    def add_words(self, text: str, style: str = "", *, is_strong: bool = False) -> None:
        """Add a paragraph for each line of a text without marks."""
        look = self.style.stronger() if is_strong else self.style
        for line in filter(None, (line.strip() for line in text.split("\n"))):
            self.add(write_runs(line, look), style)

    def add_blocks(self, blocks: Sequence[Block]) -> None:
        """Add the text; notes that nothing leads to stand at its end."""
        self.notes = {
            number: note
            for block in blocks
            if isinstance(block, Notes)
            for number, note in enumerate(block.items, 1)
        }
        self._add_blocks(blocks, depth=0)
        for number, note in self.notes.items():
            if number not in self.mentioned:
                self.add(
                    write_runs(f"[{number}] ", self.style) + self._write(note, self.style), "FootnoteText"
                )

    def _add_blocks(self, blocks: Sequence[Block], depth: int) -> None:
        for block in blocks:
            self._add_block(block, depth)

    def _add_block(self, block: Block, depth: int) -> None:
        match block:
            case Paragraph(children):
                self.add(self._write(children, self.style), "Quote" if depth else "", indent=_indent(depth))
            case Heading(level, children):
                self.add(self._write(children, self.style), f"Heading{level}")
            case BulletList(items):
                self._add_items(items, "ListBullet", _BULLETS, depth)
            case NumberedList(items):
                self.numbered_lists += 1
                self._add_items(items, "ListNumber", _FIRST_NUMBERED - 1 + self.numbered_lists, depth)
            case Quote(inner):
                self._add_blocks(inner, depth + 1)
            case Separator():
                self.add("", more=_LINE)
            case Picture(key):
                if key in self.figures:
                    self._add_figure(self.figures[key])
            case Notes():
                pass
            case _:
                assert_never(block)

    def _add_items(self, items: Sequence[Sequence[Inline]], style: str, number: int, depth: int) -> None:
        listed = f'<w:numPr><w:ilvl w:val="{min(depth, _LEVELS - 1)}"/><w:numId w:val="{number}"/></w:numPr>'
        for item in items:
            self.add(self._write(item, self.style), style, more=listed)

    def _add_figure(self, figure: Figure) -> None:
        self.pictures += 1
        lang = figure.lang or self.lang
        drawing = _write_drawing(figure, self.embed(figure), self.pictures)
        self.add(write_run(drawing, RunStyle(lang)), more="<w:keepNext/>" if figure.caption else "")
        if figure.caption:
            self.add(write_runs(figure.caption, RunStyle(lang)), "Caption", lang=lang)

    def _write(self, inlines: Sequence[Inline], style: RunStyle, *, in_note: bool = False) -> str:
        return "".join(self._write_one(one, style, in_note=in_note) for one in inlines)

    def _write_one(self, inline: Inline, style: RunStyle, *, in_note: bool) -> str:
        match inline:
            case Text(text):
                return write_runs(text, style)
            case Strong(children):
                return self._write(children, style.stronger(), in_note=in_note)
            case Emphasis(children):
                return self._write(children, style.stressed(), in_note=in_note)
            case Link(href, children):
                relate = self.relate_notes if in_note else self.relate
                words = self._write(children, style.named("Hyperlink"), in_note=in_note)
                return f'<w:hyperlink r:id="{relate(href)}">{words}</w:hyperlink>'
            case LineBreak():
                return write_run("<w:br/>", style)
            case NoteRef(number):
                return self._write_mark(number, style, in_note=in_note)
            case _:
                assert_never(inline)

    def _write_mark(self, number: int, style: RunStyle, *, in_note: bool) -> str:
        """Write the mark of a note. In Word each footnote is mentioned once, and none in a footnote."""
        if number in self.mentioned:
            said = RunStyle(style.lang, is_raised=True)
            field = f" NOTEREF _Note{number} \\h "
            return f'<w:fldSimple w:instr="{field}">{write_runs(str(number), said)}</w:fldSimple>'
        if in_note or number not in self.notes:
            return write_runs(f"[{number}]", RunStyle(style.lang, is_raised=True))
        self.mentioned[number] = len(self.mentioned) + 1
        self._add_footnote(self.mentioned[number], self.notes[number])
        mark = write_run(
            f'<w:footnoteReference w:id="{self.mentioned[number]}"/>', style.named("FootnoteReference")
        )
        place = f'w:id="{number}"'
        return f'<w:bookmarkStart {place} w:name="_Note{number}"/>{mark}<w:bookmarkEnd {place}/>'

    def _add_footnote(self, number: int, note: Sequence[Inline]) -> None:
        mark = write_run("<w:footnoteRef/>", self.style.named("FootnoteReference"))
        words = self._write(note, self.style, in_note=True)
        written = write_paragraph(mark + write_runs(" ", self.style) + words, "FootnoteText", lang=self.lang)
        self.footnotes.append(f'<w:footnote w:id="{number}">{written}</w:footnote>')

    def write_document(self) -> bytes:
        """Return the part with the text."""
        page = (
            '<w:sectPr><w:pgSz w:w="11906" w:h="16838"/>'
            '<w:pgMar w:top="1440" w:right="1440" w:bottom="1440" w:left="1440" w:header="708"'
            ' w:footer="708" w:gutter="0"/></w:sectPr>'
        )
        body = "".join(self.paragraphs)
        return f"{XML_HEAD}<w:document {_NAMESPACES}><w:body>{body}{page}</w:body></w:document>".encode()

    def write_footnotes(self) -> bytes:
        """Return the part with the footnotes, and the lines that part them from the text."""
        lines = "".join(
            f'<w:footnote w:type="{kind}" w:id="{number}"><w:p><w:r><w:{mark}/></w:r></w:p></w:footnote>'
            for kind, number, mark in (
                ("separator", -1, "separator"),
                ("continuationSeparator", 0, "continuationSeparator"),
            )
        )
        return f"{XML_HEAD}<w:footnotes {_NAMESPACES}>{lines}{''.join(self.footnotes)}</w:footnotes>".encode()

    def write_numbering(self) -> bytes:
        """Return the part with the lists: each numbered one begins with 1."""
        bullets = _write_levels(0, "bullet", lambda _level: "•")
        numbers = _write_levels(1, "decimal", lambda level: f"%{level + 1}.")
        lists = f'<w:num w:numId="{_BULLETS}"><w:abstractNumId w:val="0"/></w:num>' + "".join(
            f'<w:num w:numId="{number}"><w:abstractNumId w:val="1"/>{"".join(_restart())}</w:num>'
            for number in range(_FIRST_NUMBERED, _FIRST_NUMBERED + max(1, self.numbered_lists))
        )
        return f"{XML_HEAD}<w:numbering {_NAMESPACES}>{bullets}{numbers}{lists}</w:numbering>".encode()


def write_paragraph(content: str, style: str = "", *, lang: str, more: str = "", indent: str = "") -> str:
    """Return a paragraph of runs; `more` and `indent` are properties of it."""
    named = f'<w:pStyle w:val="{style}"/>' if style else ""
    turned = "<w:bidi/>" if direction_of(lang) == "rtl" else ""
    properties = f"{named}{more}{turned}{indent}"
    return f"<w:p><w:pPr>{properties}</w:pPr>{content}</w:p>" if properties else f"<w:p>{content}</w:p>"


def _indent(depth: int) -> str:
    if depth < 2:  # the first one is that of the style
        return ""
    return f'<w:ind w:left="{depth * _QUOTE_INDENT}" w:right="{_QUOTE_INDENT}"/>'


def _write_levels(number: int, kind: str, sign: Callable[[int], str]) -> str:
    levels = "".join(
        f'<w:lvl w:ilvl="{level}"><w:start w:val="1"/><w:numFmt w:val="{kind}"/>'
        f'<w:lvlText w:val="{sign(level)}"/><w:lvlJc w:val="left"/>'
        f'<w:pPr><w:ind w:left="{720 + level * _QUOTE_INDENT}" w:hanging="360"/></w:pPr></w:lvl>'
        for level in range(_LEVELS)
    )
    many = '<w:multiLevelType w:val="multilevel"/>'
    return f'<w:abstractNum w:abstractNumId="{number}">{many}{levels}</w:abstractNum>'


def _restart() -> Iterator[str]:
    for level in range(_LEVELS):
        yield f'<w:lvlOverride w:ilvl="{level}"><w:startOverride w:val="1"/></w:lvlOverride>'


def _write_drawing(figure: Figure, relation: str, number: int) -> str:
    width, height = _fit(figure.width, figure.height)
    alt = clean_xml(figure.alt)
    name = f"Photo {number}"
    return (
        '<w:drawing><wp:inline distT="0" distB="0" distL="0" distR="0">'
        f'<wp:extent cx="{width}" cy="{height}"/>'
        f'<wp:docPr id="{number}" name="{name}" descr="{alt}"/>'
        '<wp:cNvGraphicFramePr><a:graphicFrameLocks noChangeAspect="1"/></wp:cNvGraphicFramePr>'
        '<a:graphic><a:graphicData uri="http://schemas.openxmlformats.org/drawingml/2006/picture"><pic:pic>'
        f'<pic:nvPicPr><pic:cNvPr id="{number}" name="{name}" descr="{alt}"/><pic:cNvPicPr/></pic:nvPicPr>'
        f'<pic:blipFill><a:blip r:embed="{escape(relation)}"/>'
        "<a:stretch><a:fillRect/></a:stretch></pic:blipFill>"
        f'<pic:spPr><a:xfrm><a:off x="0" y="0"/><a:ext cx="{width}" cy="{height}"/></a:xfrm>'
        '<a:prstGeom prst="rect"><a:avLst/></a:prstGeom></pic:spPr>'
        "</pic:pic></a:graphicData></a:graphic></wp:inline></w:drawing>"
    )


def _fit(width: int, height: int) -> tuple[int, int]:
    """Return the size of a photo on the page, in EMU: its own, or smaller so that it fits."""
    wide, high = max(width, 1) * _EMU_PER_PIXEL, max(height, 1) * _EMU_PER_PIXEL
    share = min(1, _TEXT_WIDTH / wide, _TEXT_HEIGHT / high)
    return max(1, int(wide * share)), max(1, int(high * share))
