"""The thread of a submission: what each side sees of it, and what each side has not read yet."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, Select, func, or_, select
from sqlalchemy.orm import Session, aliased

from portal.models import Message, Submission
from portal.queries.private.untold import find_withheld


def has_unread() -> ColumnElement[bool]:
    """Return the condition on Submission: its contributor has written since the desk last read the thread."""
    return Submission.unread_letter_id.is_not(None)


def with_unread() -> Select[int]:
    """Return the ids of submissions that `has_unread` holds for: few, and all in one index."""
    other = aliased(Submission)
    return select(other.id).where(other.unread_letter_id.is_not(None))


def list_visible(session: Session, submission: Submission, *, at: datetime) -> Sequence[Message]:
    """Return the thread as the contributor sees it, oldest first.

    Nothing inside the undo window, and no decision that waited in it when the text was withdrawn.
    """
    visible = Message.submission_id == submission.id, ~_is_untold(session, submission, at=at)
    return session.scalars(select(Message).where(*visible).order_by(Message.id)).all()


def find_newest_visible(session: Session, submission: Submission, *, at: datetime) -> int | None:
    """Return the id up to which the contributor has every message before them at `at`, or None.

    A message inside the undo window can be older than one that is seen already: what follows it counts as
    read only when it does.
    """
    is_untold = _is_untold(session, submission, at=at)
    waiting = (
        select(func.min(Message.id))
        .where(Message.submission_id == submission.id, is_untold)
        .scalar_subquery()
    )
    return session.scalar(
        select(func.max(Message.id)).where(
            Message.submission_id == submission.id,
            ~is_untold,
            (waiting.is_(None)) | (Message.id < waiting),
        )
    )


def _is_untold(session: Session, submission: Submission, *, at: datetime) -> ColumnElement[bool]:
    """Return the condition on Message that its contributor has not been shown it."""
    waits = Message.visible_at > at
    withheld = list(find_withheld(session, submission))
    # What came with no decision names no event of one.
    return or_(waits, Message.event_id.is_not(None) & Message.event_id.in_(withheld)) if withheld else waits
