"""Locks of an instance folder: none runs its portal while it is moved, and one alone serves it."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from portal.instance import SECRETS


@contextmanager
def lock_instance(folder: Path, *, alone: bool = False) -> Iterator[None]:
    """Hold a folder for as long as the portal runs, or `alone` while nobody else runs it.

    ClickException when that cannot be. The secrets are what is held: every instance has them, and nothing
    ever replaces them.
    """
    path = folder / SECRETS
    if not path.exists():  # there is no portal yet
        yield
        return
    handle = os.open(path, os.O_RDONLY)
    try:
        _lock(handle, alone=alone)
        yield
    finally:
        os.close(handle)


@contextmanager
def lock_serving(folder: Path) -> Iterator[None]:
    """Hold a folder, which is made if need be, for the one site it has. ClickException when it has one.

    The folder itself is held: a site that begins in it has nothing else yet.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    handle = os.open(folder, os.O_RDONLY)
    try:
        _take(handle, fcntl.LOCK_EX, f"The portal of {folder} is served already. Stop that, then repeat.")
        yield
    finally:
        os.close(handle)


def _lock(handle: int, *, alone: bool) -> None:
    if alone:
        words = "The portal is running. Stop `portal serve` and `portal worker`, then repeat."
        _take(handle, fcntl.LOCK_EX, words)
    else:
        words = "The portal is being moved to another database. Wait until that is done."
        _take(handle, fcntl.LOCK_SH, words)


def _take(handle: int, kind: int, words: str) -> None:
    try:
        fcntl.flock(handle, kind | fcntl.LOCK_NB)
    except OSError as error:
        raise click.ClickException(words) from error
