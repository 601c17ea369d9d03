"""Tables as CSV for other programs and as XLSX for people; no cell of either is ever a formula."""

import csv
import io
import re
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from tempfile import TemporaryDirectory
from typing import IO

import xlsxwriter
from xlsxwriter.format import Format as CellFormat
from xlsxwriter.worksheet import Worksheet

Cell = str | int | datetime | None
Row = Sequence[Cell]

BYTE_ORDER_MARK = "\ufeff"
"""By which Excel knows that a CSV file is in UTF-8."""
CSV_TYPE = "text/csv"
XLSX_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

_FORMULA = re.compile(r"'*\s*[=+\-@＝＋－＠]|'*[\t\r\n]")
_LONGEST_CELL = 32_767
"""In units of UTF-16, which Excel counts; it calls a workbook with a longer one damaged."""
_WIDTH = 24
_FIRST_DAY = datetime(1980, 1, 1)  # noqa: DTZ001  # Excel knows no zones; a real one would make files differ


def write_csv_row(row: Row) -> bytes:
    """Return a line of CSV; times are UTC in ISO 8601."""
    line = io.StringIO()
    csv.writer(line, lineterminator="\r\n").writerow([_spell(cell) for cell in row])
    return line.getvalue().encode()


def _spell(cell: Cell) -> str:
    match cell:
        case None:
            return ""
        case datetime():
            return cell.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        case str():
            return guard_formula(cell)
        case _:
            return str(cell)


def guard_formula(text: str) -> str:
    """Return a text that no spreadsheet takes for a formula: an apostrophe before it says so."""
    return f"'{text}" if _FORMULA.match(text) else text


def write_xlsx(out: IO[bytes], name: str, headings: Sequence[str], rows: Iterable[Row]) -> None:
    """Write a workbook with one sheet, row after row; equal rows give equal bytes."""
    with TemporaryDirectory(prefix="portal-") as folder:
        options = {
            "constant_memory": True,
            "tmpdir": folder,
            "strings_to_formulas": False,
            "strings_to_urls": False,
            "strings_to_numbers": False,
        }
        with xlsxwriter.Workbook(out, options) as book:
            book.set_properties({"created": _FIRST_DAY})
            sheet = book.add_worksheet(name)
            moments = book.add_format({"num_format": "yyyy-mm-dd hh:mm"})
            sheet.set_column(0, len(headings) - 1, _WIDTH)
            sheet.freeze_panes(1, 0)
            _write_row(sheet, 0, headings, book.add_format({"bold": True}))
            for number, row in enumerate(rows, 1):
                _write_row(sheet, number, row, moments)


def _write_row(sheet: Worksheet, number: int, row: Row, look: CellFormat) -> None:
    for column, cell in enumerate(row):
        match cell:
            case None | "":
                continue
            case datetime():
                # In UTC, and without saying so: Excel has no zones.
                sheet.write_datetime(number, column, cell.astimezone(UTC).replace(tzinfo=None), look)
            case str():
                sheet.write_string(number, column, _cut(cell), look if number == 0 else None)
            case _:
                sheet.write_number(number, column, cell)


def _cut(text: str) -> str:
    units = text.encode("utf-16-le")
    return (
        text if len(units) <= 2 * _LONGEST_CELL else units[: 2 * _LONGEST_CELL].decode("utf-16-le", "ignore")
    )
