"""Photos of contributors: rebuilt in a child process, so that only pixels are left."""

import hashlib
from dataclasses import dataclass, field
from pathlib import Path

from portal.domain.photos import MOST_BYTES, PictureFault, PictureRefused
from portal.media.child_process import ChildFailed, ExitCode, Task, run_child

_FAULTS = {
    ExitCode.NOT_READ: PictureFault.NOT_A_PICTURE,
    ExitCode.TOO_MANY_PIXELS: PictureFault.TOO_MANY_PIXELS,
    ExitCode.BUSY: PictureFault.BUSY,
}


@dataclass(frozen=True)
class CleanPicture:
    """A JPEG made from pixels alone. Width and height in pixels, `sha256` in hexadecimal."""

    content: bytes = field(repr=False)
    width: int
    height: int
    sha256: str
    is_cut: bool = False
    """Whether the file lacked its end, and the picture what that held."""


def clean_picture(source: Path, target: Path) -> CleanPicture:
    """Read `source`, JPEG, PNG, WebP or HEIC whatever its name says, and write what may be kept to `target`.

    Raises PictureRefused. Takes up to a minute: never call it inside a database transaction.
    """
    if source.stat().st_size > MOST_BYTES:
        raise PictureRefused(PictureFault.TOO_LARGE)
    try:
        said = run_child(Task.PICTURE, source, target)
    except ChildFailed as failed:
        # Ended by a limit: the file asked for more time or memory than a photo needs.
        raise PictureRefused(_FAULTS.get(failed.outcome, PictureFault.TOO_SLOW)) from failed
    content = target.read_bytes()
    digest = hashlib.sha256(content).hexdigest()
    return CleanPicture(content, said["width"], said["height"], digest, bool(said["is_cut"]))
