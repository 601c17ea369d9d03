"""Holding a submission: whoever comes second waits, and then sees what the first one did."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.models import Submission


def hold_submission(session: Session, piece: Submission) -> Submission:
    """Read the submission's row again, hold it until the transaction ends, and return it."""
    return session.scalars(
        select(Submission)
        .where(Submission.id == piece.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one()
