"""Where short messages appear in templates, told to translators: a button, a heading, a column."""

import re
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Final

SHORT: Final = 30
"""Letters up to which a message says too little of itself."""
_BEFORE: Final[Mapping[str, str]] = {
    r"block title %\}[^<]*$": "Title of a page",
    r"<h1[^>]*>[^<]*$": "Heading of a page",
    r"<h[2-4][^>]*>[^<]*$": "Heading of a part",
    r"<th[^>]*>[^<]*$": "Head of a column",
    r"<label[^>]*>[^<]*$": "Label of a field",
    r"<legend[^>]*>[^<]*$": "Label of a group of answers",
    r"<summary[^>]*>[^<]*$": "Opens a part of the page",
    r"(?:<button[^>]*>[^<]*|button\([^()]*)$": "Button",
    r"badge\($": "Mark beside a name or title",
    r"<a [^>]*>[^<]*$": "Link",
    r"aria-label=\"[^\"]*$": "Name read out for a part of the page",
    r"(?:definition_list\(\[|^\s*)\($": "Label before a value",
}
"""What stands before a message on its line, and what it is then."""


class TemplateUses:
    """Tells what messages are by what stands before them in the templates of a checkout."""

    def __init__(self, root: Path) -> None:
        """Take the folder that file names begin in."""
        self._root = root
        self._read = cache(lambda name: (root / name).read_text(encoding="utf-8"))

    def describe(self, filename: str, message: object) -> Iterator[str]:
        """Say what a short message of a template is; nothing of others, nor where it is unclear."""
        if not isinstance(message, str) or len(message) > SHORT or not filename.endswith(".html"):
            return
        call = re.compile(r"_\((['\"])" + re.escape(message.replace("'", r"\'")) + r"\1")
        for found in call.finditer(self._read(filename)):
            before = self._read(filename)[: found.start()].rpartition("\n")[2].removesuffix("{{ ")
            yield from _name_use(before)


def _name_use(before: str) -> Iterator[str]:
    for pattern, name in _BEFORE.items():
        if re.search(pattern, before):
            yield name
            return
