"""What LibreOffice reads in the documents and tables we write: every character, and what it is."""

import io
import zipfile
from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path

import pytest

from portal.export.article import compose_article
from portal.export.docx import write_document
from portal.export.formats import installed_formats
from portal.export.record import ExportRecord
from portal.export.story_tables import COLUMNS, describe_row
from portal.export.tables import guard_formula
from portal.export.testing import make_records, write_file
from portal.story.blocks import Notes, Picture, paragraphs
from tests.support.debian_readers import open_in_libreoffice
from tests.support.opendocument import OpenDocument, read_cells, read_document
from tests.unit.export.records import RECORD, make_record
from tests.unit.export.test_docx import PHOTO, STORY

pytestmark = pytest.mark.long_run

DOCX, CSV, XLSX = (installed_formats().usable[name] for name in ("docx", "csv", "xlsx"))
RECORDS = make_records()
WHOLE = make_record(lang="uk", title="Ніч", dek="Вечір", body=STORY, pictures=(PHOTO,))
HEBREW = make_record(uid="c" * 32, lang="he", title="שלום abc")
UTF_8 = "76"
TEXT_IN_EACH_COLUMN = "/".join(f"{number}/2" for number in range(1, len(COLUMNS) + 1))


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> dict[str, OpenDocument]:
    """Open a choice of stories, each a document of the archive, and one that left by itself."""
    folder = tmp_path_factory.mktemp("documents")
    archive = io.BytesIO(write_file(DOCX.for_stories(len(RECORDS)), [*RECORDS, HEBREW]))
    zipfile.ZipFile(archive).extractall(folder)
    (folder / "one.docx").write_bytes(write_file(DOCX.for_stories(1), [WHOLE]))
    saved = open_in_libreoffice(sorted(folder.glob("*.docx")), folder)
    return {name: read_document(path) for name, path in saved.items()}


def test_libreoffice_opens_every_document(opened: dict[str, OpenDocument]) -> None:
    assert set(opened) == {"one", *map(name_document, [*RECORDS, HEBREW])}


def name_document(record: ExportRecord) -> str:
    return f"{record.lang}-{record.short_id}"


def test_every_character_of_every_story_is_read_in_its_order(opened: dict[str, OpenDocument]) -> None:
    read = {record.uid: opened[name_document(record)] for record in RECORDS}
    assert {uid: list_words(one) for uid, one in read.items()} == {
        record.uid: list(list_written(record)) for record in RECORDS
    }
    assert {uid: one.pictures for uid, one in read.items()} == {
        record.uid: [photo.description for photo in record.pictures] for record in RECORDS
    }
    assert {uid: one.notes for uid, one in read.items()} == {
        record.uid: [f" {text}" for text in list_notes(record)] for record in RECORDS
    }


def list_words(one: OpenDocument) -> list[str]:
    return [line for _style, words in one.paragraphs for line in words.split("\n") if line.strip()]


def list_notes(record: ExportRecord) -> Sequence[str]:
    return paragraphs([block for block in record.body if isinstance(block, Notes)])


def list_written(record: ExportRecord) -> Iterator[str]:
    """Give the words of a document, a line after the other, but for its notes."""
    yield from filter(None, (record.title, record.dek, record.byline, record.content_warning))
    for block in compose_article(record):
        if isinstance(block, Picture):
            yield record.figures[block.key].caption
        elif not isinstance(block, Notes):
            yield from (line for text in paragraphs([block]) for line in text.split("\n") if line.strip())
    yield from (line.strip() for line in record.bio.split("\n") if line.strip())
    yield " · ".join(filter(None, (record.title, record.byline, record.licence.name)))


def test_headings_lists_quotes_and_captions_are_what_they_are_called(
    opened: dict[str, OpenDocument],
) -> None:
    assert opened["one"].paragraphs == [
        ("Title", "Ніч"),
        ("Subtitle", "Вечір"),
        ("Standard", RECORD.byline),
        ("Standard", RECORD.content_warning),
        ("Standard", "Слово міцне і м’яке, посилання.\nДругий рядок."),
        ("Heading 2: 2", "Розділ"),
        ("Heading 3: 3", "Підрозділ"),
        ("Heading 4: 4", "Ще нижчий"),
        ("List Bullet", "перше"),
        ("List Bullet", "друге"),
        ("List Number", "раз"),
        ("List Number", "два"),
        ("Standard", "Між списками"),
        ("List Number", "знову раз"),
        ("List Number", "два"),
        ("Quote", "Цитата у два"),
        ("Quote", "абзаци"),
        ("Standard", "Кінець."),
        ("Standard", ""),
        ("caption", "Дім · Олена К. · CC BY 3.0"),
        ("Standard", RECORD.bio),
        ("Standard", f"Ніч · {RECORD.byline} · CC BY 3.0"),
        ("Standard", ""),
    ]


