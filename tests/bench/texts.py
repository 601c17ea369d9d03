"""What texts cost that were made to cost much: the most CPU that any of them takes, by length and by act."""

import time
from collections.abc import Callable
from typing import Any, Final

from portal.story.diff import diff_texts
from portal.story.mentions import find_mentions
from portal.story.typed_text import to_source
from portal.story.word_forms import load_dictionaries
from tests.property.test_growth import ACTS, BITS, Repeated

LENGTHS: Final = (20_000, 200_000)
"""Letters that the form takes, and that an editor may save."""
MORE: Final = (
    "[*",
    "x\u3000\n",
    "- a\n",
    "a\n",
    "a\n\n",
    "，。",
    "[^{}]: [^1{}]\n\n",
    "a\nb\n",
    "Олена Ковальчук. ",
    "слово{} ",
)
KINDS: Final = tuple(Repeated(bit) for bit in (*BITS, *MORE))
COMPARED: Final[dict[str, Callable[[str], Any]]] = {
    "compare, shifted": lambda text: diff_texts(text, text[1:] + text[:1]),
    "compare, reversed": lambda text: diff_texts(text, text[::-1]),
    "lay over a file": lambda text: to_source(text[::-1], text),
}


def run() -> None:
    """Print the two kinds that take longest for each act and length."""
    load_dictionaries()
    find_mentions(["王小明"], ["Wang"], ["en"])  # reads the tables of readings
    for name, act in {**ACTS, **COMPARED}.items():
        for length in LENGTHS:
            taken = sorted(((_time(act, kind.write(length)), kind.first) for kind in KINDS), reverse=True)
            worst = ", ".join(f"{seconds * 1000:.0f} ms of {said!r}" for seconds, said in taken[:2])
            print(f"{name:32} {length:>8} letters: {worst}", flush=True)


def _time(act: Callable[[str], Any], text: str) -> float:
    begun = time.process_time()
    act(text)
    return time.process_time() - begun
