"""Recommendations: what colleagues advise about a text to those who decide. Its author never sees them."""

from collections.abc import Iterable, Sequence
from enum import StrEnum
from typing import Protocol, TypeVar

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


class GivenAdvice(Protocol):
    """What somebody recommends, of which version of the author, and whether they read its language."""

    @property
    def advice(self) -> Advice: ...
    @property
    def sent_number(self) -> int: ...
    @property
    def reads(self) -> bool: ...


_Given = TypeVar("_Given", bound=GivenAdvice)


def list_confirmations(given: GivenAdvice, standing: Iterable[_Given]) -> Sequence[_Given]:
    """Return what confirms advice from the gist: readers of the text say the same of no older version."""
    return [
        one
        for one in standing
        if one.reads and one.advice is given.advice and one.sent_number >= given.sent_number
    ]


def waits_for_reader(given: _Given, standing: Iterable[_Given]) -> bool:
    """Say whether nobody who reads the text has confirmed advice that was given from its gist."""
    return not given.reads and not list_confirmations(given, standing)
