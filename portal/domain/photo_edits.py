"""What editors decide about the photos of a story: which is featured, their order, the words for print.

What the contributor says about a photo stays as it is; a word of an editor stands in its place in print.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Self

from portal.domain.photos import PictureWords

FEATURED_WIDTH = 800
"""Pixels from which on a photo looks well as the featured one of a newsroom's site."""
PHOTO_WORDS: Final = ("alt", "caption", "credit", "licence_line")
_NEEDED: Final = frozenset({"alt", "credit"})
"""Words that are never printed empty: an editor who empties them means those of the contributor."""


@dataclass(frozen=True)
class PrintedWords:
    """What is printed with a photo. Without a caption the alternative text stands under it.

    An empty licence line is that of the story.
    """

    alt: str
    caption: str
    credit: str
    licence_line: str = ""

    def list_texts(self) -> list[str]:
        """Return all of them, as far as there are any."""
        return [text for text in (self.alt, self.caption, self.credit, self.licence_line) if text]


@dataclass(frozen=True)
class PhotoEdits:
    """Decisions about photos, which it names by their keys (story.picture_marks)."""

    featured: str = ""
    order: tuple[str, ...] = ()
    """Empty while it is the contributor's."""
    words: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    """Of each photo the words that take the place of the contributor's, by names of `PHOTO_WORDS`."""

    @classmethod
    def read(cls, stored: Mapping[str, Any]) -> Self:
        """Read what `store` gives; nothing stored is nothing decided."""
        return cls(stored.get("featured", ""), tuple(stored.get("order", ())), stored.get("words", {}))

    def store(self) -> dict[str, Any]:
        """Return them as a draft keeps them: two that say the same are equal, and none is empty."""
        words = {key: dict(given) for key, given in self.words.items() if given}
        parts = {"featured": self.featured, "order": list(self.order), "words": words}
        return {name: value for name, value in parts.items() if value}

    def print_words(self, key: str, said: PictureWords) -> PrintedWords:
        """Return what is printed with a photo about which its contributor says this."""
        return PrintedWords(**{**read_said(said), **self.words.get(key, {})})

    def sort(self, keys: Sequence[str]) -> list[str]:
        """Bring photos into the order of print; those an editor has not ordered come last."""
        places = {key: place for place, key in enumerate(self.order)}
        return sorted(keys, key=lambda key: places.get(key, len(places)))


def read_said(said: PictureWords) -> dict[str, str]:
    """Return what a contributor says about a photo, by names of `PHOTO_WORDS`."""
    return {"alt": said.description, "caption": said.caption, "credit": said.credit, "licence_line": ""}


def replace_words(said: PictureWords, typed: Mapping[str, str]) -> dict[str, str]:
    """Return those of the typed words that take the place of what the contributor says."""
    own = read_said(said)
    return {name: text for name, text in typed.items() if text != own[name] and (text or name not in _NEEDED)}
