"""Small files that are only ever replaced as a whole: cut off at any moment, the old or the new is there."""

import os
import secrets
from pathlib import Path

_OWNER_ONLY = 0o600


def write_whole(path: Path, content: str) -> None:
    """Put a complete file in place of the old one, for its owner's eyes only. On return it is on the disk."""
    partial = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    try:
        handle = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _OWNER_ONLY)
        with os.fdopen(handle, "w", encoding="utf-8") as out:
            out.write(content)
            out.flush()
            os.fsync(out.fileno())
        partial.replace(path)
    except BaseException:
        partial.unlink(missing_ok=True)
        raise
    sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """Make the folder's entries last: a name is not on the disk before its folder is."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
