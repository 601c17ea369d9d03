"""The two lanes of what arrives: how sure we are that a person wrote it. Neither is ever refused for good.

Whose browser cannot do the proof of work may answer a simple question instead; no answer is an error.
"""

import hashlib
import math
import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from portal.domain.deadlines import round_to_hour
from portal.domain.states import State

MIN_RENDER = timedelta(seconds=5)
"""Nobody reads and fills in a form faster."""
_HOUR = timedelta(hours=1)
_VOUCHES_NOT = frozenset({State.WRITING, State.SPAM, State.WITHDRAWN, State.ERASED})


class Lane(StrEnum):
    """The lane a sending came by. Stored by value."""

    VERIFIED = "verified"
    """With a solved proof of work, an answered question, or the code of an earlier sending."""
    UNVERIFIED = "unverified"
    """With none of these: kept all the same, listed below the others."""


class Signal(StrEnum):
    """A sign that a sending is automatic. For sorting only, never for refusing."""

    HONEYPOT = "honeypot"
    TOO_FAST = "too_fast"


@dataclass(frozen=True)
class Arrival:
    """The arrival of a sending, as it is kept."""

    lane: Lane
    signals: tuple[Signal, ...] = ()


@dataclass(frozen=True)
class BucketRule:
    """The rule by which a bucket fills and leaks: one more each time, `per_hour` fewer, never above `burst`.

    A full bucket is empty after an hour at most, so one left alone that long may be forgotten. An `hourly`
    one leaks at full hours only: it belongs to one form, and a finer time of it could point at a person.
    """

    per_hour: int
    burst: int
    hourly: bool = False


@dataclass(frozen=True)
class FilledBucket:
    """A bucket after one more: its level, the moment that level is of, and the wait if there was no room."""

    level: float
    at: datetime
    wait: timedelta | None


UPPER_LANE = BucketRule(per_hour=1200, burst=400)
"""Sendings that come in verified, of fresh forms and of forms that were read, each. What finds no room there
comes in unverified: that lane is never full."""
READ_AFTER = timedelta(minutes=1)
"""A form that is sent later was read: a flood that does not wait as long leaves the room of those who do."""
ANSWERED = BucketRule(per_hour=240, burst=120)
"""How many sendings the question alone lifts into the upper lane: a script can learn its answers."""
RETURNING = BucketRule(per_hour=20, burst=20, hourly=True)
"""How many new texts one open private page vouches for."""
SAME_FORM = BucketRule(per_hour=60, burst=60, hourly=True)
"""How often one form may arrive again: after a lost answer, or with other words."""
SAVES_OF_FORM = BucketRule(per_hour=720, burst=720, hourly=True)
"""How often one form may save what is typed: every five seconds for an hour."""
SAVES_OF_PROOF = BucketRule(per_hour=10, burst=10, hourly=True)
"""How many forms may begin to save with one proof, where the disk has no room to spare."""
WRONG_CODES = BucketRule(per_hour=600, burst=120)
"""Wrong receipt codes on the whole site. The right one opens its page whatever the level."""
SIGN_INS = BucketRule(per_hour=3600, burst=120)
"""Passwords tried at the door of the desk by browsers nobody knows, all together: there is room again in a
second. Those with a solved proof have as much for themselves (PROVED_SIGN_INS)."""
PROVED_SIGN_INS = BucketRule(per_hour=3600, burst=120)
OF_BROWSER = BucketRule(per_hour=120, burst=20)
"""Passwords tried in one browser that has signed in before."""
OF_HALFWAY = BucketRule(per_hour=120, burst=20)
"""Codes tried for one account by whoever has passed its password."""
CONFIRMATIONS = BucketRule(per_hour=300, burst=5)
"""Passwords tried by whoever is signed in to one account: an unattended desk is no place to guess."""
PROOFS_OF_AUTHOR = BucketRule(per_hour=5, burst=5, hourly=True)
"""Sealed answers typed to prove an author, for one submission: who knows the author may know some of them."""
FILES_READ = BucketRule(per_hour=240, burst=60)
"""Stories read from files for people without a private page, on the whole site: each costs a process of its
own for seconds, and the words can be pasted meanwhile."""
FILES_OF_PAGE = BucketRule(per_hour=30, burst=30, hourly=True)
"""Stories read from files for one private page: who has one is not held up by strangers."""
_QUARTER = 0.25
_HARDEST = 8


