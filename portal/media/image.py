"""Cleaning a picture in a child process: whatever a file does to its reader, it does it there."""

import hashlib
import json
import subprocess
import sys
import threading
from dataclasses import dataclass, field
from pathlib import Path

from portal.domain.pictures import MOST_BYTES, PictureFault, PictureRefused
from portal.media import worker

_WALL_SECONDS = 30
_AT_ONCE = threading.BoundedSemaphore(2)
"""Each child may take a gigabyte: no more of them at a time than a small machine bears."""
_SOURCES = Path(__file__).resolve().parents[2]
_FAULTS = {
    worker.NOT_A_PICTURE: PictureFault.NOT_A_PICTURE,
    worker.TOO_MANY_PIXELS: PictureFault.TOO_MANY_PIXELS,
}


@dataclass(frozen=True)
class CleanPicture:
    """A JPEG made from pixels alone. Width and height in pixels, `sha256` in hexadecimal."""

    content: bytes = field(repr=False)
    width: int
    height: int
    sha256: str


def clean_picture(source: Path, target: Path) -> CleanPicture:
    """Read `source`, JPEG, PNG or WebP whatever its name says, and write what may be kept to `target`.

    Raises PictureRefused. Takes up to a minute: never call it inside a database transaction.
    """
    if source.stat().st_size > MOST_BYTES:
        raise PictureRefused(PictureFault.TOO_LARGE)
    if not _AT_ONCE.acquire(timeout=_WALL_SECONDS):
        raise PictureRefused(PictureFault.TOO_SLOW)
    try:
        width, height = _run_worker(source, target)
    finally:
        _AT_ONCE.release()
    content = target.read_bytes()
    return CleanPicture(content, width, height, hashlib.sha256(content).hexdigest())


def _run_worker(source: Path, target: Path) -> tuple[int, int]:
    # An environment of its own: ours holds passwords.
    try:
        done = subprocess.run(  # noqa: S603  # our own interpreter and module, paths made by us
            [sys.executable, "-m", worker.__name__, str(source), str(target)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={"PYTHONPATH": str(_SOURCES), "PYTHONSAFEPATH": "1"},
            timeout=_WALL_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise PictureRefused(PictureFault.TOO_SLOW) from error
    if done.returncode != 0:
        # Ended by a limit: the file asked for more time or memory than a photo needs.
        raise PictureRefused(_FAULTS.get(done.returncode, PictureFault.TOO_SLOW))
    size = json.loads(done.stdout)
    return size["width"], size["height"]
