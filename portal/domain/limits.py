"""Limits of a text in code points, by the script it is written in; and of its unsent versions.

One Han character says about as much as three letters, so one number for all would cut letter-script
writers short or let others run on. The bucket comes from the text itself: see `script_bucket` in
`portal.story.count`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

ScriptBucket = Literal["letters", "han"]

MOST_UNSENT = 20
"""Unsent versions of one text: each tab that disagrees with the others makes one.

No bound may cost a word. So before another version is added to a full text, those go whose every word stands
in another version. If none does, the new one is not taken: its words stay in the form they were typed into,
which says so, and the person deletes a version or sends the text. Sending needs no room.
"""


@dataclass(frozen=True, slots=True)
class Limit:
    """The most code points a field takes, for letter scripts and for Han, kana and hangul."""

    letters: int
    han: int

    def __post_init__(self) -> None:
        """Refuse a limit that nothing fits into: ValueError."""
        if self.letters < 1 or self.han < 1:
            raise ValueError("a limit is at least 1 character")


@dataclass(frozen=True, slots=True)
class UsualLength:
    """How long a text usually is, from and to: in characters where it is written in Han, else in words."""

    words: Mapping[str, tuple[int, int]]
    """By language tag of the page: languages need more words or fewer for the same story."""
    characters: tuple[int, int]

    def words_in(self, tag: str) -> tuple[int, int] | None:
        """Return the words of a language; None where texts in it are counted in characters."""
        return self.words.get(tag)


def limit_for(limit: Limit, bucket: ScriptBucket) -> int:
    """Give the most code points for a text of this bucket."""
    return limit.han if bucket == "han" else limit.letters


def is_too_long(length: int, limit: Limit, bucket: ScriptBucket) -> bool:
    """Whether a cleaned text of so many code points passes its limit; a text of just the limit fits."""
    return length > limit_for(limit, bucket)