def add_to_bucket(level: float, *, since: datetime, at: datetime, rule: BucketRule) -> FilledBucket:
    """Put one more into a bucket that had `level` at `since`.

    Without room the level stays as it has leaked to, and `wait` says when there is room. A moment before
    `since` (the clock was set back) counts as no time: the bucket goes on leaking from now.
    """
    left, moment = leak_bucket(level, since=since, at=at, rule=rule), round_to_hour(at) if rule.hourly else at
    if left + 1 <= rule.burst:
        return FilledBucket(left + 1, moment, None)
    if rule.hourly:
        return FilledBucket(left, moment, moment + _HOUR - at)
    seconds = (left + 1 - rule.burst) / rule.per_hour * _HOUR.total_seconds()
    return FilledBucket(left, moment, timedelta(seconds=math.ceil(seconds)))


def leak_bucket(level: float, *, since: datetime, at: datetime, rule: BucketRule) -> float:
    """Return what is left by now in a bucket that had `level` at `since`."""
    start, moment = (round_to_hour(since), round_to_hour(at)) if rule.hourly else (since, at)
    return max(level - max((moment - start) / _HOUR, 0.0) * rule.per_hour, 0.0)


def find_difficulty(fullness: float) -> int:
    """Return how many times the usual work a proof costs, by the share of the upper lane that is taken.

    Each quarter doubles it, up to eight times: some seconds of a phone, while somebody writes.
    """
    return min(1 << int(fullness / _QUARTER), _HARDEST)


def read_signals(*, trap: str, begun: datetime | None, at: datetime) -> tuple[Signal, ...]:
    """Return what looks automatic: the hidden field filled in, the form sent within five seconds.

    `begun` None (a form key without its time) and a time to come (the clock was set back) say nothing.
    """
    found = []
    if trap.strip():
        found.append(Signal.HONEYPOT)
    if begun is not None and timedelta(0) <= at - begun < MIN_RENDER:
        found.append(Signal.TOO_FAST)
    return tuple(found)


def may_vouch(lane: Lane, state: State) -> bool:
    """Say whether the author of such a submission counts as a returning contributor.

    What came unverified vouches for nothing, nor does a text that was only saved: both are free to have.
    """
    return lane is Lane.VERIFIED and state not in _VOUCHES_NOT


_BETWEEN_WORDS = re.compile(r"[\W_]+")


@dataclass(frozen=True)
class HumanQuestion:
    """One question by language tag, and every answer that counts as right, in any language."""

    text: Mapping[str, str]
    answers: frozenset[str]


def clean_answer(text: str) -> str:
    """Return an answer as it is compared: NFKC, casefolded, words with one space between them."""
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())
    return _BETWEEN_WORDS.sub(" ", folded).strip()


def make_question(text: Mapping[str, str], answers: Mapping[str, Sequence[str]]) -> HumanQuestion:
    """Return the question with the answers of every language together: people write in the one they like."""
    return HumanQuestion(text, frozenset(clean_answer(one) for listed in answers.values() for one in listed))


def choose_question(questions: Sequence[HumanQuestion], form_key: str) -> HumanQuestion:
    """Return the question of a form: always the same one, so that it needs no field of its own."""
    return questions[hashlib.sha256(form_key.encode()).digest()[0] % len(questions)]


def is_right(question: HumanQuestion, answer: str) -> bool:
    """Say whether somebody answered the question."""
    return clean_answer(answer) in question.answers
