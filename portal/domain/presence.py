"""Presence: who has a text on the screen now. It is no record: nothing of it is older than a minute or so."""

import hmac
from datetime import datetime, timedelta
from enum import StrEnum
from hashlib import sha256

STEP_SECONDS = 15
"""Times are kept to these steps, which everybody shares."""
SEEN_WITHIN = timedelta(seconds=60)
"""Whoever gave no sign for this long has gone; a page gives one every half minute."""
KEPT = SEEN_WITHIN + timedelta(seconds=STEP_SECONDS)


class PresenceSign(StrEnum):
    """What a page says of who has it on the screen."""

    READING = "reading"
    WRITING = "writing"
    """Words stand there that are not saved."""
    LEFT = "left"


def mark_presence(secret: bytes, submission_id: str, staff_id: str) -> str:
    """Return the mark of a person at a text, both by public id.

    It is made with a secret that no database holds: a copy of one tells neither who nor what.
    """
    return hmac.new(secret, f"presence\n{submission_id}\n{staff_id}".encode(), sha256).hexdigest()


def step_of(at: datetime) -> datetime:
    """Return the step a moment lies in."""
    return at.replace(second=at.second - at.second % STEP_SECONDS, microsecond=0)
