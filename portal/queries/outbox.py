"""Outbox mail that was given up, for the admins who can do something about it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from portal.models import OutboxMail

MOST_SHOWN = 100


@dataclass(frozen=True)
class FailedMail:
    """A mail after its last attempt: what may be known of it without knowing whose it is."""

    public_id: str
    kind: str
    locale: str
    failed_at: datetime
    attempts: int
    error: str


def is_given_up() -> ColumnElement[bool]:
    """Return the condition for mail nobody tries to send any more."""
    return OutboxMail.failed_at.is_not(None) & OutboxMail.sent_at.is_(None)


def count_failed(session: Session) -> int:
    """Count the mail that was given up."""
    return session.scalar(select(func.count()).select_from(OutboxMail).where(is_given_up())) or 0


def count_overdue(session: Session, *, before: datetime) -> int:
    """Count the mail nobody has tried to send since it was due."""
    overdue = OutboxMail.sent_at.is_(None) & OutboxMail.failed_at.is_(None) & (OutboxMail.run_at < before)
    return session.scalar(select(func.count()).select_from(OutboxMail).where(overdue)) or 0


def list_failed(session: Session) -> Sequence[FailedMail]:
    """Return the mail that was given up, the newest first, and no more than MOST_SHOWN of it."""
    found = session.scalars(
        select(OutboxMail)
        .where(is_given_up())
        .order_by(OutboxMail.failed_at.desc(), OutboxMail.id.desc())
        .limit(MOST_SHOWN)
    )
    return [
        FailedMail(mail.public_id, mail.kind, mail.locale, mail.failed_at, mail.attempts, mail.last_error)
        for mail in found
        if mail.failed_at is not None
    ]
