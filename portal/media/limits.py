"""Limits the child process sets itself before it opens a file of somebody else."""

import ctypes
import os
import resource
import sys
from typing import Any

MEMORY = 1024**3
CPU_SECONDS = 20
FILE_BYTES = 64 * 1024**2
OPEN_FILES = 64
_CLONE_NEWUSER = 0x10000000
_CLONE_NEWNET = 0x40000000
_FORBIDDEN = (
    "socket.",
    "subprocess.",
    "os.exec",
    "os.spawn",
    "os.posix_spawn",
    "os.fork",
    "os.system",
    "pty.",
)
_FORBIDDEN_EXACTLY = frozenset({"urllib.Request", "webbrowser.open", "os.kill", "ftplib.connect"})


class Forbidden(Exception):
    """A parser tried to reach the network or to start a program."""


def limit_process() -> None:
    """Bound memory, time and what can be written, so that no file can hurt more than this process."""
    for kind, most in (
        (resource.RLIMIT_AS, MEMORY),
        (resource.RLIMIT_CPU, CPU_SECONDS),
        (resource.RLIMIT_FSIZE, FILE_BYTES),
        (resource.RLIMIT_NOFILE, OPEN_FILES),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(kind, (most, most))


def leave_network() -> bool:
    """Move into a network of our own, which leads nowhere; False where the system does not let us.

    Call it while there is one thread. Containers often forbid it: `forbid_reaching_out` works everywhere.
    """
    try:
        unshare = ctypes.CDLL(None, use_errno=True).unshare
    except (OSError, AttributeError):
        return False
    return bool(unshare(_CLONE_NEWUSER | _CLONE_NEWNET) == 0)


def forbid_reaching_out() -> None:
    """Refuse sockets and new programs to all Python code from here on; it cannot be taken back."""
    sys.addaudithook(_refuse)


def _refuse(event: str, _values: tuple[Any, ...]) -> None:
    if event.startswith(_FORBIDDEN) or event in _FORBIDDEN_EXACTLY:
        raise Forbidden(event)


def empty_environment() -> None:
    """Forget every variable: what a parser does not know it cannot tell."""
    os.environ.clear()
