"""Acts on many texts at once: which there are, and why a text is left out. Nobody accepts in bulk."""

from enum import StrEnum

from portal.domain.acts import Act, HistoryAct

MOST_AT_ONCE = 50
"""As many as a page of the queue shows: nobody does in bulk what nobody has seen."""


class BulkAct(StrEnum):
    """The acts that can be done on many texts at once."""

    TAG = "tag"
    ASSIGN = "assign"
    RECOMMEND = "recommend"
    MARK_SPAM = Act.MARK_SPAM
    DECLINE = Act.DECLINE


DECIDING = frozenset({BulkAct.MARK_SPAM, BulkAct.DECLINE})
"""Those that close a text: they heed who is on it."""


class BulkRefusal(StrEnum):
    """Why a text stays as it is."""

    CHANGED = "changed"
    """Somebody has done something about it since the list was read."""
    CLAIMED = "claimed"
    """A colleague is on it."""
    STATE = "state"
    """The act does not fit where it stands now."""
    RIGHTS = "rights"
    """The person may not do this in its call."""
    LANGUAGE = "language"
    """The person does not read its language."""
    REASON = "reason"
    """Its coverage has no such reason to decline."""
    STRANGER = "stranger"
    """Who is to be responsible does not work on its coverage."""
    COVERAGE = "coverage"
    """Its coverage has none of these tags."""
    FULL = "full"
    """It has as many tags as it may have."""
    LATE = "late"
    """The time to take the act back is over."""
    UNDONE = "undone"
    """The act has been taken back already."""
    WITHDRAWN = "withdrawn"
    """Its author has withdrawn it since."""
    RETAGGED = "retagged"
    """Its tags were changed since."""
    REASSIGNED = "reassigned"
    """Somebody was made responsible since."""
    ADVISED = "advised"
    """The colleague has recommended something else since, or taken it back."""
    ACCOUNT = "account"
    """Who was responsible before has no open account any more."""


UNDONE_UNLESS = {
    HistoryAct.TAG: frozenset({HistoryAct.TAG}),
    HistoryAct.ASSIGN: frozenset({HistoryAct.ASSIGN}),
    HistoryAct.RECOMMEND: frozenset({HistoryAct.RECOMMEND, HistoryAct.TAKE_BACK_ADVICE}),
}
"""What, done later, keeps an act in bulk from being taken back; of decisions every other one does."""


SINCE = {
    HistoryAct.TAG: BulkRefusal.RETAGGED,
    HistoryAct.ASSIGN: BulkRefusal.REASSIGNED,
    HistoryAct.RECOMMEND: BulkRefusal.ADVISED,
}
"""Why such an act is not taken back, where something was done later."""
UNDOABLE = frozenset({*UNDONE_UNLESS, *(HistoryAct(act) for act in DECIDING)})
"""What one press takes back; of the taking back itself there is none."""
