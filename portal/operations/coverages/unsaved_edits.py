"""Unsaved edits: what an editor types into a draft and has not saved, kept beside it, approved by nobody.

Before other words take the place of what was kept, that can stay as a version (domain.autosaves).
"""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from portal.domain.autosaves import is_version_due, list_superfluous
from portal.domain.editing import EditAct
from portal.domain.errors import NotPermitted
from portal.domain.permissions import Permission
from portal.models import Autosave, Base, Draft, Staff, UnsavedEdit
from portal.models.base import new_public_id
from portal.operations.coverages.draft_fields import fields_of, keep_order
from portal.operations.locking import add_unless_known


class KeepOutcome(StrEnum):
    """The outcome of keeping unsaved edits."""

    KEPT = "kept"
    NOTHING = "nothing"
    """The page holds what is saved."""
    ELSEWHERE = "elsewhere"
    """Another page of the same editor keeps other words: they stay, and these are not kept."""


def keep_unsaved(
    session: Session,
    draft: Draft,
    values: Mapping[str, Any],
    *,
    by: Staff,
    at: datetime,
    revision: int,
    known: int,
) -> tuple[KeepOutcome, int]:
    """Keep what stands in an editor's page; return what came of it, and the number of this state.

    `values` as in `save_draft`; `revision` is the save the page began with, `known` the number the page
    knows. It also says that the draft is open now. Raises NotPermitted.
    """
    if not by.may(Permission.DRAFT_EDIT):
        raise NotPermitted(EditAct.KEEP_UNSAVED)
    row = _lock_row(session, draft, by=by, at=at)
    row.open_at = at
    typed = keep_order(draft, {name: value for name, value in values.items() if value is not None})
    saved = fields_of(draft)
    is_typed = any(saved.get(name, "") != value for name, value in typed.items())
    kept = row.readable_fields
    if kept and row.sequence != known:
        state = KeepOutcome.KEPT if kept == typed else KeepOutcome.ELSEWHERE
    elif is_typed:
        if kept != typed or row.began_with != revision:
            _keep_version(session, row, typed, at=at)
            row.fields, row.began_with, row.saved_at = typed, revision, at
            row.autosaved_at = row.autosaved_at or at
            row.sequence += 1
        state = KeepOutcome.KEPT
    else:
        _let_go(session, row, saved, at=at)
        state = KeepOutcome.NOTHING
    session.flush()
    return state, row.sequence


def delete_unsaved(
    session: Session,
    draft: Draft,
    *,
    by: Staff,
    at: datetime,
    known: int | None,
    saved: Mapping[str, Any] | None = None,
) -> None:
    """Let go of what an editor has kept: of the state `known`, or whatever says no more than `saved`.

    Words another page of the same editor has kept stay. `known` None lets go of all, and what nobody saved
    stays as a version.
    """
    row = _find(session, draft, by)
    if row is None:
        return
    kept = row.readable_fields.items()
    is_saved = saved is not None and all(saved.get(name) == value for name, value in kept)
    if known is None or row.sequence == known or is_saved:
        _let_go(session, row, saved or {}, at=at)
        session.flush()


def _let_go(session: Session, row: UnsavedEdit, instead: Mapping[str, Any], *, at: datetime) -> None:
    """Empty a row; what it held stays as a version as the rule says, or where nothing stands instead."""
    if row.readable_fields:
        _keep_version(session, row, instead, at=at)
    row.fields, row.autosaved_at = {}, None


def _keep_version(session: Session, row: UnsavedEdit, after: Mapping[str, Any], *, at: datetime) -> None:
    """Keep what a row holds as a version if the rule says so, and take away those that it says go."""
    before = row.readable_fields
    is_due = not after or is_version_due(row.autosaved_at or at, _join(before), _join(after), at=at)
    if not before or not is_due:
        return
    version = Autosave(
        public_id=new_public_id(), draft_id=row.draft_id, staff_id=row.staff_id, saved_at=row.saved_at
    )
    session.add(version)
    version.fields = before
    row.autosaved_at = at
    own = Autosave.draft_id == row.draft_id, Autosave.staff_id == row.staff_id
    rows = session.execute(select(Autosave.id, Autosave.saved_at).where(*own))
    kept = {row.id: row.saved_at for row in rows}
    if superfluous := list_superfluous(kept, at=at):
        session.execute(delete(Autosave).where(Autosave.id.in_(superfluous)))


def _join(fields: Mapping[str, Any]) -> str:
    return "\n".join(value for value in fields.values() if isinstance(value, str))


def _find(session: Session, draft: Draft, by: Staff) -> UnsavedEdit | None:
    return session.scalar(
        select(UnsavedEdit)
        .where(UnsavedEdit.draft_id == draft.id, UnsavedEdit.staff_id == by.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )


def _lock_row(session: Session, draft: Draft, *, by: Staff, at: datetime) -> UnsavedEdit:
    """Return the row of this editor, made when there is none: two pages may ask at once."""
    found = _find(session, draft, by)
    if found is not None:
        return found
    add_unless_known(
        session.connection(),
        Base.metadata.tables[UnsavedEdit.__tablename__],
        {
            "draft_id": draft.id,
            "staff_id": by.id,
            "open_fields": {},
            "began_with": draft.revision,
            "sequence": 0,
            "saved_at": at,
            "open_at": at,
        },
        known_by=("draft_id", "staff_id"),
    )
    made = _find(session, draft, by)
    if made is None:
        raise LookupError(UnsavedEdit.__tablename__)
    return made