def test_notes_links_and_what_is_told_of_a_photo_are_read(opened: dict[str, OpenDocument]) -> None:
    one = opened["one"]
    assert (one.notes, one.pictures, one.links) == (
        [" Примітка з адресою.", " Друга."],
        [PHOTO.description],
        [
            ("https://example.org/%D0%BF?a=1&b=(2)", "посилання"),
            ("https://example.org/n", "адресою"),
            (RECORD.licence.uri, "CC BY 3.0"),
        ],
    )


def test_a_word_knows_its_language_its_stress_and_the_font_of_east_asia(
    opened: dict[str, OpenDocument],
) -> None:
    assert opened["one"].looks["і"] == {
        "language": "uk",
        "country": "UA",
        "language-asian": "zh",
        "country-asian": "TW",
        "font-name-asian": "PMingLiU",
        **{f"font-weight{script}": "bold" for script in ("", "-asian", "-complex")},
        **{f"font-style{script}": "italic" for script in ("", "-asian", "-complex")},
    }


def test_a_text_from_the_right_is_read_from_the_right(opened: dict[str, OpenDocument]) -> None:
    hebrew = opened[name_document(HEBREW)]
    assert (hebrew.directions["שלום abc"], hebrew.looks["שלום abc"]["language-complex"]) == ("rl-tb", "he")


def test_a_damaged_document_would_be_noticed(tmp_path: Path) -> None:
    sound = zipfile.ZipFile(io.BytesIO(write_document(WHOLE)))
    cut_short = ["word/document.xml", "word/footnotes.xml", "word/styles.xml"]
    damaged = [tmp_path / f"{number}.docx" for number in range(len(cut_short))]
    for path, part in zip(damaged, cut_short, strict=True):
        with zipfile.ZipFile(path, "w") as out:
            for name in sound.namelist():
                out.writestr(name, sound.read(name)[: -9 if name == part else None])
    assert open_in_libreoffice(damaged, tmp_path) == {}


def open_table(folder: Path, suffix: str, *options: str) -> list[list[tuple[str, str]]]:
    table = folder / f"table.{suffix}"
    table.write_bytes(write_file({"csv": CSV, "xlsx": XLSX}[suffix], RECORDS))
    return read_cells(open_in_libreoffice([table], folder, *options)["table"])


def test_every_cell_of_a_table_for_excel_is_read_as_it_was_meant(tmp_path: Path) -> None:
    _head, *rows = open_table(tmp_path, "xlsx")
    assert rows == [list(map(read_as, describe_row(record))) for record in RECORDS]


def read_as(cell: object) -> tuple[str, str]:
    match cell:
        case datetime():
            return "date", f"{cell:%Y-%m-%dT%H:%M:%S}"
        case int():
            return "float", str(cell)
        case _:
            return ("string", str(cell)) if cell else ("", "")


def test_a_table_as_csv_holds_every_character_for_who_takes_its_columns_as_text(tmp_path: Path) -> None:
    rows = open_table(tmp_path, "csv", f"--infilter=CSV:44,34,{UTF_8},1,{TEXT_IN_EACH_COLUMN}")
    assert [[words for _kind, words in row] for row in rows] == [
        list(COLUMNS),
        *([spell(cell) for cell in describe_row(record)] for record in RECORDS),
    ]


def spell(cell: object) -> str:
    match cell:
        case datetime():
            return f"{cell:%Y-%m-%dT%H:%M:%SZ}"
        case _:
            return guard_formula(str(cell))


def test_nothing_in_a_table_as_csv_is_run(tmp_path: Path) -> None:
    rows = open_table(tmp_path, "csv", f"--infilter=CSV:44,34,{UTF_8},1")
    assert {kind for row in rows for kind, _words in row} == {"string", "float", "date"}
