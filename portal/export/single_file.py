"""A file with one story and nothing else."""

from collections.abc import Callable, Collection, Iterable
from typing import IO

from portal.export.formats import Writer
from portal.export.record import ExportRecord


class SingleWriter:
    """Writes what a pure function makes of the one story."""

    def __init__(self, out: IO[bytes], write_story: Callable[[ExportRecord], bytes]) -> None:
        """Begin a file."""
        self._out = out
        self._write_story = write_story
        self._uid = ""

    def add(self, record: ExportRecord) -> None:
        """Write the story."""
        if self._uid:
            raise ValueError("the file holds one story")
        self._uid = record.uid
        self._out.write(self._write_story(record))

    def finish(self) -> None:
        """End the file."""
        self._out.truncate()

    def leave_out(self, uids: Collection[str]) -> None:
        """Empty the file when the story is among these."""
        if self._uid in uids:
            self._out.seek(0)
            self._out.truncate()

    def close(self) -> None:
        """Let go of the file: there is nothing to be done."""


def single(write_story: Callable[[ExportRecord], bytes]) -> Callable[[IO[bytes], Iterable[str]], Writer]:
    """Return what begins a file with one story."""

    def begin(out: IO[bytes], _uids: Iterable[str]) -> Writer:
        return SingleWriter(out, write_story)

    return begin
