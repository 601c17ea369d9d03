"""Pages and parts of pages that are rendered once, kept, and filled in with the few values that differ.

What is kept is found by everything it shows, the texts in the database and a reader's own name included.
After a change, by another process too, it is simply not found and rendered anew; nothing has to be told to
forget it. What is one visit's own stands in a slot, and only a random mark is rendered there.
"""

import re
import secrets
from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass, field
from typing import TypeVar

from flask import Flask, current_app, session
from markupsafe import Markup, escape

from portal.memory import Kept

_PAGES = 64
"""Pages kept, of up to 32 kB each: forms, coverages and the queue as it is filtered, in every language."""
_LINES = 2000
"""Lines of lists kept, of about one kB each."""
_EXTENSION = "kept_pages"

Page = TypeVar("Page", str, str | None)


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


@dataclass(frozen=True)
class KeptPages:
    """Everything one application keeps."""

    pages: Kept[KeptPage] = field(default_factory=lambda: Kept(_PAGES))
    lines: Kept[Markup] = field(default_factory=lambda: Kept(_LINES))


def init_kept_pages(app: Flask) -> None:
    """Give the application its own: pages name its site."""
    app.extensions[_EXTENSION] = KeptPages()


def kept_lines() -> Kept[Markup]:
    """Return the lines of lists the running application keeps, as templates have made them."""
    found: KeptPages = current_app.extensions[_EXTENSION]
    return found.lines


def show_kept(
    made_from: Hashable, values: Mapping[str, str], render: Callable[[Mapping[str, str]], Page]
) -> str | Page:
    """Return the page made from `made_from` with `values` in its slots.

    `render` makes it when it is not kept, with what it is handed in place of the values; None from it is
    handed on. A page that shows messages to one person is rendered with the values, and not kept.
    """
    if session.get("_flashes"):
        return render(values)
    pages: Kept[KeptPage] = current_app.extensions[_EXTENSION].pages
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
