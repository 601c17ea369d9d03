"""The formats a coverage can leave in. One more format is one more file and one more line here."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from portal.export.bundle import write_bundle
from portal.export.handoff import write_sheets
from portal.export.record import ExportRecord


@dataclass(frozen=True)
class Format:
    """How a format is made and what its file is called."""

    write: Callable[[Sequence[ExportRecord]], bytes]
    suffix: str
    media_type: str


FORMATS: Mapping[str, Format] = {
    "bundle": Format(write_bundle, "zip", "application/zip"),
    "handoff": Format(write_sheets, "html", "text/html; charset=utf-8"),
}
