"""Holding what is to be changed: whoever comes second waits, and then sees what the first one did."""

from collections.abc import Collection

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.models import Draft, Submission


def hold_submission(session: Session, piece: Submission) -> Submission:
    """Read the submission's row again, hold it until the transaction ends, and return it."""
    return session.scalars(
        select(Submission)
        .where(Submission.id == piece.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one()


def hold_texts_of(session: Session, drafts: Collection[str]) -> None:
    """Hold the submissions of these drafts, named by their public ids: what is read next is what stays."""
    of_drafts = select(Draft.submission_id).where(Draft.public_id.in_(drafts))
    session.execute(
        select(Submission.id).where(Submission.id.in_(of_drafts)).order_by(Submission.id).with_for_update()
    )


def hold_draft(session: Session, draft: Draft) -> None:
    """Hold a draft's submission, which everybody does who edits or decides, and read both again."""
    hold_submission(session, draft.submission)
    session.refresh(draft)


_NAMES_OF_STAFF = 7_193_001
"""Any number that nothing else holds by."""


def hold_names(session: Session) -> None:
    """Let nobody else name an account until the transaction ends; on SQLite only one person writes anyway."""
    if session.get_bind().dialect.name == "postgresql":
        session.execute(select(func.pg_advisory_xact_lock(_NAMES_OF_STAFF)))
