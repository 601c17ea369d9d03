"""What others do in the middle of something, at a step that is named by its function."""

import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from types import FrameType


class Killed(BaseException):
    """The process is killed here; unlike an error, nothing of the portal catches this."""


def interrupt(name: str, act: Callable[[], None]) -> None:
    """Have a colleague act, in a thread of their own, when a function of this name is called next."""

    def watch(frame: FrameType, event: str, _arg: object) -> None:
        if event == "call" and frame.f_code.co_name == name:
            sys.setprofile(None)
            act_elsewhere(act)

    sys.setprofile(watch)


@contextmanager
def interrupted(name: str, act: Callable[[], None]) -> Iterator[None]:
    """Have it interrupted so until the block ends, and no longer."""
    interrupt(name, act)
    try:
        yield
    finally:
        sys.setprofile(None)


def act_elsewhere(act: Callable[[], None]) -> None:
    """Act in a thread of its own, and wait for it."""
    colleague = threading.Thread(target=act)
    colleague.start()
    colleague.join()


@contextmanager
def acting_at(acts: Mapping[str, Callable[[], None]]) -> Iterator[None]:
    """Act here whenever a function of one of these names begins."""

    def watch(frame: FrameType, event: str, _arg: object) -> None:
        if event == "call" and frame.f_code.co_name in acts:
            acts[frame.f_code.co_name]()

    sys.setprofile(watch)
    try:
        yield
    finally:
        sys.setprofile(None)


def die() -> None:
    """Be killed."""
    raise Killed
