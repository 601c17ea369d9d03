"""Recommendations: what colleagues advise about a text to those who decide. Its author never sees them."""

from enum import StrEnum

from portal.domain.states import UNDECIDED, State


class Advice(StrEnum):
    """The advice of a recommendation. Stored by value."""

    ACCEPT = "accept"
    """Of a pitch: to invite the full story."""
    ASK = "ask"
    DECLINE = "decline"


REASON_LENGTH = 1000


def takes_recommendations(state: State) -> bool:
    """Say whether advice is of use: nobody has decided yet."""
    return state in UNDECIDED
