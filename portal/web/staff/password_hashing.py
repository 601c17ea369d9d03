"""Hashing of passwords in a process: so many at once and no more, for each takes 46 MiB and a core."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from threading import BoundedSemaphore
from typing import Any

from portal.domain.errors import Overloaded

PATIENCE = 5.0
"""Seconds a sign-in waits for its turn before it is told to come back."""


def count_slots(*, workers: int, cores: int | None = None) -> int:
    """Return how many hashes each of the worker processes may compute at once: all together, the cores."""
    return max((cores or os.cpu_count() or 1) // workers, 1)


class CappedHashing:
    """The password context of Flask-Security, with so many computations at once."""

    def __init__(self, context: Any, *, slots: int, patience: float = PATIENCE) -> None:
        """Wrap a passlib CryptContext; `patience` in seconds."""
        self._context = context
        self._slots = BoundedSemaphore(slots)
        self._patience = patience

    def hash(self, password: str | bytes, **options: Any) -> str:
        """Return the hash of a password. Raises Overloaded."""
        with self.turn():
            hashed: str = self._context.hash(password, **options)
            return hashed

    def verify(self, password: str | bytes, hashed: str) -> bool:
        """Say whether a password has this hash. Raises Overloaded."""
        with self.turn():
            return bool(self._context.verify(password, hashed))

    def __getattr__(self, name: str) -> Any:
        """Pass on what computes nothing."""
        return getattr(self._context, name)

    @contextmanager
    def turn(self) -> Iterator[None]:
        if not self._slots.acquire(timeout=self._patience):
            raise Overloaded
        try:
            yield
        finally:
            self._slots.release()
