"""The lock of an instance folder: many processes may run its portal, but none while it is moved."""

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


def _lock(handle: int, *, alone: bool) -> None:
    try:
        fcntl.flock(handle, (fcntl.LOCK_EX if alone else fcntl.LOCK_SH) | fcntl.LOCK_NB)
    except OSError as error:
        raise click.ClickException(
            "The portal is running. Stop `portal serve` and `portal worker`, then repeat."
            if alone
            else "The portal is being moved to another database. Wait until that is done."
        ) from error
