"""Pages that are the same for everybody: rendered once, kept, and filled in with the few values that differ.

A page is found by everything it was made from, the texts in the database included. After a change, by another
process too, it is simply not found and rendered anew; nothing has to be told to forget it. Nothing of a
person goes into a kept page: what is theirs stands in a slot, and only a random mark is rendered there.
"""

import re
import secrets
import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass, field

from flask import Flask, current_app, session
from markupsafe import escape

_MOST = 64
"""Pages kept, of up to 32 kB each: two forms and the page of each coverage, in every language."""
_EXTENSION = "kept_pages"


@dataclass(frozen=True)
class KeptPage:
    """A rendered page in pieces, and the name of the slot between each two of them."""

    pieces: tuple[str, ...]
    slots: tuple[str, ...]

    def fill(self, values: Mapping[str, str]) -> str:
        """Return the page with these values, escaped, in its slots."""
        filled = {name: str(escape(value)) for name, value in values.items()}
        parts = [self.pieces[0]]
        for name, piece in zip(self.slots, self.pieces[1:], strict=True):
            parts += (filled[name], piece)
        return "".join(parts)


@dataclass
class KeptPages:
    """The pages one application keeps; the one nobody has asked for longest gives way."""

    _pages: OrderedDict[Hashable, KeptPage] = field(default_factory=OrderedDict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def find(self, made_from: Hashable) -> KeptPage | None:
        """Return the page made from equal things."""
        with self._lock:
            found = self._pages.get(made_from)
            if found is not None:
                self._pages.move_to_end(made_from)
            return found

    def keep(self, made_from: Hashable, page: KeptPage) -> None:
        """Keep a page."""
        with self._lock:
            self._pages[made_from] = page
            while len(self._pages) > _MOST:
                self._pages.popitem(last=False)


def init_kept_pages(app: Flask) -> None:
    """Give the application its own: pages name its site."""
    app.extensions[_EXTENSION] = KeptPages()


def show_kept(
    made_from: Hashable, values: Mapping[str, str], render: Callable[[Mapping[str, str]], str | None]
) -> str | None:
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
