"""Which files of the portal a request enters: what somebody reads who wants to follow it."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

import portal

PACKAGE = Path(portal.__file__).parent


@contextmanager
def tracing() -> Iterator[list[str]]:
    """Collect the files whose functions are called while the block runs, each once, in the order of calls.

    Paths are relative to the package. Lambdas, comprehensions and the bodies of modules enter nothing.
    """
    entered: list[str] = []
    known: set[str] = set()
    root = f"{PACKAGE}/"

    def note(frame: FrameType, event: str, _value: object) -> None:
        code = frame.f_code
        if event != "call" or code.co_name.startswith("<") or not code.co_filename.startswith(root):
            return
        name = code.co_filename.removeprefix(root)
        if name not in known:
            known.add(name)
            entered.append(name)

    before = sys.getprofile()
    sys.setprofile(note)
    try:
        yield entered
    finally:
        sys.setprofile(before)
