"""A zip with the files of one story after the other, out of which a story can be taken again.

The same files give the same bytes: they carry no time and are stored as they are, since what deflate writes
depends on the library's version.
"""

import hashlib
import zipfile
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import IO

from portal.export.formats import EmptyFile, Writer
from portal.export.record import SHORT_ID, ExportRecord

FIRST_TIME = (1980, 1, 1, 0, 0, 0)
"""The earliest time a zip can hold: a real one would make every file different."""

_FILE_MODE = 0o100644 << 16
_UNIX = 3


@dataclass(frozen=True, slots=True)
class StoredFile:
    """A file of the archive."""

    path: str
    size: int
    sha256: bytes


class StoryArchive:
    """The zip under way. It keeps of each file where it is: an archive may be larger than the memory."""

    def __init__(self, out: IO[bytes]) -> None:
        """Begin an archive."""
        self._out = out
        self._files: dict[str, tuple[StoredFile, ...]] = {}
        self._zip = open_zip(out)

    def add(self, uid: str, files: Mapping[str, bytes]) -> None:
        """Add the files of a story, by their paths."""
        self._files[uid] = tuple(self.write(path, content) for path, content in sorted(files.items()))

    def write(self, path: str, content: bytes) -> StoredFile:
        """Add a file that belongs to no story."""
        self._check(path)
        self._zip.writestr(name_entry(path), content)
        return StoredFile(path, len(content), hashlib.sha256(content).digest())

    def _check(self, path: str) -> None:
        """Refuse a path that another file has, and one that leads out of where the archive is unpacked."""
        if path in self._zip.NameToInfo:
            raise FileExistsError("two files of an archive have one path")
        if "\\" in path or path.startswith("/") or ".." in path.split("/"):
            raise ValueError("a path leads out of the archive")

    def write_parts(self, path: str, parts: Iterable[str]) -> StoredFile:
        """Add a text that belongs to no story, a part after the other: all of it may be long."""
        size, seen = 0, hashlib.sha256()
        with self._zip.open(name_entry(path), "w") as out:
            for part in parts:
                size += out.write(content := part.encode())
                seen.update(content)
        return StoredFile(path, size, seen.digest())

    def list_files(self) -> list[StoredFile]:
        """Return the files of all stories."""
        return [one for files in self._files.values() for one in files]

    def finish(self) -> None:
        """End the archive: it is whole then."""
        self._zip.close()
        self._out.truncate()

    def take_out(self, uids: Collection[str]) -> None:
        """Write an archive that is whole anew without these stories, and without what belongs to no story.

        In its place, so that it needs no room: what stays moves towards the beginning. It has to be ended.
        """
        self._files = {uid: files for uid, files in self._files.items() if uid not in uids}
        with zipfile.ZipFile(self._out) as old:
            self._out.seek(0)
            self._zip = open_zip(self._out)
            for one in self.list_files():
                self.write(one.path, old.read(one.path))

    def close(self) -> None:
        """Let go of the file, which may not be whole."""
        with suppress(OSError):
            self._zip.close()


def open_zip(out: IO[bytes]) -> zipfile.ZipFile:
    """Begin a zip that is the same for the same files."""
    return zipfile.ZipFile(out, "w", zipfile.ZIP_STORED)


def name_entry(path: str) -> zipfile.ZipInfo:
    """Return the entry of a file: every one has the same time and mode."""
    entry = zipfile.ZipInfo(path, FIRST_TIME)
    entry.create_system = _UNIX
    entry.external_attr = _FILE_MODE
    return entry


class FolderNames:
    """Names for stories that are short and differ: ids that begin alike are written out."""

    def __init__(self, uids: Iterable[str]) -> None:
        """Take note of the ids of all stories that may come."""
        self._uses = Counter(uid[:SHORT_ID] for uid in uids)

    def name(self, record: ExportRecord) -> str:
        """Return `<short id>` or the whole id."""
        return record.short_id if self._uses[record.short_id] == 1 else record.uid


WriteStory = Callable[[ExportRecord, str], Mapping[str, bytes]]
"""A format as a pure function: of a record and a name of its own, to files by their paths."""


class FilesWriter:
    """Writes what a pure function makes of each story, and nothing else."""

    def __init__(self, out: IO[bytes], uids: Iterable[str], write_story: WriteStory) -> None:
        """Begin an archive of some of the stories that have these ids."""
        self._archive = StoryArchive(out)
        self._names = FolderNames(uids)
        self._write_story = write_story

    def add(self, record: ExportRecord) -> None:
        """Write a story."""
        files = self._write_story(record, self._names.name(record))
        if not files:
            raise EmptyFile("no file was written of a story")
        self._archive.add(record.uid, files)

    def finish(self) -> None:
        """End the archive."""
        self._archive.finish()

    def leave_out(self, uids: Collection[str]) -> None:
        """Take stories out again."""
        self._archive.take_out(uids)
        self.finish()

    def close(self) -> None:
        """Let go of the file."""
        self._archive.close()


def zipped(write_story: WriteStory) -> Callable[[IO[bytes], Iterable[str]], Writer]:
    """Return what begins an archive with these files of each story."""

    def begin(out: IO[bytes], uids: Iterable[str]) -> Writer:
        return FilesWriter(out, uids, write_story)

    return begin
