"""The thread of a submission: what each side sees of it, and what each side has not read yet."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.orm import Session, aliased

from portal.models import Message, Submission


def has_unread() -> ColumnElement[bool]:
    """Return the condition on Submission: its contributor has written since the desk last read the thread."""
    return Submission.unread_letter_id.is_not(None)


def with_unread() -> Select[int]:
    """Return the ids of submissions that `has_unread` holds for: few, and all in one index."""
    other = aliased(Submission)
    return select(other.id).where(other.unread_letter_id.is_not(None))


def list_visible(session: Session, submission: Submission, *, at: datetime) -> Sequence[Message]:
    """Return the thread as the contributor sees it, oldest first: nothing inside the undo window."""
    return session.scalars(
        select(Message)
        .where(Message.submission_id == submission.id, Message.visible_at <= at)
        .order_by(Message.id)
    ).all()


def find_newest_visible(session: Session, submission: Submission, *, at: datetime) -> int | None:
    """Return the id up to which the contributor has every message before them at `at`, or None.

    A message inside the undo window can be older than one that is seen already: what follows it counts as
    read only when it does.
    """
    waiting = (
        select(func.min(Message.id))
        .where(Message.submission_id == submission.id, Message.visible_at > at)
        .scalar_subquery()
    )
    return session.scalar(
        select(func.max(Message.id)).where(
            Message.submission_id == submission.id,
            Message.visible_at <= at,
            (waiting.is_(None)) | (Message.id < waiting),
        )
    )
