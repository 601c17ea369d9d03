"""Answers as a contributor types and sends them in one go: read by the form, kept by operations.

Also what may still be sent in which state: changes, messages, files.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field

from portal.domain.questions import AskedWhen
from portal.domain.states import UNDER_WAY, Stage, State, reads_as

Answer = str | list[str]

STORY_FROM_FILE = "story_from_file"
"""Beside the story: the Markdown a file gave for it. Every other text of a contributor is plain."""
FINGERPRINT_LENGTH = 32
"""Hexadecimal characters."""
_CHANGEABLE = frozenset({State.SUBMITTED, State.NEEDS_REPLY})
_NOT_WITH_US = frozenset({State.WRITING, State.WITHDRAWN, State.ERASED})


@dataclass(frozen=True)
class GivenConsent:
    """A box that was ticked: the exact sentence beside it, its version and the language it was read in."""

    key: str
    version: int
    text: str
    locale: str


@dataclass(frozen=True)
class SubmittedAnswers:
    """One form, filled in and valid. Unanswered questions are left out."""

    stage: Stage
    """Which of the two forms this was."""
    lang: str
    """Language of the text, a tag of domain.languages."""
    answers: Mapping[str, Answer]
    sealed: Mapping[str, Answer] = field(default_factory=dict)
    """Answers that are only ever stored encrypted."""
    consents: tuple[GivenConsent, ...] = ()
    asked: frozenset[str] | None = None
    """Names of the fields the form had: what is not among the answers was left or made empty in it. None
    where that is not known."""
    when: AskedWhen = AskedWhen.FIRST
    """Which of a stage's questions this form asked."""


@dataclass(frozen=True)
class EnteredAnswers:
    """What stands in a form, finished or not. Fields with nothing in them are left out, and the consents."""

    stage: Stage
    lang: str
    answers: Mapping[str, Answer]
    sealed: Mapping[str, Answer]
    has_words: bool
    """Whether anything was written, and not only chosen; after the receipt a choice is worth keeping, too."""
    writing: str = ""
    """Public id of the unsent version this page goes on with; empty when it has none yet."""
    sequence: int = 0
    """The save of that version which this page knows."""
    seen_fingerprints: tuple[str, ...] = ()
    """Fingerprints of what stood in this form each time it came back to be gone on with."""
    when: AskedWhen = AskedWhen.FIRST
    """As in `SubmittedAnswers`."""

    def is_of_form(self, stage: Stage, when: AskedWhen) -> bool:
        """Say whether this was typed into that form: versions of different forms never replace each other."""
        return (stage, when) == (self.stage, self.when)

    @property
    def fingerprint(self) -> str:
        """Return what tells these answers from others. For the page that shows them; it is stored nowhere."""
        content = {"stage": self.stage, "answers": {**self.answers, **self.sealed}}
        canonical = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(canonical.encode()).hexdigest()[:FINGERPRINT_LENGTH]

    def holds(self, other: "EnteredAnswers") -> bool:
        """Say whether every answer of `other` is in here too: nothing is lost when `other` goes."""
        mine, others = {**self.answers, **self.sealed}, {**other.answers, **other.sealed}
        return all(_holds(mine.get(key), answer) for key, answer in others.items())

    def goes_on_from(self, other: "EnteredAnswers") -> bool:
        """Say whether `other` stood in this form before, word for word, and was written over here."""
        is_its = not self.writing or self.writing == other.writing
        return is_its and other.fingerprint in self.seen_fingerprints


def _holds(mine: Answer | None, other: Answer) -> bool:
    if isinstance(mine, str) and isinstance(other, str):
        return other in mine
    return isinstance(mine, list) and isinstance(other, list) and set(other) <= set(mine)


def may_change(shown: State) -> bool:
    """Say whether what was sent may still be changed; `shown` is the state the contributor sees."""
    return reads_as(shown) in _CHANGEABLE


def is_with_desk(shown: State) -> bool:
    """Say whether a text was sent and is not taken back; `shown` as in `may_change`."""
    return shown not in _NOT_WITH_US


def may_name_language(shown: State) -> bool:
    """Say whether the author may still correct the stated language; `shown` as in `may_change`."""
    return shown in UNDER_WAY


def may_answer_after(shown: State) -> bool:
    """Say whether the questions after the receipt may be answered, first or anew; `shown` as above."""
    return shown in UNDER_WAY


_NOBODY_THERE = frozenset({State.WRITING, State.ERASED})


def takes_messages(state: State) -> bool:
    """Say whether the contributor can write to the desk: about everything that was sent, withdrawn too."""
    return state not in _NOBODY_THERE
