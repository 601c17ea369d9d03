"""The states of a submission: a table with the place of each in the queue, and what its author is told."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class State(StrEnum):
    """The state of a submission. Stored by value."""

    WRITING = "writing"
    SUBMITTED = "submitted"
    NEEDS_REPLY = "needs_reply"
    INVITED = "invited"
    ACCEPTED = "accepted"
    AUTHOR_CHECK = "author_check"
    APPROVED = "approved"
    PUBLISHED = "published"
    DECLINED = "declined"
    SPAM = "spam"
    DUPLICATE = "duplicate"
    WITHDRAWN = "withdrawn"
    ERASED = "erased"


class Stage(StrEnum):
    """The stage of a submission: what is wanted now. Its `kind` is the stage it began with."""

    PITCH = "pitch"
    STORY = "story"


class PublicStatus(StrEnum):
    """The status a contributor is told. Several states can read the same."""

    WRITING = "writing"
    RECEIVED = "received"
    QUESTION = "question"
    SEND_STORY = "send_story"
    IN_EDITING = "in_editing"
    PLEASE_APPROVE = "please_approve"
    APPROVED = "approved"
    PUBLISHED = "published"
    NOT_THIS_TIME = "not_this_time"
    WITHDRAWN = "withdrawn"


class QueuePlace(StrEnum):
    """Places of submissions of a state in the queue: its views are made of these."""

    HIDDEN = "hidden"
    DESK = "desk"
    """The next step is the desk's."""
    CONTRIBUTOR = "contributor"
    """The next step is the author's."""
    OPEN = "open"
    """Nobody waits for it, and it is not over."""
    CLOSED = "closed"


@dataclass(frozen=True)
class Standing:
    """One row of the table of states: its place in the queue, and what the contributor is told.

    `reads_as` is the state that its contributor takes it for, where that is another one.
    """

    queue: QueuePlace
    status: PublicStatus
    reads_as: State | None = None


STANDINGS: Mapping[State, Standing] = {
    State.WRITING: Standing(QueuePlace.HIDDEN, PublicStatus.WRITING),
    State.SUBMITTED: Standing(QueuePlace.DESK, PublicStatus.RECEIVED),
    State.NEEDS_REPLY: Standing(QueuePlace.CONTRIBUTOR, PublicStatus.QUESTION),
    State.INVITED: Standing(QueuePlace.CONTRIBUTOR, PublicStatus.SEND_STORY),
    State.ACCEPTED: Standing(QueuePlace.OPEN, PublicStatus.IN_EDITING),
    State.AUTHOR_CHECK: Standing(QueuePlace.CONTRIBUTOR, PublicStatus.PLEASE_APPROVE),
    State.APPROVED: Standing(QueuePlace.OPEN, PublicStatus.APPROVED),
    State.PUBLISHED: Standing(QueuePlace.CLOSED, PublicStatus.PUBLISHED),
    State.DECLINED: Standing(QueuePlace.CLOSED, PublicStatus.NOT_THIS_TIME),
    # A filter or a colleague can be wrong: neither word is put to the person's face, and reopening stays
    # possible. Who sent spam must not find out by a refused file or a missing question either.
    State.SPAM: Standing(QueuePlace.CLOSED, PublicStatus.RECEIVED, reads_as=State.SUBMITTED),
    State.DUPLICATE: Standing(QueuePlace.CLOSED, PublicStatus.NOT_THIS_TIME),
    State.WITHDRAWN: Standing(QueuePlace.CLOSED, PublicStatus.WITHDRAWN),
    State.ERASED: Standing(QueuePlace.HIDDEN, PublicStatus.WITHDRAWN),
}
PUBLIC_STATUS: Mapping[State, PublicStatus] = {state: row.status for state, row in STANDINGS.items()}


def reads_as(state: State) -> State:
    """Return the state its contributor takes it for."""
    return STANDINGS[state].reads_as or state


def _stand_in(*places: QueuePlace) -> frozenset[State]:
    return frozenset(state for state, row in STANDINGS.items() if row.queue in places)


HIDDEN = _stand_in(QueuePlace.HIDDEN)
"""What the desk never lists: a text its author has not sent, and the tombstone of an erased one."""
WAITS_FOR_DESK = _stand_in(QueuePlace.DESK)
WAITS_FOR_CONTRIBUTOR = _stand_in(QueuePlace.CONTRIBUTOR)
CLOSED = _stand_in(QueuePlace.CLOSED)
OPEN = frozenset(State) - HIDDEN - CLOSED
UNDER_WAY = frozenset(state for state in State if reads_as(state) in OPEN)
"""What its contributor takes to be on its way."""
IN_COVERAGE = frozenset({State.ACCEPTED, State.AUTHOR_CHECK, State.APPROVED, State.PUBLISHED})
MAY_HAVE_LEFT = IN_COVERAGE | {State.WITHDRAWN}
UNDECIDED = OPEN - IN_COVERAGE
CAME_BACK_FROM = frozenset({State.NEEDS_REPLY, State.INVITED})
"""What waits for the desk and comes from here, its author has sent because the desk asked for it."""


def came_back(state: State, before: State | None) -> bool:
    """Say whether the author has done what the desk asked for, and it is the desk's turn again."""
    return state in WAITS_FOR_DESK and before in CAME_BACK_FROM
