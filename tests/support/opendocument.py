"""What stands in a flat OpenDocument file, which is how LibreOffice says what it has read."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

_NAMES = {
    "office": "urn:oasis:names:tc:opendocument:xmlns:office:1.0",
    "text": "urn:oasis:names:tc:opendocument:xmlns:text:1.0",
    "table": "urn:oasis:names:tc:opendocument:xmlns:table:1.0",
    "style": "urn:oasis:names:tc:opendocument:xmlns:style:1.0",
    "fo": "urn:oasis:names:tc:opendocument:xmlns:xsl-fo-compatible:1.0",
    "draw": "urn:oasis:names:tc:opendocument:xmlns:drawing:1.0",
    "svg": "urn:oasis:names:tc:opendocument:xmlns:svg-compatible:1.0",
    "xlink": "http://www.w3.org/1999/xlink",
}


def _tag(name: str) -> str:
    prefix, _colon, local = name.partition(":")
    return f"{{{_NAMES[prefix]}}}{local}"


_SIGNS = {_tag("text:tab"): "\t", _tag("text:line-break"): "\n"}
_SPACE, _NOTE, _FRAME = _tag("text:s"), _tag("text:note"), _tag("draw:frame")
_PARAGRAPH, _HEADING = _tag("text:p"), _tag("text:h")


@dataclass
class OpenDocument:
    """A text document: its paragraphs by the names of their styles, and what hangs on them."""

    paragraphs: list[tuple[str, str]] = field(default_factory=list)
    """Of each its style, and `: 2` behind it where it is a heading of that level; its words."""
    notes: list[str] = field(default_factory=list)
    cells: list[str] = field(default_factory=list)
    pictures: list[str] = field(default_factory=list)
    """What is told instead of each."""
    links: list[tuple[str, str]] = field(default_factory=list)
    looks: dict[str, dict[str, str]] = field(default_factory=dict)
    """Stretches of text to how they look: attributes of their style by their names."""
    directions: dict[str, str] = field(default_factory=dict)
    """Paragraphs to the side they are written from, where their style says so."""


def read_document(path: Path) -> OpenDocument:
    """Return what stands in a text document."""
    root = ElementTree.parse(path).getroot()
    styles = {one.get(_tag("style:name"), ""): one for one in root.iter(_tag("style:style"))}
    body = next(root.iter(_tag("office:text")))
    in_cells = {one for table in body.iter(_tag("table:table")) for one in table.iter()}
    in_notes = {one for note in body.iter(_NOTE) for one in note.iter()}
    made = OpenDocument()
    for one in body.iter():
        if one.tag in {_PARAGRAPH, _HEADING}:
            words = read_words(one)
            if one in in_notes:
                made.notes.append(words)
            elif one in in_cells:
                made.cells.append(words)
            else:
                made.paragraphs.append((_name_style(one, styles), words))
                made.directions[words] = _read_look(styles[one.get(_tag("text:style-name"), "")]).get(
                    "writing-mode", ""
                )
        elif one.tag == _FRAME:
            made.pictures.append(one.findtext(_tag("svg:desc"), ""))
        elif one.tag == _tag("text:a"):
            made.links.append((one.get(_tag("xlink:href"), ""), read_words(one)))
        elif one.tag == _tag("text:span") and one.get(_tag("text:style-name"), "") in styles:
            made.looks[read_words(one)] = _read_look(styles[one.get(_tag("text:style-name"), "")])
    return made


def read_words(one: Element) -> str:
    """Return the words of an element, without its notes and without what is told of its pictures."""
    return "".join(_iter_words(one))


def _iter_words(one: Element) -> Iterator[str]:
    yield one.text or ""
    for child in one:
        if child.tag == _SPACE:
            yield " " * int(child.get(_tag("text:c"), "1"))
        elif child.tag not in {_NOTE, _FRAME}:
            yield _SIGNS.get(child.tag) or read_words(child)
        yield child.tail or ""


def _name_style(one: Element, styles: dict[str, Element]) -> str:
    name = one.get(_tag("text:style-name"), "")
    while name in styles and (above := styles[name].get(_tag("style:parent-style-name"))) is not None:
        if styles[name].get(_tag("style:display-name")) or not name.startswith("P"):
            break
        name = above
    level = f": {one.get(_tag('text:outline-level'))}" if one.tag == _HEADING else ""
    return name.replace("_20_", " ") + level


def _read_look(style: Element) -> dict[str, str]:
    return {
        name.rpartition("}")[2]: value
        for properties in style.iter()
        if properties.tag.endswith("-properties")
        for name, value in properties.items()
    }


def read_cells(path: Path) -> list[list[tuple[str, str]]]:
    """Return the rows of the first sheet: of each cell its type, empty where it holds nothing, and its words.

    A formula is of the type `formula`, whatever comes out of it.
    """
    root = ElementTree.parse(path).getroot()
    rows = []
    for row in next(root.iter(_tag("table:table"))).iter(_tag("table:table-row")):
        cells = [
            _read_cell(cell)
            for cell in row.iter(_tag("table:table-cell"))
            for _ in range(min(int(cell.get(_tag("table:number-columns-repeated"), "1")), 100))
        ]
        while cells and cells[-1] == ("", ""):
            cells.pop()
        if cells:
            rows.append(cells)
    return rows


def _read_cell(cell: Element) -> tuple[str, str]:
    kind = "formula" if cell.get(_tag("table:formula")) else cell.get(_tag("office:value-type"), "")
    value = cell.get(_tag("office:date-value")) or cell.get(_tag("office:value"))
    return kind, value or "\n".join(read_words(one) for one in cell.iter(_PARAGRAPH))
