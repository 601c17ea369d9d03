"""Versions of a draft that nobody saved: unsaved states that stayed."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.models import Autosave, Draft, Staff


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
