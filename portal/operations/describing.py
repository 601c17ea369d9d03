"""What lists, search and mail of the desk know of a sending: heading, search text, length, risk, address."""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from portal.domain.lost_code import hash_address
from portal.domain.questions import list_searched
from portal.models import Submission
from portal.queries.answers import read_address
from portal.story.count import count_units

_HEADING_LENGTH = 120
_SENTENCE = re.compile(r".*?(?:[.!?…]+(?=\s|$)|[。！？｡]+|$)")
_PITCH_TEXT = ("idea", "link", "you")
_STORY_TEXT = ("story",)


def describe(
    piece: Submission, answers: Mapping[str, Any], sealed: Mapping[str, Any], *, receipt_secret: bytes
) -> None:
    """Set the columns that lists, search and mail work with; `sealed` are the sealed answers, opened."""
    counted = count_units(
        "\n".join(answers.get(key, "") for key in (_STORY_TEXT if answers.get("story") else _PITCH_TEXT))
    )
    piece.heading = make_heading(answers)
    piece.haystack = make_haystack(piece.call.questions, answers)
    piece.words, piece.characters = counted.words, counted.characters
    # Only a plain "no" is no risk; "not sure" is for people to look at.
    piece.at_risk = answers.get("risk") not in (None, "no")
    address = read_address(sealed)
    hashed = hash_address(receipt_secret, address) if address else None
    if hashed != piece.address_hash:  # the same address once more switches nothing on that was switched off
        piece.wants_mail = bool(address)
    piece.address_hash = hashed


def make_heading(answers: Mapping[str, Any]) -> str:
    """Return the title, else the first sentence of the story or of the pitch; at most 120 characters."""
    text = answers.get("title") or answers.get("story") or answers.get("idea") or ""
    first_line = next((line.strip() for line in str(text).splitlines() if line.strip()), "")
    if answers.get("title"):
        return _shorten(first_line)
    found = _SENTENCE.match(first_line)
    return _shorten(found[0] if found else first_line)


def _shorten(text: str) -> str:
    return text if len(text) <= _HEADING_LENGTH else text[: _HEADING_LENGTH - 1].rstrip() + "…"


def make_haystack(questions: Iterable[Mapping[str, Any]], answers: Mapping[str, Any]) -> str:
    """Return the text the desk searches in: what every reader of the call may read, casefolded."""
    return "\n".join(str(answers[key]) for key in list_searched(questions) if answers.get(key)).casefold()
