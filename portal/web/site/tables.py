"""Tables the desk downloads: CSV with names for programs, XLSX with words of the reader's language."""

import os
from collections.abc import Callable, Iterable, Mapping
from tempfile import TemporaryFile
from typing import IO

from flask import Response, send_file
from flask_babel.speaklater import LazyString

from portal.export.tables import BYTE_ORDER_MARK, CSV_TYPE, XLSX_TYPE, Row, write_csv_row, write_xlsx
from portal.extensions import current_portal
from portal.storage import LentFile

CSV = "csv"
KINDS = "any(csv, xlsx):suffix"
"""Of the part of an address that says which."""


def send_table(name: str, suffix: str, columns: Mapping[str, LazyString], rows: Iterable[Row]) -> Response:
    """Send a table as a file of this kind; `columns` are names for programs to what people read."""
    # Without a name from the start: whatever stops us, nothing of it stays.
    with TemporaryFile(dir=current_portal().instance.files_folder) as out:
        if suffix == CSV:
            _write_csv(out, columns, rows)
        else:
            write_xlsx(out, "Table", [str(label) for label in columns.values()], rows)
        media_type = CSV_TYPE if suffix == CSV else XLSX_TYPE
        return send_made(LentFile(os.dup(out.fileno())), f"{name}.{suffix}", media_type)


def _write_csv(out: IO[bytes], columns: Mapping[str, LazyString], rows: Iterable[Row]) -> None:
    out.write(BYTE_ORDER_MARK.encode() + write_csv_row(list(columns)))
    for row in rows:
        out.write(write_csv_row(row))
    out.flush()


def send_made(out: LentFile, name: str, media_type: str) -> Response:
    """Send a file from where it lies, and say how long it is: who gets less can tell."""
    size = out.seek(0, os.SEEK_END)
    out.seek(0)
    answer = send_file(out, mimetype=media_type, as_attachment=True, download_name=name)
    answer.content_length = size
    return answer


def word_or_code(suffix: str, code: str, word: Callable[[], str]) -> str:
    """Return what a program reads in CSV, and a person in XLSX."""
    return code if suffix == CSV else word()
