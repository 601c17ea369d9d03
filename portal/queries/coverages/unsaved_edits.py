"""Unsaved edits of drafts: who has one open, and what they have typed and not saved."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from functools import cache

from sqlalchemy import Integer, Select, bindparam, select
from sqlalchemy.orm import Session, contains_eager, joinedload

from portal.models import Draft, Staff, UnsavedEdit

_STILL_OPEN = timedelta(seconds=75)
"""After the last sign of life of a page, which gives one every half a minute."""


_DRAFT, _STAFF = bindparam("draft_id", type_=Integer), bindparam("staff_id", type_=Integer)


@cache
def _own() -> Select[UnsavedEdit]:
    return select(UnsavedEdit).where(UnsavedEdit.draft_id == _DRAFT, UnsavedEdit.staff_id == _STAFF)


@cache
def _of_colleagues() -> Select[UnsavedEdit]:
    return (
        select(UnsavedEdit)
        .join(UnsavedEdit.staff)
        .where(UnsavedEdit.draft_id == _DRAFT, UnsavedEdit.staff_id != _STAFF)
        .options(contains_eager(UnsavedEdit.staff).load_only(Staff.name))
        .order_by(Staff.name, Staff.id)
    )


def find_unsaved(session: Session, draft: Draft, staff: Staff) -> UnsavedEdit | None:
    """Return what this editor has typed into a draft and not saved, or None."""
    row = session.scalar(_own(), {"draft_id": draft.id, "staff_id": staff.id})
    return row if row is not None and has_unsaved_words(row) else None


def list_other_editors(
    session: Session, draft: Draft, staff: Staff, *, at: datetime
) -> Sequence[UnsavedEdit]:
    """Return the rows of colleagues who have the draft open now, or unsaved words in it, by name."""
    rows = session.scalars(_of_colleagues(), {"draft_id": draft.id, "staff_id": staff.id}).all()
    return [row for row in rows if has_unsaved_words(row) or is_page_open(row, at=at)]


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
