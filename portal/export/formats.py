"""The formats a coverage can leave in: whatever packages declare as entry points, ours before all others."""

import logging
import os
import re
from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from functools import cache
from importlib.metadata import EntryPoint, entry_points
from typing import IO, Protocol

from flask_babel.speaklater import LazyString

from portal.domain.errors import FormatFailed
from portal.export.record import ExportRecord
from portal.queries.drafts import DraftFilter
from portal.storage import FULL_DISK

GROUP = "portal.formats"
"""The group of entry points; a name in it is the name of a format, its value a `Format`."""
OWN_PACKAGE = "story-portal"

_NAME = re.compile("[a-z0-9][a-z0-9-]{0,31}")
_SUFFIX = re.compile("[a-z0-9]{1,12}")
_MEDIA_TYPE = re.compile(r"[\w.+-]+/[\w.+-]+(?:; [\w-]+=[\w-]+)?", re.ASCII)
_log = logging.getLogger(__name__)


class EmptyFile(Exception):
    """A format has written nothing, of a story or at all."""


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
    """A format of export: how it is made and what its file is called."""

    begin: Callable[[IO[bytes], Iterable[str]], Writer]
    """Begins a file, which can be read and written, of some of the stories that have these ids."""
    suffix: str
    media_type: str
    label: LazyString | str
    """Of the button on the export page."""
    hint: LazyString | str
    single: "Format | None" = None
    """How one story by itself is written, where that is another kind of file."""
    fetches_photos: bool = False
    """Whether its file names addresses at which photos are fetched, see `PictureRecord.address`."""
    is_imported_once: bool = False
    """Whether what reads it makes a second copy of a story it was given before."""
    name: LazyString | str = ""
    """Of what was made, in a list; where it is empty, the label stands there."""
    fetching_hint: LazyString | str = ""
    """How what reads it is told to fetch the photos; where it is empty, a sentence that fits any format."""
    no_fetching_hint: LazyString | str = ""
    """The same where nobody can fetch them from this portal."""

    def narrow(self, wanted: DraftFilter) -> DraftFilter:
        """Return the filter for all that match: what is imported once must be new to everybody."""
        return replace(wanted, reader="") if self.is_imported_once else wanted

    def for_stories(self, number: int) -> "Format":
        """Return how so many chosen stories are written."""
        return self.single if self.single is not None and number == 1 else self


@dataclass(frozen=True)
class BrokenFormat:
    """A format that a package declares and that cannot be used."""

    name: str
    package: str
    fault: str


@dataclass(frozen=True)
class Formats:
    """The formats that packages of this installation declare."""

    usable: dict[str, Format] = field(default_factory=dict)
    broken: tuple[BrokenFormat, ...] = ()


@cache
def installed_formats() -> Formats:
    """Return the formats of this installation, by name; packages come and go only while it stands still."""
    return read_formats(entry_points(group=GROUP))


def read_formats(declared: Iterable[EntryPoint]) -> Formats:
    """Load what is declared. What cannot be used is logged and left out: the others still work."""
    usable: dict[str, Format] = {}
    broken: list[BrokenFormat] = []
    for entry in sorted(declared, key=lambda entry: (_name_package(entry) != OWN_PACKAGE, entry.name)):
        package = _name_package(entry)
        try:
            made = _load(entry, usable)
        # Whatever a package of somebody else does when it is imported, the page must show the others.
        except (Exception, SystemExit) as error:
            broken.append(BrokenFormat(entry.name, package, f"{type(error).__name__}: {error}"))
            _log.warning("The format %s of %s cannot be used: %s", entry.name, package, type(error).__name__)
        else:
            usable[entry.name] = made if package == OWN_PACKAGE else _guard(made, entry.name)
    return Formats(usable, tuple(broken))


def _name_package(entry: EntryPoint) -> str:
    return entry.dist.name if entry.dist is not None else ""


def _load(entry: EntryPoint, taken: Collection[str]) -> Format:
    if not _NAME.fullmatch(entry.name):
        raise ValueError("a name is of small letters, digits and hyphens")
    if entry.name in taken:
        raise ValueError("another format has this name")
    made = entry.load()
    if not isinstance(made, Format):
        raise TypeError(f"{entry.value} is no portal.export.formats.Format")
    for one in (made, made.single):
        if one is not None and not _SUFFIX.fullmatch(one.suffix):
            raise ValueError(f"{one.suffix!r} is no suffix of a file")
        if one is not None and not _MEDIA_TYPE.fullmatch(one.media_type):
            raise ValueError(f"{one.media_type!r} is no media type")
    if not str(made.label).strip():
        raise ValueError("its button says nothing")
    str(made.hint), str(made.name), str(made.fetching_hint), str(made.no_fetching_hint)
    return made


def _guard(made: Format, name: str) -> Format:
    """Return a format of another package, whose faults become ours to tell."""

    def begin(out: IO[bytes], uids: Iterable[str]) -> Writer:
        with _telling(name):
            return _Guarded(made.begin(out, uids), out, name)

    return replace(made, begin=begin, single=_guard(made.single, name) if made.single else None)


class _Guarded:
    """A writer of another package."""

    def __init__(self, writer: Writer, out: IO[bytes], name: str) -> None:
        self._writer = writer
        self._out = out
        self._name = name

    def add(self, record: ExportRecord) -> None:
        with _telling(self._name):
            self._writer.add(record)

    def finish(self) -> None:
        with _telling(self._name):
            self._writer.finish()
            if not self._out.seek(0, os.SEEK_END):
                raise EmptyFile

    def leave_out(self, uids: Collection[str]) -> None:
        with _telling(self._name):
            self._writer.leave_out(uids)

    def close(self) -> None:
        # What became of the file is known by then: stories that count as having left are in it.
        with suppress(FormatFailed, OSError), _telling(self._name):
            self._writer.close()


@contextmanager
def _telling(name: str) -> Iterator[None]:
    """Raise FormatFailed for a fault of the package; a full disk is none. No log gets words of a story."""
    try:
        yield
    except (Exception, SystemExit) as error:
        if isinstance(error, OSError) and error.errno in FULL_DISK:
            raise
        _log.error("The format %s failed: %s", name, type(error).__name__)
        raise FormatFailed(name) from None
