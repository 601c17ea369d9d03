"""A disk of a few megabytes: a part of memory that is mounted, and can be made smaller while it is in use."""

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

NEEDED = "TESTS_NEED_DISK"
_KIB = 1024
_ROOMY = "1g"


@dataclass(frozen=True)
class Disk:
    """What is mounted at a folder."""

    folder: Path

    def leave(self, kib: int) -> None:
        """Leave so much room beside what is there."""
        disk = os.statvfs(self.folder)
        used = (disk.f_blocks - disk.f_bfree) * disk.f_frsize // _KIB
        _run("mount", "-o", f"remount,size={used + kib}k", str(self.folder))

    def grow(self) -> None:
        """Make it a large disk again."""
        _run("mount", "-o", f"remount,size={_ROOMY}", str(self.folder))


@contextmanager
def small_disk(folder: Path) -> Iterator[Disk]:
    """Mount a disk at a folder until the block ends; it is roomy at first.

    Where nothing may be mounted the test is skipped, or fails where TESTS_NEED_DISK asks for it.
    """
    folder.mkdir(parents=True, exist_ok=True)
    try:
        _run("mount", "-t", "tmpfs", "-o", f"size={_ROOMY},mode=700", "tmpfs", str(folder))
    except (OSError, subprocess.CalledProcessError):
        if os.environ.get(NEEDED) == "1":
            pytest.fail(f"no disk can be mounted here, and {NEEDED} asks for it")
        pytest.skip("a disk can only be mounted by root")
    try:
        yield Disk(folder)
    finally:
        _run("umount", "--lazy", str(folder))


def _run(*command: str) -> None:
    subprocess.run(command, check=True, capture_output=True)
