"""Recommendations about a text."""

from collections.abc import Sequence
from functools import cache

from sqlalchemy import Integer, Select, bindparam, select
from sqlalchemy.orm import Session, joinedload

from portal.models import Recommendation, Staff, Submission


def list_recommendations(session: Session, submission: Submission) -> Sequence[Recommendation]:
    """Return all that were given about a text, those ended too, oldest first. One query."""
    return session.scalars(_of_text(), {"submission_id": submission.id}).all()


def find_recommendation(session: Session, submission: Submission, public_id: str) -> Recommendation | None:
    """Return a recommendation about this text, whether it stands or has ended."""
    own = Recommendation.submission_id == submission.id
    return session.scalar(select(Recommendation).where(own, Recommendation.public_id == public_id))


@cache
def _of_text() -> Select[Recommendation]:
    query = select(Recommendation).where(
        Recommendation.submission_id == bindparam("submission_id", type_=Integer)
    )
    giver = joinedload(Recommendation.staff).load_only(Staff.public_id, Staff.name)
    return query.options(giver).order_by(Recommendation.id)
