"""Notices of the desk: what a colleague is told, of which act, and when it leaves by mail."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from enum import StrEnum

from portal.domain.acts import Act
from portal.domain.deadlines import round_to_hour


class NoticeKind(StrEnum):
    """What somebody of the desk is told. Stored by value."""

    ASSIGNED = "assigned"
    MENTIONED = "mentioned"
    """A colleague has written their name into a note."""
    ANSWERED = "answered"
    """The author has written, or sent what the desk asked for."""
    APPROVED = "approved"
    OBJECTED = "objected"
    GIST_ASKED = "gist_asked"
    """Colleagues who cannot read the text ask for a gist."""
    DUE = "due"
    """The promised answer is due within a day."""
    LATE = "late"
    UNREAD_LANGUAGE = "unread_language"
    """A text waits that nobody on its coverage reads."""
    TAKE_DOWN = "take_down"


TOLD_OF: Mapping[Act, NoticeKind] = {
    Act.REPLY: NoticeKind.ANSWERED,
    Act.SEND_STORY: NoticeKind.ANSWERED,
    Act.APPROVE: NoticeKind.APPROVED,
    Act.OBJECT: NoticeKind.OBJECTED,
}
"""Acts of an author that whoever works on the text is told of."""

ASKED_BY = frozenset({Act.ASK, Act.INVITE, Act.SEND_FOR_APPROVAL})
"""Acts of the desk that an author answers: who did it is told, where nobody is responsible."""

OF_AUTHORS = frozenset({*TOLD_OF.values()})
"""Kinds whose moment is an author's: told and mailed by the full hour."""
ENDED_BY_DECISION = OF_AUTHORS | {NoticeKind.DUE, NoticeKind.LATE, NoticeKind.UNREAD_LANGUAGE}
"""Kinds that are over for everybody when the desk decides."""
ENDED_BY_CLOSING = ENDED_BY_DECISION | {NoticeKind.GIST_ASKED}
"""Kinds that are over when nobody waits for the text any more."""
ENDED_BY_WORK = OF_AUTHORS | {NoticeKind.ASSIGNED, NoticeKind.MENTIONED}
"""Kinds that are over for whoever has done something with the text since."""

_ABOUT_COMMENT = "comment-"


def about_comment(public_id: str) -> str:
    """Return what a mention in a comment on a draft is about: the comment, as its page names its place."""
    return f"{_ABOUT_COMMENT}{public_id}"


def is_about_comment(about: str) -> bool:
    """Say whether a mention stands in a comment on a draft, else in a note."""
    return about.startswith(_ABOUT_COMMENT)


MENTIONED_IN_COMMENT = "mentioned_in_comment"
MAIL_LINES = (*(kind.value for kind in NoticeKind), MENTIONED_IN_COMMENT)
"""What a mail about notices can count: each kind, and mentions by where they stand."""

TOLD_BY_CLOCK = (NoticeKind.LATE, NoticeKind.DUE, NoticeKind.TAKE_DOWN)
"""What no act of a person says of a text, in the order in which it is told."""
DUE_WITHIN = timedelta(days=1)
MAIL_DELAY = timedelta(minutes=10)
"""How long at least the mail about a colleague's act waits: what was undone by then is not told."""
KEPT_READ = timedelta(days=14)
KEPT_DONE = timedelta(days=1)
"""Longer than any decision can be undone, which brings back what it had ended."""
_HOUR = timedelta(hours=1)
_DAYS_BACK = 2
DEFAULT_DIGEST_HOUR = 8
QUIET_FROM, QUIET_UNTIL = 21, 8
"""Quiet hours of an account whose person has not chosen any."""


class MailChoice(StrEnum):
    """How mail about notices comes. Stored by value."""

    AT_ONCE = "at_once"
    DAILY = "daily"


@dataclass(frozen=True)
class MailTimes:
    """When somebody wants mail about notices: how, on which clock, and at which hours of it not.

    `quiet_from` up to `quiet_until`, which may lie on the next day; equal hours are no quiet ones.
    """

    choice: MailChoice
    zone: tzinfo
    quiet_from: int
    quiet_until: int

    def is_quiet(self, at: datetime) -> bool:
        """Say whether no mail may leave now."""
        hour = at.astimezone(self.zone).hour
        if self.quiet_from <= self.quiet_until:
            return self.quiet_from <= hour < self.quiet_until
        return hour >= self.quiet_from or hour < self.quiet_until

    def may_leave(self, ready_at: datetime, *, at: datetime) -> bool:
        """Say whether mail about a notice that was ready at that moment leaves now."""
        if ready_at > at or self.is_quiet(at):
            return False
        return self.choice is MailChoice.AT_ONCE or ready_at <= self._find_last_digest(at)

    @property
    def digest_hour(self) -> int:
        """Return the hour a daily mail leaves at: the end of the quiet ones."""
        return DEFAULT_DIGEST_HOUR if self.quiet_from == self.quiet_until else self.quiet_until

    def _find_last_digest(self, at: datetime) -> datetime:
        """Return when the last daily mail was due: by the clock on the wall, however it was moved."""
        hour = at - timedelta(minutes=at.astimezone(self.zone).minute, seconds=at.second)
        for _step in range(24 * _DAYS_BACK):
            if hour.astimezone(self.zone).hour == self.digest_hour:
                return hour
            hour -= _HOUR
        return hour  # an hour that was left out when clocks were moved, two days in a row: there is none


def ready_at(kind: NoticeKind, made_at: datetime, *, delay: timedelta) -> datetime:
    """Return from when a notice may be mailed; of an author's act it would else tell the minute."""
    if kind in OF_AUTHORS:
        return round_to_hour(made_at) + _HOUR
    return made_at + max(delay, MAIL_DELAY)
