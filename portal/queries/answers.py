"""The answers of a submission as they are now: what its newest revision says, which is always whole.

Nobody puts answers together from several revisions: what an author has emptied stands in older ones only, and
those are read where history is meant.
"""

from collections.abc import Mapping
from typing import Any

from portal.models import Revision, Submission
from portal.sealing.keys import KeyRing, answers_place

_CHANNEL, _ADDRESS, _BY_MAIL = "reply", "reply_text", "email"


def current_answers(piece: Submission) -> Mapping[str, Any]:
    """Return the open answers by field key; empty for a text that was never sent."""
    return piece.latest.answers if piece.revisions else {}


def current_text(piece: Submission, key: str) -> str:
    """Return one answer in words; empty when there is none, or when it is a list of choices."""
    answer = current_answers(piece).get(key)
    return answer if isinstance(answer, str) else ""


def open_current(piece: Submission, keys: KeyRing) -> dict[str, Any]:
    """Return the sealed answers by field key; empty for a text that was never sent. Raises CannotOpen."""
    return open_sealed(piece, piece.latest, keys) if piece.revisions else {}


def open_sealed(piece: Submission, revision: Revision, keys: KeyRing) -> dict[str, Any]:
    """Return the sealed answers of one revision by field key. Raises CannotOpen."""
    return keys.open_map(revision.sealed, answers_place(piece.public_id, revision.number))


def read_address(sealed: Mapping[str, Any]) -> str:
    """Return the address for mail among sealed answers; empty where another way was chosen."""
    return str(sealed.get(_ADDRESS) or "") if sealed.get(_CHANNEL) == _BY_MAIL else ""
