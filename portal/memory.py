"""What a process keeps of what it has made: so many of a kind, and none for long.

It may hold words of people, which are erased in the database one day: no process remembers them much longer.
"""

import threading
import time
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from typing import Generic, TypeVar

MOST_SECONDS = 600.0
Made = TypeVar("Made")


@dataclass
class Kept(Generic[Made]):
    """Things by what they were made from; the one kept longest gives way, and each does after ten minutes.

    `clock` gives seconds that never go back.
    """

    most: int
    clock: Callable[[], float] = time.monotonic
    _made: dict[Hashable, tuple[Made, float]] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _oldest: float = 0.0
    """When the first of them was made, or a moment before that."""

    def find(self, made_from: Hashable) -> Made | None:
        """Return what was made from equal things."""
        if self.clock() - self._oldest > MOST_SECONDS:
            self._let_go()
        found = self._made.get(made_from)
        return None if found is None else found[0]

    def keep(self, made_from: Hashable, made: Made) -> None:
        """Keep it."""
        with self._lock:
            self._made.pop(made_from, None)
            self._made[made_from] = (made, self.clock())
            while len(self._made) > self.most:
                del self._made[next(iter(self._made))]

    def _let_go(self) -> None:
        """Forget what is too old."""
        with self._lock:
            now = self.clock()
            while self._made:
                first = next(iter(self._made))
                self._oldest = self._made[first][1]
                if now - self._oldest <= MOST_SECONDS:
                    return
                del self._made[first]
            self._oldest = now
