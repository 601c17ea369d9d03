"""Word files as people have them, each with one thing that once cost words, and what is right for it.

All words are invented. Every text stands between two sentences, so that a file never is empty.
"""

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


def _field(told: str, shown: str, data: str = "") -> str:
    """Return a field in its long form; `shown` None has only what it is told."""
    return (
        f'<w:r><w:fldChar w:fldCharType="begin">{data}</w:fldChar></w:r>'
        f"<w:r><w:instrText>{told}</w:instrText></w:r>"
        f'<w:r><w:fldChar w:fldCharType="separate"/></w:r>{shown}<w:r><w:fldChar w:fldCharType="end"/></w:r>'
    )


def _box(text: str) -> str:
    """Return a box with text, as Word draws it now."""
    return (
        "<w:drawing><wp:inline><a:graphic><a:graphicData><wps:wsp><wps:txbx><w:txbxContent>"
        f"{write_paragraph(text)}</w:txbxContent></wps:txbx></wps:wsp></a:graphicData></a:graphic>"
        "</wp:inline></w:drawing>"
    )


def _old_box(text: str) -> str:
    """Return a box with text, as Word drew it before."""
    boxed = f"<v:textbox><w:txbxContent>{write_paragraph(text)}</w:txbxContent></v:textbox>"
    return f"<w:pict><v:shape>{boxed}</v:shape></w:pict>"


def _either(choice: str, fallback: str | None, needs: str = "wps") -> str:
    other = "" if fallback is None else f"<mc:Fallback>{fallback}</mc:Fallback>"
    chosen = f'<mc:Choice Requires="{needs}">{choice}</mc:Choice>'
    return f"<w:r><mc:AlternateContent>{chosen}{other}</mc:AlternateContent></w:r>"


def _ruby(base: str, reading: str) -> str:
    above = f"<w:rt>{write_run(reading)}</w:rt>"
    return f"<w:r><w:ruby><w:rubyPr/>{above}<w:rubyBase>{write_run(base)}</w:rubyBase></w:ruby></w:r>"


def _drawing(inside: str) -> str:
    return (
        f"<w:r><w:drawing><wp:inline><a:graphic><a:graphicData>{inside}</a:graphicData></a:graphic>"
        "</wp:inline></w:drawing></w:r>"
    )


def _lettered(text: str) -> str:
    return f"<a:p><a:r><a:t>{text}</a:t></a:r></a:p>"


def _level(number: int, kind: str, text: str, *, more: str = "") -> str:
    return (
        f'<w:lvl w:ilvl="{number}"><w:start w:val="1"/><w:numFmt w:val="{kind}"/>'
        f'<w:lvlText w:val="{text}"/>{more}</w:lvl>'
    )


def _numbered(levels: str, *, more: str = "") -> dict[str, str]:
    """Return the part that describes one list, 1; `more`: further lists."""
    return {
        "numbering.xml": f'<w:numbering><w:abstractNum w:abstractNumId="0">{levels}</w:abstractNum>'
        f'<w:num w:numId="1"><w:abstractNumId w:val="0"/></w:num>{more}</w:numbering>'
    }


def _item(text: str, level: int = 0, listed: int = 1, more: str = "") -> str:
    place = f'<w:numPr><w:ilvl w:val="{level}"/><w:numId w:val="{listed}"/></w:numPr>'
    return write_paragraph(text, kind=more + place)


def _style(key: str, name: str, inside: str = "", kind: str = "paragraph") -> str:
    return f'<w:style w:type="{kind}" w:styleId="{key}"><w:name w:val="{name}"/>{inside}</w:style>'


def _mail_page(text: str) -> str:
    """Return a page as browsers save it, in one file with its pictures."""
    head = "MIME-Version: 1.0\nContent-Type: multipart/related; boundary=b\n\n--b\n"
    page = f"Content-Type: text/html; charset=utf-8\nContent-Transfer-Encoding: 8bit\n\n<p>{text}</p>\n"
    return f"{head}{page}--b--\n"


