"""Word documents: what our own reader of them and python-docx make of them. LibreOffice has its own file."""

import io
import re
import zipfile
from dataclasses import replace
from typing import Any
from xml.etree import ElementTree

import pytest
from docx import Document

from portal.export.article import compose_article
from portal.export.docx import write_document
from portal.export.formats import installed_formats
from portal.export.photos import PictureRecord
from portal.export.story_archive import FIRST_TIME
from portal.export.testing import make_records, write_file
from portal.export.word_runs import RunStyle, write_runs
from portal.media.docx import read_word
from portal.media.docx_package import find_package
from portal.media.zip_checks import open_archive
from portal.story.blocks import Block, Heading, Paragraph, Picture, Text, paragraphs
from portal.story.markdown import to_blocks
from tests.support.format_readers import W
from tests.support.photos import make_picture
from tests.unit.export.records import RECORD, make_record

FORMAT = installed_formats().usable["docx"]
STORY = to_blocks(
    "Слово **міцне *і* м’яке**, [посилання](https://example.org/%D0%BF?a=1&b=(2)).\nДругий рядок.[^1]\n\n"
    "## Розділ\n\n### Підрозділ\n\n#### Ще нижчий\n\n- перше\n- друге\n\n1. раз\n2. два\n\nМіж списками\n\n"
    "1. знову раз\n2. два\n\n> Цитата **у** два\n>\n> абзаци\n\nКінець.[^2]\n\n"
    "[^1]: Примітка *з* [адресою](https://example.org/n).\n[^2]: Друга."
)
PHOTO = PictureRecord(
    "pictures/0123456789ab.jpg",
    "uk",
    "Полиця & <лампа>",
    "Олена К.",
    64,
    48,
    make_picture(),
    words="Дім",
    key="0" * 8,
)


def read_back(content: bytes) -> tuple[Block, ...]:
    archive = open_archive(io.BytesIO(content))
    assert archive is not None
    package = find_package(archive)
    assert package is not None
    return read_word(package).blocks


def read_part(content: bytes, name: str) -> str:
    return zipfile.ZipFile(io.BytesIO(content)).read(name).decode()


def write_plain(**changes: Any) -> bytes:
    return write_document(make_record(lang="uk", dek="", byline="", content_warning="", bio="", **changes))


def test_our_own_reader_of_word_gets_the_story_as_it_was() -> None:
    record = make_record(lang="uk", title="Ніч", dek="Вечір", body=STORY, byline="Олена", content_warning="")
    blocks = read_back(write_document(record))
    head = (Heading(2, (Text("Ніч"),)), Paragraph((Text("Вечір"),)), Paragraph((Text("Олена"),)))
    assert (blocks[: len(head) + len(STORY) - 1], blocks[-1]) == ((*head, *STORY[:-1]), STORY[-1])


def test_a_note_that_is_mentioned_twice_or_in_a_note_or_nowhere_is_kept() -> None:
    body = to_blocks("А[^1] і ще[^1].\n\n[^1]: Дивись[^2].\n[^2]: Сюди.\n[^3]: Ніхто не згадав.")
    assert [text for text in paragraphs(read_back(write_plain(body=body))) if "story" not in text][1:4] == [
        "А і ще1.",
        "[2] Сюди.",
        "[3] Ніхто не згадав.",
    ]


def test_each_run_says_its_language_and_the_font_of_its_script() -> None:
    looks = re.findall(
        r'w:eastAsia="([^"]+)"/>.*?<w:lang w:val="([^"]+)" w:eastAsia="([^"]+)"(?: w:bidi="([^"]+)")?/>',
        "".join(write_runs("Київ 台灣 かな 한글 שלום", RunStyle("uk"))),
    )
    assert looks == [
        ("PMingLiU", "uk-UA", "zh-TW", ""),
        ("MS Mincho", "uk-UA", "ja-JP", ""),
        ("PMingLiU", "uk-UA", "zh-TW", ""),
        ("Batang", "uk-UA", "ko-KR", ""),
        ("PMingLiU", "uk-UA", "zh-TW", ""),
        ("PMingLiU", "uk-UA", "zh-TW", "ar-SA"),
    ]


@pytest.mark.parametrize(
    ("lang", "tag", "font"),
    [
        ("zh-Hant-TW", "zh-TW", "PMingLiU"),
        ("zh-Hans", "zh-CN", "SimSun"),
        ("ja", "ja-JP", "MS Mincho"),
        ("ko", "ko-KR", "Batang"),
    ],
)
def test_chinese_japanese_and_korean_have_their_own_font(lang: str, tag: str, font: str) -> None:
    assert write_runs("家", RunStyle(lang)) == (
        f'<w:r><w:rPr><w:rFonts w:eastAsia="{font}"/><w:lang w:val="{tag}" w:eastAsia="{tag}"/></w:rPr>'
        '<w:t xml:space="preserve">家</w:t></w:r>'
    )


