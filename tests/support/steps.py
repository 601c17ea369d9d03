"""Counting what a function does, instead of timing it: a busy machine changes nothing."""

import gc
import sys
from collections.abc import Callable
from types import FrameType
from typing import Any


def count_steps(act: Callable[[], Any]) -> int:
    """Return how many lines of Python an act runs, those of libraries too."""
    steps = 0

    def note(frame: FrameType, event: str, argument: Any) -> Any:
        nonlocal steps
        steps += event == "line"
        return note

    before = sys.gettrace()
    gc.disable()  # what earlier tests have left would be cleared away in between, and counted
    sys.settrace(note)
    try:
        act()
    finally:
        sys.settrace(before)
        gc.enable()
    return steps
