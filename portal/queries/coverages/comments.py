"""Comments of colleagues on a draft."""

from collections.abc import Sequence
from functools import cache

from sqlalchemy import Integer, Select, bindparam, select
from sqlalchemy.orm import Session, joinedload

from portal.models import Draft, DraftComment, Staff


@cache
def _comments() -> Select[DraftComment]:
    return (
        select(DraftComment)
        .where(DraftComment.draft_id == bindparam("draft_id", type_=Integer))
        .options(joinedload(DraftComment.staff).load_only(Staff.name))
        .order_by(DraftComment.id)
    )


def list_comments(session: Session, draft: Draft) -> Sequence[DraftComment]:
    """Return all comments on a draft and their answers, oldest first. One query."""
    return session.scalars(_comments(), {"draft_id": draft.id}).all()
