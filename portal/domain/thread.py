"""The rules of the thread between a contributor and the desk."""

from portal.domain.states import State

MESSAGE = "message"
"""Name of a message that comes with no act: it changes no state."""

_NOBODY_THERE = frozenset({State.WRITING, State.ERASED})


def takes_messages(state: State) -> bool:
    """Say whether the contributor can write to the desk: about everything that was sent, withdrawn too."""
    return state not in _NOBODY_THERE
