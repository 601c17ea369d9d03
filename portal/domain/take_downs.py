"""Take-downs of what has left the portal and must come back: why, and what was done about it."""

from enum import StrEnum

from portal.domain.remote_sites import RemoteStatus
from portal.domain.targets import NOT_THERE, UNREAD


class Recall(StrEnum):
    """Reasons why something that has left must come back or be changed. Stored by value."""

    WITHDRAWN = "withdrawn"
    ERASED = "erased"
    """Its author has had everything erased: the address is all that is left here."""
    CONSENT = "consent"
    """Its author answers now that it must not be published."""
    UNDONE = "undone"
    """The desk has undone its acceptance."""
    EMBARGO = "embargo"
    """Its author wants nothing published before a day that has not come."""
    NAME = "name"
    PHOTO = "photo"


WHOLE = frozenset({Recall.WITHDRAWN, Recall.ERASED, Recall.CONSENT, Recall.UNDONE})
"""The whole text must go, not a part of it."""
PARTS = frozenset({Recall.NAME, Recall.PHOTO})
"""A corrected text in place of the old one is all that is asked for."""
UNTOLD = frozenset({Recall.CONSENT, Recall.EMBARGO})
"""While such a task waits, or could not be done, nobody is told where the text can be read."""
ENDING = frozenset({Recall.WITHDRAWN, Recall.ERASED})
"""The text itself has ended: for nothing else need it be called back."""


class TakeDownOutcome(StrEnum):
    """The outcome of a take-down. Stored by value."""

    REMOVED = "removed"
    CORRECTED = "corrected"
    NOT_REMOVED = "not_removed"
    MOOT = "moot"
    """There is nothing left to do: taken back, or the whole text is gone from there."""


RECORDED = (TakeDownOutcome.REMOVED, TakeDownOutcome.CORRECTED, TakeDownOutcome.NOT_REMOVED)
"""What a person can say; the rest follows from other acts."""


def settle_by_site(reason: Recall, status: RemoteStatus, *, was_read: bool) -> TakeDownOutcome | None:
    """Return what a task comes to by what its site says of the post; None while it waits.

    What is gone from there is no task any more. An embargo asks for less: a post that was read there
    (`was_read`) is to be off the pages until its day, as a draft that is published then. One that nobody has
    read yet may stay as it is; that the newsroom knows the day, a person writes down.
    """
    if status in NOT_THERE:
        return TakeDownOutcome.REMOVED
    if reason is Recall.EMBARGO and was_read and status in UNREAD:
        return TakeDownOutcome.CORRECTED
    return None
