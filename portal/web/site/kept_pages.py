"""Public pages that are rendered once, kept for some minutes, and filled in with the few values that differ.

A page is found by everything it shows, the texts in the database included: after a change, by another process
too, it is not found and rendered anew. What is one visitor's own stands in a slot, and only a random mark is
rendered there. Ten minutes are the most, since a page may show words that are erased one day.
"""

import re
import secrets
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass
from typing import TypeVar

from flask import Flask, current_app, session
from markupsafe import escape

_MOST = 64
"""Pages kept, of up to 32 kB each: forms and coverages in every language."""
MOST_SECONDS = 600.0
_EXTENSION = "kept_pages"

Page = TypeVar("Page", str, str | None)


@dataclass(frozen=True)
class KeptPage:
    """A rendered page in parts, and the name of the slot between each two of them."""

    parts: tuple[str, ...]
    slots: tuple[str, ...]

    def fill(self, values: Mapping[str, str]) -> str:
        """Return the page with these values, escaped, in its slots."""
        filled = (str(escape(values[name])) for name in self.slots)
        return self.parts[0] + "".join(
            value + part for value, part in zip(filled, self.parts[1:], strict=True)
        )


class KeptPages:
    """The pages one application keeps, the oldest first; `clock` gives seconds that never go back."""

    def __init__(self, most: int = _MOST, clock: Callable[[], float] = time.monotonic) -> None:
        """Begin with none."""
        self._most, self._clock = most, clock
        self._pages: OrderedDict[Hashable, tuple[float, KeptPage]] = OrderedDict()
        self._lock = threading.Lock()

    def find(self, made_from: Hashable) -> KeptPage | None:
        """Return the page that was made from equal things, and forget those that are too old."""
        with self._lock:
            while self._pages and self._clock() - next(iter(self._pages.values()))[0] > MOST_SECONDS:
                self._pages.popitem(last=False)
            found = self._pages.get(made_from)
        return found[1] if found is not None else None

    def keep(self, made_from: Hashable, page: KeptPage) -> None:
        """Keep a page; where there are too many, the one kept longest goes."""
        with self._lock:
            self._pages.pop(made_from, None)
            self._pages[made_from] = (self._clock(), page)
            while len(self._pages) > self._most:
                self._pages.popitem(last=False)


def init_kept_pages(app: Flask) -> None:
    """Give the application its own: pages name its site."""
    app.extensions[_EXTENSION] = KeptPages()


def show_kept(
    made_from: Hashable, values: Mapping[str, str], render: Callable[[Mapping[str, str]], Page]
) -> str | Page:
    """Return the page made from `made_from` with `values` in its slots.

    `render` makes it when it is not kept, with what it is handed in place of the values; None from it is
    handed on. A page that shows messages to one person is rendered with the values, and not kept.
    """
    if session.get("_flashes"):
        return render(values)
    pages: KeptPages = current_app.extensions[_EXTENSION]
    found = pages.find(made_from)
    if found is None:
        marks = {f"slot{secrets.token_hex(16)}": name for name in values}
        page = render({name: mark for mark, name in marks.items()})
        if page is None:
            return None
        found = _split(page, marks)
        pages.keep(made_from, found)
    return found.fill(values)


def _split(page: str, marks: Mapping[str, str]) -> KeptPage:
    if not marks:
        return KeptPage((page,), ())
    parts = re.split(f"({'|'.join(marks)})", page)
    return KeptPage(tuple(parts[::2]), tuple(marks[mark] for mark in parts[1::2]))
