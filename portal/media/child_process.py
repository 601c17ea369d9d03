"""A child process that reads a file: whatever the file does to its reader happens there; its refusals."""

import json
import subprocess
import sys
from enum import IntEnum, StrEnum
from pathlib import Path
from typing import Any

from portal.media.process_slots import NoSlot, take_slot

WALL_SECONDS = 30
_SOURCES = Path(__file__).resolve().parents[2]
_WORKER = "portal.media.worker"


class Task(StrEnum):
    """Tasks of a child process; each is a module of this package with a function `run`."""

    PICTURE = "picture"
    STORY = "story"
    PAPERS = "papers"


class ExitCode(IntEnum):
    """Exit codes of a child process, which say why it left. Whatever is not listed was ended by a limit."""

    DONE = 0
    NOT_READ = 3
    TOO_MANY_PIXELS = 4
    NO_MEMORY = 5
    OLD_FORMAT = 6
    PDF_HAS_NO_TEXT = 7
    LOCKED = 8
    TOO_MANY_PAGES = 9
    TOO_LONG = 10
    SUSPICIOUS = 11
    EMPTY = 12
    UNKNOWN_LETTERS = 13
    STAND_IN = 14
    ENDED = 100
    BUSY = 101


class ChildFailed(Exception):
    """The child process did not do it."""

    def __init__(self, outcome: ExitCode) -> None:
        super().__init__(outcome.name)
        self.outcome = outcome


def run_child(
    task: Task, source: Path, target: Path, *hints: str, wait_seconds: float = WALL_SECONDS
) -> dict[str, Any]:
    """Have a child process read `source` and write `target`; return what it says about it.

    `hints` are what the task is told besides, `wait_seconds` how long it may wait for its turn. Raises
    ChildFailed. Takes up to a minute: never call it inside a database transaction.
    """
    try:
        with take_slot(wait_seconds=wait_seconds):
            done = _run_worker(task, source, target, *hints)
    except NoSlot as error:
        raise ChildFailed(ExitCode.BUSY) from error
    except subprocess.TimeoutExpired as error:
        raise ChildFailed(ExitCode.ENDED) from error
    if done.returncode != ExitCode.DONE:
        known = done.returncode in set(ExitCode)
        raise ChildFailed(ExitCode(done.returncode) if known else ExitCode.ENDED)
    said: dict[str, Any] = json.loads(done.stdout)
    return said


def _run_worker(task: Task, source: Path, target: Path, *hints: str) -> subprocess.CompletedProcess[bytes]:
    # An environment of its own: ours holds passwords.
    return subprocess.run(  # noqa: S603  # our own interpreter and module, paths made by us
        [sys.executable, "-m", _WORKER, task, str(source.absolute()), str(target.absolute()), *hints],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env={"PYTHONPATH": str(_SOURCES), "PYTHONSAFEPATH": "1", "PYTHONDONTWRITEBYTECODE": "1"},
        cwd=target.parent,
        timeout=WALL_SECONDS,
        check=False,
    )


class Refused(Exception):
    """The file is not taken; nothing is written."""

    def __init__(self, outcome: ExitCode) -> None:
        super().__init__(outcome.name)
        self.outcome = outcome
