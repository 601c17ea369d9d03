"""Unsaved edits of drafts: who has one open, what they have typed and not saved, and what of it stayed."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from functools import cache
from typing import NamedTuple

from sqlalchemy import Integer, Select, and_, bindparam, or_, select
from sqlalchemy.orm import Session, joinedload, load_only

from portal.domain.permissions import Permission, roles_with
from portal.models import Autosave, Draft, Staff, UnsavedEdit
from portal.queries.constants import constants
from portal.queries.readers import reads_call

_STILL_OPEN = timedelta(seconds=75)
"""After the last sign of life of a page, which gives one every half a minute."""


class Colleague(NamedTuple):
    """Somebody who may edit a draft, or has: what they have typed into it if they ever opened it."""

    staff: Staff
    edit: UnsavedEdit | None
    may_edit: bool


@cache
def _colleagues() -> Select[Staff, UnsavedEdit, bool]:
    its = UnsavedEdit.draft_id == bindparam("draft_id", type_=Integer)
    may_edit = and_(
        reads_call(bindparam("call_id", type_=Integer)),
        Staff.role.in_(constants(roles_with(Permission.DRAFT_EDIT))),
    )
    return (
        select(Staff, UnsavedEdit, may_edit)
        .outerjoin(UnsavedEdit, and_(UnsavedEdit.staff_id == Staff.id, its))
        .where(or_(UnsavedEdit.id.is_not(None), may_edit))
        .options(load_only(Staff.public_id, Staff.name))
        .order_by(Staff.name, Staff.id)
    )


def list_colleagues(session: Session, draft: Draft) -> Sequence[Colleague]:
    """Return everybody who may edit a draft, and whoever has opened it for editing, by name. One query."""
    given = {"draft_id": draft.id, "call_id": draft.submission.call_id}
    return [Colleague(*row) for row in session.execute(_colleagues(), given)]


def list_editors(session: Session, draft: Draft) -> Sequence[UnsavedEdit]:
    """Return the rows of everybody who has opened a draft for editing, by name. One query."""
    return pick_edits(list_colleagues(session, draft))


def pick_edits(colleagues: Iterable[Colleague]) -> Sequence[UnsavedEdit]:
    """Return the rows of those who have opened the draft for editing."""
    return [one.edit for one in colleagues if one.edit is not None]


def find_unsaved(session: Session, draft: Draft, staff: Staff) -> UnsavedEdit | None:
    """Return what this editor has typed into a draft and not saved, or None."""
    return pick_unsaved(list_editors(session, draft), staff)


def pick_unsaved(rows: Iterable[UnsavedEdit], staff: Staff) -> UnsavedEdit | None:
    """Return what this editor has typed and not saved among these rows, or None."""
    own = (row for row in rows if row.staff_id == staff.id)
    return next((row for row in own if has_unsaved_words(row)), None)


def pick_others(rows: Iterable[UnsavedEdit], staff: Staff, *, at: datetime) -> Sequence[UnsavedEdit]:
    """Return the rows of colleagues who have the draft open now, or unsaved words in it."""
    others = (row for row in rows if row.staff_id != staff.id)
    return [row for row in others if has_unsaved_words(row) or is_page_open(row, at=at)]


def list_unsaved(session: Session, draft_ids: Iterable[int]) -> Sequence[UnsavedEdit]:
    """Return what anybody has typed into these drafts and not saved."""
    rows = session.scalars(
        select(UnsavedEdit)
        .join(UnsavedEdit.staff)
        .where(UnsavedEdit.draft_id.in_(list(draft_ids)))
        .options(joinedload(UnsavedEdit.staff))
        .order_by(UnsavedEdit.id)
    ).all()
    return [row for row in rows if has_unsaved_words(row)]


def has_unsaved_words(row: UnsavedEdit) -> bool:
    """Say whether something is kept in a row, be it what no key opens."""
    return bool(row.open_fields) or row.sealed_person is not None


def is_page_open(row: UnsavedEdit, *, at: datetime) -> bool:
    """Say whether the page that gave the last sign of life is still open."""
    return at - row.open_at < _STILL_OPEN


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
