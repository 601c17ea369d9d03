"""Unsaved edits of drafts: who has one open, and what they have typed and not saved."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from functools import cache

from sqlalchemy import Integer, Select, bindparam, select
from sqlalchemy.orm import Session, contains_eager, joinedload

from portal.models import Draft, Staff, UnsavedEdit

_STILL_OPEN = timedelta(seconds=75)
"""After the last sign of life of a page, which gives one every half a minute."""


@cache
def _editors() -> Select[UnsavedEdit]:
    return (
        select(UnsavedEdit)
        .join(UnsavedEdit.staff)
        .where(UnsavedEdit.draft_id == bindparam("draft_id", type_=Integer))
        .options(contains_eager(UnsavedEdit.staff).load_only(Staff.name))
        .order_by(Staff.name, Staff.id)
    )


def list_editors(session: Session, draft: Draft) -> Sequence[UnsavedEdit]:
    """Return the rows of everybody who has opened a draft for editing, by name. One query."""
    return session.scalars(_editors(), {"draft_id": draft.id}).all()


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
