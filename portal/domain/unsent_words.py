"""Words typed on the private page and not sent: where they were typed, and what makes a version needless."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

MOST_LETTERS = 60_000
"""Code points of all fields of one page together: more than any of them takes."""

CHOSEN = "choice"
"""How the names of fields end in which an answer is chosen."""
Words = Mapping[str, str]


class UnsentPlace(StrEnum):
    """A form of the private page. Stored by value."""

    THREAD = "thread"
    CHECK = "check"
    PHOTOS = "photos"


@dataclass(frozen=True)
class UnsentWords:
    """One version of what was typed at a place: what stood in each field, by its name."""

    place: UnsentPlace
    words: Words
    public_id: str = ""
    """Of the version a page goes on with; empty when it has none yet."""
    sequence: int = 0
    """The save of that version which the page knows."""
    revision: int = 0
    """The edited text they are about; 0 elsewhere."""

    @property
    def is_empty(self) -> bool:
        """Say whether nothing was typed or chosen."""
        return not self.words

    @property
    def spoken(self) -> Words:
        """Return what was typed; answers that were chosen are left out."""
        return {name: text for name, text in self.words.items() if name.rpartition("-")[2] != CHOSEN}

    def holds(self, other: "UnsentWords") -> bool:
        """Say whether every word of `other` is in here too: nothing is lost when `other` goes."""
        return all(text in self.words.get(name, "") for name, text in other.words.items())
