"""Documents to test with: each says what it can in every way, with a canary wherever nobody looks."""

import io
import zipfile
from collections.abc import Mapping

import pypdfium2
from odfdo import Annotation, Document, Header, Link, List, Note, Paragraph, Style, Table

from tests.support.photos import CANARY, make_telling_jpeg

_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_TYPES = {
    "document": "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml",
    "numbering": "application/vnd.openxmlformats-officedocument.wordprocessingml.numbering+xml",
    "styles": "application/vnd.openxmlformats-officedocument.wordprocessingml.styles+xml",
    "footnotes": "application/vnd.openxmlformats-officedocument.wordprocessingml.footnotes+xml",
    "comments": "application/vnd.openxmlformats-officedocument.wordprocessingml.comments+xml",
    "header": "application/vnd.openxmlformats-officedocument.wordprocessingml.header+xml",
}
_NAMESPACES = (
    'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
    f' xmlns:r="{_OFFICE}"'
    ' xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main"'
    ' xmlns:wp="http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing"'
    ' xmlns:pic="http://schemas.openxmlformats.org/drawingml/2006/picture"'
)


def write_run(text: str, look: str = "") -> str:
    """Return a run of a Word document."""
    dressed = f"<w:rPr>{look}</w:rPr>" if look else ""
    return f'<w:r>{dressed}<w:t xml:space="preserve">{text}</w:t></w:r>'


def write_paragraph(*runs: str, kind: str = "") -> str:
    """Return a paragraph of a Word document."""
    told = f"<w:pPr>{kind}</w:pPr>" if kind else ""
    return f'<w:p w:rsidR="{CANARY}">{told}{"".join(runs)}</w:p>'


_NUMBERING = (
    '<w:abstractNum w:abstractNumId="0"><w:lvl w:ilvl="0"><w:numFmt w:val="bullet"/></w:lvl></w:abstractNum>'
    '<w:num w:numId="1"><w:abstractNumId w:val="0"/></w:num>'
)
_LISTED = '<w:numPr><w:ilvl w:val="0"/><w:numId w:val="1"/></w:numPr>'
DRAWING = (
    "<w:r><w:drawing><wp:inline><a:graphic><a:graphicData><pic:pic><pic:blipFill>"
    '<a:blip r:embed="picture"/>'
    "</pic:blipFill></pic:pic></a:graphicData></a:graphic></wp:inline></w:drawing></w:r>"
)
_TABLE = (
    f"<w:tbl><w:tr><w:tc>{write_paragraph(write_run('день'))}</w:tc>"
    f"<w:tc>{write_paragraph(write_run('ніч'))}</w:tc></w:tr></w:tbl>"
)
WORD_BODY = "".join(
    (
        write_paragraph(write_run("Підвал"), kind='<w:pStyle w:val="Heading1"/>'),
        write_paragraph(
            write_run("Ми "),
            write_run("були", "<w:b/>"),
            write_run(" "),
            write_run("разом", "<w:i/>"),
            write_run("."),
            '<w:r><w:footnoteReference w:id="2"/></w:r>',
            '<w:commentRangeStart w:id="1"/><w:r><w:commentReference w:id="1"/></w:r>',
        ),
        write_paragraph(write_run("他說"), write_run("「家」", "<w:b/>"), write_run("的。")),
        write_paragraph(write_run("Тихо."), kind='<w:pStyle w:val="Quote"/>'),
        write_paragraph(write_run("вода"), kind=_LISTED),
        write_paragraph(write_run("хліб"), kind=_LISTED),
        write_paragraph(
            f'<w:hyperlink r:id="web">{write_run("карта")}</w:hyperlink>',
            write_run(" і "),
            f'<w:hyperlink r:id="script">{write_run("інше")}</w:hyperlink>',
        ),
        write_paragraph(
            f'<w:ins w:id="5" w:author="{CANARY}" w:date="2026-01-01T00:00:00Z">{write_run("нове")}</w:ins>',
            f'<w:del w:id="6" w:author="{CANARY}"><w:r><w:delText>{CANARY}</w:delText></w:r></w:del>',
        ),
        write_paragraph(write_run("червоне", '<w:color w:val="FF0000"/>')),
        _TABLE,
        write_paragraph(DRAWING),
    )
)
WORD_TEXT = """## Підвал

Ми **були** *разом*.[^1]

他說**「家」**的。

> Тихо.

- вода
- хліб

[карта](https://example.org/%D1%97) і інше

нове

червоне

день

ніч

[^1]: Це була школа."""


