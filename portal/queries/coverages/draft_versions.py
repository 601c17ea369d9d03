"""What stands beside a draft: comments of colleagues, and unsaved states that stayed as versions."""

from collections.abc import Sequence
from functools import cache

from sqlalchemy import Integer, Select, bindparam, select
from sqlalchemy.orm import Session, joinedload

from portal.models import Autosave, Draft, DraftComment, Staff


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


def list_autosaves(session: Session, draft: Draft, staff: Staff) -> Sequence[Autosave]:
    """Return the unsaved states of this editor that stayed as versions, newest first."""
    return session.scalars(
        select(Autosave)
        .where(Autosave.draft_id == draft.id, Autosave.staff_id == staff.id)
        .order_by(Autosave.saved_at.desc(), Autosave.id.desc())
    ).all()


def find_autosave(session: Session, draft: Draft, staff: Staff, public_id: str) -> Autosave | None:
    """Return one of these by its public id."""
    return session.scalar(
        select(Autosave).where(
            Autosave.draft_id == draft.id, Autosave.staff_id == staff.id, Autosave.public_id == public_id
        )
    )
