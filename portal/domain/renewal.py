"""When a contributor is asked to agree anew, because the words have changed since."""

from portal.domain.states import UNDER_WAY, State


def asks_for_consents(shown: State) -> bool:
    """Say whether new words matter: while a text is on its way. `shown` is the state the contributor sees."""
    return shown in UNDER_WAY
