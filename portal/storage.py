"""Files of the instance folder by random name: whole or not there, written before the row that names them."""

import os
import secrets
import shutil
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

_NAME_BYTES = 16
_OWNER_ONLY = 0o600


def store_file(folder: Path, content: bytes) -> str:
    """Keep the bytes and return their name, 32 hexadecimal characters. On return they are on the disk."""
    name = secrets.token_hex(_NAME_BYTES)
    partial = folder / f".{name}"
    try:
        handle = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _OWNER_ONLY)
        with os.fdopen(handle, "wb") as out:
            out.write(content)
            out.flush()
            os.fsync(out.fileno())
        partial.rename(folder / name)
    except BaseException:
        partial.unlink(missing_ok=True)
        raise
    _sync_folder(folder)
    return name


def has_room(folder: Path, *, floor: int) -> bool:
    """Say whether the disk takes more files: `floor` bytes stay free, or a tenth of it if that is more.

    0 lets the disk become full.
    """
    disk = shutil.disk_usage(folder)
    return floor == 0 or disk.free >= max(floor, disk.total // 10)


def read_file(folder: Path, name: str) -> bytes:
    """Return the bytes. `name` comes from a row, never from a request. Raises FileNotFoundError."""
    return (folder / name).read_bytes()


def remove_files(folder: Path, names: Sequence[str]) -> None:
    """Remove files after the commit that removed their rows; those that are gone already are fine."""
    for name in names:
        path = folder / name
        if path.is_dir():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)
    if names:
        _sync_folder(folder)


def list_old_files(folder: Path, *, before: datetime) -> list[str]:
    """Return the names of files written before a moment, remains of interrupted uploads among them."""
    return [
        path.name for path in folder.iterdir() if datetime.fromtimestamp(path.stat().st_mtime, UTC) < before
    ]


def _sync_folder(folder: Path) -> None:
    """Make the folder's entries last: a name is not on the disk before its folder is."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