def make_word(
    body: str = WORD_BODY, *, web: str = "https://example.org/ї", further: Mapping[str, bytes] | None = None
) -> bytes:
    """Return a DOCX with headings, lists, notes and, wherever there is a place for it, the canary."""
    overrides = "".join(
        f'<Override PartName="/word/{name}.xml" ContentType="{kind}"/>' for name, kind in _TYPES.items()
    )
    defaults = (
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        '<Default Extension="xml" ContentType="application/xml"/>'
    )
    types = f'<Types xmlns="{_PACKAGE}/content-types">{defaults}{overrides}</Types>'
    parts: dict[str, str | bytes] = {
        "[Content_Types].xml": types,
        "_rels/.rels": _relate({"d": ("officeDocument", "word/document.xml", "")}),
        "docProps/core.xml": f"<coreProperties>{CANARY}</coreProperties>",
        "docProps/app.xml": f"<Properties>{CANARY}</Properties>",
        "docProps/custom.xml": f"<Properties>{CANARY}</Properties>",
        "customXml/item1.xml": f"<item>{CANARY}</item>",
        "word/people.xml": f"<people>{CANARY}</people>",
        "word/document.xml": _part("document", f"<w:body>{body}</w:body>"),
        "word/_rels/document.xml.rels": _relate(
            {
                "numbering": ("numbering", "numbering.xml", ""),
                "styles": ("styles", "styles.xml", ""),
                "footnotes": ("footnotes", "footnotes.xml", ""),
                "comments": ("comments", "comments.xml", ""),
                "header": ("header", "header.xml", ""),
                "picture": ("image", "media/picture.jpeg", ""),
                "web": ("hyperlink", web, "External"),
                "script": ("hyperlink", f"javascript:{CANARY}", "External"),
            }
        ),
        "word/styles.xml": _part("styles", _style("Heading1", "heading 1") + _style("Quote", "Quote")),
        "word/numbering.xml": _part("numbering", _NUMBERING),
        "word/footnotes.xml": _part(
            "footnotes", f'<w:footnote w:id="2">{write_paragraph(write_run("Це була школа."))}</w:footnote>'
        ),
        "word/comments.xml": _part("comments", _write_comment()),
        "word/header.xml": _part("hdr", write_paragraph(write_run(CANARY))),
        "word/media/picture.jpeg": make_telling_jpeg(),
        "docProps/thumbnail.jpeg": make_telling_jpeg(),
        "word/embeddings/sheet.bin": CANARY.encode(),
        **(further or {}),
    }
    return pack(parts)


def pack(parts: Mapping[str, str | bytes], *, comment: str = CANARY) -> bytes:
    """Return a zip of these parts, as they are."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
        archive.comment = comment.encode()
    return packed.getvalue()


def _relate(related: Mapping[str, tuple[str, str, str]]) -> str:
    rows = "".join(
        f'<Relationship Id="{key}" Type="{_OFFICE}/{kind}" Target="{target}"'
        + (f' TargetMode="{mode}"/>' if mode else "/>")
        for key, (kind, target, mode) in related.items()
    )
    return f'<Relationships xmlns="{_PACKAGE}/relationships">{rows}</Relationships>'


def _part(name: str, content: str) -> str:
    return f"<w:{name} {_NAMESPACES}>{content}</w:{name}>"


def _write_comment() -> str:
    said = write_paragraph(write_run(CANARY))
    return f'<w:comment w:id="1" w:author="{CANARY}">{said}</w:comment>'


def _style(key: str, name: str) -> str:
    return f'<w:style w:type="paragraph" w:styleId="{key}"><w:name w:val="{name}"/></w:style>'


OPEN_DOCUMENT_TEXT = """## Підвал

Ми **були** разом.[^1]

- вода
- хліб

