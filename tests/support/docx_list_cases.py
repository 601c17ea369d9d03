"""Word files with numbered lists, and the numbers that are right for each."""

from tests.support.docx_files import (
    DECIMAL,
    LIST_PART,
    STYLE_PART,
    WordCase,
    describe_level,
    describe_list,
    describe_style,
    make_word,
    write_item,
    write_paragraph,
)

LISTS = [
    WordCase(
        "list that begins at seven",
        make_word(
            write_item("сьоме") + write_item("восьме"),
            parts=describe_list(DECIMAL.replace('start w:val="1"', 'start w:val="7"')),
            related=LIST_PART,
        ),
        "7\\. сьоме\n\n8\\. восьме",
    ),
    WordCase(
        "list that goes on after a paragraph",
        make_word(
            write_item("перше") + write_item("друге") + write_paragraph("між") + write_item("третє"),
            parts=describe_list(DECIMAL),
            related=LIST_PART,
        ),
        "1. перше\n2. друге\n\nміж\n\n3\\. третє",
    ),
    WordCase(
        "list that begins anew",
        make_word(
            write_item("перше") + write_item("друге") + write_item("знову", listed=2),
            parts=describe_list(
                DECIMAL,
                more='<w:num w:numId="2"><w:abstractNumId w:val="0"/><w:lvlOverride w:ilvl="0">'
                '<w:startOverride w:val="1"/></w:lvlOverride></w:num>',
            ),
            related=LIST_PART,
        ),
        "1. перше\n2. друге\n\n1) знову",
    ),
    WordCase(
        "levels",
        make_word(
            write_item("один")
            + write_item("два", 1)
            + write_item("три", 2)
            + write_item("чотири", 1)
            + write_item("п’ять"),
            parts=describe_list(
                DECIMAL
                + describe_level(1, "russianLower", "%2)")
                + describe_level(2, "decimal", "%1.%2.%3", more="<w:isLgl/>")
            ),
            related=LIST_PART,
        ),
        "1. один\n   а) два\n   1.1.1 три\n   б) чотири\n2. п’ять",
    ),
    WordCase(
        "bullets and levels",
        make_word(
            write_item("вода") + write_item("питна", 1) + write_item("хліб"),
            parts=describe_list(describe_level(0, "bullet", "\uf0b7") + describe_level(1, "bullet", "o")),
            related=LIST_PART,
        ),
        "- вода\n  – питна\n- хліб",
    ),
    WordCase(
        "letters, and Chinese and Roman numbers",
        make_word(
            "".join(write_item("слово", level) for level in range(5)),
            parts=describe_list(
                describe_level(0, "taiwaneseCountingThousand", "%1、")
                + describe_level(1, "ideographTraditional", "%2.")
                + describe_level(2, "upperRoman", "%3.")
                + describe_level(3, "lowerLetter", "(%4)")
                + describe_level(4, "decimalEnclosedCircle", "%5")
            ),
            related=LIST_PART,
        ),
        "一、 слово\n甲. слово\nI. слово\n(a) слово\n① слово",
    ),
    WordCase(
        "numbered heading",
        make_word(
            write_paragraph("Початок", kind='<w:pStyle w:val="Heading1"/>')
            + write_paragraph("Кінець", kind='<w:pStyle w:val="Heading1"/>'),
            parts={
                **describe_list(
                    describe_level(0, "decimal", "Розділ %1.", more='<w:pStyle w:val="Heading1"/>')
                ),
                "styles.xml": "<w:styles>"
                + describe_style(
                    "Heading1", "heading 1", '<w:pPr><w:numPr><w:numId w:val="1"/></w:numPr></w:pPr>'
                )
                + "</w:styles>",
            },
            related={**LIST_PART, **STYLE_PART},
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
                **describe_list(
                    describe_level(0, "decimal", "%1", more='<w:pStyle w:val="Heading1"/>')
                    + describe_level(1, "decimal", "%1.%2", more='<w:pStyle w:val="Heading2"/>')
                ),
                "styles.xml": "<w:styles>"
                + "".join(
                    describe_style(
                        f"Heading{level}",
                        f"heading {level}",
                        '<w:pPr><w:numPr><w:numId w:val="1"/></w:numPr></w:pPr>',
                    )
                    for level in (1, 2)
                )
                + "</w:styles>",
            },
            related={**LIST_PART, **STYLE_PART},
        ),
        "## 1 А\n\n## 1.1 Б\n\n## 1.2 В\n\n## 2 Г\n\n## 2.1 Ґ",
    ),
    WordCase(
        "list of a style without a level",
        make_word(
            write_paragraph("Пункт.", kind='<w:numPr><w:numId w:val="1"/></w:numPr>'),
            parts=describe_list(DECIMAL),
            related=LIST_PART,
        ),
        "1. Пункт.",
    ),
    WordCase("list nobody describes", make_word(write_item("Пункт.", listed=9)), "Пункт."),
]
