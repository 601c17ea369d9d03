"""Files of the instance folder by random name: whole or not there, written before the row that names them."""

import errno
import hashlib
import io
import os
import re
import secrets
import shutil
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, date, datetime
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO, Any

from portal.domain.deadlines import round_to_hour
from portal.domain.documents import NoRoom
from portal.sealing.sealed_file import SealedFile, make_file_key, open_sealed_file, seal_content
from portal.whole_file import sync_folder

_NAME_BYTES = 16
_OWNER_ONLY = 0o600
_IN_MEMORY = 512 * 1024
"""Bytes of an arriving file that are not worth a file."""
_FOLDER_MODE = 0o700
_HOUR = 3600
_DAY = re.compile(r"\d{4}-\d\d-\d\d")
UNCLAIMED = ".unclaimed"
"""Folder inside the folder of files where those of unknown owner lie, by the day they were set aside."""
SCRATCH = ".upload-"
"""How folders begin, inside the folder of files, in which a file lies in the open while it is cleaned."""
BALLAST = "ballast"
BALLAST_BYTES = 64 * 1024 * 1024


FULL_DISK = frozenset({errno.ENOSPC, errno.EDQUOT})


@contextmanager
def refuse_when_full() -> Iterator[None]:
    """Raise NoRoom where the system says that the disk is full."""
    try:
        yield
    except OSError as error:
        if error.errno in FULL_DISK:
            raise NoRoom from error
        raise


class Spool(io.RawIOBase):
    """Where the bytes of a file wait while it arrives: in memory, then in a nameless file of a folder.

    On a full disk it drops them and `is_cut`: what came beside the file must not be lost with it.
    """

    def __init__(self, folder: Path) -> None:
        """Begin in memory."""
        self._folder = folder
        self._file: io.BytesIO | io.FileIO = io.BytesIO()
        self.is_cut = False

    def write(self, data: Any) -> int:
        """Add bytes, unless the disk was full before."""
        if self.is_cut:
            return len(data)
        try:
            with refuse_when_full():
                if isinstance(self._file, io.BytesIO) and self._file.tell() + len(data) > _IN_MEMORY:
                    self._move_to_disk(self._file.getvalue())
                write_all(self._file, data)
        except NoRoom:
            self.is_cut = True
            self._file.close()
            self._file = io.BytesIO()
        return len(data)

    def _move_to_disk(self, content: bytes) -> None:
        # Without a buffer of Python's: that would tell of a full disk later, in whatever is done next.
        self._file = TemporaryFile(dir=self._folder, buffering=0)  # noqa: SIM115  # closed with this
        write_all(self._file, content)

    def readinto(self, buffer: Any) -> int:
        """Read on from where it stands."""
        return self._file.readinto(buffer) or 0

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        """Go to a place."""
        return self._file.seek(offset, whence)

    def tell(self) -> int:
        """Return where it stands."""
        return self._file.tell()

    def readable(self) -> bool:
        """Say yes."""
        return True

    def writable(self) -> bool:
        """Say yes."""
        return True

    def seekable(self) -> bool:
        """Say yes."""
        return True

    def close(self) -> None:
        """Give memory and disk back."""
        self._file.close()
        super().close()


def write_all(file: io.BytesIO | io.FileIO, content: bytes) -> None:
    """Write the bytes to a file without a buffer, which may take fewer at a time."""
    left = memoryview(content)
    while left:
        left = left[file.write(left) or 0 :]


@refuse_when_full()
def store_file(folder: Path, content: bytes) -> SealedFile:
    """Keep the bytes, sealed under a key of their own, and return what finds and opens them.

    The name is 32 hexadecimal characters. On return they are on the disk. Raises NoRoom.
    """
    name, key = secrets.token_hex(_NAME_BYTES), make_file_key()
    partial = folder / f".{name}"
    try:
        sha256, size = write_sealed(partial, io.BytesIO(content), len(content), key)
        partial.rename(folder / name)
    except BaseException:
        partial.unlink(missing_ok=True)
        raise
    sync_folder(folder)
    blunt_time(folder)
    return SealedFile(name, sha256, size, len(content), key)


def write_sealed(
    target: Path, content: IO[bytes], size: int, key: bytes, *, tell: Callable[[], None] = lambda: None
) -> tuple[str, int]:
    """Write a content of `size` bytes sealed to a new file; return SHA-256 and size of that.

    On return it is on the disk, all but its name. Raises OSError when the content is shorter. `tell` hears
    of each block: of a large file there are many.
    """
    summed, written = hashlib.sha256(), 0
    handle = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _OWNER_ONLY)
    with os.fdopen(handle, "wb") as out:
        for part in seal_content(content, size, key):
            summed.update(part)
            written += out.write(part)
            tell()
        out.flush()
        os.fsync(out.fileno())
    blunt_time(target)
    return summed.hexdigest(), written


def blunt_time(path: Path) -> None:
    """Have a file say in which hour it was written, and not when: that is when its contributor was here."""
    hour = round_to_hour(datetime.fromtimestamp(path.stat().st_mtime, UTC)).timestamp()
    os.utime(path, (hour, hour))


