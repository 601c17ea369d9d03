"""Drafts that stand, and those an undone acceptance has set aside: every reader of drafts asks here which."""

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from portal.models import Draft, DraftRevision, Submission


def is_standing() -> ColumnElement[bool]:
    """Return the condition on Draft that it is worked on: its acceptance was not undone."""
    return Draft.set_aside_at.is_(None)


def find_standing(session: Session, submission_id: int) -> Draft | None:
    """Return the editorial copy of a submission, or None."""
    return session.scalar(select(Draft).where(Draft.submission_id == submission_id, is_standing()))


def find_set_aside(session: Session, submission_id: int) -> Draft | None:
    """Return the draft of a submission that waits for the next acceptance, or None."""
    return session.scalar(select(Draft).where(Draft.submission_id == submission_id, ~is_standing()))


def list_saves(draft: Draft) -> list[DraftRevision]:
    """Return what people of the desk have saved in a draft."""
    return [one for one in draft.revisions if one.sent_number is None and not one.by_author]


def has_newer_text(draft: Draft, submission: Submission) -> bool:
    """Say whether the author has sent a version that the draft knows nothing of."""
    known = draft.source_revision
    return known is not None and submission.latest.number > known