[карта](https://example.org/%D1%97) і інше

день

ніч

[^1]: Це була школа."""


def make_open_document() -> bytes:
    """Return an ODT that says the same kinds of things as the DOCX."""
    document = Document("text")
    document.meta.title = document.meta.initial_creator = document.meta.creator = CANARY
    document.meta.set_user_defined_metadata("Owner", CANARY)
    body = document.body
    body.clear()
    document.insert_style(Style("text", name="Bold", bold=True), automatic=True)
    first_heading = Header(1, "Підвал")
    first_heading.set_attribute("text:is-list-header", "true")  # the styles of odfdo number headings
    body.append(first_heading)
    first = Paragraph("Ми були разом.")
    first.set_span("Bold", regex="були")
    first.append(Note(note_id="n1", citation="1", body="Це була школа."))
    first.append(Annotation(CANARY, creator=CANARY))
    body.append(first)
    body.append(List(["вода", "хліб"]))
    links = Paragraph()
    links.append(Link("https://example.org/ї", text="карта"))
    links.append_plain_text(" і ")
    links.append(Link(f"javascript:{CANARY}", text="інше"))
    body.append(links)
    table = Table("Table", width=2, height=1)
    table.set_value("A1", "день")
    table.set_value("B1", "ніч")
    body.append(table)
    written = io.BytesIO()
    document.save(written)
    return add_members(written.getvalue(), {"Pictures/one.jpeg": make_telling_jpeg()})


def add_members(packed: bytes, further: Mapping[str, str | bytes]) -> bytes:
    """Return a zip with further members, and the canary as its comment."""
    held = io.BytesIO(packed)
    with zipfile.ZipFile(held, "a", zipfile.ZIP_DEFLATED) as archive:
        for name, content in further.items():
            archive.writestr(name, content)
        archive.comment = CANARY.encode()
    return held.getvalue()


def make_pdf(pages: int = 1) -> bytes:
    """Return a PDF of empty pages."""
    document = pypdfium2.PdfDocument.new()
    for _page in range(pages):
        document.new_page(300, 400).close()
    written = io.BytesIO()
    document.save(written)
    document.close()
    return written.getvalue()


def make_telling_pdf() -> bytes:
    """Return a PDF with a red square on it, and with the canary in every place a PDF has for such things."""
    draw = b"1 0 0 rg 100 100 100 100 re f"
    xmp = f"<x:xmpmeta>{CANARY}</x:xmpmeta>".encode()
    hidden = CANARY.encode()
    bodies = [
        b"<< /Type /Catalog /Pages 2 0 R /Metadata 6 0 R /OpenAction 7 0 R /Names << /EmbeddedFiles << /Names"
        b" [(%s) 8 0 R] >> /JavaScript << /Names [(x) 7 0 R] >> >> >>" % hidden,
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 300 400] /Contents 4 0 R /Annots [5 0 R] >>",
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(draw), draw),
        b"<< /Type /Annot /Subtype /Text /Rect [9 9 9 9] /Contents (%s) /T (%s) >>" % (hidden, hidden),
        b"<< /Type /Metadata /Subtype /XML /Length %d >>\nstream\n%s\nendstream" % (len(xmp), xmp),
        b"<< /S /JavaScript /JS (app.alert\\('%s'\\)) >>" % hidden,
        b"<< /Type /Filespec /F (%s) /EF << /F 9 0 R >> >>" % hidden,
        b"<< /Type /EmbeddedFile /Length %d >>\nstream\n%s\nendstream" % (len(hidden), hidden),
        b"<< /Author (%s) /Title (%s) /Producer (%s) >>" % (hidden, hidden, hidden),
    ]
    return assemble_pdf(bodies, trailer=b"/Root 1 0 R /Info 10 0 R") + hidden


def assemble_pdf(bodies: list[bytes], *, trailer: bytes = b"/Root 1 0 R") -> bytes:
    """Return a PDF of these objects, numbered from 1."""
    written = bytearray(b"%PDF-1.7\n")
    starts = []
    for number, body in enumerate(bodies, 1):
        starts.append(len(written))
        written += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    table = len(written)
    written += b"xref\n0 %d\n0000000000 65535 f \n" % (len(bodies) + 1)
    written += b"".join(b"%010d 00000 n \n" % start for start in starts)
    written += b"trailer\n<< /Size %d %s >>\nstartxref\n%d\n%%%%EOF\n" % (len(bodies) + 1, trailer, table)
    return bytes(written)


_PAGE = b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 300 100] "
_FONT = b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>"


def make_written_pdf(*lines: str) -> bytes:
    """Return a PDF with these lines on a page."""
    drawn = b" ".join(
        b"BT /F 9 Tf 10 %d Td (%s) Tj ET" % (90 - 12 * number, line.encode())
        for number, line in enumerate(lines)
    )
    return assemble_pdf(
        [
            b"<< /Type /Catalog /Pages 2 0 R >>",
            b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
            _PAGE + b"/Contents 4 0 R /Resources << /Font << /F 5 0 R >> >> >>",
            b"<< /Length %d >>\nstream\n%s\nendstream" % (len(drawn), drawn),
            _FONT,
        ]
    )


def make_filled_pdf(field: bytes) -> bytes:
    """Return a PDF with nothing on its page but a field of a form."""
    return assemble_pdf(
        [
            b"<< /Type /Catalog /Pages 2 0 R /AcroForm << /Fields [4 0 R] %s /DA (/F 14 Tf 0 g) >> >>"
            % b"/DR << /Font << /F 5 0 R >> >>",
            b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
            _PAGE + b"/Annots [4 0 R] >>",
            b"<< /Type /Annot /Subtype /Widget /T (a) /Rect [20 40 280 70] /F 4 /DA (/F 14 Tf 0 g) "
            + field
            + b" >>",
            _FONT,
        ]
    )


def make_stand_in_pdf(kind: bytes = b"/NeedsRendering true") -> bytes:
    """Return a PDF whose page asks to wait for a form that is written in XML."""
    written = make_written_pdf("Please wait...")
    form = b"<< /Type /Catalog %s /AcroForm << /Fields [] /XFA (<xdp/>) >>" % kind
    return written.replace(b"<< /Type /Catalog", form, 1)
