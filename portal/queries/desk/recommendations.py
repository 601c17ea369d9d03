"""Recommendations about a text."""

from collections.abc import Sequence
from functools import cache

from sqlalchemy import Integer, Select, bindparam, select
from sqlalchemy.orm import Session, joinedload

from portal.models import Recommendation, Staff, Submission


def list_recommendations(session: Session, submission: Submission) -> Sequence[Recommendation]:
    """Return all that were given about a text, those ended too, oldest first. One query."""
    return session.scalars(_of_text(), {"submission_id": submission.id}).all()


@cache
def _of_text() -> Select[Recommendation]:
    query = select(Recommendation).where(
        Recommendation.submission_id == bindparam("submission_id", type_=Integer)
    )
    giver = joinedload(Recommendation.staff).load_only(Staff.public_id, Staff.name)
    return query.options(giver).order_by(Recommendation.id)