_PAGE = (
    "<html><head><title>x</title></head><body><h2>Розділ</h2><p>Слова <b>у шматку</b>.<br>Рядок"
    '<ul><li>вода<li>хліб</ul><div>Кінець<i style="display: none">Свідок</i></div></body></html>'
)
_RTF = (
    r"{\rtf1\ansi\ansicpg1251{\fonttbl{\f0\fcharset0 Arial;}{\f1\fcharset136 MingLiU;}}{\info{\author x}}"
    r"\'d1\u1083\'eb\'ee\'e2\'e0 \u1091?\par \ul \{\'f8\'ec\'e0\'f2\'ea\'f3\}\ul0\line"
    "\n"
    r"{\f1\'a4\'f4\'a8S\'a4F}{\v \'d1}{\*\generator y;}{\pict\bin4 }\\{}"
    r"\uc2\u-10179\'3f\'3f\u-8704\'3f\'3f}"
)
_LISTS = {"n": ("numbering", "numbering.xml")}
_STYLES = {"s": ("styles", "styles.xml")}
_FOOTNOTES = {"f": ("footnotes", "footnotes.xml")}
_NOTE_MARK = '<w:r><w:footnoteReference w:id="2"/></w:r>'
_NOTE = f'<w:footnotes><w:footnote w:id="2">{write_paragraph("Слова примітки.")}</w:footnote></w:footnotes>'
_DECIMAL = _level(0, "decimal", "%1.")

