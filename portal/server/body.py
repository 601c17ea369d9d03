"""A body on its way in: in memory while it is short, else in a nameless file of the instance folder."""

import io
import threading
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryFile

from portal.domain.documents import NoRoom
from portal.storage import refuse_when_full, write_all

_SHORT = 256 * 1024
"""Bytes that are not worth a file."""
_LOOK = 1024 * 1024
"""Bytes between two looks at the room: many bodies that begin at the same moment all find some."""


class Memory:
    """How many bytes of long bodies may wait in memory where the disk takes none, for a whole worker."""

    def __init__(self, most: int) -> None:
        """Begin with nothing taken."""
        self._left = most
        self._lock = threading.Lock()

    def take(self, size: int) -> None:
        """Take so many bytes. Raises NoRoom."""
        with self._lock:
            if size > self._left:
                raise NoRoom
            self._left -= size

    def give_back(self, size: int) -> None:
        """Give them back."""
        with self._lock:
            self._left += size


class Body:
    """A body as waitress fills it: `append` while it arrives, `getfile` once it is whole.

    On a full disk it stays in memory: the words beside a file must not be lost with it.
    """

    def __init__(self, folder: Path, *, memory: Memory, has_room: Callable[[], bool]) -> None:
        """Begin in memory; `has_room` says whether the disk of the folder takes files."""
        self._folder, self._memory, self._has_room = folder, memory, has_room
        self._file: io.BytesIO | io.FileIO = io.BytesIO()
        self._size = self._taken = self._looked = 0
        self._may_move = True

    def __len__(self) -> int:
        """Return the bytes that have arrived."""
        return self._size

    def append(self, data: bytes) -> None:
        """Add bytes. Raises NoRoom where neither disk nor memory takes them."""
        self._size += len(data)
        if self._size > _SHORT and self._may_move and isinstance(self._file, io.BytesIO):
            self._move_to_disk()
        if isinstance(self._file, io.FileIO):
            try:
                self._write(self._file, data)
            except NoRoom:
                self._move_to_memory(self._size - len(data))
            else:
                return
        if self._size > _SHORT:
            self._memory.take(len(data))
            self._taken += len(data)
        self._file.write(data)

    def _write(self, file: io.FileIO, data: bytes) -> None:
        if self._size - self._looked >= _LOOK:
            self._looked = self._size
            if not self._has_room():
                raise NoRoom
        with refuse_when_full():
            write_all(file, data)

    def _move_to_disk(self) -> None:
        content = self._file.getvalue()  # type: ignore[union-attr]  # it is in memory still
        self._may_move = self._has_room()
        if not self._may_move:
            return
        try:
            with refuse_when_full():
                # Without a buffer of Python's: that would tell of a full disk later.
                self._file = TemporaryFile(dir=self._folder, buffering=0)  # noqa: SIM115  # closed with this
                write_all(self._file, content)
        except NoRoom:
            self._may_move = False
            self._file.close()
            self._file = io.BytesIO()
            self._file.write(content)

    def _move_to_memory(self, whole: int) -> None:
        self._memory.take(whole)
        self._taken, self._may_move = whole, False
        self._file.seek(0)
        kept = io.BytesIO()
        kept.write(self._file.read(whole))
        self._file.close()
        self._file = kept

    def getfile(self) -> io.BytesIO | io.FileIO:
        """Return it to be read from its beginning."""
        self._file.seek(0)
        return self._file

    def close(self) -> None:
        """Give memory and disk back."""
        self._file.close()
        self._memory.give_back(self._taken)
        self._taken = 0
