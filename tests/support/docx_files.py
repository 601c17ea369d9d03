"""Word files made part by part: a text between two sentences, so that a file never is empty."""

import io
import random
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass, field

from portal.domain.documents import DroppedKind

_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_STRICT = "http://purl.oclc.org/ooxml"
_NAMESPACES = {
    "w": "http://schemas.openxmlformats.org/wordprocessingml/2006/main",
    "r": _OFFICE,
    "a": "http://schemas.openxmlformats.org/drawingml/2006/main",
    "m": "http://schemas.openxmlformats.org/officeDocument/2006/math",
}
_STRICT_NAMESPACES = {
    "w": f"{_STRICT}/wordprocessingml/main",
    "r": f"{_STRICT}/officeDocument/relationships",
    "a": f"{_STRICT}/drawingml/main",
    "m": f"{_STRICT}/officeDocument/math",
}
_FURTHER = {
    "mc": "http://schemas.openxmlformats.org/markup-compatibility/2006",
    "wps": "http://schemas.microsoft.com/office/word/2010/wordprocessingShape",
    "wpg": "http://schemas.microsoft.com/office/word/2010/wordprocessingGroup",
    "wp": "http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing",
    "dgm": "http://schemas.openxmlformats.org/drawingml/2006/diagram",
    "c": "http://schemas.openxmlformats.org/drawingml/2006/chart",
    "v": "urn:schemas-microsoft-com:vml",
    "w14": "http://schemas.microsoft.com/office/word/2010/wordml",
}
_MAIN_TYPE = "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"
BEFORE, AFTER = "Перше речення.", "Останнє речення."


@dataclass(frozen=True)
class WordCase:
    """A file, and what is kept of it between its two sentences."""

    name: str
    sent: bytes = field(repr=False)
    text: str
    hidden: tuple[str, ...] = ()
    readings: tuple[str, ...] = ()
    dropped: Mapping[DroppedKind, int] = field(default_factory=dict)

    @property
    def whole_text(self) -> str:
        """Return all that is kept."""
        return "\n\n".join(one for one in (BEFORE, self.text, AFTER) if one)


def write_run(text: str, look: str = "") -> str:
    """Return a run of text."""
    dressed = f"<w:rPr>{look}</w:rPr>" if look else ""
    return f'<w:r>{dressed}<w:t xml:space="preserve">{text}</w:t></w:r>'


def write_paragraph(*inside: str, kind: str = "") -> str:
    """Return a paragraph; a piece that is no XML is its text."""
    told = f"<w:pPr>{kind}</w:pPr>" if kind else ""
    return f"<w:p>{told}{''.join(one if one.startswith('<') else write_run(one) for one in inside)}</w:p>"


def make_word(
    body: str,
    *,
    parts: Mapping[str, str | bytes] | None = None,
    related: Mapping[str, tuple[str, str]] | None = None,
    main: str = "word/document.xml",
    prolog: str = '<?xml version="1.0" encoding="UTF-8"?>',
    encoding: str = "utf-8",
    is_strict: bool = False,
    divider: str = "/",
) -> bytes:
    """Return a file with a text between two sentences; `related`: kind and target by id.

    A target that is an address lies outside. `divider`: what stands between folders in the names of parts.
    """
    folder, _slash, name = main.rpartition("/")
    beside = f"{folder}/" if folder else ""
    names = {**(_STRICT_NAMESPACES if is_strict else _NAMESPACES), **_FURTHER}
    told = " ".join(f'xmlns:{prefix}="{space}"' for prefix, space in names.items())
    text = write_paragraph(BEFORE) + body + write_paragraph(AFTER)
    document = f"{prolog}<w:document {told}><w:body>{text}<w:sectPr/></w:body></w:document>"
    kinds = f"{_STRICT}/officeDocument/relationships" if is_strict else _OFFICE
    files: dict[str, str | bytes] = {
        "[Content_Types].xml": f'<Types xmlns="{_PACKAGE}/content-types">'
        f'<Override PartName="/{main}" ContentType="{_MAIN_TYPE}"/></Types>',
        "_rels/.rels": _relate({"d": ("officeDocument", main)}, kinds),
        main: document.encode(encoding),
        f"{beside}_rels/{name}.rels": _relate(related or {}, kinds),
    }
    for part, content in (parts or {}).items():
        if isinstance(content, str) and content.startswith("<w:"):
            content = content.replace(">", f" {told}>", 1)  # noqa: PLW2901  # told of the names it uses
        files[f"{beside}{part}"] = content
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as archive:
        for part, content in files.items():
            archive.writestr(part.replace("/", divider), content)
    return written.getvalue()