def test_a_text_from_the_right_is_set_so_and_latin_words_in_it_are_not() -> None:
    written = write_runs("שלום abc!", RunStyle("he"))
    assert re.findall("(<w:rtl/>)?<w:lang [^>]+/></w:rPr><w:t[^>]*>([^<]+)<", written) == [
        ("<w:rtl/>", "שלום "),
        ("", "abc"),
        ("<w:rtl/>", "!"),
    ]
    page = read_part(write_document(make_record(lang="he", title="שלום")), "word/document.xml")
    assert '<w:pStyle w:val="Title"/><w:bidi/>' in page


def test_a_photo_stands_in_its_place_with_its_words() -> None:
    content = write_plain(
        body=(Paragraph((Text("До"),)), Picture(PHOTO.key), *to_blocks("Після")), pictures=(PHOTO,)
    )
    document = Document(io.BytesIO(content))
    described = [one.get("descr") for one in document.element.iter() if one.tag.endswith("}docPr")]
    said = [(one.style and one.style.name, one.text) for one in document.paragraphs][:5]
    photos = [
        part.blob for part in document.part.package.iter_parts() if part.partname.startswith("/word/media")
    ]
    assert (described, said, photos) == (
        ["Полиця & <лампа>"],
        [
            ("Title", RECORD.title),
            ("Normal", "До"),
            ("Normal", ""),
            ("Caption", "Дім · Олена К. · CC BY 3.0"),
            ("Normal", "Після"),
        ],
        [PHOTO.content],
    )


def test_the_photo_that_stands_for_the_story_comes_first_where_nobody_has_placed_it() -> None:
    other = replace(PHOTO, file="pictures/b.jpg", key="1" * 8, words="Інше")
    record = make_record(pictures=(other, PHOTO), featured=PHOTO.file)
    placed = [block.key for block in compose_article(record) if isinstance(block, Picture)]
    assert (compose_article(record)[0], placed) == (Picture(PHOTO.key), [PHOTO.key, other.key])


def test_nothing_of_a_template_and_no_time_is_in_it() -> None:
    content = write_document(make_record())
    packed = zipfile.ZipFile(io.BytesIO(content))
    assert {one.date_time for one in packed.infolist()} == {FIRST_TIME}
    assert sorted(packed.namelist()) == [
        "[Content_Types].xml", "_rels/.rels", "docProps/core.xml", "word/_rels/document.xml.rels",
        "word/document.xml", "word/fonts.xml", "word/footnotes.xml", "word/numbering.xml",
        "word/settings.xml", "word/styles.xml",
    ]  # fmt: skip
    core = Document(io.BytesIO(content)).core_properties
    assert (core.title, core.author, core.language, core.created, core.modified, core.last_modified_by) == (
        RECORD.title, RECORD.byline, "zh-TW", None, None, "",
    )  # fmt: skip


def test_one_story_is_a_document_and_several_are_a_zip_of_them() -> None:
    one, two = make_record(uid="a" * 32), make_record(uid="b" * 32)
    assert FORMAT.for_stories(1).suffix == "docx"
    assert write_file(FORMAT.for_stories(1), [one]) == write_document(one)
    packed = zipfile.ZipFile(io.BytesIO(write_file(FORMAT.for_stories(2), [one, two])))
    assert packed.namelist() == ["zh-Hant-TW-aaaaaaaa.docx", "zh-Hant-TW-bbbbbbbb.docx"]


ORDER = {
    "pPr": [
        "pStyle",
        "keepNext",
        "keepLines",
        "numPr",
        "pBdr",
        "bidi",
        "spacing",
        "ind",
        "contextualSpacing",
        "jc",
        "outlineLvl",
    ],
    "rPr": [
        "rStyle",
        "rFonts",
        "b",
        "bCs",
        "i",
        "iCs",
        "color",
        "sz",
        "szCs",
        "u",
        "vertAlign",
        "rtl",
        "lang",
    ],
}
"""Of ECMA-376, part 1, 17.3: the children of these that we write, in its sequence, which Word insists on."""


def test_properties_stand_in_the_order_of_the_standard() -> None:
    records = [*make_records(), make_record(lang="he", title="שלום", body=STORY, pictures=(PHOTO,))]
    documents = [write_document(record) for record in records]
    parts = [read_part(one, f"word/{name}.xml") for one in documents for name in ("document", "footnotes")]
    trees = [ElementTree.fromstring(part) for part in (*parts, read_part(documents[0], "word/styles.xml"))]
    written = {
        (name, tuple(child.tag.removeprefix(W) for child in one))
        for tree in trees
        for name in ORDER
        for one in tree.iter(f"{W}{name}")
    }
    assert {(name, tuple(sorted(children, key=ORDER[name].index))) for name, children in written} == written
