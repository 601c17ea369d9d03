"""Which messages a page says: noted where the catalogues are asked for them."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch

from babel.support import Translations


@contextmanager
def hear_messages() -> Iterator[set[str]]:
    """Yield a set that gains every message that is looked up, in English; of plurals the first form."""
    heard: set[str] = set()

    def note(name: str, place: int) -> Any:
        look_up = getattr(Translations, name)

        def answer(self: Translations, *words: Any) -> Any:
            heard.add(words[place])
            return look_up(self, *words)

        return patch.object(Translations, name, answer)

    with note("ugettext", 0), note("ungettext", 0), note("upgettext", 1):
        yield heard
