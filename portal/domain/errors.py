"""Errors of a person's act. `web/site/error_pages.py` gives each its status and sentence, once."""

from datetime import date, datetime, timedelta


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


class NotProved(DomainError):
    """The private page lacks a right: a code of the desk opened it, and no answer has proved more (403)."""


class CodeNotYetValid(DomainError):
    """A new code from the desk was typed before its wait is over (422); it works from `starts_at` on."""

    def __init__(self, starts_at: datetime) -> None:
        super().__init__(f"not before {starts_at}")
        self.starts_at = starts_at


class StaleEdit(DomainError):
    """Somebody else changed the thing since the person read it (409)."""


class ClaimedMeanwhile(DomainError):
    """A colleague has taken it since the page was opened: whoever sends it once more goes on (409)."""


class AccountClosed(DomainError):
    """Whoever was to be responsible works here no more: the account was closed a moment ago (409)."""


class CallClosed(DomainError):
    """The call no longer takes texts (the page gives the text back)."""


class TooBusy(DomainError):
    """More arrives than there is room for (429). Nobody is refused for good: `wait` says until when."""

    def __init__(self, wait: timedelta) -> None:
        super().__init__(f"no room for {wait}")
        self.wait = wait


class Overloaded(DomainError):
    """The machine has no room for it now (503); nothing was done."""


class SearchUnready(DomainError):
    """All that a search finds was asked for while its index was being made anew (503)."""


class SearchDamaged(SearchUnready):
    """All that a search finds was asked for, and its index lacks texts: it has to be made anew (503)."""


class TooManyVersions(DomainError):
    """A text has as many unsent versions as it may have, each with words of its own (409)."""


class AnswersAwaited(DomainError):
    """The author has not said yet what only they can say: nobody goes on without their own answer (409)."""


class MissingText(DomainError):
    """An act needs a text that was not given (422)."""


class ExportRefused(DomainError):
    """A draft must not leave the portal; `reason` is a value of domain.consent.Refusal, `day` its date."""

    def __init__(self, reason: str, *, day: date | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.day = day


class FormatFailed(DomainError):
    """A format of another package could not be written (422 on the page of the export)."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name