FIELDS = [
    WordCase(
        "simple field",
        make_word(
            write_paragraph(
                "Дата: ", f'<w:fldSimple w:instr=" DATE ">{write_run("24 лютого")}</w:fldSimple>', "."
            )
        ),
        "Дата: 24 лютого.",
    ),
    WordCase(
        "field in a field",
        make_word(
            write_paragraph("За ", _field(f"IF {_field(' X ', 'ні')} = 1", write_run("умовою")), " далі")
        ),
        "За умовою далі",
    ),
    WordCase(
        "field over several paragraphs",
        make_word(
            write_paragraph(
                '<w:r><w:fldChar w:fldCharType="begin"/></w:r><w:r><w:instrText> TOC </w:instrText></w:r>',
                '<w:r><w:fldChar w:fldCharType="separate"/></w:r>',
                "Зміст",
            )
            + write_paragraph("Розділ", _field(" PAGEREF x ", write_run(" 5")))
            + write_paragraph('<w:r><w:fldChar w:fldCharType="end"/></w:r>')
        ),
        "Зміст\n\nРозділ 5",
    ),
    WordCase(
        "field without a beginning",
        make_word(
            write_paragraph(
                "а ",
                "<w:r><w:instrText> DOCPROPERTY X </w:instrText></w:r>",
                '<w:r><w:fldChar w:fldCharType="separate"/></w:r>',
                "показане",
                '<w:r><w:fldChar w:fldCharType="end"/></w:r><w:r><w:fldChar w:fldCharType="end"/></w:r>',
            )
        ),
        "а показане",
    ),
    WordCase(
        "field without an end",
        make_word(write_paragraph('<w:r><w:fldChar w:fldCharType="begin"/></w:r>', "усе після нього")),
        "усе після нього",
    ),
    WordCase(
        "link as a field in two pieces",
        make_word(
            write_paragraph(
                _field(
                    ' HYPERLINK </w:instrText></w:r><w:r><w:instrText>"https://example.org/a b"',
                    write_run("джерело"),
                )
            )
        ),
        "[джерело](https://example.org/a%20b)",
    ),
    WordCase(
        "ticks and choices of old forms",
        make_word(
            write_paragraph(
                _field(
                    " FORMCHECKBOX ",
                    "",
                    "<w:ffData><w:checkBox><w:default w:val='0'/><w:checked/></w:checkBox></w:ffData>",
                ),
                " так, ",
                _field(
                    " FORMCHECKBOX ",
                    "",
                    "<w:ffData><w:checkBox><w:default w:val='0'/></w:checkBox></w:ffData>",
                ),
                " ні, ",
                _field(
                    " FORMDROPDOWN ",
                    "",
                    '<w:ffData><w:ddList><w:result w:val="1"/><w:listEntry w:val="Київ"/>'
                    '<w:listEntry w:val="Тайбей"/></w:ddList></w:ffData>',
                ),
            )
        ),
        "☒ так, ☐ ні, Тайбей",
    ),
]
WRAPPERS = [
    WordCase(
        "reading above words",
        make_word(write_paragraph("我住在", _ruby("臺北", "ㄊㄞˊㄅㄟˇ"), "。")),
        "我住在臺北。",
        readings=("臺北 (ㄊㄞˊㄅㄟˇ)",),
    ),
    WordCase(
        "direction override",
        make_word(write_paragraph("до ", f'<w:bdo w:val="rtl">{write_run("שלום")}</w:bdo>', " після")),
        "до שלום після",
    ),
    WordCase(
        "direction", make_word(write_paragraph(f'<w:dir w:val="rtl">{write_run("سلام")}</w:dir>')), "سلام"
    ),
    WordCase(
        "custom XML in a line",
        make_word(
            write_paragraph(
                "Зустріч у ",
                f'<w:customXml w:uri="u" w:element="place">{write_run("Тайбеї")}</w:customXml>',
                " навесні.",
            )
        ),
        "Зустріч у Тайбеї навесні.",
    ),
    WordCase(
        "custom XML around paragraphs and cells",
        make_word(
            f"<w:customXml>{write_paragraph('Абзац у розмітці.')}</w:customXml><w:tbl><w:customXml><w:tr>"
            f"<w:customXml><w:tc>{write_paragraph('Клітинка.')}</w:tc></w:customXml></w:tr></w:customXml></w:tbl>"
        ),
        "Абзац у розмітці.\n\nКлітинка.",
        dropped={DroppedKind.TABLE: 1},
    ),
    WordCase(
        "content controls",
        make_word(
            f"<w:sdt><w:sdtContent>{write_paragraph('У полі.')}</w:sdtContent></w:sdt>"
            + write_paragraph("місто ", f"<w:sdt><w:sdtContent>{write_run('Харків')}</w:sdtContent></w:sdt>")
        ),
        "У полі.\n\nмісто Харків",
    ),
    WordCase(
        "ticks of new forms",
        make_word(
            write_paragraph(
                "<w:sdt><w:sdtPr><w14:checkbox><w14:checked w14:val='1'/></w14:checkbox></w:sdtPr>"
                f"<w:sdtContent>{write_run('☒')}</w:sdtContent></w:sdt>",
                " є вода",
            )
        ),
        "☒ є вода",
    ),
    WordCase(
        "smart tags",
        make_word(
            write_paragraph(
                f"<w:smartTag><w:smartTag>{write_run('Львів')}</w:smartTag></w:smartTag>", " і далі"
            )
        ),
        "Львів і далі",
    ),
    WordCase(
        "what nobody knows yet",
        make_word(write_paragraph("до ", f"<w:future>{write_run('нового')}</w:future>")),
        "до нового",
    ),
    WordCase(
        "formula",
        make_word(
            write_paragraph(
                "швидкість ",
                "<m:oMath><m:r><m:t>v=</m:t></m:r><m:f><m:num><m:r><m:t>s</m:t></m:r></m:num>"
                "<m:den><m:r><m:t>t+1</m:t></m:r></m:den></m:f></m:oMath>",
                " вітру",
            )
        ),
        "швидкість v=s/(t+1) вітру",
        dropped={DroppedKind.EMBEDDED: 1},
    ),
    WordCase(
        "signs of fonts",
        make_word(
            write_paragraph(
                "Сума: ",
                '<w:r><w:sym w:font="Symbol" w:char="F0B3"/></w:r>',
                " 5 ",
                write_run("\uf0fc", '<w:rFonts w:ascii="Wingdings" w:hAnsi="Wingdings"/>'),
                write_run(" \uf04a"),
            )
        ),
        "Сума: ≥ 5 ✓ \uf04a",
    ),
    WordCase(
        "signs without a code or font",
        make_word(
            write_paragraph(
                "а", '<w:r><w:sym/><w:sym w:char="xyz"/><w:sym w:char="0001"/><w:sym w:char="2612"/></w:r>'
            )
        ),
        "а☒",
    ),
    WordCase(
        "reading above a word in a link",
        make_word(
            write_paragraph(f'<w:hyperlink r:id="w">{_ruby("臺北", "ㄊㄞˊ")}{write_run("城")}</w:hyperlink>'),
            related={"w": ("hyperlink", "https://example.org/")},
        ),
        "[臺北城](https://example.org/)",
        readings=("臺北 (ㄊㄞˊ)",),
    ),
    WordCase(
        "hyphens",
        make_word(
            write_paragraph(
                "<w:r><w:t>будь</w:t><w:noBreakHyphen/><w:t>який пере</w:t>"
                "<w:softHyphen/><w:t>нос</w:t></w:r>"
            )
        ),
        "будь\u2011який пере\xadнос",
    ),
]
BOXES = [
    WordCase(
        "box in two versions",
        make_word(write_paragraph("Абзац.", _either(_box("Слова у рамці"), _old_box("Слова у рамці")))),
        "Абзац.\n\nСлова у рамці",
    ),
    WordCase(
        "box in one version",
        make_word(write_paragraph(_either(_box("Слова у рамці"), None))),
        "Слова у рамці",
    ),
    WordCase(
        "box whose new version has no words",
        make_word(write_paragraph(_either("<w:drawing/>", _old_box("Слова у рамці")))),
        "Слова у рамці",
    ),
    WordCase(
        "words of an unknown version",
        make_word(
            write_paragraph("до ", _either("<w:t>сховане</w:t>", None, needs="wpsCustomData"), " після")
        ),
        "до сховане після",
    ),
    WordCase(
        "boxes in a group",
        make_word(write_paragraph(_drawing(f"<wpg:wgp>{_box('Перша')}{_box('Друга')}</wpg:wgp>"))),
        "Перша\n\nДруга",
    ),
    WordCase(
        "lettering",
        make_word(
            write_paragraph("<w:r><w:pict><v:shape><v:textpath string='Вивіска'/></v:shape></w:pict></w:r>")
        ),
        "Вивіска",
    ),
    WordCase(
        "shape of another program",
        make_word(write_paragraph(_drawing(f"<wps:any>{_lettered('Слова на фігурі')}</wps:any>"))),
        "Слова на фігурі",
    ),
    WordCase(
        "diagram",
        make_word(
            write_paragraph(_drawing('<dgm:relIds r:dm="d"/>')),
            parts={
                "diagrams/data1.xml": '<dgm:dataModel xmlns:dgm="http://schemas.openxmlformats.org/drawingml/2006/'
                'diagram" xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main">'
                f"<dgm:t>{_lettered('Слова у схемі')}{_lettered('і ще')}</dgm:t></dgm:dataModel>"
            },
            related={"d": ("diagramData", "diagrams/data1.xml")},
        ),
        "Слова у схемі\n\nі ще",
        dropped={DroppedKind.EMBEDDED: 1},
    ),
    WordCase(
        "chart",
        make_word(
            write_paragraph(_drawing('<c:chart r:id="c"/>')),
            parts={
                "charts/chart1.xml": '<c:chartSpace xmlns:c="http://schemas.openxmlformats.org/drawingml/2006/chart"'
                ' xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main"><c:title>'
                f"{_lettered('Вода за днями')}</c:title><c:strCache><c:v>понеділок</c:v></c:strCache>"
                "</c:chartSpace>"
            },
            related={"c": ("chart", "charts/chart1.xml")},
        ),
        "Вода за днями\n\nпонеділок",
        dropped={DroppedKind.EMBEDDED: 1},
    ),
]
CHUNKS = [
    WordCase(
        name,
        make_word('<w:altChunk r:id="h"/>', parts={part: content}, related={"h": ("aFChunk", part)}),
        text,
        hidden,
        dropped=dropped,
    )
    for name, part, content, text, hidden, dropped in (
        (
            "page",
            "chunk.html",
            _PAGE,
            "## Розділ\n\nСлова **у шматку**.\nРядок\n\n- вода\n- хліб\n\nКінець",
            ("Свідок",),
            {},
        ),
        ("saved page", "chunk.mht", _mail_page("Слова у шматку."), "Слова у шматку.", (), {}),
        ("plain text", "chunk.txt", "Слова у\nшматку.", "Слова у\n\nшматку.", (), {}),
        (
            "document",
            "chunk.docx",
            make_word(write_paragraph("Слова у шматку.")),
            f"{BEFORE}\n\nСлова у шматку.\n\n{AFTER}",
            (),
            {},
        ),
        (
            "old text",
            "chunk.rtf",
            _RTF,
            "Слова у\n\n{шматку}\n\n水沒了😀",
            ("С",),
            {},
        ),
        ("picture", "chunk.png", "x", "", (), {DroppedKind.EMBEDDED: 1}),
    )
]
PARTS = [
    WordCase(
        "main part of another name",
        make_word(write_paragraph("Слово з хмарного Word."), main="word/document2.xml"),
        "Слово з хмарного Word.",
    ),
    WordCase(
        "main part in no folder",
        make_word(
            write_paragraph("Слово", _NOTE_MARK),
            main="text.xml",
            parts={"footnotes.xml": _NOTE},
            related=_FOOTNOTES,
        ),
        "Слово[^1]",
    ),
    WordCase(
        "folders divided by backslashes",
        make_word(write_paragraph("шлях навпаки"), divider="\\"),
        "шлях навпаки",
    ),
    WordCase(
        "strict",
        make_word(
            write_paragraph(write_run("жирне", "<w:b/>"))
            + _item("перше")
            + write_paragraph('<w:hyperlink r:id="w"><w:r><w:t>джерело</w:t></w:r></w:hyperlink>'),
            parts=_numbered(_DECIMAL),
            related={**_LISTS, "w": ("hyperlink", "https://example.org/")},
            is_strict=True,
        ),
        "**жирне**\n\n1. перше\n\n[джерело](https://example.org/)",
    ),
    WordCase(
        "text of two bytes a letter",
        make_word(
            write_paragraph("у шістнадцяти бітах"),
            prolog='<?xml version="1.0" encoding="UTF-16"?>',
            encoding="utf-16",
        ),
        "у шістнадцяти бітах",
    ),
    WordCase(
        "preview that is packed tightly",
        make_word(write_paragraph("Рядок."), parts={"media/image1.emf": bytes(1_400_000)}),
        "Рядок.",
    ),
    WordCase(
        "parts nobody reads that are broken or unsafe",
        make_word(
            write_paragraph("Рядок."),
            parts={"custom/item1.xml": "<item>", "custom/item2.xml": "<!DOCTYPE item><item/>"},
        ),
        "Рядок.",
    ),
    WordCase("mark of UTF-8", make_word(write_paragraph("з позначкою"), encoding="utf-8-sig"), "з позначкою"),
    WordCase(
        "styles without id or kind",
        make_word(
            write_paragraph("Рядок."),
            parts={
                "styles.xml": '<w:styles><w:style><w:name w:val="x"/></w:style>'
                '<w:style w:type="paragraph"><w:name w:val="y"/></w:style></w:styles>'
            },
            related=_STYLES,
        ),
        "Рядок.",
    ),
    WordCase(
        "styles that are no XML",
        make_word(write_paragraph("Рядок."), parts={"styles.xml": "<styles"}, related=_STYLES),
        "Рядок.",
    ),
    WordCase(
        "properties without values",
        make_word(
            write_paragraph(
                write_run("Рядок.", "<w:b/><w:u/><w:vertAlign/><w:highlight/><w:sz/><w:rStyle/><w:rFonts/>"),
                kind="<w:pStyle/><w:jc/><w:numPr><w:ilvl/><w:numId/></w:numPr><w:ind/>",
            )
        ),
        "**Рядок.**",
        dropped={DroppedKind.LOOK: 1},
    ),
    WordCase(
        "link to nothing",
        make_word(write_paragraph(f'<w:hyperlink r:id="gone">{write_run("слово")}</w:hyperlink>')),
        "слово",
    ),
    WordCase(
        "note that is not there",
        make_word(
            write_paragraph("слово", '<w:r><w:footnoteReference w:id="99"/></w:r>'),
            parts={"footnotes.xml": "<w:footnotes></w:footnotes>"},
            related=_FOOTNOTES,
        ),
        "слово",
    ),
    WordCase(
        "comment and picture that are not there",
        make_word(
            write_paragraph(
                "слово",
                '<w:r><w:commentReference w:id="7"/></w:r>',
                _drawing('<a:blip r:embed="gone"/>'),
            )
        ),
        "слово",
        dropped={DroppedKind.COMMENT: 1, DroppedKind.PICTURE: 1},
    ),
    WordCase(
        "note in a link",
        make_word(
            write_paragraph(f'<w:hyperlink r:id="w">{write_run("слово")}{_NOTE_MARK}</w:hyperlink>'),
            parts={"footnotes.xml": _NOTE},
            related={**_FOOTNOTES, "w": ("hyperlink", "https://example.org/")},
        ),
        "[слово](https://example.org/)[^1]",
    ),
    WordCase(
        "link in letters of its language",
        make_word(
            write_paragraph(f'<w:hyperlink r:id="w">{write_run("стаття")}</w:hyperlink>'),
            related={"w": ("hyperlink", "https://example.org/Тайвань")},
        ),
        "[стаття](https://example.org/%D0%A2%D0%B0%D0%B9%D0%B2%D0%B0%D0%BD%D1%8C)",
    ),
]
HIDDEN = [
    WordCase(
        "hidden run",
        make_word(write_paragraph("видне ", write_run("Ім'я Свідка", "<w:vanish/>"), "кінець")),
        "видне кінець",
        hidden=("Ім'я Свідка",),
    ),
    WordCase(
        "hidden by style, shown by hand",
        make_word(
            write_paragraph(
                write_run("сховане", '<w:rStyle w:val="child"/>'),
                write_run("видне", '<w:rStyle w:val="child"/><w:vanish w:val="0"/>'),
            )
            + write_paragraph("увесь абзац", kind='<w:pStyle w:val="all"/>'),
            parts={
                "styles.xml": "<w:styles>"
                + _style("secret", "Secret", "<w:rPr><w:vanish/></w:rPr>", "character")
                + _style("child", "Child", '<w:basedOn w:val="secret"/>', "character")
                + _style("all", "All", "<w:rPr><w:vanish/></w:rPr>")
                + "</w:styles>"
            },
            related=_STYLES,
        ),
        "видне",
        hidden=("сховане", "увесь абзац"),
    ),
    WordCase(
        "hidden in a box and in a note",
        make_word(
            write_paragraph(
                "видне", "<w:r>" + _old_box(write_run("у рамці", "<w:vanish/>")) + "</w:r>", _NOTE_MARK
            ),
            parts={
                "footnotes.xml": '<w:footnotes><w:footnote w:id="2">'
                + write_paragraph("примітка", write_run("у примітці", "<w:vanish/>"))
                + "</w:footnote></w:footnotes>"
            },
            related=_FOOTNOTES,
        ),
        "видне[^1]",
        hidden=("у рамці", "у примітці"),
    ),
]
LISTS = [
    WordCase(
        "list that begins at seven",
        make_word(
            _item("сьоме") + _item("восьме"),
            parts=_numbered(_DECIMAL.replace('start w:val="1"', 'start w:val="7"')),
            related=_LISTS,
        ),
        "7\\. сьоме\n\n8\\. восьме",
    ),
    WordCase(
        "list that goes on after a paragraph",
        make_word(
            _item("перше") + _item("друге") + write_paragraph("між") + _item("третє"),
            parts=_numbered(_DECIMAL),
            related=_LISTS,
        ),
        "1. перше\n2. друге\n\nміж\n\n3\\. третє",
    ),
    WordCase(
        "list that begins anew",
        make_word(
            _item("перше") + _item("друге") + _item("знову", listed=2),
            parts=_numbered(
                _DECIMAL,
                more='<w:num w:numId="2"><w:abstractNumId w:val="0"/><w:lvlOverride w:ilvl="0">'
                '<w:startOverride w:val="1"/></w:lvlOverride></w:num>',
            ),
            related=_LISTS,
        ),
        "1. перше\n2. друге\n\n1) знову",
    ),
    WordCase(
        "levels",
        make_word(
            _item("один") + _item("два", 1) + _item("три", 2) + _item("чотири", 1) + _item("п’ять"),
            parts=_numbered(
                _DECIMAL
                + _level(1, "russianLower", "%2)")
                + _level(2, "decimal", "%1.%2.%3", more="<w:isLgl/>")
            ),
            related=_LISTS,
        ),
        "1. один\n   а) два\n   1.1.1 три\n   б) чотири\n2. п’ять",
    ),
    WordCase(
        "bullets and levels",
        make_word(
            _item("вода") + _item("питна", 1) + _item("хліб"),
            parts=_numbered(_level(0, "bullet", "\uf0b7") + _level(1, "bullet", "o")),
            related=_LISTS,
        ),
        "- вода\n  – питна\n- хліб",
    ),
    WordCase(
        "letters, and Chinese and Roman numbers",
        make_word(
            "".join(_item("слово", level) for level in range(5)),
            parts=_numbered(
                _level(0, "taiwaneseCountingThousand", "%1、")
                + _level(1, "ideographTraditional", "%2.")
                + _level(2, "upperRoman", "%3.")
                + _level(3, "lowerLetter", "(%4)")
                + _level(4, "decimalEnclosedCircle", "%5")
            ),
            related=_LISTS,
        ),
        "一、 слово\n甲. слово\nI. слово\n(a) слово\n① слово",
    ),
    WordCase(
        "numbered heading",
        make_word(
            write_paragraph("Початок", kind='<w:pStyle w:val="Heading1"/>')
            + write_paragraph("Кінець", kind='<w:pStyle w:val="Heading1"/>'),
            parts={
                **_numbered(_level(0, "decimal", "Розділ %1.", more='<w:pStyle w:val="Heading1"/>')),
                "styles.xml": "<w:styles>"
                + _style("Heading1", "heading 1", '<w:pPr><w:numPr><w:numId w:val="1"/></w:numPr></w:pPr>')
                + "</w:styles>",
            },
            related={**_LISTS, **_STYLES},
        ),
        "## Розділ 1. Початок\n\n## Розділ 2. Кінець",
    ),
    WordCase(
        "numbered headings of two levels",
        make_word(
            "".join(
                write_paragraph(text, kind=f'<w:pStyle w:val="Heading{level}"/>')
                for text, level in (("А", 1), ("Б", 2), ("В", 2), ("Г", 1), ("Ґ", 2))
            ),
            parts={
                **_numbered(
                    _level(0, "decimal", "%1", more='<w:pStyle w:val="Heading1"/>')
                    + _level(1, "decimal", "%1.%2", more='<w:pStyle w:val="Heading2"/>')
                ),
                "styles.xml": "<w:styles>"
                + "".join(
                    _style(
                        f"Heading{level}",
                        f"heading {level}",
                        '<w:pPr><w:numPr><w:numId w:val="1"/></w:numPr></w:pPr>',
                    )
                    for level in (1, 2)
                )
                + "</w:styles>",
            },
            related={**_LISTS, **_STYLES},
        ),
        "## 1 А\n\n## 1.1 Б\n\n## 1.2 В\n\n## 2 Г\n\n## 2.1 Ґ",
    ),
    WordCase(
        "list of a style without a level",
        make_word(
            write_paragraph("Пункт.", kind='<w:numPr><w:numId w:val="1"/></w:numPr>'),
            parts=_numbered(_DECIMAL),
            related=_LISTS,
        ),
        "1. Пункт.",
    ),
    WordCase("list nobody describes", make_word(_item("Пункт.", listed=9)), "Пункт."),
]
LINES = [
    WordCase(
        "large first letter",
        make_word(
            write_paragraph("Б", kind='<w:framePr w:dropCap="drop" w:lines="3"/>')
            + write_paragraph("уло тихо.")
        ),
        "Було тихо.",
    ),
    WordCase(
        "verses",
        make_word(
            write_paragraph(
                "<w:r><w:t>рядок один</w:t><w:br/><w:t>рядок два</w:t><w:br/><w:cr/>"
                "<w:t>друга строфа</w:t></w:r>"
            )
        ),
        "рядок один\nрядок два\n\nдруга строфа",
    ),
    WordCase(
        "page break between words",
        make_word(write_paragraph('<w:r><w:t>до</w:t><w:br w:type="page"/><w:t>після</w:t></w:r>')),
        "до\nпісля",
    ),
    WordCase(
        "empty paragraphs and stars",
        make_word(write_paragraph("один") + write_paragraph() + write_paragraph("* * *") + write_paragraph()),
        "один\n\n\\* \\* \\*",
    ),
    WordCase(
        "dialogue", make_word(write_paragraph("— Ти де?") + write_paragraph("– Тут.")), "— Ти де?\n\n– Тут."
    ),
    WordCase(
        "marks that are text",
        make_word(
            write_paragraph("1986. Того року.")
            + write_paragraph("# не заголовок")
            + write_paragraph("_так_ *ні* &amp;copy; &lt;b&gt;")
        ),
        "1986\\. Того року.\n\n\\# не заголовок\n\n\\_так\\_ \\*ні\\* \\&copy; \\<b>",
    ),
    WordCase("line separators", make_word(write_paragraph("а\u2028б\u2029в")), "а б в"),
    WordCase("wide indent", make_word(write_paragraph("　　我出生在臺南。")), "我出生在臺南。"),
]
CHANGES = [
    WordCase(
        "moved",
        make_word(
            write_paragraph(f"<w:moveFrom>{write_run('переїхало')}</w:moveFrom>")
            + write_paragraph(f"<w:moveTo>{write_run('переїхало')}</w:moveTo>")
        ),
        "переїхало",
        dropped={DroppedKind.CHANGE: 1},
    ),
    WordCase(
        "deleted inside a word",
        make_word(
            write_paragraph("Ки", "<w:del><w:r><w:delText>ї</w:delText></w:r></w:del>", write_run("їв"))
        ),
        "Київ",
        dropped={DroppedKind.CHANGE: 1},
    ),
    WordCase(
        "deleted end of a paragraph",
        make_word(
            write_paragraph("Половина ", kind="<w:rPr><w:del/></w:rPr>")
            + write_paragraph("і друга половина.")
        ),
        "Половина і друга половина.",
    ),
    WordCase(
        "row that was deleted and row that was added",
        make_word(
            f"<w:tbl><w:tr><w:trPr><w:ins/></w:trPr><w:tc>{write_paragraph('новий рядок')}</w:tc></w:tr>"
            f"<w:tr><w:trPr><w:del/></w:trPr><w:tc>{write_paragraph('старий рядок')}</w:tc></w:tr></w:tbl>"
        ),
        "новий рядок",
        dropped={DroppedKind.TABLE: 1, DroppedKind.CHANGE: 1},
    ),
    WordCase(
        "merged cells with words",
        make_word(
            f'<w:tbl><w:tr><w:tc><w:tcPr><w:vMerge w:val="restart"/></w:tcPr>{write_paragraph("верх")}</w:tc>'
            f"</w:tr><w:tr><w:tc><w:tcPr><w:vMerge/></w:tcPr>{write_paragraph('продовження')}</w:tc></w:tr></w:tbl>"
        ),
        "верх\n\nпродовження",
        dropped={DroppedKind.TABLE: 1},
    ),
]
_DEEP = 60
PLAIN = [
    # Deeper than mammoth goes: the words are read without what they stand in.
    WordCase(
        "tables in tables",
        make_word("<w:tbl><w:tr><w:tc>" * _DEEP + write_paragraph("дно") + "</w:tc></w:tr></w:tbl>" * _DEEP),
        "дно",
        dropped={DroppedKind.TABLE: _DEEP},
    ),
]
WORD_CASES = [*FIELDS, *WRAPPERS, *BOXES, *CHUNKS, *PARTS, *HIDDEN, *LISTS, *LINES, *CHANGES, *PLAIN]


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
        pieces.append(_item(write_words()) if number % 10 == 0 else "")
        pieces.append(f"<w:tbl>{row * 5}</w:tbl>" if number % 25 == 0 else "")
    return make_word("".join(pieces), parts=_numbered(_DECIMAL), related=_LISTS)
