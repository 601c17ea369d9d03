"""Bulk runs over all rows, a block after the other: nobody waits long for one, and it tells its cost."""

import gc
import os
import resource
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar

from sqlalchemy.orm import Session

from portal.database import transaction
from portal.domain.bulk_runs import RunCost, RunKind
from portal.instance import write_cost
from portal.models import Staff

AT_ONCE = 40
"""Texts in a block: about a millisecond each while it is written, some ten kilobytes while it is read."""
LONGEST_BLOCK = 0.05
"""Seconds a block should hold others up: half of what a person may come to wait for beside a run."""
WORTH_TELLING = 10
"""Blocks of a run of the worker whose cost is worth remembering: a text that was just sent is none."""
_LONGEST_PAUSE = 0.1
_PATIENCE = 10
"""So that whoever writes beside a patient run meets one of its blocks in one of eleven cases."""
_NICE = 10
_MIB = 1024 * 1024
_MEMORY = Path("/proc/self/statm")
_One = TypeVar("_One")


class BulkRun:
    """A run that is under way. Stopped between two blocks, the next one goes on."""

    def __init__(self, kind: RunKind, *, is_patient: bool = False) -> None:
        """Begin to count. A patient run pauses after each block for several times as long as that took."""
        self.kind = kind
        self.is_patient = is_patient
        self.blocks = 0
        self.memory = 0
        self.last_seconds = self.longest = 0.0
        """What the last block that others wait for has taken, and the longest of them."""
        self._began = time.monotonic()

    @contextmanager
    def write_block(self) -> Iterator[Session]:
        """Write a block in a transaction of its own, then let others write for as long as it took.

        SQLite has no queue for its one lock: who waits asks now and then whether it is free. PostgreSQL has
        everybody's commits wait for one disk.
        """
        began = time.monotonic()
        with _collect_later(), transaction() as session:
            yield session
        self.last_seconds = time.monotonic() - began
        self.note_block(held=self.last_seconds)
        _forget_all_but_people(session)
        time.sleep((_PATIENCE if self.is_patient else 1) * min(self.last_seconds, _LONGEST_PAUSE))

    def cut_by_time(self, wanted: Sequence[_One], most: int, *, fewest: int = 1) -> Iterator[Sequence[_One]]:
        """Cut what is to be written into blocks that are as large as the machine is fast.

        The first holds one: all statements are compiled in it. `fewest` is for what costs more to begin than
        to write.
        """
        start, size = 0, 1
        while start < len(wanted):
            yield wanted[start : start + size]
            start += size
            size = choose_size(size, self.last_seconds, most=most, fewest=fewest)

    def note_block(self, *, held: float = 0.0) -> None:
        """Count a block that is through and has kept others from writing for so many seconds."""
        self.blocks += 1
        self.longest = max(self.longest, held)
        self.memory = max(self.memory, read_memory())

    def end(self, folder: Path) -> None:
        """Have the instance folder remember what the run has cost. On a full disk it does not."""
        memory = max(self.memory, read_memory())
        cost = RunCost(time.monotonic() - self._began, self.blocks, memory, self.longest)
        with suppress(OSError):
            write_cost(folder, self.kind, cost, at=datetime.now(UTC))


def choose_size(size: int, seconds: float, *, most: int, fewest: int = 1) -> int:
    """Return how many the next block holds, after one of `size` that took so many seconds."""
    if seconds > LONGEST_BLOCK:
        return max(size // 2, min(fewest, most))
    takes_one_more = seconds * (size + 1) / size <= LONGEST_BLOCK
    return min(max(size + takes_one_more, fewest), most)


def _forget_all_but_people(session: Session) -> None:
    """Have what a block has read and written be read again: a request would keep it as it was.

    Who runs it is the same in every block, and the log asks for that in each.
    """
    for one in session:
        if not isinstance(one, Staff):
            session.expire(one)


@contextmanager
def _collect_later() -> Iterator[None]:
    """Look for garbage when the block is through: with 25,000 stories in hand that takes 100 to 290 ms."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def let_others_first() -> None:
    """Lower the priority of this process: whoever sends or decides goes first where processors are few.

    For what reads far more than it writes. Who holds a lock for long would hold it longer.
    """
    os.nice(_NICE)


def cut_blocks(wanted: Sequence[_One], size: int = AT_ONCE) -> Iterator[Sequence[_One]]:
    """Cut what is to be done into blocks."""
    return (wanted[start : start + size] for start in range(0, len(wanted), size))


def read_memory() -> int:
    """Return how much memory this process takes, in MiB; where the system does not say, the most it took."""
    try:
        return int(_MEMORY.read_text(encoding="ascii").split()[1]) * os.sysconf("SC_PAGE_SIZE") // _MIB
    except OSError:
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
