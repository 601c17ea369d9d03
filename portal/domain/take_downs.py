"""Take-downs of what has left the portal and must come back: why, and what was done about it."""

from enum import StrEnum


class Recall(StrEnum):
    """Reasons why something that has left must come back or be changed. Stored by value."""

    WITHDRAWN = "withdrawn"
    ERASED = "erased"
    """Its author has had everything erased: the address is all that is left here."""
    CONSENT = "consent"
    """Its author answers now that it must not be published."""
    UNDONE = "undone"
    """The desk has undone its acceptance."""
    NAME = "name"
    PHOTO = "photo"


WHOLE = frozenset({Recall.WITHDRAWN, Recall.ERASED, Recall.CONSENT, Recall.UNDONE})
"""The whole text must go, not a part of it."""
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
