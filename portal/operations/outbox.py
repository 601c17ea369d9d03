"""The outbox: mail is taken one at a time under a lease, tried again with growing delays, then frozen."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, delete, or_, select
from sqlalchemy.orm import Session

from portal.domain.deadlines import round_to_hour
from portal.domain.mail_notices import Notice
from portal.models import AccessLink, Call, OutboxMail, Revision, Staff, Submission
from portal.operations.file_removal import MOST, delete_some, note_letter
from portal.queries.desk.notices import count_for_mail
from portal.queries.outbox import is_given_up

LEASE = timedelta(minutes=5)
"""Longer than a sending can take: a worker that died holds its mail no longer than this."""

DELAYS = (
    timedelta(seconds=30),
    *(timedelta(minutes=minutes) for minutes in (1, 2, 5, 10, 30, 60, 60, 120)),
)
"""Waiting time after each failed attempt; after the last one comes one more attempt."""

MOST_ATTEMPTS = len(DELAYS) + 1
KEPT = timedelta(days=14)
_ERROR_LENGTH = 200
ABANDONED = "abandoned"
"""The error of a mail whose every attempt ended with its worker, before anything could be said."""


@dataclass(frozen=True)
class ClaimedMail:
    """A mail that is ours until the lease ends, with all that sending needs: no transaction stays open."""

    public_id: str
    """What it is known by: SQLite gives the number of a row that goes meanwhile to the next one."""
    kind: str
    locale: str
    """Language tag the recipient reads."""
    submission_id: str
    """Public id of the submission."""
    revision: int
    """Number of the newest revision, which knows the address."""
    sealed: bytes | None
    """That revision's sealed answers."""
    questions: Sequence[Mapping[str, Any]]
    """What they are answers to: the rows of the call."""
    link_until: datetime | None
    """Until when the one-time link with this public id is good; None when there is none, or none any more."""
    staff_address: str
    """Where mail to a member of staff goes; empty for mail to contributors."""
    counts: Mapping[str, int]
    """How much waits on the desk of each kind, where the mail is about that."""


def claim_next_mail(session: Session, *, at: datetime) -> ClaimedMail | None:
    """Take the mail that has been due longest, or return None. Workers at the same time get different ones.

    SQLite begins with IMMEDIATE, so nobody reads between our look and our write; PostgreSQL locks the row and
    others skip it.
    """
    while True:
        mail = session.scalar(
            select(OutboxMail)
            .where(_is_due(at))
            .order_by(OutboxMail.run_at, OutboxMail.id)
            .limit(1)
            .with_for_update(skip_locked=True)
            .execution_options(populate_existing=True)
        )
        if mail is None:
            return None
        if mail.attempts >= MOST_ATTEMPTS:  # the last attempt ended with its worker, maybe by its fault
            _give_up(mail, error=mail.last_error or ABANDONED, at=at)
            session.flush()
            continue
        mail.attempts += 1
        mail.lease_until = at + LEASE
        session.flush()
        return _describe(session, mail)


def mark_sent(session: Session, public_id: str, *, subject: str, body: str, at: datetime) -> None:
    """Note that the mail is out, with the words it said."""
    mail = _find(session, public_id)
    if mail is None:  # its text was erased meanwhile
        note_letter(session, public_id)
        return
    mail.subject, mail.body = subject, body
    mail.sent_at, mail.run_at = round_to_hour(at), round_to_hour(mail.run_at)
    mail.failed_at, mail.lease_until, mail.last_error = None, None, ""


def mark_failed(session: Session, public_id: str, *, error: str, at: datetime) -> None:
    """Put the mail back for a later attempt, or give it up after the last one.

    `error` names what happened without names or addresses: an admin reads it.
    """
    mail = _find(session, public_id)
    if mail is None or mail.sent_at is not None:  # a slow attempt of ours, overtaken by one that succeeded
        return
    error = error[:_ERROR_LENGTH]
    if mail.attempts >= MOST_ATTEMPTS:
        _give_up(mail, error=error, at=at)
    else:
        mail.last_error, mail.lease_until = error, None
        mail.run_at = at + DELAYS[mail.attempts - 1]


def _give_up(mail: OutboxMail, *, error: str, at: datetime) -> None:
    mail.last_error, mail.lease_until = error, None
    mail.failed_at, mail.run_at = round_to_hour(at), round_to_hour(mail.run_at)


def retry_failed_mail(session: Session, *, at: datetime, only: str = "") -> int:
    """Give mail that was given up all its attempts anew, or `only` the one with this public id.

    Return how many. What was sent or is being tried meanwhile is left alone.
    """
    wanted = select(OutboxMail).where(is_given_up()).with_for_update()
    if only:
        wanted = wanted.where(OutboxMail.public_id == only)
    found = session.scalars(wanted).all()
    for mail in found:
        mail.attempts, mail.run_at = 0, round_to_hour(at)
        mail.failed_at = mail.lease_until = None
    return len(found)


def discard_mail(session: Session, public_id: str) -> None:
    """Drop a mail nobody wants any more: there is no address for it, or its link opens nothing."""
    session.execute(delete(OutboxMail).where(OutboxMail.public_id == public_id))


def delete_old_mail(session: Session, *, at: datetime, most: int = MOST) -> int:
    """Delete what was sent, or given up, more than 14 days ago.

    At most so many; return how many.
    """
    ended = or_(OutboxMail.sent_at <= at - KEPT, OutboxMail.failed_at <= at - KEPT)
    return delete_some(session, OutboxMail, ended, most=most)


def _is_due(at: datetime) -> ColumnElement[bool]:
    """Say which mail is to be tried now.

    No attempt is ever put off, or leased, for longer than these: what says so was written by a clock that was
    wrong, and must not wait until it is right.
    """
    put_off_too_far = (OutboxMail.attempts > 0) & (OutboxMail.run_at > at + DELAYS[-1])
    lease = OutboxMail.lease_until
    return (
        OutboxMail.sent_at.is_(None)
        & OutboxMail.failed_at.is_(None)
        & or_(OutboxMail.run_at <= at, put_off_too_far)
        & or_(lease.is_(None), lease <= at, lease > at + LEASE)
    )


def _describe(session: Session, mail: OutboxMail) -> ClaimedMail:
    public_id, number, sealed, questions = (
        session.execute(
            select(Submission.public_id, Revision.number, Revision.sealed, Call.questions)
            .join(Revision, Revision.submission_id == Submission.id)
            .join(Call, Call.id == Submission.call_id)
            .where(Submission.id == mail.submission_id)
            .order_by(Revision.number.desc())
            .limit(1)
        ).first()
        # Erasing took the answers, and the address with them.
        or ("", 0, None, ())
    )
    return ClaimedMail(
        public_id=mail.public_id,
        kind=mail.kind,
        locale=mail.locale,
        submission_id=public_id,
        revision=number,
        sealed=sealed,
        questions=questions,
        link_until=session.scalar(
            select(AccessLink.expires_at).where(AccessLink.public_id == mail.public_id)
        ),
        staff_address=session.scalar(select(Staff.email).where(Staff.id == mail.staff_id)) or "",
        counts=count_for_mail(session, mail.id) if mail.kind == Notice.DESK else {},
    )


def _find(session: Session, public_id: str) -> OutboxMail | None:
    return session.scalar(
        select(OutboxMail)
        .where(OutboxMail.public_id == public_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
