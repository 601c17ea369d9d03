"""When a contributor is asked to agree anew, because the words have changed since."""

from portal.domain.states import State

# Spam is among them: its contributor is told "received", and must not find out by a question that is missing.
_ASKING = frozenset(
    {
        State.SUBMITTED,
        State.NEEDS_REPLY,
        State.INVITED,
        State.ACCEPTED,
        State.AUTHOR_CHECK,
        State.APPROVED,
        State.SPAM,
    }
)


def asks_for_consents(shown: State) -> bool:
    """Say whether new words matter: while a text is on its way. `shown` is the state the contributor sees."""
    return shown in _ASKING
