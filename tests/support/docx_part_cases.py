"""Word files with words in further parts, in files within them, or hidden, and what is right for each."""

from portal.domain.documents import DroppedKind
from tests.support.docx_files import (
    AFTER,
    BEFORE,
    DECIMAL,
    LIST_PART,
    STYLE_PART,
    WordCase,
    describe_list,
    describe_style,
    make_word,
    write_drawing,
    write_item,
    write_old_box,
    write_paragraph,
    write_run,
)


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
_FOOTNOTES = {"f": ("footnotes", "footnotes.xml")}
_NOTE_MARK = '<w:r><w:footnoteReference w:id="2"/></w:r>'
_NOTE = f'<w:footnotes><w:footnote w:id="2">{write_paragraph("Слова примітки.")}</w:footnote></w:footnotes>'
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
            + write_item("перше")
            + write_paragraph('<w:hyperlink r:id="w"><w:r><w:t>джерело</w:t></w:r></w:hyperlink>'),
            parts=describe_list(DECIMAL),
            related={**LIST_PART, "w": ("hyperlink", "https://example.org/")},
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
            related=STYLE_PART,
        ),
        "Рядок.",
    ),
    WordCase(
        "styles that are no XML",
        make_word(write_paragraph("Рядок."), parts={"styles.xml": "<styles"}, related=STYLE_PART),
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
                write_drawing('<a:blip r:embed="gone"/>'),
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
                + describe_style("secret", "Secret", "<w:rPr><w:vanish/></w:rPr>", "character")
                + describe_style("child", "Child", '<w:basedOn w:val="secret"/>', "character")
                + describe_style("all", "All", "<w:rPr><w:vanish/></w:rPr>")
                + "</w:styles>"
            },
            related=STYLE_PART,
        ),
        "видне",
        hidden=("сховане", "увесь абзац"),
    ),
    WordCase(
        "hidden in a box and in a note",
        make_word(
            write_paragraph(
                "видне", "<w:r>" + write_old_box(write_run("у рамці", "<w:vanish/>")) + "</w:r>", _NOTE_MARK
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
