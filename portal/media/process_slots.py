"""Places for child processes: each may take a gigabyte, so there are no more at a time than cores."""

import fcntl
import os
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

_STEP_SECONDS = 0.1
_OWNER_ONLY = 0o600
_FOLDER_MODE = 0o700


class NoSlot(Exception):
    """All places were taken for too long."""


@contextmanager
def take_slot(*, wait_seconds: float) -> Iterator[None]:
    """Hold one of as many places as there are cores, whichever process asks. Raises NoSlot.

    A lock on a file goes with its process, however that ends.
    """
    handle = _take_slot(time.monotonic() + wait_seconds)
    try:
        yield
    finally:
        os.close(handle)


def _take_slot(deadline: float) -> int:
    folder = _find_folder()
    while True:
        for number in range(os.cpu_count() or 1):
            handle = os.open(folder / str(number), os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, _OWNER_ONLY)
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                os.close(handle)
            else:
                return handle
        if time.monotonic() >= deadline:
            raise NoSlot
        time.sleep(_STEP_SECONDS)


def _find_folder() -> Path:
    """Return a folder that is ours alone: a name somebody else took first is not used."""
    folder = Path(tempfile.gettempdir()) / f"portal-reading-{os.getuid()}"
    with suppress(FileExistsError):
        folder.mkdir(mode=_FOLDER_MODE)
    found = folder.lstat()
    if folder.is_symlink() or found.st_uid != os.getuid():
        raise NoSlot
    return folder
