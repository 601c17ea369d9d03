"""Photos at addresses of their own, from which a newsroom's site fetches them: for how long."""

from datetime import datetime, timedelta

SHARED_FOR = timedelta(days=1)
"""How long after an export the photos of its stories can be fetched; as long as its file."""


def is_shared(until: datetime, *, at: datetime) -> bool:
    """Say whether a photo can be fetched now: one that was shared by a clock that went wrong cannot."""
    return at < until <= at + SHARED_FOR
