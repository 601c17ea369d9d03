"""Tables as CSV and XLSX: no formulas, the same bytes. What LibreOffice makes of them has its own file."""

import csv
import io
import zipfile
from datetime import datetime, timedelta, timezone

import pytest
from openpyxl import load_workbook

from portal.export.formats import installed_formats
from portal.export.record import Address
from portal.export.tables import guard_formula, write_csv_row, write_xlsx
from portal.export.testing import make_records, write_file
from portal.story.blocks import Paragraph, Text
from tests.support.format_readers import read_guarded
from tests.unit.export.records import make_record

CSV, XLSX = installed_formats().usable["csv"], installed_formats().usable["xlsx"]
FIRST_DAY = datetime(1980, 1, 1)  # noqa: DTZ001  # files know no zones
NOON_IN_TAIPEI = datetime(2026, 3, 14, 12, 0, tzinfo=timezone(timedelta(hours=8)))


def test_a_story_is_a_row() -> None:
    record = make_record(
        lang="uk",
        title="Ніч, «одна»",
        body=(Paragraph((Text("Три слова тут"),)),),
        addresses=(Address("uk", "https://example.org/1"), Address("en", "https://example.org/2")),
    )
    content = write_file(CSV, [record])
    (row,) = csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline=""))
    assert content.startswith(b"\xef\xbb\xbfid,language,")
    assert row == {
        "id": record.uid,
        "language": "uk",
        "original_language": "zh-Hant-TW",
        "title": "Ніч, «одна»",
        "dek": "一個晚上",
        "excerpt": "六點，燈滅了。",
        "byline": "林小美",
        "content_warning": "提到轟炸。",
        "state": "published",
        "accepted_at": "2026-03-14T09:00:00Z",
        "edited_at": "2026-03-14T09:00:00Z",
        "words": "3",
        "unspaced_characters": "0",
        "photos": "0",
        "licence": "CC BY 3.0",
        "licence_address": record.licence.uri,
        "slug": "story-01234567",
        "topics": "歷史",
        "published_at": "https://example.org/1 https://example.org/2",
    }


@pytest.mark.parametrize(
    "text", ["=1+1", "+1", "-1", "@SUM(1)", "\t=1", "\r=1", " =1", "＝1+1", "'=1", "''-1"]
)
def test_what_a_spreadsheet_would_run_has_an_apostrophe_before_it_and_comes_back(text: str) -> None:
    assert (guard_formula(text), read_guarded(guard_formula(text))) == (f"'{text}", text)


@pytest.mark.parametrize("text", ["", "'", "'a", "п’ять", "a=1", "1-1", "「=」"])
def test_other_words_stay_as_they_are(text: str) -> None:
    assert (guard_formula(text), read_guarded(text)) == (text, text)


def test_a_cell_of_excel_is_text_a_number_or_a_time_and_never_a_formula_or_a_link() -> None:
    out = io.BytesIO()
    write_xlsx(out, "A", ["a"], [["=1+1", 7, NOON_IN_TAIPEI, None, "https://example.org/", "00123"]])
    (_head, row) = load_workbook(out).worksheets[0].iter_rows()
    assert [(cell.value, cell.data_type, cell.hyperlink) for cell in row] == [
        ("=1+1", "s", None),
        (7, "n", None),
        (datetime(2026, 3, 14, 4, 0), "d", None),  # noqa: DTZ001  # Excel has no zones
        (None, "n", None),
        ("https://example.org/", "s", None),
        ("00123", "s", None),
    ]


def test_a_time_in_csv_is_utc() -> None:
    assert write_csv_row([NOON_IN_TAIPEI, None, 7]) == b"2026-03-14T04:00:00Z,,7\r\n"


def test_no_time_of_the_moment_is_in_a_workbook() -> None:
    content = write_file(XLSX, make_records()[:1])
    packed = zipfile.ZipFile(io.BytesIO(content))
    made = load_workbook(io.BytesIO(content)).properties
    assert {one.date_time for one in packed.infolist()} == {(1980, 1, 31, 0, 0, 0)}
    assert (made.created, made.modified, made.creator) == (FIRST_DAY, FIRST_DAY, None)


def test_a_cell_is_cut_where_excel_would_call_the_table_damaged() -> None:
    out = io.BytesIO()
    write_xlsx(out, "A", ["a"], [["家" * 32_768], ["a" + "🕯" * 16_384]])
    (_head, (plain,), (astral,)) = load_workbook(out).worksheets[0].iter_rows(values_only=True)
    assert (plain, astral) == ("家" * 32_767, "a" + "🕯" * 16_383)
