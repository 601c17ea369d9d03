"""Files of an export, as bytes."""

from collections.abc import Sequence

from portal.export import testing
from portal.export.formats import installed_formats
from portal.export.record import ExportRecord


def write_file(name: str, records: Sequence[ExportRecord], *, without: Sequence[ExportRecord] = ()) -> bytes:
    """Return the file of a format with these stories, some of which are taken out of it again."""
    return testing.write_file(installed_formats().usable[name], records, without=without)
