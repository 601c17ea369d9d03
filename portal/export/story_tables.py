"""The stories that leave as a table: a row for each, without its text."""

import json
from collections.abc import Collection, Iterable, Iterator
from datetime import datetime
from tempfile import TemporaryFile
from typing import IO

from flask_babel import lazy_gettext as _l

from portal.export.formats import Format
from portal.export.record import ExportRecord
from portal.export.sections import Sections
from portal.export.tables import (
    BYTE_ORDER_MARK,
    CSV_TYPE,
    XLSX_TYPE,
    Cell,
    Row,
    write_csv_row,
    write_xlsx,
)
from portal.story.blocks import paragraphs
from portal.story.count import count_units

COLUMNS = {
    "id": _l("Id"),
    "language": _l("Language"),
    "original_language": _l("Language of the original"),
    "title": _l("Headline"),
    "dek": _l("Tagline (dek)"),
    "excerpt": _l("Excerpt"),
    "byline": _l("Name to print"),
    "content_warning": _l("Content warning"),
    "state": _l("State"),
    "accepted_at": _l("Accepted"),
    "edited_at": _l("Last edited"),
    "words": _l("Words"),
    "unspaced_characters": _l("Characters (Chinese, Japanese, Korean, Thai and similar)"),
    "photos": _l("Photos"),
    "licence": _l("Licence"),
    "licence_address": _l("Address of the licence"),
    "slug": _l("Slug"),
    "topics": _l("Topics"),
    "published_at": _l("Published at"),
}
"""Names for programs to what people read."""
PUBLISHED, APPROVED = "published", "approved"
_MOMENT = "moment"


def describe_row(record: ExportRecord) -> Row:
    """Return the row of a story, in the order of the columns."""
    counted = count_units("\n".join(paragraphs(record.body)))
    cells: dict[str, Cell] = {
        "id": record.uid,
        "language": record.lang,
        "original_language": record.original_lang,
        "title": record.title,
        "dek": record.dek,
        "excerpt": record.excerpt,
        "byline": record.byline,
        "content_warning": record.content_warning,
        "state": PUBLISHED if record.addresses else APPROVED,
        "accepted_at": record.accepted_at,
        "edited_at": record.edited_at,
        "words": counted.words,
        "unspaced_characters": counted.characters,
        "photos": len(record.pictures),
        "licence": record.licence.name,
        "licence_address": record.licence.uri,
        "slug": record.slug,
        "topics": ", ".join(topic.name for topic in record.topics),
        "published_at": " ".join(one.url for one in record.addresses),
    }
    return [cells[name] for name in COLUMNS]


class CsvWriter:
    """Writes a line for each story; the names of the columns never change with the language."""

    def __init__(self, out: IO[bytes], _uids: Iterable[str]) -> None:
        """Begin a table."""
        self._out = out
        out.write(BYTE_ORDER_MARK.encode() + write_csv_row(list(COLUMNS)))
        self._sections = Sections(out)

    def add(self, record: ExportRecord) -> None:
        """Write a story."""
        self._sections.add(record.uid, write_csv_row(describe_row(record)))

    def finish(self) -> None:
        """End the table."""
        self._out.truncate()

    def leave_out(self, uids: Collection[str]) -> None:
        """Take stories out."""
        self._sections.take_out(uids)

    def close(self) -> None:
        """Let go of the file: there is nothing to be done."""


class XlsxWriter:
    """Keeps rows in a file without a name, and makes the workbook of them: that is only written whole."""

    def __init__(self, out: IO[bytes], _uids: Iterable[str]) -> None:
        """Begin a table."""
        self._out = out
        self._rows = TemporaryFile()  # noqa: SIM115  # closed by close()
        self._sections = Sections(self._rows)

    def add(self, record: ExportRecord) -> None:
        """Take note of a story."""
        self._sections.add(record.uid, _keep_row(describe_row(record)))

    def finish(self) -> None:
        """Write the workbook."""
        self._out.seek(0)
        self._out.truncate()
        headings = [str(label) for label in COLUMNS.values()]
        write_xlsx(self._out, "Stories", headings, map(_read_row, self._sections.read()))

    def leave_out(self, uids: Collection[str]) -> None:
        """Take stories out."""
        self._sections.take_out(uids)
        self.finish()

    def close(self) -> None:
        """Let go of the rows."""
        self._rows.close()


def _keep_row(row: Row) -> bytes:
    cells = [{_MOMENT: cell.isoformat()} if isinstance(cell, datetime) else cell for cell in row]
    return json.dumps(cells).encode()


def _read_row(kept: bytes) -> Row:
    return list(_read_cells(json.loads(kept)))


def _read_cells(cells: list[str | int | dict[str, str] | None]) -> Iterator[Cell]:
    for cell in cells:
        yield datetime.fromisoformat(cell[_MOMENT]) if isinstance(cell, dict) else cell


CSV = Format(
    CsvWriter,
    "csv",
    CSV_TYPE,
    _l("Download a table as CSV"),
    _l("A line for each story, without its text, for other programs."),
    name=_l("Table as CSV"),
)
XLSX = Format(
    XlsxWriter,
    "xlsx",
    XLSX_TYPE,
    _l("Download a table for Excel"),
    _l("A row for each story, without its text."),
    name=_l("Table for Excel"),
)
