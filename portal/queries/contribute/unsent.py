"""Unsent versions of a text, for its contributor's eyes only."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.models import Submission, UnsentVersion


def list_unsent_versions(session: Session, submission: Submission) -> Sequence[UnsentVersion]:
    """Return the unsent versions of a submission, the one saved last first."""
    return session.scalars(
        select(UnsentVersion)
        .where(UnsentVersion.submission_id == submission.id)
        .order_by(UnsentVersion.sequence.desc(), UnsentVersion.id.desc())
    ).all()


def find_unsent_version(session: Session, submission: Submission, public_id: str) -> UnsentVersion | None:
    """Return one unsent version of a submission."""
    return session.scalar(
        select(UnsentVersion).where(
            UnsentVersion.submission_id == submission.id, UnsentVersion.public_id == public_id
        )
    )
