"""Texts begun in the browser that had the private page of another one open."""

from collections.abc import Sequence

from sqlalchemy import and_, not_, or_, select
from sqlalchemy.orm import Session

from portal.domain.states import State
from portal.models import Submission


def list_unsent_beside(session: Session, submission: Submission) -> Sequence[Submission]:
    """Return the texts begun beside this one and never sent: they are shown on its page, and go with it."""
    return session.scalars(
        select(Submission)
        .where(Submission.begun_beside_id == submission.id, Submission.state == State.WRITING)
        .order_by(Submission.id)
    ).all()


def count_texts_beside(session: Session, submission: Submission, noted: Sequence[str]) -> int:
    """Return how many other texts stay when this one is erased, each under a code of its own.

    Sent ones that stand beside it, and those whose public ids the browser has `noted`.
    """
    is_sent_beside = and_(
        or_(Submission.begun_beside_id == submission.id, Submission.id == submission.begun_beside_id),
        Submission.state != State.WRITING,
    )
    goes_along = and_(
        Submission.state == State.WRITING, Submission.begun_beside_id.is_not_distinct_from(submission.id)
    )
    found = session.scalars(
        select(Submission.id).where(
            or_(is_sent_beside, Submission.public_id.in_(noted)),
            not_(goes_along),
            Submission.state != State.ERASED,
            Submission.id != submission.id,
        )
    )
    return len(found.all())
