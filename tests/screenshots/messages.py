"""Which messages a page says: noted where the catalogues are asked for them."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch

from babel.support import Translations

Message = tuple[str, str]
"""The context of a message, or nothing, and its words: two messages of the same words are two."""


@contextmanager
def hear_messages() -> Iterator[set[Message]]:
    """Yield a set that gains every message that is looked up, in English; of plurals the first form."""
    heard: set[Message] = set()

    def note(name: str, *, has_context: bool = False) -> Any:
        look_up = getattr(Translations, name)

        def answer(self: Translations, *words: Any) -> Any:
            heard.add((words[0], words[1]) if has_context else ("", words[0]))
            return look_up(self, *words)

        return patch.object(Translations, name, answer)

    with note("ugettext"), note("ungettext"), note("upgettext", has_context=True):
        yield heard
