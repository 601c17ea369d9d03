"""Word files whose words stand in fields, boxes, wrappers and tracked changes, and what is right for each."""

from portal.domain.documents import DroppedKind
from tests.support.docx_files import (
    WordCase,
    make_word,
    write_drawing,
    write_old_box,
    write_paragraph,
    write_run,
)


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


def _either(choice: str, fallback: str | None, needs: str = "wps") -> str:
    other = "" if fallback is None else f"<mc:Fallback>{fallback}</mc:Fallback>"
    chosen = f'<mc:Choice Requires="{needs}">{choice}</mc:Choice>'
    return f"<w:r><mc:AlternateContent>{chosen}{other}</mc:AlternateContent></w:r>"


def _ruby(base: str, reading: str) -> str:
    above = f"<w:rt>{write_run(reading)}</w:rt>"
    return f"<w:r><w:ruby><w:rubyPr/>{above}<w:rubyBase>{write_run(base)}</w:rubyBase></w:ruby></w:r>"


def _lettered(text: str) -> str:
    return f"<a:p><a:r><a:t>{text}</a:t></a:r></a:p>"


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
        make_word(write_paragraph("Абзац.", _either(_box("Слова у рамці"), write_old_box("Слова у рамці")))),
        "Абзац.\n\nСлова у рамці",
    ),
    WordCase(
        "box in one version",
        make_word(write_paragraph(_either(_box("Слова у рамці"), None))),
        "Слова у рамці",
    ),
    WordCase(
        "box whose new version has no words",
        make_word(write_paragraph(_either("<w:drawing/>", write_old_box("Слова у рамці")))),
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
        make_word(write_paragraph(write_drawing(f"<wpg:wgp>{_box('Перша')}{_box('Друга')}</wpg:wgp>"))),
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
        make_word(write_paragraph(write_drawing(f"<wps:any>{_lettered('Слова на фігурі')}</wps:any>"))),
        "Слова на фігурі",
    ),
    WordCase(
        "diagram",
        make_word(
            write_paragraph(write_drawing('<dgm:relIds r:dm="d"/>')),
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
            write_paragraph(write_drawing('<c:chart r:id="c"/>')),
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
