"""Saved views: kept, shared, called otherwise and deleted."""

from collections.abc import Mapping

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from portal.domain.errors import DomainError, NotPermitted
from portal.domain.permissions import Permission
from portal.domain.saved_views import MOST_OWN, MOST_SHARED, may_change_view
from portal.models import Coverage, SavedView, Staff
from portal.models.base import new_public_id
from portal.models.sealing import find_ring
from portal.sealing.keys import saved_view_place


class TooManyViews(DomainError):
    """Their owner, or the desk they are shared with, has as many as it may have: `most`."""

    def __init__(self, most: int) -> None:
        super().__init__(most)
        self.most = most


def save_view(
    session: Session,
    *,
    by: Staff,
    name: str,
    arguments: Mapping[str, str],
    shared_with: Coverage | None = None,
) -> SavedView:
    """Keep a filter under a name. Raises NotPermitted, TooManyViews."""
    _require_room(session, SavedView.owner_id == by.id, MOST_OWN)
    public_id = new_public_id()
    view = SavedView(
        public_id=public_id,
        owner_id=by.id,
        sealed=find_ring(session).seal_map(
            {"name": name, "arguments": dict(arguments)}, saved_view_place(public_id)
        ),
    )
    session.add(view)
    _share(session, view, by=by, shared_with=shared_with)
    session.flush()
    return view


def change_view(
    session: Session,
    view: SavedView,
    *,
    by: Staff,
    name: str,
    shared_with: Coverage | None,
    arguments: Mapping[str, str] | None = None,
) -> None:
    """Call a view otherwise, show it to others, or let it list something else; what is None stays.

    Raises NotPermitted, TooManyViews.
    """
    _require_right(view, by=by)
    _share(session, view, by=by, shared_with=shared_with)
    held = {"name": name, "arguments": dict(arguments) if arguments is not None else dict(view.arguments)}
    view.sealed = find_ring(session).seal_map(held, saved_view_place(view.public_id))


def delete_view(session: Session, view: SavedView, *, by: Staff) -> None:
    """Delete a view; what it listed stays as it is. Raises NotPermitted."""
    _require_right(view, by=by)
    session.delete(view)


def _share(session: Session, view: SavedView, *, by: Staff, shared_with: Coverage | None) -> None:
    """Show the view to a desk, or to its owner alone: to share is a right, to take back one's own is not."""
    wanted = shared_with.id if shared_with is not None else None
    if wanted == view.coverage_id:
        return
    if shared_with is not None:
        is_own_desk = by.may(Permission.COVERAGE_ALL) or shared_with in by.coverages
        if not (by.may(Permission.VIEWS_SHARE) and is_own_desk):
            raise NotPermitted("share")
        _require_room(session, SavedView.coverage_id == shared_with.id, MOST_SHARED)
    view.coverage_id = wanted


def _require_right(view: SavedView, *, by: Staff) -> None:
    may_share = by.may(Permission.VIEWS_SHARE)
    is_shared = view.coverage_id is not None
    if not may_change_view(is_own=view.owner_id == by.id, is_shared=is_shared, may_share=may_share):
        raise NotPermitted("change")


def _require_room(session: Session, among: ColumnElement[bool], most: int) -> None:
    if (session.scalar(select(func.count()).select_from(SavedView).where(among)) or 0) >= most:
        raise TooManyViews(most)
