"""Rules of the author check: what an author can answer to a change, and what all answers together mean."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Self


class CheckPlace(StrEnum):
    """What was changed, in the order of print. Stored by value."""

    TITLE = "title"
    DEK = "dek"
    EXCERPT = "excerpt"
    CONTENT_WARNING = "content_warning"
    BYLINE = "byline"
    BODY = "body"
    TAKEN_OUT = "taken_out"
    """A paragraph that stands in the author's text alone: it is counted there."""
    PHOTO = "photo"
    BIO = "bio"
    PLACE = "place"


class CheckAnswer(StrEnum):
    """What an author says to one change. Stored by value."""

    ACCEPT = "accept"
    RESTORE = "restore"
    """Wants the words back that stood there; nothing where nothing stood."""
    OBJECT = "object"
    COMMENT = "comment"


_SPOT_LENGTH = 16

NEEDS_WORDS = frozenset({CheckAnswer.OBJECT, CheckAnswer.COMMENT})
"""Answers that say nothing without words of the author's."""


@dataclass(frozen=True)
class AnsweredChange:
    """The answer to one change, and where it was: the change itself follows from the texts compared."""

    key: str
    place: CheckPlace
    number: int
    """Of the paragraph or the photo; 0 for what there is one of."""
    answer: CheckAnswer
    words: str = ""

    @classmethod
    def read(cls, stored: Mapping[str, Any]) -> Self:
        """Read what `store` gives."""
        place, answer = CheckPlace(stored["place"]), CheckAnswer(stored["answer"])
        return cls(stored["key"], place, stored["number"], answer, stored.get("words", ""))

    def store(self) -> dict[str, Any]:
        """Return it as an author check keeps it."""
        words = {"words": self.words} if self.words else {}
        return {"key": self.key, "place": self.place, "number": self.number, "answer": self.answer, **words}


def spot_key(spot: Sequence[str]) -> str:
    """Return by what the place of a change is recognised while the author's own words there stay.

    Under it an editor's reason is kept: a change that is written over again keeps it.
    """
    return hashlib.sha256("\0".join(spot).encode()).hexdigest()[:_SPOT_LENGTH]


def is_agreement(answers: Iterable[CheckAnswer | None], remark: str) -> bool:
    """Say whether these are a yes to the whole text: every change accepted, and nothing said against it."""
    return not remark.strip() and all(answer is CheckAnswer.ACCEPT for answer in answers)


def is_objection(answers: Iterable[CheckAnswer | None], remark: str) -> bool:
    """Say whether something is to be looked at again by the desk. A comment is: it wants an answer."""
    return bool(remark.strip()) or any(answer not in (None, CheckAnswer.ACCEPT) for answer in answers)


def store_answers(answers: Sequence[AnsweredChange], *, compared: int) -> dict[str, Any]:
    """Return answers as a check keeps them; `compared` is the author's revision the text stood beside."""
    return {"compared": compared, "changes": [one.store() for one in answers]} if answers else {}


def read_answers(stored: Mapping[str, Any]) -> Sequence[AnsweredChange]:
    """Return the answers an author check keeps."""
    return [AnsweredChange.read(one) for one in stored.get("changes", ())]


def read_compared(stored: Mapping[str, Any]) -> int | None:
    """Return the number of the author's revision that answers compared a text with; None without answers."""
    number: int | None = stored.get("compared")
    return number