def blunt_times(folder: Path) -> None:
    """Blunt the times of every file of a folder: those of earlier releases say the moment."""
    with os.scandir(folder) as entries:
        for entry in entries:
            with suppress(FileNotFoundError):
                if entry.is_file(follow_symlinks=False) and entry.stat().st_mtime % _HOUR:
                    blunt_time(Path(entry.path))


def has_room(folder: Path, *, floor: int) -> bool:
    """Say whether the disk takes more files: `floor` bytes stay free, or a tenth of it if that is more.

    0 lets the disk become full.
    """
    disk = shutil.disk_usage(folder)
    return floor == 0 or disk.free >= max(floor, disk.total // 10)


def keep_ballast(folder: Path, *, floor: int) -> None:
    """Take up some room that an operator can give back by deleting one file.

    On a full disk a database cannot even delete. Without a floor, or without room, nothing is made.
    """
    ballast = folder / BALLAST
    if ballast.exists() or floor == 0 or not has_room(folder, floor=floor + BALLAST_BYTES):
        return
    with refuse_when_full(), ballast.open("xb") as out:
        ballast.chmod(_OWNER_ONLY)
        # Written, not only claimed: not every file system can promise room.
        for _ in range(BALLAST_BYTES // _IN_MEMORY):
            out.write(bytes(_IN_MEMORY))


class LentFile(io.FileIO):
    """A file on its way out, closed once it is sent or nobody is there to send it."""

    def __del__(self) -> None:
        """Give it back."""
        self.close()


def open_file(folder: Path, file: SealedFile) -> io.BufferedReader | LentFile:
    """Open the content of a file, to be sent from where it lies. The name is a row's, never a request's.

    Raises OSError for a file that is gone, or is not what was kept as far as is seen at once.
    """
    if file.key is not None:
        return open_sealed_file(folder / file.name, file)
    return LentFile(folder / file.name)


def read_file(folder: Path, file: SealedFile) -> bytes:
    """Return the content of a file. Raises OSError for one that is gone or is not what was kept.

    A disk, a copy or a restore can leave a file that is not what it was.
    """
    if file.key is not None:
        with open_sealed_file(folder / file.name, file) as opened:
            return opened.read()
    content = (folder / file.name).read_bytes()
    if hashlib.sha256(content).hexdigest() != file.sha256:
        raise OSError(errno.EIO, os.strerror(errno.EIO))
    return content


def is_kept(folder: Path, name: str, size: int) -> bool:
    """Say whether a file lies there in the size it was written in; what is in it, only reading tells."""
    try:
        return (folder / name).stat().st_size == size
    except OSError:
        return False


def remove_files(folder: Path, names: Collection[str]) -> None:
    """Remove files after the commit that removed their rows, from where they were set aside, too.

    Those that are gone already are fine.
    """
    aside = _list_aside(folder)
    for name in names:
        for place in (folder, *aside):
            (place / name).unlink(missing_ok=True)
    if names:
        sync_folder(folder)
        blunt_time(folder)


def list_stored_files(folder: Path) -> Mapping[str, datetime]:
    """Return the names of the files and when each was written, remains of interrupted uploads among them.

    What is set aside is not among them.
    """
    found = {}
    with os.scandir(folder) as entries:
        for entry in entries:
            with suppress(FileNotFoundError):  # an upload that has just got its name
                if entry.is_file(follow_symlinks=False):
                    found[entry.name] = datetime.fromtimestamp(entry.stat().st_mtime, UTC)
    return found


def delete_scratch(folder: Path, *, before: datetime) -> None:
    """Delete what was left of files whose cleaning was cut off before a time: they lie there as they came."""
    for left in folder.glob(f"{SCRATCH}*"):
        with suppress(FileNotFoundError):
            if left.stat().st_mtime < before.timestamp():
                shutil.rmtree(left)


def set_aside(folder: Path, names: Collection[str], *, at: datetime) -> None:
    """Move files of unknown owner out of the way, into a folder with the day for a name."""
    place = folder / UNCLAIMED / f"{at:%Y-%m-%d}"
    if names:
        for made in (place.parent, place):
            made.mkdir(mode=_FOLDER_MODE, exist_ok=True)
    for name in names:
        with suppress(FileNotFoundError):
            (folder / name).rename(place / name)
    if names:
        sync_folder(place)
        sync_folder(folder)


def restore_files(folder: Path, names: Collection[str]) -> None:
    """Put files that were set aside back in their place: somebody has turned out to own them."""
    for place in _list_aside(folder):
        for name in names:
            with suppress(FileNotFoundError):
                (place / name).rename(folder / name)


def list_set_aside(folder: Path) -> Mapping[date, Sequence[str]]:
    """Return by day the names of the files that were set aside."""
    return {
        date.fromisoformat(place.name): sorted(path.name for path in place.iterdir())
        for place in _list_aside(folder)
    }


def delete_set_aside(folder: Path, *, through: date) -> None:
    """Delete what was set aside on a day or before."""
    for place in _list_aside(folder):
        if date.fromisoformat(place.name) <= through:
            shutil.rmtree(place)


def _list_aside(folder: Path) -> Sequence[Path]:
    above = folder / UNCLAIMED
    return sorted(path for path in above.iterdir() if _DAY.fullmatch(path.name)) if above.is_dir() else ()
