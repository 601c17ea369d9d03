"""The formats a coverage can leave in. One more format is one more file and one more line here."""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import IO, Protocol

from flask_babel import lazy_gettext as _l
from flask_babel.speaklater import LazyString

from portal.export.bundle import BundleWriter
from portal.export.handoff import SheetsWriter
from portal.export.record import ExportRecord


class Writer(Protocol):
    """Writes a file a story after the other, so that it need not fit into the memory."""

    def add(self, record: ExportRecord) -> None:
        """Write a story."""

    def finish(self) -> None:
        """Write what comes last: then the file is whole."""

    def leave_out(self, uids: Collection[str]) -> None:
        """Take stories out of the file that is whole; it is again, and has none of their bytes."""

    def close(self) -> None:
        """Let go of the file, which may not be whole; it is closed elsewhere, after this."""


@dataclass(frozen=True)
class Format:
    """How a format is made and what its file is called."""

    begin: Callable[[IO[bytes], Iterable[str]], Writer]
    """Begins a file, which can be read and written, of some of the stories that have these ids."""
    suffix: str
    media_type: str
    label: LazyString
    """Of the button on the export page."""
    hint: LazyString


FORMATS: Mapping[str, Format] = {
    "bundle": Format(
        BundleWriter,
        "zip",
        "application/zip",
        _l("Download the bundle"),
        _l("A zip file with every story as a page, as Markdown and as data."),
    ),
    "handoff": Format(
        SheetsWriter,
        "html",
        "text/html; charset=utf-8",
        _l("Open the hand-off sheet"),
        _l("Every field of a WordPress post, ready to copy."),
    ),
}
