"""What can go wrong in a person's act. `web/pages.py` gives each its status and sentence, once."""


class DomainError(Exception):
    """An act that the rules do not allow. Nothing was changed."""


class IllegalTransition(DomainError):
    """The act does not fit the state the submission is in now (409)."""

    def __init__(self, state: str, act: str) -> None:
        super().__init__(f"{act} is not possible in state {state}")
        self.state = state
        self.act = act


class NotPermitted(DomainError):
    """The person may never do this act, whatever the state (403)."""


class StaleEdit(DomainError):
    """Somebody else changed the thing since the person read it (409)."""


class CallClosed(DomainError):
    """The call no longer takes texts (the page gives the text back)."""


class MissingText(DomainError):
    """An act needs a text that was not given (422)."""


class ExportRefused(DomainError):
    """A draft must not leave the portal; `reason` is a value of domain.consent.Refusal."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason
