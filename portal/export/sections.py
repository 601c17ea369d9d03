"""A file with a stretch for each story, any of which can be taken out again."""

from collections.abc import Collection, Iterator
from typing import IO


class Sections:
    """Stretches of a file that can be read and written, from where it stands; of each its size is kept."""

    def __init__(self, file: IO[bytes]) -> None:
        """Begin where the file stands."""
        self._file = file
        self._begins = file.tell()
        self._sizes: list[tuple[str, int]] = []

    def __len__(self) -> int:
        """Return how many stories there are."""
        return len(self._sizes)

    def add(self, uid: str, content: bytes) -> None:
        """Write the stretch of a story."""
        self._sizes.append((uid, self._file.write(content)))

    def take_out(self, uids: Collection[str]) -> None:
        """Take stretches out; the file then stands at the end of what stays, and is cut off there."""
        sizes, self._sizes = self._sizes, []
        read_at = write_at = self._begins
        for uid, size in sizes:
            if uid not in uids:
                self._file.seek(read_at)
                content = self._file.read(size)
                self._file.seek(write_at)
                write_at += self._file.write(content)
                self._sizes.append((uid, size))
            read_at += size
        self._file.seek(write_at)
        self._file.truncate()

    def read(self) -> Iterator[bytes]:
        """Give the stretches, each by itself."""
        self._file.seek(self._begins)
        for _uid, size in self._sizes:
            yield self._file.read(size)
