"""Files of an export, as bytes."""

import io
from collections.abc import Sequence

from portal.export.formats import installed_formats
from portal.export.record import ExportRecord


def write_file(name: str, records: Sequence[ExportRecord], *, without: Sequence[ExportRecord] = ()) -> bytes:
    """Return the file of a format with these stories, some of which are taken out of it again."""
    out = io.BytesIO()
    writer = installed_formats().usable[name].begin(out, [record.uid for record in records])
    for record in records:
        writer.add(record)
    writer.finish()
    if without:
        writer.leave_out({record.uid for record in without})
    return out.getvalue()
