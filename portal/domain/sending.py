"""What a contributor sends in one go, as a value: checked by the form, kept by the operation."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from portal.domain.states import Stage

Answer = str | list[str]


@dataclass(frozen=True)
class GivenConsent:
    """A box that was ticked: the exact sentence beside it, its version and the language it was read in."""

    key: str
    version: int
    text: str
    locale: str


@dataclass(frozen=True)
class Sending:
    """One form, filled in and valid. Unanswered questions are left out."""

    stage: Stage
    """Which of the two forms this was."""
    lang: str
    """Language of the text, a tag of domain.languages."""
    answers: Mapping[str, Answer]
    sealed: Mapping[str, Answer] = field(default_factory=dict)
    """Answers that are only ever stored encrypted."""
    consents: tuple[GivenConsent, ...] = ()