def _relate(related: Mapping[str, tuple[str, str]], kinds: str) -> str:
    rows = "".join(
        f'<Relationship Id="{key}" Type="{kinds}/{kind}" Target="{target}"'
        + (' TargetMode="External"/>' if kind == "hyperlink" else "/>")
        for key, (kind, target) in related.items()
    )
    return f'<Relationships xmlns="{_PACKAGE}/relationships">{rows}</Relationships>'


def write_old_box(text: str) -> str:
    """Return a box with text, as Word drew it before."""
    boxed = f"<v:textbox><w:txbxContent>{write_paragraph(text)}</w:txbxContent></v:textbox>"
    return f"<w:pict><v:shape>{boxed}</v:shape></w:pict>"


def write_drawing(inside: str) -> str:
    """Return a drawing in a run, with what is drawn."""
    return (
        f"<w:r><w:drawing><wp:inline><a:graphic><a:graphicData>{inside}</a:graphicData></a:graphic>"
        "</wp:inline></w:drawing></w:r>"
    )


def describe_level(number: int, kind: str, text: str, *, more: str = "") -> str:
    """Return how one level of a list is numbered."""
    return (
        f'<w:lvl w:ilvl="{number}"><w:start w:val="1"/><w:numFmt w:val="{kind}"/>'
        f'<w:lvlText w:val="{text}"/>{more}</w:lvl>'
    )


def describe_list(levels: str, *, more: str = "") -> dict[str, str]:
    """Return the part that describes one list, 1; `more`: further lists."""
    return {
        "numbering.xml": f'<w:numbering><w:abstractNum w:abstractNumId="0">{levels}</w:abstractNum>'
        f'<w:num w:numId="1"><w:abstractNumId w:val="0"/></w:num>{more}</w:numbering>'
    }


def write_item(text: str, level: int = 0, listed: int = 1, more: str = "") -> str:
    """Return a paragraph that is an item of a list."""
    place = f'<w:numPr><w:ilvl w:val="{level}"/><w:numId w:val="{listed}"/></w:numPr>'
    return write_paragraph(text, kind=more + place)


def describe_style(key: str, name: str, inside: str = "", kind: str = "paragraph") -> str:
    """Return a style by its key and the name people see."""
    return f'<w:style w:type="{kind}" w:styleId="{key}"><w:name w:val="{name}"/>{inside}</w:style>'


LIST_PART = {"n": ("numbering", "numbering.xml")}
STYLE_PART = {"s": ("styles", "styles.xml")}
DECIMAL = describe_level(0, "decimal", "%1.")


def make_long_word(pages: int) -> bytes:
    """Return a file of so many pages of about 2,700 letters, in many runs, with lists and tables between."""
    chosen = random.Random(pages)
    words = ("уночі", "світло", "зникло", "сусіди", "з", "дітьми", "вода", "скінчилася", "хліб", "принесла")
    looks = ("", "", "<w:b/>", '<w:rFonts w:ascii="Arial"/><w:sz w:val="24"/><w:lang w:val="uk-UA"/>')

    def write_words() -> str:
        return " ".join(chosen.choice(words) + chosen.choice(words)[:2] for _word in range(10)) + " "

    row = f"<w:tr>{f'<w:tc>{write_paragraph(write_run(write_words()))}</w:tc>' * 4}</w:tr>"
    pieces = []
    for number in range(pages * 5):
        pieces.append(write_paragraph(*(write_run(write_words(), looks[one % 4]) for one in range(8))))
        pieces.append(write_item(write_words()) if number % 10 == 0 else "")
        pieces.append(f"<w:tbl>{row * 5}</w:tbl>" if number % 25 == 0 else "")
    return make_word("".join(pieces), parts=describe_list(DECIMAL), related=LIST_PART)
